"""The main job on the embedded default: from sample feeds to mails in a local inbox."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest
from commands import alerts

from alerts.cli.subscriber_file import read_subscribers
from alerts.embedded.samples import SAMPLE


@pytest.mark.timeout(200)
def test_the_demo_mails_every_subscriber_in_their_language_and_says_why(tmp_path: Path) -> None:
    ran = alerts("demo", "--once", "--json", home=tmp_path, seconds=180)
    assert ran.code == 0, ran.err
    found = ran.json
    assert found["feeds"] >= 6
    assert found["items"] >= 60
    assert len(found["languages"]) >= 5
    assert found["deliveries"]["sent"] == sum(found["deliveries"].values()) > 0
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in Path(found["inbox"]).glob("new/*")
    ]
    assert len(mails) == found["deliveries"]["sent"]
    for described in read_subscribers(SAMPLE / "subscribers.toml"):
        mine = [mail for mail in mails if mail["To"] == described.wish.address]
        assert mine, f"{described.wish.address} got nothing"
        for mail in mine:
            body = mail.get_body(("html",))
            assert body is not None
            assert f'lang="{described.wish.language}"' in body.get_content()
            assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    digests = [mail for mail in mails if "digest" in str(mail["List-Id"])]
    assert {str(mail["List-Id"]).split("-")[0].strip("<") for mail in digests} == {
        "daily",
        "weekly",
        "monthly",
    }


@pytest.mark.timeout(200)
def test_the_demo_never_touches_a_folder_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("mine")
    ran = alerts("demo", "--once", home=tmp_path)
    assert ran.code == 2
    assert "was not made by the demo" in ran.err
    assert (tmp_path / "demo" / "thesis.txt").read_text() == "mine"
