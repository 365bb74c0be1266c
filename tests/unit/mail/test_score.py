"""When an address is given up (R26)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.mail.score import verdict
from alerts.model import ReturnKind

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def soft(*days_ago: float) -> list[tuple[datetime, ReturnKind]]:
    return [(NOW - timedelta(days=days), ReturnKind.SOFT) for days in days_ago]


@pytest.mark.parametrize("kind", [ReturnKind.HARD, ReturnKind.COMPLAINT])
def test_one_hard_failure_or_complaint_is_enough(kind):
    """R26."""
    assert verdict([(NOW - timedelta(days=300), kind)], NOW)


@pytest.mark.parametrize("kind", [ReturnKind.AUTO_REPLY, ReturnKind.NONE, ReturnKind.UNSUBSCRIBE])
def test_other_answers_never_count(kind):
    """R28."""
    assert not verdict([(NOW - timedelta(hours=hours), kind) for hours in range(400)], NOW)


def test_five_days_of_soft_failures_are_enough_and_four_are_not():
    """R26: threshold 5."""
    assert verdict(soft(4, 3, 2, 1, 0), NOW)
    assert not verdict(soft(3, 2, 1, 0), NOW)


def test_a_bad_day_counts_once_however_many_mails_failed():
    """R26: at most 1 a day."""
    assert not verdict(soft(*(hour / 24 for hour in range(8))) + soft(1.1, 1.2, 1.3), NOW)


def test_a_week_without_failure_forgets_the_ones_before():
    """R26: stale after 7 days."""
    assert not verdict(soft(20, 19, 18, 17, 9, 1), NOW)
    assert not verdict(soft(11, 10, 9, 8, 7), NOW)
    assert verdict(soft(24, 18, 12, 6, 0), NOW)


def test_the_order_of_the_history_does_not_matter():
    assert verdict(soft(0, 4, 2, 1, 3), NOW)


@given(st.lists(st.floats(0, 60), max_size=30))
def test_soft_failures_on_fewer_than_five_days_never_suppress(days):
    """R26."""
    history = soft(*days)
    if len({at.date() for at, _ in history}) < 5:
        assert not verdict(history, NOW)
    assert verdict([], NOW) is False
