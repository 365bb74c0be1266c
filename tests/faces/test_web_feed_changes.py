"""What people do with feeds on the pages: many at once after a question; one edited, or added by its site."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Network
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from staff_world import audited, logged_in, make_staffed
from web_client import Answer, Browser, ask
from web_world import NOW

from alerts.app import App
from alerts.model import Item
from alerts.services.due import tick
from alerts.store import feeds, items
from alerts.store.feeds import NewFeed
from alerts.store.schema import Feed
from alerts.store.unit import reading, writing
from alerts.web.desk import feed_add
from alerts.web.desk.feed_list import FEEDS_ON_A_PAGE
from alerts.web.site import make_web


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_staffed(tmp_path)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def bert(web: FastAPI) -> Browser:
    return logged_in(web, "bert")


def add(app: App, *titles: str, **more: object) -> list[int]:
    with writing(app.engine) as tx:
        return [
            feeds.add(
                tx,
                NewFeed(f"https://{title.lower()}.example/", title, title, **more),  # type: ignore[arg-type]
                interval_seconds=300,
                now=NOW,
            )
            for title in titles
        ]


def states(app: App) -> dict[str, str]:
    with reading(app.engine) as tx:
        return {row.title: row.state.value for row in tx.execute(select(Feed.title, Feed.state))}


def tags(app: App) -> dict[str, tuple[str, ...]]:
    with reading(app.engine) as tx:
        return {feed.title: feed.tags for feed in feeds.overview(tx)}


def tick_boxes(browser: Browser, ids: list[int], act: str, **more: str) -> Answer:
    """Ticks feeds in the list and presses a button below it."""
    page = browser.get("/feeds")
    word = re.search(r'name="word" value="([^"]*)"', page.text.split("/feeds/several")[1])
    assert word
    pairs = [("word", word[1]), *(("feed", str(each)) for each in ids), ("act", act), *more.items()]
    kind = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    return ask(
        browser.web, "/feeds/several", "POST", urlencode(pairs).encode(), {**browser._headers(), **kind}
    )


# --- many at once -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "question", "after"),
    [
        ("pause", "Pause 2 feeds?", {"A": "paused", "B": "paused", "C": "active"}),
        ("remove", "Remove 2 feeds?", {"C": "active"}),
        ("poll", "Poll 2 feeds?", {"A": "active", "B": "active", "C": "active"}),
    ],
)
def test_what_is_ticked_is_done_after_a_question_that_says_how_many(
    app: App, bert: Browser, act: str, question: str, after: dict[str, str]
) -> None:
    ids = add(app, "A", "B", "C")
    asked = tick_boxes(bert, ids[:2], act)
    assert (asked.status, question in asked.text) == (200, True)
    assert states(app) == {"A": "active", "B": "active", "C": "active"}
    done = bert.fill(asked, "/feeds/several")
    assert (done.status, done.headers["location"]) == (303, f"/feeds?done={act}&number=2")
    assert states(app) == after
    assert len(audited(app, "bert")) == 2 + 1  # and the login
    assert 'role="status">2 feeds are' in bert.get(done.headers["location"]).text


def test_everything_that_the_list_found_can_be_meant_also_what_is_on_its_other_pages(
    app: App, bert: Browser
) -> None:
    add(app, *(f"W{number}" for number in range(FEEDS_ON_A_PAGE + 5)), tags=("Wires",))
    add(app, "Other")
    asked = tick_boxes(bert, [1], "pause", everything="yes", tagged="Wires")
    assert f"Pause {FEEDS_ON_A_PAGE + 5} feeds?" in asked.text
    assert "and 25 more" in asked.text
    done = bert.fill(asked, "/feeds/several")
    assert done.headers["location"] == "/feeds?tag=Wires&done=pause&number=45"
    assert [title for title, state in states(app).items() if state == "active"] == ["Other"]


def test_a_feed_that_has_shown_something_is_retired_when_it_is_removed_and_can_come_back(
    app: App, bert: Browser
) -> None:
    (feed_id,) = add(app, "A")
    with writing(app.engine) as tx:
        items.insert_new(tx, feed_id, [items.Incoming(Item("1", "", "T"), "f" * 64, None)], NOW)
    bert.fill(tick_boxes(bert, [feed_id], "remove"), "/feeds/several")
    assert states(app) == {"A": "retired"}
    page = bert.get(f"/feeds/{feed_id}")
    assert "somebody removed it. What it has shown stays." in page.text
    answer = bert.fill(page, "/feeds/several", {"act": "resume"})
    assert answer.headers["location"] == f"/feeds/{feed_id}?done=resume&number=1"
    assert states(app) == {"A": "active"}
    assert audited(app, "bert")[-2:] == [("feed retired", "feed 1"), ("feed active", "feed 1")]


def test_tags_are_set_and_taken_off(app: App, bert: Browser) -> None:
    ids = add(app, "A", "B", tags=("Wires",))
    asked = tick_boxes(bert, ids, "tag", tag=" Middle   East ")
    assert 'value="Middle East"' in asked.text
    bert.fill(asked, "/feeds/several")
    assert tags(app) == {"A": ("Wires", "Middle East"), "B": ("Wires", "Middle East")}
    bert.fill(tick_boxes(bert, ids[:1], "untag", tag="Wires"), "/feeds/several")
    assert tags(app) == {"A": ("Middle East",), "B": ("Wires", "Middle East")}
    for wrong in ("", "a,b", "x" * 61):
        assert tick_boxes(bert, ids, "tag", tag=wrong, sure="yes").status == 422


@pytest.mark.parametrize("ids", [[], [99], [10**17]])
def test_without_a_feed_that_is_there_nothing_is_asked(app: App, bert: Browser, ids: list[int]) -> None:
    add(app, "A")
    answer = tick_boxes(bert, ids, "pause", sure="yes")
    assert (answer.status, "No feed is ticked" in answer.text) in ((422, True), (303, False))
    assert states(app) == {"A": "active"}


def test_a_form_of_another_session_changes_nothing_and_an_act_that_is_none_is_refused(
    app: App, bert: Browser
) -> None:
    add(app, "A")
    stale = bert.post("/feeds/several", {"word": "x", "feed": "1", "act": "pause", "sure": "yes"})
    assert (stale.status, "Pause 1 feed?" in stale.text) == (403, True)
    assert tick_boxes(bert, [1], "explode").status == 400
    assert states(app) == {"A": "active"}


@pytest.mark.parametrize(
    "path",
    ["/feeds/several", "/feeds/1/edit", "/feeds/add", "/feeds/add/look", "/feeds/opml"],
)
def test_a_viewer_changes_nothing_and_sees_no_button(app: App, web: FastAPI, path: str) -> None:
    add(app, "A")
    carl = logged_in(web, "carl")
    assert carl.post(path, {"word": "x"}).status == 403
    pages = [carl.get("/feeds").text, carl.get("/feeds/1").text]
    assert all('method="post" action="/feeds' not in page for page in pages)
    assert carl.get("/feeds/list.opml").status == 403


# --- one, edited --------------------------------------------------------------------------


def test_a_feed_is_edited_and_at_a_new_address_asked_anew_at_once(app: App, bert: Browser) -> None:
    (feed_id,) = add(app, "A")
    with writing(app.engine) as tx:
        tx.execute(
            update(Feed).values(etag="e", body_hash="h", failures=7, next_poll_at=NOW.replace(year=2027))
        )
    typed = {
        "title": " Harbour  wire ",
        "source": "Harbour House",
        "url": "https://harbour.example/news.xml",
        "language": "ar",
        "tags": "Wires, Middle East,Wires",
        "mail_existing": "yes",
    }
    answer = bert.fill(bert.get(f"/feeds/{feed_id}/edit"), f"/feeds/{feed_id}/edit", typed)
    assert answer.headers["location"] == "/feeds/1?done=edited&number=1"
    with reading(app.engine) as tx:
        feed = feeds.overview(tx, feed_id)[0]
        row = tx.execute(select(Feed.etag, Feed.body_hash, Feed.host)).one()
    assert (feed.title, feed.source, feed.url) == ("Harbour wire", "Harbour House", typed["url"])
    assert (feed.language, feed.tags, feed.mail_existing) == ("ar", ("Wires", "Middle East"), True)
    assert (feed.failures, feed.next_poll_at, tuple(row)) == (0, NOW, (None, None, "harbour.example"))
    assert "All it has then is news" in bert.get("/feeds/1").text
    assert audited(app, "bert")[-1] == ("feed edited", "feed 1")
    again = bert.fill(bert.get("/feeds/1/edit"), "/feeds/1/edit", {"mail_existing": "yes"})
    assert again.headers["location"] == "/feeds/1?done=same&number=1"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"url": "https://b.example/"}, "Another feed has this address already."),
        ({"url": "http://127.0.0.1/feed"}, "wrong"),
        ({"url": "ftp://a.example/"}, "wrong"),
        ({"url": ""}, "Write something here."),
        ({"title": ""}, "Write something here."),
        ({"language": "english!"}, "This is no language code"),
        ({"tags": ",".join("abcdefghijklmnopqrstu")}, "20 tags are possible"),
        ({"url": "https://a.example/" + "x" * 1990}, "wrong"),
    ],
)
def test_what_is_wrong_in_the_form_is_said_at_its_field_and_nothing_is_saved(
    app: App, bert: Browser, typed: Mapping[str, str], said: str
) -> None:
    add(app, "A", "B")
    before = tags(app)
    answer = bert.fill(bert.get("/feeds/1/edit"), "/feeds/1/edit", {**typed, "source": "New"})
    assert (answer.status, said in answer.text, 'aria-invalid="true"' in answer.text) == (422, True, True)
    assert 'value="New"' in answer.text
    assert tags(app) == before
    assert audited(app, "bert")[-1][0] != "feed edited"


# --- added by the address of its site -----------------------------------------------------

FEED = b"""<rss version="2.0"><channel><title>Harbour wire</title><language>en</language>
<item><guid>1</guid><title>Older &lt;news&gt;</title><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item>
<item><guid>2</guid><title>Newest news</title><pubDate>Wed, 04 Mar 2026 10:00:00 GMT</pubDate></item>
</channel></rss>"""
PAGE = b"""<!doctype html><title>Site</title>
<link rel=alternate type=application/rss+xml title="All news" href="/feed.xml">
<link rel=alternate type=application/rss+xml title="Gone" href="/gone.xml">"""


@contextmanager
def site(pages: Mapping[str, bytes]) -> Iterator[str]:
    """A web site on loopback in a thread of its own; an empty page never answers."""
    loop = asyncio.new_event_loop()
    writers: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        body = pages.get(path)
        if body == b"":
            writers.append(writer)
            return
        status = "404 Not Found" if body is None else "200 OK"
        kind = "text/xml" if path.endswith(".xml") else "text/html"
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body or b'')}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + (body or b""))
        await writer.drain()
        writer.close()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(answer, "127.0.0.1", 0)

    server = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:

        async def stop() -> None:
            for writer in writers:
                writer.close()
            server.close()
            await server.wait_closed()

        asyncio.run_coroutine_threadsafe(stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


@pytest.fixture
def open_app(app: App) -> App:
    """Loopback may be called."""
    app.settings = app.settings.model_copy(update={"fetch_allow": (IPv4Network("127.0.0.0/8"),)})
    return app


def look(browser: Browser, address: str) -> Answer:
    return browser.fill(browser.get("/feeds/add"), "/feeds/add/look", {"address": address})


def test_a_feed_is_added_by_the_address_of_its_site(open_app: App, bert: Browser) -> None:
    with site({"/": PAGE, "/feed.xml": FEED}) as address:
        page = look(bert, address + "/")
        assert page.status == 200
        assert "2 feeds were found" in page.text
        assert re.findall(r'name="chosen" value="(\d)"( checked)?', page.text) == [
            ("0", " checked"),
            ("1", ""),
        ]
        assert page.text.index("Newest news") < page.text.index("Older &lt;news&gt;")
        assert "English · 2 items" in page.text
        assert "It cannot be read now: The server answered with status 404" in page.text
        assert states(open_app) == {}
        typed = {"chosen": "0", "source": "Harbour House", "tags": "Ports, Wires", "mail_existing": "yes"}
        done = bert.fill(page, "/feeds/add", typed)
        assert (done.status, done.headers["location"]) == (303, "/feeds/1?done=added&number=1")
        with reading(open_app.engine) as tx:
            (feed,) = feeds.overview(tx)
        assert (feed.url, feed.title, feed.source) == (f"{address}/feed.xml", "Harbour wire", "Harbour House")
        assert (feed.tags, feed.mail_existing, feed.site) == (("Ports", "Wires"), True, f"{address}/")
        assert tick(open_app.engine, NOW).feeds == (1,)
        assert audited(open_app, "bert")[-1] == ("feed added", f"{address}/feed.xml")
        known = look(bert, address + "/feed.xml")
        assert "It is among the feeds already." in known.text
        assert 'name="chosen"' not in known.text


def test_what_went_wrong_at_a_site_is_said_in_plain_words(open_app: App, bert: Browser) -> None:
    with site({"/": b"<p>Nothing here", "/feed.xml": b"<html>no feed"}) as address:
        for asked, said in (
            (address, "No feed was found there"),
            (address + "/missing", "The site refused: it answered with status 404."),
            ("http://no.such.name.invalid/", "its name is not found"),
            ("http://127.0.0.1:1/", "The site does not answer."),
            ("http://10.0.0.1/", "This address may not be called"),
            ("http://[::1", "This is no address"),
            ("", "This is no address"),
            ("mailto:a@b.example", "This is no address"),
        ):
            page = look(bert, asked)
            assert (asked, page.status, said in page.text) == (asked, 422, True)
    assert states(open_app) == {}


@pytest.mark.usefixtures("open_app")
def test_a_site_that_hangs_is_given_up_and_no_thread_waits_for_it(
    bert: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.services.discover.LOOK_SECONDS", 0.3)
    with site({"/": b""}) as address:
        page = look(bert, address)
    assert (page.status, "did not answer in time" in page.text) == (422, True)


def test_more_people_than_a_few_do_not_look_at_once(bert: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_add, "AT_ONCE", 0)
    page = look(bert, "https://a.example/")
    assert (page.status, "press again in a few seconds" in page.text) == (503, True)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "No feed was ticked."),
        ({"chosen": "0", "url-0": "http://127.0.0.1/x"}, "Nothing was added"),
        ({"chosen": "0", "url-0": "https://a.example/"}, "is already among the feeds"),
        ({"chosen": "0", "url-0": "javascript:alert(1)"}, "Nothing was added"),
        ({"chosen": "0", "url-0": "https://new.example/", "tags": "x" * 61}, "too long"),
        ({"chosen": "7"}, "Nothing was added"),
    ],
)
def test_what_nobody_may_add_is_not_added(
    app: App, bert: Browser, fields: Mapping[str, str], said: str
) -> None:
    add(app, "A")
    word = re.search(r'name="word" value="([^"]*)"', bert.get("/feeds/add").text.split("add/look")[1])
    assert word
    answer = bert.post("/feeds/add", {"word": word[1], **fields})
    assert (answer.status, said in answer.text) == (422, True)
    assert states(app) == {"A": "active"}
