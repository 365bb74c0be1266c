"""What can be read of situations: where each stands, and all that a page of one of them shows. Reads only.

Where a situation stands is what a person decided, for four weeks at least (a trend is that of four weeks)
and until the figures say something else; before and after, it is the machine's newest draft. A draft that
came after the decision in force is shown beside it: no decision hides a new alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum
from itertools import product

from sqlalchemy import Connection

from alerts.model import Level, Rule, Surge, Trend, TrendCall
from alerts.services.assessing import ASKED_AGAIN
from alerts.services.situation_days import ShownDay, days_of, since
from alerts.store import following, rules, series, signals, situation_stories, stories, trends
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
class Line:
    """A situation in the overview. ``stand`` is None before its first call; ``newer`` is a draft that came
    after the decision in force; ``alarm`` the level of the gravest surge lately."""

    key: str
    name: str
    stand: Stand | None
    newer: Stand | None
    alarm: Level | None
    days: tuple[ShownDay, ...]

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
    places: tuple[str, ...]
    rule_names: dict[str, str] = field(hash=False)
    marks: tuple[Surge, ...]
    surges: tuple[Surge, ...]
    kinds: tuple[tuple[str, tuple[ToldStory, ...]], ...]
    stories: int
    sources: tuple[tuple[str, int], ...]
    history: tuple[Called, ...]


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


def overview(tx: Connection, now: datetime) -> tuple[Line, ...]:
    """All situations, those to look at first before the quiet ones, then by name."""
    followed = following.situations_in_force(tx)
    lines = _lines(tx, followed, _rules(tx), now, expecting=False)
    return tuple(sorted(lines, key=lambda line: (-line.urgency, line.name.casefold())))


def view(tx: Connection, key: str, now: datetime) -> SituationView:
    """Everything about one situation. Raises NotFound."""
    followed = following.situation(tx, key)
    by_id, today = _rules(tx), now.date()
    (line,) = _lines(tx, (followed,), by_id, now, expecting=True)
    marks = _surges(tx, followed, line.days[0].date)
    told = situation_stories.latest(tx, followed, today - RECENT, STORIES_READ)
    history = trends.history(tx, followed.id, CALLS_SHOWN)
    return SituationView(
        line=line,
        draft=history[0] if history and history[0].decision is None else None,
        places=followed.situation.places,
        rule_names={by_id[each].key: by_id[each].name for each in followed.rule_ids if each in by_id},
        marks=marks,
        surges=tuple(
            sorted((each for each in marks if today - each.day < RECENT), key=lambda each: -each.level.rank)
        ),
        kinds=_kinds(tx, told),
        stories=len(told),
        sources=situation_stories.sources(tx, followed, today - RECENT),
        history=history,
    )


def _rules(tx: Connection) -> dict[int, Rule]:
    in_force = rules.current(tx)
    ids = rules.ids(tx, [rule.key for rule in in_force])
    return {ids[rule.key]: rule for rule in in_force}


def _lines(
    tx: Connection,
    followed: Sequence[Followed],
    by_id: dict[int, Rule],
    now: datetime,
    *,
    expecting: bool,
) -> list[Line]:
    today = now.date()
    ids = [each.id for each in followed]
    newest, decided = trends.latest(tx, ids), trends.decided(tx, ids)
    exposures = series.exposures(tx, since(today, expecting=expecting))
    alarms = signals.alarms(tx, today - LATELY + timedelta(days=1))
    lines = []
    for each in followed:
        stand, newer = standing(newest.get(each.id), decided.get(each.id), now)
        own = (alarms.get(name, ()) for name in product(each.rule_ids, each.places))
        levels = [level for found in own for _, level in found]
        lines.append(
            Line(
                key=each.situation.key,
                name=each.situation.name,
                stand=stand,
                newer=newer,
                alarm=max(levels, key=lambda level: level.rank, default=None),
                days=days_of(tx, each, by_id, exposures, today, expecting=expecting),
            )
        )
    return lines


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
