"""Lists of feeds on the pages: what one would add is shown first, adding it is long work, and the way out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from staff_world import PASSWORD, audited, logged_in, make_staffed
from web_client import Answer, Browser, ask
from web_world import NOW

from alerts.app import App
from alerts.feeds.opml import read_opml
from alerts.model import JobState
from alerts.services.accounts import IDLE
from alerts.services.feed_check import Tried
from alerts.store import feeds
from alerts.store.feeds import NewFeed
from alerts.store.unit import reading, writing
from alerts.web.desk.feed_opml import LARGEST_LIST
from alerts.web.forms import UPLOAD_BYTES, WAITING_BYTES
from alerts.web.site import make_web

LIST = """<?xml version="1.0"?><opml version="2.0"><body>
<outline text="Wires &amp; more">
<outline text="Harbour &lt;wire&gt;" xmlUrl="https://harbour.example/feed.xml"/>
<outline text="Known" xmlUrl="https://known.example/?key=private"/>
<outline text="Inside" xmlUrl="http://10.0.0.1/feed"/>
<outline text="No address"/>
</outline></body></opml>"""


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = make_staffed(tmp_path)
    with writing(app.engine) as tx:
        known = NewFeed("https://known.example/?key=private", "Known", "Known", tags=("Old",))
        feeds.add(tx, known, interval_seconds=300, now=NOW)
    return app


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def bert(web: FastAPI) -> Browser:
    return logged_in(web, "bert")


def upload(browser: Browser, fields: Mapping[str, str], file: bytes, name: str = "my list.opml") -> Answer:
    """Sends a form with a file, as a browser does."""
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode()
        for n, v in fields.items()
    ]
    head = f'--cut\r\nContent-Disposition: form-data; name="list"; filename="{name}"\r\n'
    body = b"".join([*parts, head.encode(), b"Content-Type: text/x-opml\r\n\r\n", file, b"\r\n--cut--\r\n"])
    kind = {"content-type": "multipart/form-data; boundary=cut", "sec-fetch-site": "same-origin"}
    return ask(browser.web, "/feeds/opml", "POST", body, {**browser._headers(), **kind})


def word(browser: Browser) -> dict[str, str]:
    form = browser.get("/feeds/opml").text.split('action="/feeds/opml"')[1]
    return {"word": form.split('name="word" value="')[1].split('"')[0]}


def urls(app: App) -> set[str]:
    with reading(app.engine) as tx:
        return {feed.url for feed in feeds.overview(tx)}


def test_a_file_is_shown_before_it_is_added_and_added_as_long_work(
    app: App, bert: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = upload(bert, word(bert), LIST.encode())
    assert shown.status == 200
    assert "This list would add 1 feed" in shown.text
    assert "<dt>known already</dt><dd>1</dd>" in shown.text
    assert "2 lines refused" in shown.text
    assert "Line 5:" in shown.text and "Line 6:" in shown.text
    assert "Harbour &lt;wire&gt;" in shown.text
    assert "private" not in shown.text
    assert len(urls(app)) == 1
    begun = bert.fill(shown, "/feeds/opml")
    assert (begun.status, begun.headers["location"]) == (303, "/jobs/1")
    monkeypatch.setattr(
        app, "_try_feeds", lambda some: tuple(Tried(url, "read", 2, "en", "ok") for url in some)
    )
    assert app.work_on(1) is JobState.DONE
    page = bert.get("/jobs/1").text
    assert "Feeds brought in: <bdi>1 feed of my list.opml</bdi>" in page
    assert "<dt>added</dt><dd>1</dd>" in page
    assert "<dt>refused</dt><dd>2</dd>" in page
    assert "<bdi>line 5</bdi>" in page and "<bdi>line 6</bdi>" in page
    assert "has no address" in page
    with reading(app.engine) as tx:
        added = feeds.overview(tx)[1]
    assert (added.url, added.title, added.tags) == (
        "https://harbour.example/feed.xml",
        "Harbour <wire>",
        ("Wires & more",),
    )
    assert audited(app, "bert")[-2:] == [
        ("feeds import asked for", "job 1"),
        ("feed added", "https://harbour.example/feed.xml"),
    ]


def test_a_pasted_list_does_as_well(bert: Browser) -> None:
    shown = bert.fill(bert.get("/feeds/opml"), "/feeds/opml", {"list-text": LIST})
    assert "This list would add 1 feed" in shown.text


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 422, "Choose a file, or paste a list."),
        (b"no list at all", 422, "This is no list of feeds"),
        (b"\x00\xff" * 50, 422, "This is no list of feeds"),
        (b"<opml>" + b" " * LARGEST_LIST, 413, "larger than 2,000,000 bytes"),
        (b" " * UPLOAD_BYTES, 413, ""),
    ],
)
def test_what_is_no_list_or_too_long_is_refused(
    app: App, bert: Browser, body: bytes, status: int, said: str
) -> None:
    answer = upload(bert, word(bert), body)
    assert (answer.status, said in answer.text) == (status, True)
    assert len(urls(app)) == 1


@pytest.mark.parametrize(("word", "status"), [(None, 422), ("of another session", 403)])
def test_what_was_pasted_is_still_there_when_it_is_refused(
    bert: Browser, word: str | None, status: int
) -> None:
    broken = "<rss>no list&amp;" + "\n  of feeds"
    fields = {"list-text": broken} | ({"word": word} if word else {})
    answer = bert.fill(bert.get("/feeds/opml"), "/feeds/opml", fields)
    assert answer.status == status
    kept = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", answer.text, re.DOTALL)
    assert kept and unescape(kept[1]) == broken


def test_what_was_pasted_waits_for_a_login_that_is_over(app: App, web: FastAPI, bert: Browser) -> None:
    outside, body = bert, urlencode({"list-text": LIST, "sure": "yes"}).encode()
    app.clock = lambda: NOW + IDLE
    closed = outside.send("/feeds/opml", body, content_length=str(len(body)))
    assert closed.status == 403 and "What you typed is kept" in closed.text
    again = outside.fill(closed, "/login", {"name": "bert", "password": PASSWORD})
    assert outside.fill(again, "/feeds/opml").status == 303, "the list is taken as it was pasted"
    too_long = Browser(web).send("/feeds/opml", body, content_length=str(WAITING_BYTES + 1))
    assert too_long.status == 403 and "please send it again" in too_long.text


def test_that_a_broken_file_was_read_in_spite_of_it_is_said_at_the_top(bert: Browser) -> None:
    shown = upload(bert, word(bert), LIST.replace("</outline>", "").encode()).text
    assert shown.index("The file is broken") < shown.index("<dt>new</dt>")
    assert 'id="notes" open' in shown
    assert "The file is broken" not in upload(bert, word(bert), LIST.encode()).text


def test_a_list_of_known_feeds_only_adds_nothing(bert: Browser) -> None:
    text = LIST.replace("https://harbour.example/feed.xml", "https://known.example/?key=private")
    shown = bert.fill(bert.get("/feeds/opml"), "/feeds/opml", {"list-text": text})
    assert "This list would add nothing" in shown.text
    sure = bert.fill(bert.get("/feeds/opml"), "/feeds/opml", {"list-text": text, "sure": "yes"})
    assert (sure.status, "There is no new feed in this list." in sure.text) == (422, True)


def test_a_form_of_another_session_and_a_second_file_are_refused(app: App, bert: Browser) -> None:
    assert upload(bert, {"word": "x", "sure": "yes"}, LIST.encode()).status == 403
    kind = {"content-type": "multipart/form-data; boundary=cut", "sec-fetch-site": "same-origin"}
    file = b'--cut\r\nContent-Disposition: form-data; name="list"; filename="a"\r\n\r\nx\r\n'
    twice = ask(bert.web, "/feeds/opml", "POST", file * 2 + b"--cut--\r\n", {**bert._headers(), **kind})
    assert twice.status == 400
    foreign = {**kind, "sec-fetch-site": "cross-site"}
    assert ask(bert.web, "/feeds/opml", "POST", file, {**bert._headers(), **foreign}).status == 403
    assert app.tick().jobs == ()


def test_nobody_elses_file_is_read(web: FastAPI) -> None:
    """Whoever is not logged in is shown the door before a byte of the body is asked for."""
    asked: list[str] = []
    sent: list[int] = []

    async def receive() -> dict[str, Any]:
        asked.append("body")
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message.get("status", 0))

    headers = [(b"host", b"localhost"), (b"content-type", b"multipart/form-data; boundary=cut")]
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/feeds/opml",
        "raw_path": b"/feeds/opml",
    }
    scope |= {"query_string": b"", "headers": headers, "client": ("127.0.0.1", 5), "scheme": "http"}
    scope |= {"server": ("127.0.0.1", 80), "http_version": "1.1", "root_path": "", "asgi": {"version": "3.0"}}
    asyncio.run(web(scope, receive, send))
    assert (sent[0], asked) == (403, [])


def test_the_list_is_downloaded_whole_by_those_who_may_write(bert: Browser) -> None:
    answer = bert.get("/feeds/list.opml")
    assert answer.headers["content-disposition"] == 'attachment; filename="feeds.opml"'
    assert answer.headers["content-type"] == "text/x-opml; charset=utf-8"
    (feed,) = read_opml(answer.body).feeds
    assert (feed.url, feed.tags) == ("https://known.example/?key=private", ("Old",))
