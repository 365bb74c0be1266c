"""Many feeds in one poll: what is recorded together, and what there was no time for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from small_world import Entry, World
from sqlalchemy import Engine, event

from alerts.errors import NotAsked
from alerts.model import Feed, Fetched, ParsedFeed, Validators
from alerts.services.poll import LEASE, poll
from alerts.store import claims, feeds
from alerts.store import schema as table
from alerts.store.unit import reading


@pytest.fixture
def world(engine: Engine) -> World:
    """Ten feeds that have been read once."""
    world = World(engine)
    for number in range(10):
        world.add_feed(f"post-{number}", [Entry("1", "Missile fired")])
    world.poll()
    world.wait(hours=1)
    return world


def _due(world: World) -> tuple[int, ...]:
    with reading(world.engine) as tx:
        return claims.due(tx, world.now, 1000)


def test_feeds_that_show_nothing_new_share_one_transaction(world: World) -> None:
    began: list[Any] = []
    event.listen(world.engine, "begin", began.append)
    reports = world.poll()
    assert {report.outcome for report in reports} == {"unchanged"}
    # To make them due, to claim them, to see whether the rules changed, and to record all ten.
    assert len(began) <= 4
    assert world.count(table.Fetch) == 20
    assert _due(world) == ()


def test_a_feed_that_hangs_does_not_keep_the_quiet_ones_waiting(world: World) -> None:
    polling = world.polling()

    async def fetch(feed: Feed) -> Fetched:
        while feed.id == 1 and world.count(table.Fetch) < 19:
            await asyncio.sleep(0.01)
        return await polling.fetch(feed)

    reports = world.poll(polling=replace(polling, fetch=fetch))
    assert {report.outcome for report in reports} == {"unchanged"}


def test_new_validators_are_kept_when_the_bytes_stayed_the_same(world: World) -> None:
    url = "https://post-3.example/feed"
    body = world.web[url]
    assert isinstance(body, bytes)
    world.web[url] = Fetched(url, 200, body, "", Validators('"new"'))
    assert {report.outcome for report in world.poll()} == {"unchanged"}
    assert world.column(table.Feed.etag, table.Feed.url == url) == ['"new"']
    assert world.count(table.Feed, table.Feed.body_hash.is_(None)) == 0


def test_who_was_not_asked_stays_due_and_is_not_failing(world: World) -> None:
    for number in (2, 5):
        world.web[f"https://post-{number}.example/feed"] = NotAsked("the others took too long")
    reports = world.poll()
    assert [report.feed_id for report in reports if report.outcome == "postponed"] == [3, 6]
    assert _due(world) == (3, 6)
    assert set(world.column(table.Feed.failures)) == {0}
    assert world.count(table.Fetch, table.Fetch.feed_id == 3) == 1


def test_no_document_is_begun_that_cannot_be_saved_within_the_lease(world: World) -> None:
    for number in range(10):
        world.show(f"post-{number}", [Entry("1", "Missile fired"), Entry("2", "Truce")])
    polling = world.polling()
    parsed: list[str] = []

    def slowly(body: bytes, url: str, content_type: str) -> ParsedFeed:
        world.wait(seconds=10)
        parsed.append(url)
        return polling.parse(body, url, content_type)

    began = world.now
    with reading(world.engine) as tx:
        ids = feeds.active(tx)
    reports = asyncio.run(poll(ids, replace(polling, parse=slowly)))
    assert began + LEASE - timedelta(seconds=10) < world.now
    outcomes = [report.outcome for report in reports]
    assert outcomes == ["read"] * len(parsed) + ["postponed"] * (10 - len(parsed))
    assert 0 < len(parsed) < 10
    assert len(_due(world)) == 10 - len(parsed)
    assert world.count(table.Item) == 10 + len(parsed)
