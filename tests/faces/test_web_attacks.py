"""Things a stranger, a reader or a colleague might try with what they have."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from full_world import FullWorld
from hostile_words import SAMPLES, attacks
from page_forms import forms
from situation_world import entered
from web_client import ask, post
from web_world import NOW, SECRET, World, rows

from alerts.app import App
from alerts.config import Settings
from alerts.web.guard import own_path
from alerts.web.headers import PAGE_POLICY
from alerts.web.site import make_web


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> FullWorld:
    return FullWorld(tmp_path_factory.mktemp("attacks"), "")


def test_a_link_for_one_purpose_opens_nothing_else(world: FullWorld) -> None:
    """Above all the feed's, which programs and services keep, must not open the page."""
    tokens = {
        "/p/": world.preferences[3:],
        "/u/": world.leave[3:],
        "/c/": world.confirm[3:],
        "/a/": world.atom[3:].removesuffix(".xml"),
    }
    doors = {"/p/": ("", "/past", "/my-data", "/my-data.json"), "/u/": ("",), "/c/": ("",), "/a/": (".xml",)}
    web = make_web(world.app)
    for made_for, token in tokens.items():
        for tried, ends in doors.items():
            for end in ends:
                answer = ask(web, f"{tried}{token}{end}")
                assert answer.status == (200 if made_for == tried else 404), f"{made_for} at {tried}{end}"


def test_nobody_logs_out_the_browser_of_somebody_else(world: FullWorld) -> None:
    web = make_web(world.app)
    victim, attacker = entered(web, "berta"), entered(web, "victor")
    page = attacker.get("/account").text
    word = next(dict(form.fields)["word"] for form in forms(page, "/account") if form.post)
    numbers = [number for number, *_ in rows(world.app)["sessions"]]
    mine = set(re.findall(r'name="browser" value="(\d+)"', page))
    for number in map(str, numbers):
        if number not in mine:
            attacker.post("/account/browsers", {"word": word, "browser": number})
    assert victim.get("/account").status == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "localhost@evil.example"])
def test_another_name_for_this_service_is_refused_and_guarded_like_all_else(
    world: FullWorld, host: str
) -> None:
    answer = ask(make_web(world.app), "/", headers={"host": host})
    assert answer.status == 400
    assert answer.headers["content-security-policy"] == PAGE_POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert "location" not in answer.headers


def test_a_login_leads_to_no_other_site_whatever_is_asked_for() -> None:
    for wanted in (*SAMPLES, *attacks()):
        leads = urljoin("https://alerts.example/login", own_path(wanted))
        assert urlsplit(leads)[:2] == ("https", "alerts.example"), wanted


def test_what_no_database_keeps_is_refused_wherever_it_is_sent(database_url: str, tmp_path: Path) -> None:
    """PostgreSQL has no place for a NUL."""
    app = App(Settings(home=tmp_path, secret_key=SECRET, database_url=database_url), clock=lambda: NOW)
    web, sent = make_web(app), {"do": "look", "rule": "a\0b"}
    page = f"/p/{app.signer.preferences_token(World(app).english)}"
    answers = [post(web, path, {**sent, "part": "new"}) for path in ("/subscribe", page)]
    answers += [ask(web, f"/items?{name}=a%00b") for name in ("language", "source", "rule", "q", "after")]
    answers += [ask(web, f"/deliveries?state={name}%00") for name in ("", "sent")]
    app.engine.dispose()
    assert {answer.status for answer in answers} <= {200, 400, 404, 422}


PART = '--cut\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + ']><opml version="2.0"><body><outline xmlUrl="https://a.example/f" text="&a11;"/></body></opml>'
)
THIEF = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    '<opml version="2.0"><body><outline xmlUrl="https://a.example/f" text="&a;"/></body></opml>'
)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (BOMB.encode(), "boundary=cut"),
        (THIEF.encode(), "boundary=cut"),
        (b"\x1f\x8b\x08" + b"\0" * 1000, "boundary=cut"),
        (b"PK\x03\x04" + b"\xff" * 1000, "boundary=cut"),
        (b"\xed\xa0\x80", "boundary=cut"),
        (b'"' * 100_000, "boundary=cut"),
        (b"a" * 6_000_001, "boundary=cut"),
        (b"a", ""),
        (b"a", "boundary=other"),
        (b"a", "boundary=cut; charset=nothing"),
        (b"a\r\n" + PART.format("list", '; filename="b"').encode() + b"b", "boundary=cut"),
        (b"a\r\n" + b"\r\n".join([PART.format("x", "").encode()] * 3000), "boundary=cut"),
        (b"a\r\n--cut\r\n\0: \xff\r\n\r\n", "boundary=cut"),
        (b"a\r\n--cut\r\nContent-Disposition: form-data\r\n\r\n", "boundary=cut"),
    ],
)
def test_a_file_that_is_none_is_refused_and_changes_nothing(
    world: FullWorld, content: bytes, kind: str
) -> None:
    browser = entered(make_web(world.app), "berta")
    before = rows(world.app)
    for path, name in (("/feeds/opml", "list"), ("/jobs/items", "items"), ("/subscribers/import", "list")):
        form = next(f for f in forms(browser.get(path).text, path) if f.post and f.path == path)
        start = PART.format("word", "") + dict(form.fields)["word"] + "\r\n"
        start += PART.format(name, '; filename="../../<script>.opml"')
        body = start.encode() + content + b"\r\n--cut--\r\n"
        answer = browser.send(path, body, content_type=f"multipart/form-data; {kind}")
        assert answer.status in (400, 403, 413, 422) or (path == "/feeds/opml" and answer.status == 200)
    assert rows(world.app) == before
