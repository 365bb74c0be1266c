from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.feeds.schedule import backoff, next_interval

DAY = 24 * 3600


@pytest.mark.parametrize(
    ("interval", "new", "expected"),
    [
        (3600, 3, 1800),
        (3600, 0, 5400),
        (400, 1, 300),
        (300, 9, 300),
        (80_000, 0, DAY),
        (10, 0, 300),
        (10**9, 0, DAY),
    ],
)
def test_news_shortens_the_interval_and_silence_stretches_it(interval: int, new: int, expected: int) -> None:
    assert next_interval(interval, new, minimum=300, maximum=DAY) == expected


@given(st.integers(0, 10**9), st.integers(0, 1_000), st.integers(1, 3_600), st.integers(3_600, DAY))
def test_an_interval_stays_between_its_bounds(interval: int, new: int, minimum: int, maximum: int) -> None:
    assert minimum <= next_interval(interval, new, minimum=minimum, maximum=maximum) <= maximum


@pytest.mark.parametrize(
    ("failures", "retry_after", "expected"),
    [(1, None, 600), (2, None, 1_200), (3, 60, 2_400), (1, 7_200, 7_200), (9, None, DAY), (1, 10 * DAY, DAY)],
)
def test_failures_double_the_wait_and_the_server_may_ask_for_more(
    failures: int, retry_after: int | None, expected: int
) -> None:
    assert backoff(failures, retry_after, minimum=300) == expected


@given(st.integers(0, 10**6), st.none() | st.integers(0, 10**9), st.integers(1, DAY))
def test_a_failing_feed_is_always_asked_again_within_a_day(
    failures: int, retry_after: int | None, minimum: int
) -> None:
    wait = backoff(failures, retry_after, minimum=minimum)
    assert 1 <= wait <= DAY
    assert wait <= backoff(failures + 1, retry_after, minimum=minimum)
