"""Try before save: what a rule, or a change to one, would have done in the last days.

It is matched by the code that matches live, against items of the archive that the database finds by
their keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine

from alerts.model import Rule
from alerts.rules.advice import Warning_, check_concepts, warnings
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import Concepts
from alerts.rules.query import canonical, parse
from alerts.rules.tree import And, Node, Not, Phrase, Word, children
from alerts.services.archive import Found, after, explained, matching
from alerts.services.concepts import concepts_in_force
from alerts.services.mails_expected import Mails, mails_expected
from alerts.services.near_misses import NearMiss, Stretch, near_misses
from alerts.store import archive
from alerts.store.archive import Read
from alerts.store.rules import kept
from alerts.store.unit import reading

SAMPLES = 10
COMMON = 0.05
"""A rule that matches a larger part of all items says little."""

FEWEST = 5
"""Matches from which on their share means anything."""

_PHRASES_LOOKED_BACK = 90  # days


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
class Trial:
    """What a rule would have done with the items seen since ``since``. ``whole``: that is as far back as was
    asked for. ``against`` is the number of the version it was compared with, None when it is new; ``added``
    and ``removed`` are the exact items that the change makes match, or not."""

    since: datetime
    whole: bool
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


@dataclass(frozen=True, slots=True)
class Tried:
    """What was looked at, how many items that are and how long they took to come; what the rule matches of
    it, and what it would without the change, newest first."""

    since: datetime
    whole: bool
    items: int
    time: timedelta
    found: Sequence[Read]
    before: Sequence[Read]
    against: int | None


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
        stretch = Stretch(now - timedelta(days=days), after(now))
        looked_at, first = archive.looked_at(tx, stretch.since, stretch.until)
        found = list(_matching(tx, known, rule, stretch))
        old = compared_with(tx, rule.key, against)
        before = list(_matching(tx, known, old[1], stretch)) if old else found
        time = max(now - max(stretch.since, first or now), timedelta(days=1))
        tried = Tried(stretch.since, True, looked_at, time, found, before, old[0] if old else None)
        near = near_misses(tx, rule, node, known, stretch, {each.id for each in found})
        advice = (
            *warnings(node, known.by_key, languages),
            *_dead_phrases(tx, known, node, now),
            *too_common(len(found), looked_at),
        )
        return told(tx, rule, known, tried, near, advice, now)


def told(
    tx: Connection,
    rule: Rule,
    known: Concepts,
    tried: Tried,
    near: Iterable[NearMiss],
    advice: Iterable[Warning_],
    now: datetime,
) -> Trial:
    """What was found, in full."""
    added, removed = _difference(tried.before, tried.found)
    days_of = Counter(each.news_at.date() for each in tried.found)
    return Trial(
        since=tried.since,
        whole=tried.whole,
        items=tried.items,
        matches=len(tried.found),
        per_day=series(days_of, now, (now.date() - tried.since.date()).days if tried.items else 0),
        expected_mails_per_week=mails_expected(tx, rule.key, tried.found, tried.time),
        samples=explained(tx, tried.found[:SAMPLES], RuleIndex((rule,), known)),
        near_misses=tuple(near),
        against=tried.against,
        added=briefly(tx, added),
        removed=briefly(tx, removed),
        warnings=tuple(advice),
    )


def _matching(tx: Connection, known: Concepts, rule: Rule, stretch: Stretch) -> Iterator[Read]:
    index = RuleIndex((rule,), known)
    return matching(tx, rule, parse(rule.query), index, known, stretch.since, stretch.until)


def compared_with(tx: Connection, key: str, number: int | None = None) -> tuple[int, Rule] | None:
    """The version of that number, else the one in force if there is one. Raises NotFound for the number."""
    if number is not None:
        return number, kept.at(tx, key, number)
    current = kept.find(tx, key)
    return None if current is None else (kept.history(tx, key)[0].number, current)


def _difference(before: Sequence[Read], found: Sequence[Read]) -> tuple[list[Read], list[Read]]:
    old, new = {each.id for each in before}, {each.id for each in found}
    return [each for each in found if each.id not in old], [each for each in before if each.id not in new]


def briefly(tx: Connection, found: Sequence[Read]) -> tuple[Brief, ...]:
    """These items in a line each."""
    names = archive.names(tx, [each.id for each in found])
    return tuple(
        Brief(each.id, *names[each.id], each.news_at, each.item.title, each.item.language or "und")
        for each in found
    )


def series(days_of: Mapping[date, int], now: datetime, days: int) -> dict[str, int]:
    """Matches by day, each day of the last ones named; of a long time only those with matches."""
    last = now.date()
    every = [last - timedelta(days=back) for back in range(days, -1, -1)] if days <= 366 else []
    return {day.isoformat(): days_of.get(day, 0) for day in sorted({*every, *days_of})}


def _phrases(node: Node) -> Iterator[Phrase]:
    if isinstance(node, Phrase) and " " in node.text and not node.slop:
        yield node
    if not isinstance(node, Not):
        for child in children(node):
            yield from _phrases(child)


def _dead_phrases(tx: Connection, known: Concepts, node: Node, now: datetime) -> Iterator[Warning_]:
    """W3: what stands in quotation marks was never written so, while its words were."""
    stretch = Stretch(now - timedelta(days=_PHRASES_LOOKED_BACK), after(now))
    for phrase in dict.fromkeys(_phrases(node)):
        loose = And(tuple(Word(word) for word in phrase.text.split() if any(map(str.isalnum, word))))
        if len(loose.children) < 2 or next(
            _matching(tx, known, Rule("w", "", canonical(phrase)), stretch), None
        ):
            continue
        number = sum(1 for _ in _matching(tx, known, Rule("w", "", canonical(loose)), stretch))
        if number:
            said = f"{canonical(phrase)} is in no item of {_PHRASES_LOOKED_BACK} days, its words in {number}"
            better = " NEAR/5 ".join(canonical(word) for word in loose.children)
            yield Warning_("W3", said, f"Perhaps write: {better}")


def too_common(matches: int, looked_at: int) -> Iterator[Warning_]:
    """W5: what is in every twentieth item says little."""
    if matches > max(COMMON * looked_at, FEWEST - 1):
        said = f"the rule matches {matches / looked_at:.0%} of all items"
        yield Warning_("W5", said, "Ask for more: join another word with AND or NEAR, or name a field.")
