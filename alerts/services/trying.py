"""Try before save: what a rule, or a change to one, would have done in the last days.

It is matched by the code that matches live, against items of the archive that the database finds by
their keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, Engine

from alerts.model import Cadence, Item, Rule, SubscriberState
from alerts.rules.advice import Warning_, check_concepts, warnings
from alerts.rules.candidates import candidates, size
from alerts.rules.explain import faults, relaxed
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import Concepts
from alerts.rules.query import canonical, parse
from alerts.rules.tree import And, Node, Not, Phrase, Word, children
from alerts.services.archive import Found, after, explained, matching, words
from alerts.services.concepts import concepts_in_force
from alerts.services.stories import stories_of
from alerts.store import archive, following, items
from alerts.store.archive import Read
from alerts.store.rules import ids as rule_ids
from alerts.store.rules import kept
from alerts.store.unit import reading

SAMPLES = 10
NEAR_MISSES = 5
COMMON = 0.05
"""A rule that matches a larger part of all items says little."""

FEWEST = 5
"""Matches from which on their share means anything."""

_PHRASES_LOOKED_BACK = 90  # days
_MOST_A_WEEK = {Cadence.DAILY: 7.0, Cadence.WEEKLY: 1.0, Cadence.MONTHLY: 12 * 7 / 365}
_EASIER_TRIED = 12
_MOST_KEYS = 1_000
"""A condition of more keys, left alone, would be met by half of the archive."""

_NEAR_TRIED = 60
"""Items that are read for each condition, newest first, in search of near misses."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An item that fails one condition of the rule only: which, and how."""

    id: int
    at: datetime
    item: Item
    condition: str
    reason: str


@dataclass(frozen=True, slots=True)
class Brief:
    """An item in one line."""

    id: int
    key: str
    url: str
    at: datetime
    title: str
    language: str


@dataclass(frozen=True, slots=True)
class Mails:
    """Mails a week that the rule alone would lead to: in all, for the people who have asked for it, and
    for one person by cadence."""

    total: float
    subscribers: int
    per_subscriber: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have done. ``against`` is the number of the version it was compared with, None
    when it is new; ``added`` and ``removed`` are the exact items that the change makes match, or not."""

    items: int
    matches: int
    per_day: Mapping[str, int]
    expected_mails_per_week: Mails
    samples: tuple[Found, ...]
    near_misses: tuple[NearMiss, ...]
    against: int | None
    added: tuple[Brief, ...]
    removed: tuple[Brief, ...]
    warnings: tuple[Warning_, ...]


def try_rule(
    engine: Engine,
    rule: Rule,
    *,
    now: datetime,
    languages: Sequence[str] = (),
    days: int = 30,
    against: int | None = None,
) -> Trial:
    """Tries a rule on what was news in the last days. Nothing is saved.

    A rule whose key is in force is compared with its current version, or with the one that ``against``
    numbers. Raises QueryError, and NotFound when there is no such version.
    """
    with reading(engine) as tx:
        known = concepts_in_force(tx, languages)
        node = parse(rule.query)
        check_concepts(node, known.by_key, rule.query)
        trying = _Trying(tx, known, now - timedelta(days=days), after(now))
        looked_at, first = archive.looked_at(tx, trying.since, trying.until)
        found = list(trying.matching(rule))
        old = _compared_with(tx, rule.key, against)
        before = list(trying.matching(old[1])) if old else found
        added, removed = _difference(before, found)
        days_of = Counter(each.news_at.date() for each in found)
        return Trial(
            items=looked_at,
            matches=len(found),
            per_day=_series(days_of, now, days if looked_at else 0),
            expected_mails_per_week=_mails(tx, rule.key, found, now - max(trying.since, first or now)),
            samples=explained(tx, found[:SAMPLES], RuleIndex((rule,), known)),
            near_misses=tuple(trying.near_misses(rule, node, {each.id for each in found})),
            against=old[0] if old else None,
            added=_briefly(tx, added),
            removed=_briefly(tx, removed),
            warnings=(
                *warnings(node, known.by_key, languages),
                *_dead_phrases(tx, known, node, now),
                *_too_common(len(found), looked_at),
            ),
        )


@dataclass(frozen=True, slots=True)
class _Trying:
    """The archive of some days, while rules are tried on it."""

    tx: Connection
    known: Concepts
    since: datetime
    until: datetime

    def matching(self, rule: Rule) -> Iterator[Read]:
        index = RuleIndex((rule,), self.known)
        return matching(self.tx, rule, parse(rule.query), index, self.known, self.since, self.until)

    def near_misses(self, rule: Rule, node: Node, matched: set[int]) -> Iterator[NearMiss]:
        spoken = archive.languages(self.tx)
        tried: dict[int, None] = {}
        for easier in relaxed(node)[:_EASIER_TRIED]:
            asked = candidates(easier, self.known, spoken)
            if asked is not None and size(asked) <= _MOST_KEYS:
                ids = archive.find(self.tx, asked, self.since, self.until)
                others = (number for number in ids if number not in matched)
                tried.update(dict.fromkeys(islice(others, _NEAR_TRIED)))
        count = 0
        for number in tried:
            if count == NEAR_MISSES:
                return
            (read,) = words(self.tx, [number], node)
            failed = faults(rule, node, read.item, self.known)
            if len(failed) == 1 and failed[0].begun:
                count += 1
                item = items.load(self.tx, [number])[number].item
                yield NearMiss(number, read.news_at, item, failed[0].condition, failed[0].message)


def _compared_with(tx: Connection, key: str, number: int | None) -> tuple[int, Rule] | None:
    if number is not None:
        return number, kept.at(tx, key, number)
    current = kept.find(tx, key)
    return None if current is None else (kept.history(tx, key)[0].number, current)


def _difference(before: Sequence[Read], found: Sequence[Read]) -> tuple[list[Read], list[Read]]:
    old, new = {each.id for each in before}, {each.id for each in found}
    return [each for each in found if each.id not in old], [each for each in before if each.id not in new]


def _briefly(tx: Connection, found: Sequence[Read]) -> tuple[Brief, ...]:
    names = archive.names(tx, [each.id for each in found])
    return tuple(
        Brief(each.id, *names[each.id], each.news_at, each.item.title, each.item.language or "und")
        for each in found
    )


def _series(days_of: Mapping[date, int], now: datetime, days: int) -> dict[str, int]:
    """Matches by day, each day of the last ones named; of a long time only those with matches."""
    last = now.date()
    every = [last - timedelta(days=back) for back in range(days, -1, -1)] if days <= 366 else []
    return {day.isoformat(): days_of.get(day, 0) for day in sorted({*every, *days_of})}


def _period(day: date, cadence: Cadence) -> object:
    """What a digest of this cadence that tells of the day covers."""
    match cadence:
        case Cadence.WEEKLY:
            return day.isocalendar()[:2]
        case Cadence.MONTHLY:
            return day.year, day.month
        case _:
            return day


def _mails(tx: Connection, key: str, found: Sequence[Read], time: timedelta) -> Mails:
    """An alert for each story; a digest for each day, week or month that has a match."""
    weeks = max(time, timedelta(days=1)) / timedelta(weeks=1)
    story_of = stories_of(tx, [each.id for each in found])
    told = {story_of.get(each.id, -each.id) for each in found}
    weekly = {Cadence.IMMEDIATE: round(len(told) / weeks, 2)}
    for cadence in (Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY):
        digests = len({_period(each.news_at.date(), cadence) for each in found})
        weekly[cadence] = round(min(digests / weeks, _MOST_A_WEEK[cadence] if found else 0), 2)
    orders = [
        order
        for number in (rule_ids(tx, [key]).values() if kept.find(tx, key) else ())
        for order in following.orders_for(tx, number, ())
        if order.state is SubscriberState.CONFIRMED and order.ended_at is None
    ]
    return Mails(
        total=round(sum(weekly[order.cadence] for order in orders), 2),
        subscribers=len({order.subscriber_id for order in orders}),
        per_subscriber={cadence.value: weekly[cadence] for cadence in Cadence},
    )


def _phrases(node: Node) -> Iterator[Phrase]:
    if isinstance(node, Phrase) and " " in node.text and not node.slop:
        yield node
    if not isinstance(node, Not):
        for child in children(node):
            yield from _phrases(child)


def _dead_phrases(tx: Connection, known: Concepts, node: Node, now: datetime) -> Iterator[Warning_]:
    """W3: what stands in quotation marks was never written so, while its words were."""
    trying = _Trying(tx, known, now - timedelta(days=_PHRASES_LOOKED_BACK), after(now))
    for phrase in dict.fromkeys(_phrases(node)):
        loose = And(tuple(Word(word) for word in phrase.text.split() if any(map(str.isalnum, word))))
        if len(loose.children) < 2 or next(trying.matching(Rule("w", "", canonical(phrase))), None):
            continue
        number = sum(1 for _ in trying.matching(Rule("w", "", canonical(loose))))
        if number:
            said = f"{canonical(phrase)} is in no item of {_PHRASES_LOOKED_BACK} days, its words in {number}"
            better = " NEAR/5 ".join(canonical(word) for word in loose.children)
            yield Warning_("W3", said, f"Perhaps write: {better}")


def _too_common(matches: int, looked_at: int) -> Iterator[Warning_]:
    if matches > max(COMMON * looked_at, FEWEST - 1):
        said = f"the rule matches {matches / looked_at:.0%} of all items"
        yield Warning_("W5", said, "Ask for more: join another word with AND or NEAR, or name a field.")
