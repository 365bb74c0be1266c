"""Silent, failing and merely slow are three things."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_world import NOW, Entry, World
from sqlalchemy import Engine

from alerts.errors import FetchError
from alerts.model import FeedState
from alerts.services.feed_condition import Condition, by_trouble, condition, silence, span
from alerts.store import feeds
from alerts.store.feeds import FeedStatus
from alerts.store.unit import reading, writing

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def feed(
    *,
    state: FeedState = FeedState.ACTIVE,
    failures: int = 0,
    read: timedelta | None = HOUR,
    news: timedelta | None = HOUR,
    habit: timedelta = HOUR,
    id: int = 1,
    title: str = "A",
) -> FeedStatus:
    """A feed last read and last with news that long ago."""
    return FeedStatus(
        id=id,
        url=f"https://{id}.example/",
        title=title,
        source="A",
        language=None,
        state=state,
        next_poll_at=NOW,
        interval_seconds=300,
        failures=failures,
        last_success_at=None if read is None else NOW - read,
        last_new_at=None if news is None else NOW - news,
        habit_seconds=int(habit.total_seconds()),
        last=None,
    )


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (feed(), Condition.READ),
        (feed(news=None), Condition.READ),
        (feed(read=None, news=None), Condition.WAITING),
        (feed(failures=2), Condition.RETRYING),
        (feed(failures=2, read=None, news=None), Condition.RETRYING),
        (feed(failures=3), Condition.FAILING),
        (feed(news=3 * DAY), Condition.SILENT),
        (feed(news=3 * DAY, failures=2), Condition.SILENT),
        (feed(news=3 * DAY, habit=30 * HOUR), Condition.READ),
        # One that cannot be read is not called silent, and neither is one that nobody asked meanwhile.
        (feed(news=3 * DAY, failures=3), Condition.FAILING),
        (feed(news=3 * DAY, read=3 * DAY - HOUR), Condition.READ),
        (feed(news=3 * DAY, state=FeedState.PAUSED), Condition.PAUSED),
        (feed(failures=9, state=FeedState.RETIRED), Condition.RETIRED),
    ],
)
def test_a_feed_is_in_one_condition(status: FeedStatus, expected: Condition) -> None:
    assert condition(status) is expected


def test_the_gravest_comes_first_and_of_its_kind_what_lasts_longest() -> None:
    ordered = [
        feed(id=9, failures=3, read=None, news=None),
        feed(id=8, failures=3, read=2 * DAY),
        feed(id=7, failures=8, read=1 * DAY),
        feed(id=6, news=9 * DAY),
        feed(id=5, news=3 * DAY),
        feed(id=4, failures=1),
        feed(id=3, read=None, news=None),
        feed(id=2, title="a", read=HOUR),
        feed(id=1, title="B", read=9 * HOUR),
        feed(id=10, state=FeedState.PAUSED),
        feed(id=11, state=FeedState.RETIRED),
    ]
    assert by_trouble(sorted(ordered, key=lambda each: each.id)) == ordered


@given(st.permutations([feed(id=i, failures=i % 4, read=None if i % 3 else i * HOUR) for i in range(8)]))
def test_the_order_does_not_depend_on_where_the_feeds_came_from(some: list[FeedStatus]) -> None:
    assert [each.id for each in by_trouble(some)] == [
        each.id for each in by_trouble(sorted(some, key=lambda each: each.id))
    ]


def test_silence_is_what_is_known_of_it() -> None:
    assert silence(feed(news=3 * DAY, read=HOUR)) == 3 * DAY - HOUR
    assert silence(feed(news=None)) == timedelta(0)


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(seconds=4), "4 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(minutes=59), "59 min"),
        (HOUR, "1 h"),
        (2 * DAY - HOUR, "47 h"),
        (2 * DAY, "2 d"),
        (400 * DAY, "400 d"),
    ],
)
def test_a_length_of_time_has_one_unit(time: timedelta, words: str) -> None:
    assert span(time) == words


def test_a_feed_falls_silent_fails_and_speaks_again(engine: Engine) -> None:
    world = World(engine)
    world.add_feed("post", [Entry("1", "Missile fired")])

    def now() -> Condition:
        world.poll()
        with reading(engine) as tx:
            return condition(feeds.overview(tx)[0])

    assert now() is Condition.READ
    world.wait(hours=72)
    assert now() is Condition.SILENT
    address, body = next(iter(world.web.items()))
    world.web[address] = FetchError("dns", "no such host")
    assert [now() for _ in range(3)] == [Condition.SILENT, Condition.SILENT, Condition.FAILING]
    world.web[address] = body
    assert now() is Condition.SILENT
    world.show("post", [Entry("1", "Missile fired"), Entry("2", "Talks")])
    assert now() is Condition.READ
    with writing(engine) as tx:
        feeds.set_state(tx, 1, FeedState.PAUSED)
    assert now() is Condition.PAUSED
