from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.feeds.schedule import (
    Bounds,
    Seen,
    backoff,
    habit,
    is_silent,
    next_interval,
    outside_pause,
    posting_gap,
)

DAY = 24 * 3600
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
HOURLY = Bounds(300, 3600)


@pytest.mark.parametrize(
    ("interval", "seen", "hint", "expected"),
    [
        (1200, Seen(0, 30), 0, 1800),
        (1200, Seen(2, 30), 0, 1200),
        (1200, Seen(30, 2), 0, 600),
        (1200, Seen(30, 0), 0, 600),
        (400, Seen(30, 0), 0, 300),
        (3000, Seen(0, 30), 0, 3600),
        (3000, Seen(0, 30, posting_gap=700), 0, 700),
        (3000, Seen(0, 30, posting_gap=20), 0, 300),
        (600, Seen(0, 30, posting_gap=700), 1500, 1500),
        (600, Seen(2, 30), 30, 600),
        (600, Seen(2, 30), 7 * DAY, 3600),
    ],
)
def test_the_interval_follows_what_the_feed_does_and_asks_for(
    interval: int, seen: Seen, hint: int, expected: int
) -> None:
    assert next_interval(interval, seen, hint, HOURLY) == expected


@given(
    st.integers(0, 10**9),
    st.builds(Seen, st.integers(0, 999), st.integers(0, 999), st.none() | st.floats(0, 1e9)),
    st.integers(0, 10**9),
    st.integers(1, 3_600),
    st.integers(3_600, DAY),
)
def test_an_interval_stays_between_its_bounds(
    interval: int, seen: Seen, hint: int, minimum: int, maximum: int
) -> None:
    assert minimum <= next_interval(interval, seen, hint, Bounds(minimum, maximum)) <= maximum


def test_the_posting_gap_is_the_mean_of_the_newest_items_and_of_the_time_since() -> None:
    dates = [NOW - timedelta(hours=hours) for hours in (1, 3, 5)]
    assert posting_gap([*dates, None, NOW + timedelta(days=9)], NOW) == pytest.approx(5 * 3600 / 3)
    assert posting_gap(dates[:2], NOW) is None


@pytest.mark.parametrize(
    ("hours", "days", "expected"),
    [
        ((), (), NOW),
        ((3,), (), NOW),
        ((12, 13), (), NOW.replace(hour=14, minute=0)),
        (range(24), (), NOW + timedelta(hours=6)),
        ((), (5,), NOW + timedelta(hours=6)),
    ],
)
def test_hours_and_days_that_a_feed_asks_to_skip_are_skipped_within_reason(
    hours: tuple[int, ...], days: tuple[int, ...], expected: datetime
) -> None:
    latest = NOW + timedelta(hours=6)
    assert outside_pause(NOW, frozenset(hours), frozenset(days), latest) == expected


@pytest.mark.parametrize(
    ("failures", "retry_after", "expected"),
    [(1, None, 600), (2, None, 1_200), (3, 60, 2_400), (1, 7_200, 7_200), (9, None, DAY), (1, 10 * DAY, DAY)],
)
def test_failures_double_the_wait_and_the_server_may_ask_for_more(
    failures: int, retry_after: int | None, expected: int
) -> None:
    assert backoff(failures, retry_after, minimum=300) == expected


@pytest.mark.parametrize(
    ("failures", "retry_after", "minimum", "expected"),
    [(3, None, 300, 2_400), (9, None, 300, 5_400), (9, None, DAY, DAY), (9, 7_200, 300, 7_200)],
)
def test_trouble_that_passes_is_waited_for_at_most_ninety_minutes_unless_the_server_asks_for_more(
    failures: int, retry_after: int | None, minimum: int, expected: int
) -> None:
    assert backoff(failures, retry_after, minimum=minimum, passing=True) == expected


@given(st.integers(0, 10**6), st.none() | st.integers(0, 10**9), st.integers(1, DAY))
def test_a_failing_feed_is_always_asked_again_within_a_day(
    failures: int, retry_after: int | None, minimum: int
) -> None:
    wait = backoff(failures, retry_after, minimum=minimum)
    assert 1 <= wait <= DAY
    assert wait <= backoff(failures + 1, retry_after, minimum=minimum)


@pytest.mark.parametrize(
    ("last_new", "habit_seconds", "silent"),
    [
        (None, 0, False),
        (timedelta(hours=23), 60, False),
        (timedelta(hours=25), 60, True),
        (timedelta(hours=25), 10 * 3600, False),
        (timedelta(hours=31), 10 * 3600, True),
    ],
)
def test_a_feed_is_silent_only_beyond_its_own_habit(
    last_new: timedelta | None, habit_seconds: int, silent: bool
) -> None:
    assert is_silent(None if last_new is None else NOW - last_new, habit_seconds, NOW) is silent


def test_a_habit_is_the_longest_gap_slowly_forgotten() -> None:
    assert habit(1000, timedelta(hours=2)) == 7200
    assert habit(10_000, timedelta(minutes=1)) == 9500
