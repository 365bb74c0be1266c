"""A reader's matches as a private feed: valid, asked for cheaply, and over when the reader leaves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as Xml

import feedparser
import pytest
from fastapi import FastAPI
from public_pages import own_page
from web_client import ask
from web_world import ENGLISH, LAUNCH, NOW, TRADE, World, add_feed, add_match, make_app

from alerts.app import App
from alerts.model import Grant, Item, Scope
from alerts.services.atom import MOST
from alerts.store import feeds
from alerts.store.unit import writing
from alerts.web.readers.atom import ATOM
from alerts.web.site import make_web

HOSTILE = '</title><script>alert("ballistic missile")</script> & \x00\x0b\ufffe \u202eevil'


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


@pytest.fixture
def world(app: App) -> World:
    return World(app)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


def feed_of(app: App, person: int) -> str:
    return f"/a/{app.signer.feed_token(person)}.xml"


def news(app: App, *titles: str, language: str = "en", url: str = "https://en.example/{}") -> None:
    with writing(app.engine) as tx:
        feed = next(iter(feeds.active(tx)), None) or add_feed(tx, "Wire", language)
        for number, title in enumerate(titles):
            rule, word = (LAUNCH, "ballistic missile") if "missile" in title else (TRADE, "sanctions")
            item = Item(title, url.format(number), title, "No more is known.", language=language)
            add_match(tx, feed, item, rule, word)


def valid(body: bytes) -> Any:
    """What a reader of feeds makes of it, once RFC 4287 is kept."""
    root = Xml.fromstring(body)  # noqa: S314 - our own
    assert root.tag == f"{{{ATOM}}}feed"

    def one(at: Xml.Element, name: str) -> Xml.Element:
        (found,) = at.findall(f"{{{ATOM}}}{name}")
        return found

    ids = []
    for at in (root, *root.findall(f"{{{ATOM}}}entry")):
        number = one(at, "id").text or ""
        assert number.startswith("urn:uuid:") and UUID(number[9:])
        ids.append(number)
        assert one(at, "title").text and one(at, "updated").text
        assert one(one(at, "author"), "name").text
        if at is not root:
            leads = [link for link in at.findall(f"{{{ATOM}}}link") if link.get("rel") == "alternate"]
            assert len(leads) == 1 or one(at, "content").text
    assert len(set(ids)) == len(ids)
    parsed = feedparser.parse(body)
    assert not parsed.bozo and parsed.version == "atom10"
    return parsed


def test_the_feed_tells_what_matched_by_which_rule_and_why(app: App, world: World, web: FastAPI) -> None:
    news(app, "A ballistic missile was seen", "New sanctions follow")
    answer = ask(web, feed_of(app, world.english))
    assert answer.status == 200 and answer.headers["content-type"] == "application/atom+xml"
    assert answer.headers["cache-control"] == "private, no-cache"
    parsed = valid(answer.body)
    assert {(e.title, e.link, e.tags[0].term, e.tags[0].label) for e in parsed.entries} == {
        ("A ballistic missile was seen", "https://en.example/0", "launch", "Ballistic launch"),
        ("New sanctions follow", "https://en.example/1", "trade", "Trade & <sanctions>"),
    }
    assert "&lt;mark&gt;ballistic missile&lt;/mark&gt;" in answer.text
    assert parsed.feed.links[0].href.endswith(feed_of(app, world.english))
    assert ENGLISH not in answer.text


def test_titles_keep_their_language_and_harm_nothing(app: App, world: World, web: FastAPI) -> None:
    news(app, HOSTILE, "\u0625\u0637\u0644\u0627\u0642 ballistic missile", language="ar")
    answer = ask(web, feed_of(app, world.english))
    parsed = valid(answer.body)
    assert "<script" not in answer.text and "\u202e" not in answer.text and "\x0b" not in answer.text
    assert any("alert" in entry.title for entry in parsed.entries)
    assert "xml:lang=" in answer.text and b'xml:lang="ar"' in answer.body


def test_an_item_that_leads_nowhere_still_makes_a_valid_entry(app: App, world: World, web: FastAPI) -> None:
    news(app, "A ballistic missile was seen", url="javascript:alert({})")
    answer = ask(web, feed_of(app, world.english))
    valid(answer.body)
    assert "javascript:" not in answer.text


def test_ids_stay_and_at_most_so_many_are_told(app: App, world: World, web: FastAPI) -> None:
    news(app, *(f"A ballistic missile, number {n}" for n in range(MOST + 5)))
    first = valid(ask(web, feed_of(app, world.english)).body)
    again = valid(ask(web, feed_of(app, world.english)).body)
    assert [e.id for e in first.entries] == [e.id for e in again.entries]
    assert len(first.entries) == MOST
    other = valid(ask(web, feed_of(app, world.arabic)).body)
    assert not {e.id for e in first.entries} & {e.id for e in other.entries}


def test_who_has_it_already_gets_it_again_only_when_it_changed(app: App, world: World, web: FastAPI) -> None:
    news(app, "A ballistic missile was seen")
    path = feed_of(app, world.english)
    first = ask(web, path)
    tag, at = first.headers["etag"], first.headers["last-modified"]
    assert at == "Thu, 05 Mar 2026 14:30:00 GMT"
    for headers, status in (
        ({"if-none-match": tag}, 304),
        ({"if-none-match": f'"other", {tag.removeprefix("W/")}'}, 304),
        ({"if-none-match": '"other"'}, 200),
        ({"if-none-match": '"other"', "if-modified-since": at}, 200),
        ({"if-modified-since": at}, 304),
        ({"if-modified-since": "Thu, 05 Mar 2026 14:29:59 GMT"}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        ({"if-modified-since": ""}, 200),
    ):
        answer = ask(web, path, headers=headers)
        assert (answer.status, bool(answer.body)) == (status, status == 200), headers
        assert answer.headers["etag"] == tag
    news(app, "New sanctions follow")
    assert ask(web, path, headers={"if-none-match": tag}).status == 200


def test_an_empty_feed_is_valid_and_old_news_leaves_it(app: App, world: World, web: FastAPI) -> None:
    assert valid(ask(web, feed_of(app, world.english)).body).entries == []
    news(app, "A ballistic missile was seen")
    app.clock = lambda: NOW + timedelta(days=29)
    assert valid(ask(web, feed_of(app, world.english)).body).entries == []


def test_the_link_opens_nothing_else_and_ends_with_the_subscription(
    app: App, world: World, web: FastAPI
) -> None:
    token = app.signer.feed_token(world.english)
    for path in (f"/p/{token}", f"/u/{token}", f"/c/{token}"):
        assert ask(web, path).status == 404
    page = app.signer.preferences_token(world.english)
    assert ask(web, f"/a/{page}.xml").status == ask(web, "/a/x.xml").status == 404
    assert feed_of(app, world.english) in ask(web, own_page(app, world.english)).text
    app.unsubscribe(Grant(world.english, Scope.EVERYTHING, 0), actor="test")
    assert ask(web, feed_of(app, world.english)).status == 410
