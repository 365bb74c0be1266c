from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI
from web_client import ask
from web_world import make_app

from alerts.embedded.inbox import ENVELOPES
from alerts.web.site import make_web

MAIL = """\
From: Harbour Watch <alerts@harbour.example>\r
To: reader@desk.example.org\r
Subject: {subject}\r
Message-ID: <{number}@harbour.example>\r
X-Odd: <script>alert(1)</script>\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary=cut\r
\r
--cut\r
Content-Type: text/plain; charset=utf-8\r
\r
Plain <i>words</i> {number}\r
--cut\r
Content-Type: text/html; charset=utf-8\r
\r
<!doctype html><p style="color:red">Rich "words"</p><script>alert(1)</script>\r
--cut--\r
"""


def keep(maildir: Path, number: int, subject: str) -> str:
    """Puts a mail where the catcher would; its id."""
    name = f"{1772720000 + number}000000000.{number}.host"
    for folder in ("new", "cur", "tmp", ENVELOPES):
        (maildir / folder).mkdir(parents=True, exist_ok=True)
    (maildir / "new" / name).write_bytes(MAIL.format(subject=subject, number=number).encode())
    envelope = {"sender": "alerts@harbour.example", "recipients": ["hidden@desk.example.org"]}
    (maildir / ENVELOPES / f"{name}.json").write_text(json.dumps(envelope))
    return name


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def web(tmp_path: Path, maildir: Path) -> FastAPI:
    return make_web(make_app(tmp_path, maildir=maildir))


@pytest.mark.parametrize("path", ["/inbox", "/inbox/x", "/inbox/x/raw"])
def test_without_a_local_inbox_the_page_says_where_mail_goes(tmp_path: Path, path: str) -> None:
    answer = ask(make_web(make_app(tmp_path)), path)
    assert answer.status == 404
    assert "mail leaves through the configured SMTP server" in answer.text
    assert "/inbox" not in ask(make_web(make_app(tmp_path)), "/").text


def test_an_empty_inbox_says_so(web: FastAPI) -> None:
    assert "No mail has arrived yet." in ask(web, "/inbox").text


def test_mails_are_listed_latest_first_with_recipient_and_subject_as_text(
    web: FastAPI, maildir: Path
) -> None:
    keep(maildir, 1, "First")
    keep(maildir, 2, "Second <b>bold</b>")
    page = ask(web, "/inbox").text
    assert page.index("Second &lt;b&gt;bold&lt;/b&gt;") < page.index("First")
    assert page.count("<bdi>hidden@desk.example.org</bdi>") == 2


def test_the_html_of_a_mail_is_framed_where_it_can_run_nothing(web: FastAPI, maildir: Path) -> None:
    answer = ask(web, f"/inbox/{keep(maildir, 1, 'One')}")
    (frame,) = re.findall(r"<iframe ([^>]*)>", answer.text)
    (sandbox,) = re.findall(r'sandbox="([^"]*)"', frame)
    assert set(sandbox.split()) == {"allow-popups", "allow-popups-to-escape-sandbox"}
    (inner,) = re.findall(r'srcdoc="([^"]*)"', frame)
    assert "<script>alert(1)</script>" in unescape(inner)
    assert "<script" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src" not in policy


def test_text_and_headers_of_a_mail_are_shown_as_text(web: FastAPI, maildir: Path) -> None:
    page = ask(web, f"/inbox/{keep(maildir, 1, 'One')}").text
    assert "Plain &lt;i&gt;words&lt;/i&gt; 1" in page
    assert "X-Odd" in page
    assert "hidden@desk.example.org" in page


def test_the_raw_mail_is_what_came_over_the_wire(web: FastAPI, maildir: Path) -> None:
    answer = ask(web, f"/inbox/{keep(maildir, 1, 'One')}/raw")
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.body == MAIL.format(subject="One", number=1).encode()


@pytest.mark.parametrize("name", ["nobody", "..", "../mail/new/x", "%2e%2e%2fsecret-key", "x\0y"])
def test_an_unknown_mail_is_not_found(web: FastAPI, maildir: Path, name: str) -> None:
    keep(maildir, 1, "One")
    assert ask(web, f"/inbox/{name}").status == 404
    assert ask(web, f"/inbox/{name}/raw").status == 404


def test_inline_styles_are_allowed_on_the_page_of_a_mail_only(web: FastAPI, maildir: Path) -> None:
    keep(maildir, 1, "One")
    for path in ("/", "/inbox", "/u/x", "/nowhere"):
        assert "unsafe" not in ask(web, path).headers["content-security-policy"]
