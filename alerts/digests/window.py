"""When a subscriber's digest is due, in their own time zone.

A slot is a local wall-clock time on a local date. Where the clocks skip that time, the slot happens
as far after the gap as it would have been into it (02:00 becomes 03:00 in most zones, 02:30 where
the clocks move by half an hour); where the hour comes twice, the slot is the first one. RFC 5545
§3.3.5 reads local times the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alerts.errors import BadInput
from alerts.model import Cadence

_DAY = timedelta(days=1)
# Days to look at on both sides of an instant, so that at least one slot lies on each side of it even
# where the local date differs from the UTC date, or where a zone once skipped a whole date.
_REACH = {Cadence.DAILY: 3, Cadence.WEEKLY: 10, Cadence.MONTHLY: 34}


def next_due(
    cadence: Cadence,
    after: datetime,
    timezone: str,
    hour: int,
    weekday: int,
    monthday: int = 1,
    minute: int = 0,
) -> datetime:
    """The first slot strictly after ``after``, in UTC.

    ``timezone`` is an IANA name; ``hour`` is 0–23, ``minute`` 0–59; ``weekday`` is 0 for Monday (read for
    weekly only); ``monthday`` is 1–28 (read for monthly only). Raises BadInput for anything else, and for
    the cadence *immediate*, which has no slots.
    """
    return min(
        slot for slot in _slots(cadence, after, timezone, hour, weekday, monthday, minute) if slot > after
    )


def latest_due(
    cadence: Cadence,
    at_or_before: datetime,
    timezone: str,
    hour: int,
    weekday: int,
    monthday: int = 1,
    minute: int = 0,
) -> datetime:
    """The last slot at or before ``at_or_before``, in UTC; arguments and errors as for next_due."""
    return max(
        slot
        for slot in _slots(cadence, at_or_before, timezone, hour, weekday, monthday, minute)
        if slot <= at_or_before
    )


def at_local(near: datetime, timezone: str, days: timedelta, clock: time) -> datetime:
    """That time of the clock so many days from the local date of ``near``, in UTC. Raises BadInput."""
    local = zone(timezone)
    day = near.astimezone(local).date() + days
    # fold=0 means the first of two equal times, and the offset before the gap for a time that does not
    # exist: what the head of this module promises.
    return datetime.combine(day, clock, tzinfo=local).astimezone(UTC)


def zone(timezone: str) -> ZoneInfo:
    """The IANA time zone of that name; raises BadInput when there is none."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            f"unknown time zone {timezone!r}; give an IANA name such as Europe/Berlin or Asia/Amman"
        ) from error


def _slots(
    cadence: Cadence, around: datetime, timezone: str, hour: int, weekday: int, monthday: int, minute: int
) -> Iterator[datetime]:
    """Slots on the local dates near an instant, some on both sides of it."""
    local = zone(timezone)
    if cadence not in _REACH:
        raise BadInput(f"the cadence {cadence} has no due time")
    if not 0 <= hour <= 23:
        raise BadInput(f"the hour of a digest is 0 to 23, not {hour}")
    if not 0 <= minute <= 59:
        raise BadInput(f"the minute of a digest is 0 to 59, not {minute}")
    if cadence is Cadence.WEEKLY and not 0 <= weekday <= 6:
        raise BadInput(f"the weekday of a digest is 0 (Monday) to 6 (Sunday), not {weekday}")
    if cadence is Cadence.MONTHLY and not 1 <= monthday <= 28:
        raise BadInput(f"the day of the month of a digest is 1 to 28, not {monthday}")

    def is_due(day: date) -> bool:
        if cadence is Cadence.WEEKLY:
            return day.weekday() == weekday
        return cadence is Cadence.DAILY or day.day == monthday

    today = around.astimezone(local).date()
    for offset in range(-_REACH[cadence], _REACH[cadence] + 1):
        if is_due(today + offset * _DAY):
            yield at_local(around, timezone, offset * _DAY, time(hour, minute))
