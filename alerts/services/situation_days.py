"""The days of a situation as its timeline shows them: stories, what was to be expected, what was not seen.

The band is that of the situation as a whole. Its stories of a day, each counted once however many rules
and places it met, are one series for escalation and one for de-escalation; both are replayed through the
surge test from kept counts and exposures, so that the band of a day is what could be said on that day.
Surges are found in the series of one rule in one place, so that one may stand within the band of the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from alerts.model import Rule
from alerts.services.assessing import collected, stories_by_day
from alerts.store.following import Followed
from alerts.warning.surge import Day, replay

SHOWN = 90
"""Days of a timeline, the last of them today."""

LEARNED = 84
"""Days before these from which the band is learned, as far as counts go back: three half-lives."""

_A_DAY = timedelta(days=1)

Band = tuple[int, int]
"""Where the count of a day lies 95 times of 100, both included."""


@dataclass(frozen=True, slots=True)
class ShownDay:
    """One day (UTC). ``seen`` is False when nothing was collected: its counts are 0 and mean nothing.
    ``over`` is False for a day whose counts may still grow. Without a band nothing could be expected."""

    date: date
    escalation: int = 0
    deescalation: int = 0
    seen: bool = True
    over: bool = True
    escalation_band: Band | None = None
    deescalation_band: Band | None = None


def since(today: date) -> date:
    """The first day whose counts and exposures are needed for days with their bands."""
    return today - (SHOWN + LEARNED) * _A_DAY


def days_of(
    tx: Connection,
    followed: Followed,
    by_id: Mapping[int, Rule],
    exposures: Mapping[int, Mapping[date, float]],
    today: date,
) -> tuple[ShownDay, ...]:
    """The days that end today with their bands, oldest first. ``exposures`` are those of the days from
    ``since`` on."""
    war, peace = stories_by_day(tx, followed, by_id, since(today))
    return shown(war, peace, collected(followed, exposures), today)


def shown(
    war: Mapping[date, int],
    peace: Mapping[date, int],
    exposure: Mapping[date, float],
    today: date,
    *,
    expecting: bool = True,
) -> tuple[ShownDay, ...]:
    """The same from the counts of each day and the exposure of those that were closed. ``expecting`` says
    whether to find the bands, which takes long for many situations. Pure."""
    learned = exposure if expecting else {}
    war_bands, peace_bands = _bands(war, learned, today), _bands(peace, learned, today)
    days = []
    for age in reversed(range(SHOWN)):
        day = today - age * _A_DAY
        over = day in exposure
        counted = bool(war.get(day) or peace.get(day))
        seen = exposure[day] > 0 if over else counted or day == today
        if not seen:
            days.append(ShownDay(day, seen=False))
            continue
        days.append(
            ShownDay(
                day,
                war.get(day, 0),
                peace.get(day, 0),
                over=over,
                escalation_band=war_bands.get(day),
                deescalation_band=peace_bands.get(day),
            )
        )
    return tuple(days)


def _bands(counts: Mapping[date, int], exposure: Mapping[date, float], today: date) -> dict[date, Band]:
    closed = sorted(day for day in exposure if day < today)
    readings = replay(Day(day, counts.get(day, 0), exposure[day]) for day in closed)
    return {reading.date: (reading.low, reading.high) for reading in readings if reading.tested}
