"""Where a situation stands: what a person decided, or what the figures say; now and in months past. Pure.

What a person decided holds for four weeks at least (a trend is that of four weeks) and until the figures say
something else; before and after, it is the machine's newest draft. A draft that came after the decision in
force is shown beside it: no decision hides a new alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from alerts.model import Trend, TrendCall
from alerts.services.assessing import ASKED_AGAIN
from alerts.store.trends import Called

MONTHS_SHOWN = 12

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stand:
    """What holds of a situation. ``by`` is the person who decided, '' for the machine's draft; ``at`` when
    they did, or when the draft was made; ``reason`` is theirs. ``call`` is what the figures said."""

    trend: Trend
    risk_alert: bool
    resolution_opportunity: bool
    quieter: bool
    by: str
    at: datetime
    reason: str
    call: TrendCall

    @property
    def confirmed(self) -> bool:
        return bool(self.by)


@dataclass(frozen=True, slots=True)
class Month:
    """Where a situation stood at the end of a month; ``first`` is the first day of it."""

    first: date
    stand: Stand


def stand_of(called: Called) -> Stand:
    """What a person made of a call, or the figures if nobody has decided."""
    said, decision = called.call, called.decision
    if decision is None:
        return Stand(
            said.trend,
            said.risk_alert,
            said.resolution_opportunity,
            said.quieter,
            "",
            called.made_at,
            "",
            said,
        )
    return Stand(
        decision.trend,
        decision.risk_alert,
        decision.resolution_opportunity,
        said.quieter and decision.trend is Trend.UNCHANGED,
        decision.by,
        decision.at,
        decision.reason,
        said,
    )


def standing(
    newest: Called | None, decided: Called | None, now: datetime
) -> tuple[Stand | None, Stand | None]:
    """What holds, and the draft that came after it, if what holds is a person's decision."""
    if newest is None:
        return None, None
    if newest.decision is not None or decided is None or decided.decision is None:
        return stand_of(newest), None
    if now - decided.decision.at >= ASKED_AGAIN:
        return stand_of(newest), None
    return stand_of(decided), stand_of(newest)


def months(history: Sequence[Called], now: datetime) -> tuple[Month, ...]:
    """Where a situation stood at the end of each month since its first call, a year at most, the last of
    them as of now. ``history`` is newest first."""
    found: list[Month] = []
    first, end = now.date().replace(day=1), now
    while len(found) < MONTHS_SHOWN:
        made = [each.as_of(end) for each in history if each.made_at <= end]
        stand, _ = standing(next(iter(made), None), next((each for each in made if each.decision), None), end)
        if stand is None:
            break
        found.append(Month(first, stand))
        end = datetime.combine(first, time(), UTC) - _MOMENT
        first = end.date().replace(day=1)
    return tuple(reversed(found))


def end_of_month(first: date) -> datetime:
    """The last moment of the month that begins on this day."""
    return datetime.combine((first + timedelta(days=31)).replace(day=1), time(), UTC) - _MOMENT
