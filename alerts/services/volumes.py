"""How many mails to expect of what can be followed, from what there was of it lately."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection, Engine

from alerts.model import Cadence
from alerts.store import following, volumes
from alerts.store.following import Followed, Scope
from alerts.store.unit import reading

SPAN = timedelta(weeks=volumes.WEEKS)
"""The time that is looked back upon."""

KEPT = timedelta(minutes=15)
"""How long the figures of the whole catalogue are used; to count them anew takes up to a second."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Volume:
    """What the time of ``SPAN`` would have come to, in mails: an alert for each story, a digest for each day,
    week or month with news. Of a shorter archive, as much as goes on so."""

    alerts: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0

    def with_(self, other: Volume) -> Volume:
        """Both in one subscription, as far as can be said without looking: at most all mails of both."""
        return Volume(
            self.alerts + other.alerts,
            min(self.daily + other.daily, SPAN // _DAY),
            min(self.weekly + other.weekly, volumes.WEEKS),
            max(self.monthly, other.monthly),
        )

    def of(self, cadence: str) -> int:
        """Mails in that time at one cadence."""
        match cadence:
            case Cadence.IMMEDIATE:
                return self.alerts
            case Cadence.DAILY:
                return self.daily
            case Cadence.WEEKLY:
                return self.weekly
            case _:
                return self.monthly


def _volume(stories: float, days: float, weeks: float, seen: timedelta) -> Volume:
    """From what was counted in ``seen``, which may be shorter than ``SPAN``."""
    longer = SPAN / min(SPAN, max(seen, _DAY))
    return Volume(
        alerts=round(stories * longer),
        daily=min(round(days * longer), SPAN // _DAY),
        weekly=min(round(weeks * longer), volumes.WEEKS),
        monthly=1 if stories else 0,
    )


def volume_of_times(times: Sequence[datetime], now: datetime, seen: timedelta) -> Volume:
    """The same for items of which no story is known, found in the time ``seen``."""
    days, weeks = {at.date() for at in times}, {(now - at) // timedelta(weeks=1) for at in times}
    return _volume(len(times), len(days), len(weeks), seen)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The volume of rules and situations in force, by key. ``nothing`` is that of what had no news; None
    while less than a day was seen, and nothing can be said."""

    rules: Mapping[str, Volume] = field(default_factory=dict)
    situations: Mapping[str, Volume] = field(default_factory=dict)
    nothing: Volume | None = None


class Volumes:
    """Counts for one database. Safe to share between threads."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = Lock()
        self._catalogue = Catalogue()
        self._until: datetime | None = None

    def catalogue(self) -> Catalogue:
        """What is offered, counted not longer ago than ``KEPT``."""
        now = self._clock()
        with self._lock:
            if self._until is None or not now < self._until <= now + KEPT:
                with reading(self._engine) as tx:
                    self._catalogue = _counted(tx, now)
                self._until = now + KEPT
            return self._catalogue

    def together(self, rule_keys: Collection[str], situation_keys: Collection[str]) -> Volume:
        """All of these in one subscription, each mail counted once."""
        if not rule_keys and not situation_keys:
            return Volume()
        now = self._clock()
        with reading(self._engine) as tx:
            followed = following.situations_in_force(tx) if situation_keys else ()
            chosen = tuple(each for each in followed if each.situation.key in situation_keys)
            scope = Scope(volumes.rule_ids(tx, rule_keys), chosen)
            first = volumes.first_seen(tx) or now
            return _volume(*volumes.of_scope(tx, scope, now), now - first)


def _counted(tx: Connection, now: datetime) -> Catalogue:
    seen = now - (volumes.first_seen(tx) or now)
    if seen < _DAY:
        return Catalogue()

    def of(followed: Followed) -> Volume:
        return _volume(*volumes.of_scope(tx, Scope(situations=(followed,)), now), seen)

    return Catalogue(
        {key: _volume(*counted, seen) for key, counted in volumes.of_rules(tx, now).items()},
        {each.situation.key: of(each) for each in following.situations_in_force(tx)},
        nothing=Volume(),
    )
