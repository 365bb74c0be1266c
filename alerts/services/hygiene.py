"""Rules that want looking after: silent, noisy, doubled, with words that do nothing, or past their review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

from sqlalchemy import Connection, Engine

from alerts.errors import QueryError
from alerts.model import Concept, Rule
from alerts.rules.evaluate import analyse, evaluate
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import Concepts
from alerts.rules.query import check_concepts, parse
from alerts.rules.tree import ConceptRef, Node, Not, Phrase, Word, children
from alerts.rules.writing import canonical
from alerts.services.archive import after
from alerts.services.concepts import concepts_in_force
from alerts.services.trying import COMMON, FEWEST
from alerts.store import archive, concepts, items, slices
from alerts.store.unit import reading

OVERLAP = 0.8
"""From this share of common items on (of all that either matches) two rules are said to overlap."""

_AT_ONCE = 2_000
_MOST_READ = 1_000  # matches of one rule that are read for its words
_MOST_RULES = 100  # of one item: beyond that it says nothing about any two of them


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a rule. ``kind`` is one of never-fired, idle-term, overlap, too-common, review,
    unreadable; ``about`` is the term, the other rule, or ''."""

    kind: str
    rule: str
    about: str
    message: str


@dataclass(frozen=True, slots=True)
class Hygiene:
    """What was found, and in how many items of how many days."""

    days: int
    items: int
    rules: int
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Seen:
    """What the items showed so far, by key of rule."""

    items: int = 0
    matches: Counter[str] = field(default_factory=Counter)
    together: Counter[tuple[str, str]] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)


def look_over(engine: Engine, *, now: datetime, languages: Sequence[str] = (), days: int = 90) -> Hygiene:
    """Matches the rules in force, as they are now, with what was news in the last days; not those that
    readers wrote for themselves, which nobody else can mend."""
    with reading(engine) as tx:
        known = concepts_in_force(tx, languages)
        own = {concept.key: concept for concept in concepts.kept.current(tx)}
        findings: list[Finding] = []
        trees: dict[str, Node] = {}
        in_force = slices.rules_after(tx)
        for rule in in_force:
            try:
                trees[rule.key] = parse(rule.query)
                check_concepts(trees[rule.key], known.by_key, rule.query)
            except QueryError as error:
                trees.pop(rule.key, None)
                findings.append(Finding("unreadable", rule.key, "", str(error)))
            if rule.review_at is not None and rule.review_at <= now.date():
                whose = f", and {rule.owner} answers for it" if rule.owner else ""
                said = f"its review was due on {rule.review_at.isoformat()}{whose}"
                findings.append(Finding("review", rule.key, "", said))
        readable = [rule for rule in in_force if rule.key in trees]
        idle = {key: set(_terms(node, known, own)) for key, node in trees.items()}
        seen = _look(tx, readable, trees, known, idle, now - timedelta(days=days), after(now))
        if seen.items:
            findings += _found(readable, seen, idle, days)
    ordered = sorted(findings, key=lambda each: (each.rule, each.kind, each.about))
    return Hygiene(days, seen.items, len(in_force), tuple(ordered))


def _look(
    tx: Connection,
    readable: Sequence[Rule],
    trees: Mapping[str, Node],
    known: Concepts,
    idle: Mapping[str, set[tuple[str, str]]],
    since: datetime,
    until: datetime,
) -> _Seen:
    index, seen = RuleIndex(readable, known), _Seen()
    ids = archive.find(tx, None, since, until)
    for start in range(0, len(ids), _AT_ONCE):
        kept = list(items.load(tx, ids[start : start + _AT_ONCE]).values())
        seen.items += len(kept)
        for each, found in zip(kept, index.matches([each.item for each in kept]), strict=True):
            keys = sorted(rule.key for rule in found)
            seen.matches.update(keys)
            if len(keys) <= _MOST_RULES:
                seen.together.update(combinations(keys, 2))
            for key in keys:
                if idle[key] and seen.read[key] < _MOST_READ:
                    seen.read[key] += 1
                    shown = evaluate(trees[key], analyse(each.item), known) or ()
                    idle[key].difference_update((evidence.concept, evidence.term) for evidence in shown)
    return seen


def _terms(node: Node, known: Concepts, own: Mapping[str, Concept]) -> Iterator[tuple[str, str]]:
    """What of a rule can be evidence, by concept: its own words, and terms of the deployment's concepts.

    What is shipped is for everybody, and nobody here can mend it.
    """
    match node:
        case Not():
            return
        case Word() | Phrase():
            yield "", canonical(node)
        case ConceptRef():
            for key in known.family(node.key):
                for _, texts in own[key].terms if key in own else ():
                    yield from ((key, text) for text in texts)
    for child in children(node):
        yield from _terms(child, known, own)


def _found(
    readable: Collection[Rule], seen: _Seen, idle: Mapping[str, set[tuple[str, str]]], days: int
) -> Iterator[Finding]:
    for rule in readable:
        key, number = rule.key, seen.matches[rule.key]
        if not number:
            said = f"it matches none of the {seen.items} items of {days} days"
            yield Finding("never-fired", key, "", said)
            continue
        if number > max(COMMON * seen.items, FEWEST - 1):
            share = f"it matches {number} of {seen.items} items, {number / seen.items:.0%}"
            yield Finding("too-common", key, "", share)
        for concept, term in sorted(idle[key]) if seen.read[key] < _MOST_READ else ():
            whose = f" of @{concept}" if concept else ""
            said = f"{term}{whose} contributed to none of its {number} matches in {days} days"
            yield Finding("idle-term", key, term, said)
    for (one, other), both in seen.together.items():
        either = seen.matches[one] + seen.matches[other] - both
        if both >= FEWEST and both >= OVERLAP * either:
            said = f"{both} of the {either} items that it or {other} matches are matched by both"
            yield Finding("overlap", one, other, said)
