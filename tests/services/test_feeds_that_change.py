"""What a feed shows is told, whatever became of the feed meanwhile: another address, days without entries or
without an answer, entries with old dates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from small_world import Entry, World, rss
from sqlalchemy import Engine

from alerts.errors import FetchError
from alerts.model import Feed, Fetched, Validators
from alerts.net.address import Allow
from alerts.services.due import tick
from alerts.services.feed_changes import edit
from alerts.services.poll import Polling, poll
from alerts.store import feed_changes
from alerts.store import schema as table
from alerts.store.unit import writing

OLD = [Entry("old", "Weather", hours=99)]
FIRED = "Missile fired over northern Japan"


@pytest.fixture
def world(engine: Engine) -> World:
    world = World(engine)
    world.add_feed("post", OLD)
    world.poll()
    return world


def _edited(world: World, polling: Polling, url: str, answer: Callable[[Feed, Fetched], Fetched]) -> Polling:
    """An editor gives the feed another address while the old one is being asked."""

    async def fetch(feed: Feed) -> Fetched:
        fetched = await polling.fetch(feed)
        if feed.url == url:
            return fetched
        with writing(world.engine) as tx:
            old = feed_changes.about(tx, feed.id)
            assert old is not None
            edit(tx, feed.id, replace(old, url=url), allow=Allow(), by="ben", now=world.now)
        return answer(feed, fetched)

    return replace(polling, fetch=fetch)


def test_a_feed_given_another_address_during_a_poll_begins_there_at_once_and_anew(world: World) -> None:
    world.person()
    world.web["https://right.example/feed"] = rss([*OLD, Entry("9", FIRED, hours=0)], now=world.now)
    world.show("post", [*OLD, Entry("1", "More weather")])

    def dated(_feed: Feed, fetched: Fetched) -> Fetched:
        return replace(fetched, validators=Validators(None, "Thu, 05 Mar 2026 14:00:00 GMT"))

    polling = _edited(world, world.polling(), "https://right.example/feed", dated)
    assert [report.outcome for report in world.poll(1, polling=polling)] == ["claim lost"]
    assert world.column(table.Feed.last_modified, table.Feed.id == 1) == [None]
    asyncio.run(poll(tick(world.engine, world.now).feeds, polling))
    world.deliver()
    assert world.titles == [FIRED]


def test_where_the_old_address_leads_does_not_replace_what_an_editor_wrote_meanwhile(world: World) -> None:
    world.show("post", [*OLD, Entry("1", "More weather")])

    def moved(_feed: Feed, fetched: Fetched) -> Fetched:
        return replace(fetched, moved_to="https://wrong.example/landing")

    world.poll(1, polling=_edited(world, world.polling(), "https://right.example/feed", moved))
    assert world.column(table.Feed.url, table.Feed.id == 1) == ["https://right.example/feed"]


def _until(world: World, **time: float) -> None:
    """Polls the first feed whenever it is due, for so long."""
    end = world.now + timedelta(**time)
    while (due := world.column(table.Feed.next_poll_at)[0]) < end:
        world.clock.now = due
        world.poll(1)
    world.clock.now = end


@pytest.mark.parametrize(
    "answer",
    [
        rss([]),
        FetchError("timeout", "no answer in 30 s"),
        FetchError("dns", "no such host"),
        FetchError("http", "status 503", status=503),
    ],
)
def test_a_feed_that_was_empty_or_out_of_reach_for_days_is_read_within_two_hours_of_its_return(
    world: World, answer: bytes | Exception
) -> None:
    world.web["https://post.example/feed"] = answer
    _until(world, days=3)
    assert world.column(table.Feed.next_poll_at)[0] - world.now < timedelta(hours=2)


@pytest.mark.parametrize("status", [429, 404])
def test_a_feed_whose_server_wants_to_be_left_alone_is_asked_once_a_day(world: World, status: int) -> None:
    said = FetchError("http", f"status {status}", transient=status == 429, status=status)
    world.web["https://post.example/feed"] = said
    _until(world, days=3)
    last = world.column(table.Fetch.finished_at, table.Fetch.feed_id == 1)[-2:]
    assert last[1] - last[0] > timedelta(hours=12)


def test_the_first_entry_of_a_feed_that_was_empty_for_a_day_is_news_without_a_date(world: World) -> None:
    world.person()
    world.add_feed("warnings", [])
    for _ in range(5):
        world.poll()
        world.wait(hours=6)
    world.show("warnings", [])
    assert [report.outcome for report in world.poll(2)] == ["unchanged"], "empty as ever is no failure"
    world.show("warnings", [Entry("1", "Missile warning: take shelter", hours=None)])
    world.poll()
    world.deliver()
    assert world.titles == ["Missile warning: take shelter"]


def _known(number: int, hours: float) -> list[Entry]:
    return [Entry(f"k{each}", f"Weather {each}", hours=hours + each) for each in range(number)]


def test_an_entry_with_an_old_date_among_known_ones_is_news(world: World) -> None:
    world.person()
    world.show("post", _known(10, 1))
    world.poll()
    world.wait(hours=1)
    world.show("post", [Entry("n", "Missile depot found, says report", hours=9 * 24), *_known(10, 2)])
    world.poll()
    world.deliver()
    assert world.titles == ["Missile depot found, says report"]


def test_an_entry_from_before_the_first_poll_that_moves_up_where_another_is_deleted_is_no_news(
    world: World,
) -> None:
    world.person()
    world.show("post", _known(10, 1))
    world.poll()
    world.wait(hours=1)
    world.show("post", [*_known(9, 2), Entry("years", "Missile of years ago", hours=20_000)])
    world.poll()
    assert world.column(table.Item.archived, table.Item.key == "years") == ["old when it appeared"]
    assert world.outbox() == ()


def test_a_late_entry_from_since_the_first_poll_is_news_at_the_end_of_a_feed(world: World) -> None:
    world.person()
    world.wait(days=20)
    world.show("post", _known(10, 1))
    world.poll()
    world.show("post", [*_known(10, 1), Entry("late", "Missile depot found, says report", hours=9 * 24)])
    world.poll()
    world.deliver()
    assert world.titles == ["Missile depot found, says report"]
