"""How often each term of a concept is met in the newest items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import Connection

from alerts.model import Concept, Rule
from alerts.rules.concepts import EVERY_LANGUAGE
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import Concepts
from alerts.services.archive import Found, after, explained
from alerts.services.looking_back import LookingBack
from alerts.services.near_misses import Stretch
from alerts.store import archive

PATIENCE = 0.15
"""Seconds in which the look is to be over."""

SAMPLES = 10
_LOOKING = 0.4  # the part of the time in which items are found; in the rest they are read
_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class TermHits:
    """What was met in the items seen since ``since``; ``whole``: that is all of the days that were asked for.

    ``hits`` counts items by language and term, for those of ``matches`` items that name the concept itself,
    not one below it.
    """

    since: datetime
    whole: bool
    items: int
    matches: int
    hits: Mapping[tuple[str, str], int]
    samples: tuple[Found, ...]


def term_hits(
    tx: Connection,
    concept: Concept,
    known: Concepts,
    now: datetime,
    *,
    days: int = 30,
    seconds: Callable[[], float] = monotonic,
) -> TermHits:
    """Counts the terms of a concept as it is among the ``known`` ones. Looks at the newest items only, when
    there are too many."""
    began = seconds()
    rule = Rule("concept", concept.key, f"@{concept.key}")
    stretch = Stretch(now - timedelta(days=days), after(now))
    looking = LookingBack(tx, known, stretch, [rule])
    ids = looking.back(lambda: began + PATIENCE * _LOOKING - seconds())
    waiting = sorted(looking.of(rule.key), key=lambda read: read.id, reverse=True)
    index, first, whole = RuleIndex((rule,), known), ids.start, looking.whole
    hits: Counter[tuple[str, str]] = Counter()
    samples: list[Found] = []
    matches = 0
    while waiting:
        some, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
        for found in explained(tx, some, index):
            own = {each.term for each in found.evidence if each.concept == concept.key}
            hits.update({_place(concept, found.item.language or "", term) for term in own})
            matches += bool(own)
            samples += [found] * (bool(own) and len(samples) < SAMPLES)
        if waiting and seconds() - began > PATIENCE:
            first, whole = some[-1].id, False
            break
    since = max(archive.seen_at(tx, first) or now, stretch.since)
    return TermHits(since, whole, archive.seen_since(tx, since), matches, hits, tuple(samples))


def _place(concept: Concept, language: str, term: str) -> tuple[str, str]:
    """The list of the concept that a term is in, for an item of that language."""
    of_language = dict(concept.terms).get(language, ())
    return (language if term in of_language else EVERY_LANGUAGE), term
