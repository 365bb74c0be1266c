"""The main job on the embedded default: from sample feeds to mails in a local inbox."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from commands import alerts

from alerts.app import App
from alerts.cli.subscriber_file import read_subscribers
from alerts.config import Settings
from alerts.embedded.samples import SAMPLE
from alerts.model import Trend
from alerts.services.situation_counts import Counted
from alerts.services.situation_view import overview, view
from alerts.store.unit import reading


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
    assert_lived_through(tmp_path / "demo", mails)


def assert_lived_through(home: Path, mails: list[EmailMessage]) -> None:
    """Three situations have a past: a surge with a draft to decide on, a confirmed call; none of it was
    mailed."""
    app = App(Settings(home=home))
    with reading(app.engine) as tx:
        views = {key: view(tx, f"demo-{key}", app.clock()) for key in ("bouvet-island", "antarctica")}
        everything = overview(tx, app.clock(), Counted())
    app.engine.dispose()
    assert [line.key for line in everything if line.stand] == [
        "demo-antarctica", "demo-bouvet-island", "demo-southern-territories",
    ]  # fmt: skip
    worse, better = views["bouvet-island"], views["antarctica"]
    assert worse.draft is not None and worse.draft.call.trend is Trend.DETERIORATED
    assert len(worse.surges) == 1
    assert better.line.stand is not None and better.line.stand.confirmed
    for each in (worse, better):
        assert all(day.seen and day.escalation_band for day in each.line.days if day.over)
        titles = {told.told.lead.title for _, several in each.kinds for told in several}
        bodies = [body.get_content() for mail in mails if (body := mail.get_body(("plain",)))]
        assert titles and not any(title in body for title in titles for body in bodies)


@pytest.mark.timeout(200)
def test_the_demo_never_touches_a_folder_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("mine")
    ran = alerts("demo", "--once", home=tmp_path)
    assert ran.code == 2
    assert "was not made by the demo" in ran.err
    assert (tmp_path / "demo" / "thesis.txt").read_text() == "mine"
