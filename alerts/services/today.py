"""What a duty officer has to know of the last hours: stories and signals. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection

from alerts.digests.build import build
from alerts.digests.weight import reach, weight
from alerts.model import Cadence, Entry, RuleName, Severity, StoryState, Trend, Window
from alerts.rules.labels import labelled
from alerts.services.weighing import Shared, weigh
from alerts.store import (
    acknowledgements,
    following,
    lately,
    matches,
    rules,
    signals,
    stories,
    trends,
)
from alerts.store.acknowledgements import Stand
from alerts.store.digests import Untold
from alerts.store.following import Followed
from alerts.store.matches import MatchOf
from alerts.store.signals import SavedSurge
from alerts.store.trends import Called

Grade: TypeAlias = tuple[bool, int]
"""Of a story: whether somebody has seen to it, and the rank of its gravest rule, 0 for a critical one."""

SPAN = timedelta(hours=24)
MOST_MATCHES = 3_000
"""So many of the newest matches are looked at; a page that shows fewer stories than there are says so."""


@dataclass(frozen=True, slots=True)
class ToldStory:
    """A story as a mail would tell it. ``stand`` is what somebody made of it; ``first_at`` when its first
    match of these hours was made."""

    entry: Entry
    stand: Stand | None
    first_at: datetime

    @property
    def settled(self) -> bool:
        """Whether somebody has seen to it."""
        return self.stand is not None and self.stand.state is not StoryState.OPEN


@dataclass(frozen=True, slots=True)
class Critical:
    """How many critical stories there are, and how many of them nobody has seen to; both too small when not
    ``whole``."""

    total: int = 0
    unseen: int = 0
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Stories:
    """The stories of the last hours, the most severe first, then the weightiest; what somebody has seen to
    last. ``shown`` are the first of them, ``total`` counts them and ``new`` those that came after a time;
    both are too small when not ``whole``."""

    shown: tuple[ToldStory, ...]
    total: int
    new: int
    critical: Critical
    whole: bool


def stories_of(tx: Connection, now: datetime, looked_at: datetime | None, limit: int) -> Stories:
    """The stories that matched within SPAN; ``looked_at`` is after when they count as new."""
    window = Window(now - SPAN, now)
    found, whole = lately.matched(tx, window.since, MOST_MATCHES)
    names = rules.names(tx, {each.rule_id for each in found})
    by_story: dict[int, list[MatchOf]] = defaultdict(list)
    for each in found:
        by_story[each.story_id or -each.item_id].append(each)
    stands = acknowledgements.of_stories(tx, {story for story in by_story if story > 0})
    first = {story: min(each.matched_at for each in several) for story, several in by_story.items()}
    grades = {story: _grade(several, names, stands.get(story)) for story, several in by_story.items()}
    chosen = _weightiest(tx, by_story, grades, limit)
    entries = _entries(tx, [each for story in chosen for each in by_story[story]], names, window)
    told = [
        ToldStory(entry, stands.get(entry.story_id), first[entry.story_id or -entry.item_id])
        for entry in entries
    ]
    return Stories(
        shown=tuple(
            sorted(
                told,
                key=lambda each: (
                    each.settled,
                    each.entry.rules[0].severity.rank,
                    -weight(each.entry, window),
                    -each.entry.item_id,
                ),
            )
        ),
        total=len(by_story),
        new=0 if looked_at is None else sum(at > looked_at for at in first.values()),
        critical=_critical(grades.values(), whole=whole),
        whole=whole,
    )


def _grade(several: Sequence[MatchOf], names: Mapping[int, RuleName], stand: Stand | None) -> Grade:
    settled = stand is not None and stand.state is not StoryState.OPEN
    return settled, min(names[each.rule_id].severity.rank for each in several)


def _critical(grades: Iterable[Grade], *, whole: bool) -> Critical:
    settled = [settled for settled, rank in grades if rank == Severity.CRITICAL.rank]
    return Critical(len(settled), settled.count(False), whole)


def _weightiest(
    tx: Connection,
    by_story: Mapping[int, Sequence[MatchOf]],
    grades: Mapping[int, Grade],
    limit: int,
) -> list[int]:
    """The stories to show, before their words are read. How widely a story is told is asked only of those
    among which it decides."""
    if len(by_story) <= limit:
        return list(by_story)

    last = sorted(grades.values())[limit - 1]
    open_ones = [story for story, its in grades.items() if its == last]
    tallies = stories.tallies(tx, {story for story in open_ones if story > 0})

    def place(story: int) -> tuple[float, int]:
        tally = tallies.get(story, stories.Tally())
        return -reach(tally.outlets, tally.origins), -by_story[story][0].match_id

    sure = [story for story, its in grades.items() if its < last]
    return [*sure, *sorted(open_ones, key=place)][:limit]


def _entries(
    tx: Connection, found: Sequence[MatchOf], names: Mapping[int, RuleName], window: Window
) -> tuple[Entry, ...]:
    """As a daily digest would tell them."""
    ordered = sorted(found, key=lambda each: (names[each.rule_id].severity.rank, -each.match_id))
    untold = [Untold(each.match_id, each.item_id, each.rule_id) for each in ordered]
    shared = Shared()
    weighed = weigh(tx, untold, names, window.since, shared)
    told = matches.load(tx, weighed.match_ids)
    digest = build(Cadence.DAILY, window, told, (), None, window.until, None, voices=weighed.voices)
    return labelled(digest, shared.labels_in_force(tx)).entries


def story_entry(tx: Connection, story_id: int, now: datetime) -> Entry | None:
    """One story as a mail would tell all of it; None when none of its items matched a rule of everybody's."""
    found = matches.of_story(tx, story_id, MOST_MATCHES)
    if not found:
        return None
    names = rules.names(tx, {each.rule_id for each in found})
    since = min(each.matched_at for each in found)
    return next(iter(_entries(tx, found, names, Window(since, now))), None)


@dataclass(frozen=True, slots=True)
class SituationNews:
    """What is new of a situation: surges, the gravest first, and a call that waits for a person, says that
    there is a risk or a chance, or was just decided. ``situation`` is None for surges of rules that belong to
    none."""

    situation: Followed | None
    surges: tuple[SavedSurge, ...]
    call: Called | None
    at: datetime

    @property
    def waits(self) -> bool:
        return self.call is not None and self.call.decision is None


def situation_news(tx: Connection, now: datetime) -> tuple[SituationNews, ...]:
    """The situations with surges noticed within SPAN, with a draft that says something and that nobody has
    decided on, or decided on within SPAN; those with the gravest surge first, then those with a draft."""
    since = now - SPAN
    followed = following.situations_in_force(tx)
    surges = _gravest([each for each in signals.surges(tx, (since - SPAN).date()) if each.made_at >= since])
    calls = trends.latest(tx, [each.id for each in followed])
    found, placed = [], set()
    for each in followed:
        own = tuple(s for s in surges if s.rule_id in each.rule_ids and s.surge.place in each.places)
        placed |= {s.id for s in own}
        call = calls.get(each.id)
        call = call if call is not None and _tells(call, since) else None
        if own or call is not None:
            found.append(SituationNews(each, own, call, _newest(own, call)))
    elsewhere = tuple(s for s in surges if s.id not in placed)
    if elsewhere:
        found.append(SituationNews(None, elsewhere, None, _newest(elsewhere, None)))
    return tuple(sorted(found, key=_urgency))


def _gravest(found: Collection[SavedSurge]) -> list[SavedSurge]:
    """Of each series the gravest, the gravest first: it was milder when it was first noticed."""
    ordered = sorted(found, key=lambda each: (-each.surge.level.rank, -each.id))
    by_series: dict[tuple[int, str], SavedSurge] = {}
    for each in ordered:
        by_series.setdefault((each.rule_id, each.surge.place), each)
    return list(by_series.values())


def _tells(called: Called, since: datetime) -> bool:
    if called.decision is not None:
        return called.decision.at >= since
    call = called.call
    moved = call.trend in (Trend.DETERIORATED, Trend.IMPROVED)
    return moved or call.risk_alert or call.resolution_opportunity


def _newest(surges: Sequence[SavedSurge], call: Called | None) -> datetime:
    times = [each.made_at for each in surges]
    if call is not None:
        times.append(call.decision.at if call.decision else call.made_at)
    return max(times)


def _urgency(news: SituationNews) -> tuple[int, bool, bool, float, str]:
    level = news.surges[0].surge.level.rank if news.surges else 0
    call = news.call.call if news.call else None
    risk = call is not None and (call.risk_alert or call.trend is Trend.DETERIORATED)
    name = news.situation.situation.name.casefold() if news.situation else ""
    return -level, not risk, not news.waits, -news.at.timestamp(), name
