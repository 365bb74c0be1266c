"""What can be read of situations: where each stands, and all that a page of one of them shows. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum
from itertools import product

from sqlalchemy import Connection

from alerts.model import Level, Surge, Trend
from alerts.services.assessing import collected, rules_of
from alerts.services.situation_counts import Counted
from alerts.services.situation_days import SHOWN, ShownDay, days_of, shown, since
from alerts.services.situation_stand import Month, Stand, months, standing
from alerts.store import following, series, signals, situation_stories, stories, trends
from alerts.store.following import Followed, Scope
from alerts.store.signals import SavedSurge
from alerts.store.situation_stories import Teller, Told
from alerts.store.stories import Tally
from alerts.store.trends import Called

LATELY = timedelta(days=7)
"""A surge of these days puts a situation before the quiet ones."""

RECENT = timedelta(days=28)
"""Surges, stories and sources of these days are told."""

STORIES_READ = 500
STORIES_OF_A_KIND = 12
CALLS_READ = 400
CALLS_SHOWN = 50


class Urgency(IntEnum):
    """Why a situation is among those to look at first; the gravest last."""

    NONE = 0
    WATCH = 1
    HOPE = 2
    WARNING = 3
    RISK = 4
    DETERIORATED = 5
    URGENT = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A situation in the overview. ``stand`` is None before its first call; ``newer`` is a draft that came
    after the decision in force; ``alarm`` the level of the gravest surge lately. ``retired``: it is followed
    no more, and has no page."""

    key: str
    name: str
    places: tuple[str, ...]
    stand: Stand | None
    newer: Stand | None
    alarm: Level | None
    days: tuple[ShownDay, ...]
    retired: bool

    @property
    def urgency(self) -> Urgency:
        return max((_urgency(each, self.alarm) for each in (self.stand, self.newer)), default=Urgency.NONE)


@dataclass(frozen=True, slots=True)
class ToldStory:
    """A story and how widely it is told."""

    told: Told
    tally: Tally
    tellers: tuple[Teller, ...]


@dataclass(frozen=True, slots=True)
class SituationView:
    """All that the page of one situation shows. ``draft`` is the call that waits for a decision; ``marks``
    are the surges of the whole timeline, ``surges`` the recent ones, the gravest first. ``kinds`` groups the
    newest stories by what their publishers call them, '' for plain news; ``stories`` counts them all."""

    line: Line
    draft: Called | None
    rule_names: dict[str, str] = field(hash=False)
    marks: tuple[Surge, ...]
    surges: tuple[Surge, ...]
    kinds: tuple[tuple[str, tuple[ToldStory, ...]], ...]
    stories: int
    sources: tuple[tuple[str, int], ...]
    months: tuple[Month, ...]
    history: tuple[Called, ...]


def _urgency(stand: Stand | None, alarm: Level | None) -> Urgency:
    if alarm is Level.URGENT:
        return Urgency.URGENT
    if stand is not None and stand.trend is Trend.DETERIORATED:
        return Urgency.DETERIORATED
    if stand is not None and stand.risk_alert:
        return Urgency.RISK
    if alarm is Level.WARNING:
        return Urgency.WARNING
    if stand is not None and (stand.resolution_opportunity or stand.trend is Trend.IMPROVED):
        return Urgency.HOPE
    return Urgency.NONE if alarm is None else Urgency.WATCH


def overview(tx: Connection, at: datetime, counted: Counted) -> tuple[Line, ...]:
    """All situations that are followed, or were then, as they stood then."""
    followed, today = following.situations_at(tx, at), at.date()
    by_id, stands = rules_of(tx, followed), _standings(tx, followed, at)
    counts = counted.counts(tx, followed, by_id, today)
    exposures = series.exposures(tx, today - timedelta(days=SHOWN), by_id)
    lines = []
    for each in followed:
        war, peace = (counts.get((each.id, escalates), {}) for escalates in (True, False))
        days = shown(war, peace, collected(each, exposures), today, expecting=False)
        lines.append(stands.line(each, days))
    return tuple(lines)


def view(tx: Connection, key: str, now: datetime) -> SituationView:
    """Everything about one situation. Raises NotFound."""
    followed = following.situation(tx, key)
    by_id, today = rules_of(tx, (followed,)), now.date()
    days = days_of(tx, followed, by_id, series.exposures(tx, since(today), by_id), today)
    line = _standings(tx, (followed,), now).line(followed, days)
    marks = _surges(tx, followed, line.days[0].date)
    told = situation_stories.latest(tx, followed, today - RECENT, STORIES_READ)
    history = trends.history(tx, followed.id, CALLS_READ)
    return SituationView(
        line=line,
        draft=history[0] if history and history[0].decision is None else None,
        rule_names={by_id[each].key: by_id[each].name for each in followed.rule_ids if each in by_id},
        marks=marks,
        surges=tuple(
            sorted((each for each in marks if today - each.day < RECENT), key=lambda each: -each.level.rank)
        ),
        kinds=_kinds(tx, told),
        stories=len(told),
        sources=situation_stories.sources(tx, followed, today - RECENT),
        months=months(history, now),
        history=history[:CALLS_SHOWN],
    )


@dataclass(frozen=True, slots=True)
class _Standings:
    """Where situations stand at a time, all read at once."""

    at: datetime
    newest: Mapping[int, Called]
    decided: Mapping[int, Called]
    alarms: Mapping[series.Name, Sequence[tuple[date, Level]]]

    def line(self, followed: Followed, days: tuple[ShownDay, ...]) -> Line:
        newest, decided = self._called(self.newest, followed), self._called(self.decided, followed)
        stand, newer = standing(newest, decided, self.at)
        own = (self.alarms.get(name, ()) for name in product(followed.rule_ids, followed.places))
        levels = [level for found in own for day, level in found if day <= self.at.date()]
        return Line(
            key=followed.situation.key,
            name=followed.situation.name,
            places=followed.situation.places,
            stand=stand,
            newer=newer,
            alarm=max(levels, key=lambda level: level.rank, default=None),
            days=days,
            retired=followed.retired,
        )

    def _called(self, of: Mapping[int, Called], followed: Followed) -> Called | None:
        found = of.get(followed.id)
        return found and found.as_of(self.at)


def _standings(tx: Connection, followed: Sequence[Followed], at: datetime) -> _Standings:
    ids = [each.id for each in followed]
    alarms = signals.alarms(tx, at.date() - LATELY + timedelta(days=1))
    return _Standings(at, trends.latest(tx, ids, at), trends.decided(tx, ids, at), alarms)


def _surges(tx: Connection, followed: Followed, first: date) -> tuple[Surge, ...]:
    """Of each series and day the gravest, newest first: it was milder when it was first noticed."""
    found: dict[tuple[str, str, date], SavedSurge] = {}
    for saved in signals.surges(tx, first, within=Scope(situations=(followed,))):
        name = saved.surge.rule, saved.surge.place, saved.surge.day
        if name not in found or saved.surge.level.rank > found[name].surge.level.rank:
            found[name] = saved
    grave = sorted(found.values(), key=lambda each: (each.surge.day, each.surge.level.rank, each.id))
    return tuple(each.surge for each in reversed(grave))


def _kinds(tx: Connection, told: Sequence[Told]) -> tuple[tuple[str, tuple[ToldStory, ...]], ...]:
    """The newest stories of each kind; plain news last."""
    by_kind: dict[str, list[Told]] = {}
    for each in told:
        of_kind = by_kind.setdefault(each.kind, [])
        if len(of_kind) < STORIES_OF_A_KIND:
            of_kind.append(each)
    ids = [each.story_id for chosen in by_kind.values() for each in chosen]
    tallies, tellers = stories.tallies(tx, ids), situation_stories.tellers(tx, ids)
    return tuple(
        (
            kind,
            tuple(
                ToldStory(each, tallies.get(each.story_id, Tally()), tellers.get(each.story_id, ()))
                for each in chosen
            ),
        )
        for kind, chosen in sorted(by_kind.items(), key=lambda found: not found[0])
    )
