"""What a digest says it did not see: feeds that were to be read and were not, and no others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from small_world import Entry, World
from sqlalchemy import Engine

from alerts.errors import FetchError
from alerts.model import Coverage, FeedState, SilentFeed
from alerts.store import feeds
from alerts.store.unit import reading, writing

DAY = timedelta(days=1)


@pytest.fixture
def world(engine: Engine) -> World:
    """Two feeds that were read a moment ago."""
    world = World(engine)
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.add_feed("wire", [Entry("2", "Talks")])
    world.poll()
    return world


def covered(world: World, since: timedelta = DAY) -> Coverage:
    with reading(world.engine) as tx:
        return feeds.coverage(tx, world.now - since)


def set_state(world: World, feed_id: int, state: FeedState) -> None:
    with writing(world.engine) as tx:
        feeds.set_state(tx, feed_id, state)


def test_a_feed_that_fails_through_the_window_is_named_with_its_last_answer(world: World) -> None:
    read_at = world.now
    world.web["https://wire.example/feed"] = FetchError("dns", "no such host")
    world.wait(hours=30)
    world.poll()
    assert covered(world) == Coverage(2, 1, (SilentFeed("Wire", read_at),))
    assert covered(world, 2 * DAY) == Coverage(2, 2)


def test_a_feed_that_answers_without_news_was_covered_however_long_it_is_silent(world: World) -> None:
    world.wait(days=9)
    world.poll()
    assert covered(world) == Coverage(2, 2)


def test_a_feed_never_read_is_named_without_a_time(world: World) -> None:
    world.add_feed("new")
    assert covered(world) == Coverage(3, 2, (SilentFeed("New", None),))


@pytest.mark.parametrize("state", [FeedState.PAUSED, FeedState.RETIRED])
def test_a_feed_that_is_not_to_be_read_is_neither_counted_nor_missing(world: World, state: FeedState) -> None:
    set_state(world, 2, state)
    assert covered(world) == Coverage(1, 1)
    world.wait(days=9)
    world.poll()
    assert covered(world) == Coverage(1, 1)


def test_a_feed_that_is_resumed_is_missing_until_it_is_read(world: World) -> None:
    read_at = world.now
    set_state(world, 2, FeedState.PAUSED)
    world.wait(days=9)
    world.poll()
    set_state(world, 2, FeedState.ACTIVE)
    assert covered(world) == Coverage(2, 1, (SilentFeed("Wire", read_at),))
    world.poll()
    assert covered(world) == Coverage(2, 2)


def test_without_feeds_nothing_is_counted(engine: Engine) -> None:
    assert covered(World(engine)) == Coverage(0, 0)
