"""Two times are compared only when we looked as well in the one as in the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerts.digests.comparison import before, comparable
from alerts.model import Window

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
WELL = {"feeds": 40, "of_feeds": 44, "written": True, "days": 7, "dark_days": 0}


def test_the_time_before_is_as_long_and_ends_where_this_one_begins() -> None:
    weeks = Window(NOON - timedelta(days=21), NOON)
    assert before(weeks) == Window(NOON - timedelta(days=42), NOON - timedelta(days=21))


@pytest.mark.parametrize(
    ("change", "fit"),
    [
        ({}, True),
        ({"feeds": 20}, False),
        ({"feeds": 0, "of_feeds": 0}, False),
        ({"written": False}, False),
        ({"dark_days": 1}, True),
        ({"dark_days": 2}, False),
        ({"days": 0}, True),
    ],
    ids=["as now", "half the feeds", "no feeds", "no rule", "one dark day", "two dark days", "days unknown"],
)
def test_a_time_is_fit_when_rule_feeds_and_days_were_there(change: dict[str, int], fit: bool) -> None:
    assert comparable(**(WELL | change)) is fit  # type: ignore[arg-type]
