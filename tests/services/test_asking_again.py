"""Who asks again for another hour or day gets no two digests within a day and no long gap."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerts.model import Cadence, SubscriberState
from alerts.services.subscribe import Terms, reschedule
from alerts.store.subscribers import Order


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)  # the 16th and the 23rd are Mondays


@pytest.mark.parametrize(
    ("cadence", "covered", "due", "terms", "now", "expected"),
    [
        (Cadence.DAILY, at(17, 8), at(18, 8), Terms(hour=10), at(17, 8, 30), at(18, 10)),
        (Cadence.WEEKLY, at(16, 8), at(23, 8), Terms(weekday=6), at(23, 7, 30), at(23, 8)),
        (Cadence.WEEKLY, at(16, 8), at(23, 8), Terms(weekday=6), at(17, 9), at(22, 8)),
        (Cadence.WEEKLY, at(16, 8), at(23, 8), Terms(weekday=6), at(23, 9), at(23, 8)),
        (Cadence.DAILY, at(17, 8), at(18, 8), Terms(), at(17, 9), at(18, 8)),
    ],
    ids=["a later hour", "just before it is due", "an earlier day", "overdue", "nothing new"],
)
def test_the_next_digest_is_neither_too_soon_nor_too_late(
    cadence: Cadence, covered: datetime, due: datetime, terms: Terms, now: datetime, expected: datetime
) -> None:
    confirmed = SubscriberState.CONFIRMED
    order = Order(
        1, 1, "a@example.org", "en", "UTC", confirmed, cadence, 8, 0, 1, at(1, 8), covered, due, None, None
    )
    assert reschedule(order, terms, now) == expected
