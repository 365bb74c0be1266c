"""Looking through what is kept: a page of items, and how many of them have what in common. Reads only.

What is counted is bounded, so that a page takes no longer when more is kept; it says how far the counts
reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection

from alerts.language.keys import Sought
from alerts.model import Evidence, Rule
from alerts.rules.index import RuleIndex
from alerts.rules.query import check_concepts, parse
from alerts.services.archive import explained, sought, words
from alerts.services.concepts import concepts_in_force
from alerts.store import archive, browsing, items
from alerts.store.browsing import Facets, Shelved
from alerts.store.items import Kept

COUNTED = 2_000
"""Without a query so many items are counted."""

FOUND = 200
LOOKED_THROUGH = 1_000
TRIED = 5_000
"""With a query: no more than so many are found, nor so many that may match looked through, nor so many that
have the words tried for the facets, at once."""

_WINDOW = 20_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A kept item with what the query found in it."""

    kept: Kept
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of the items that were counted are of which kind, region, language (as it is kept), source and
    rule (key and name)."""

    kinds: Mapping[str, int]
    regions: Mapping[str, int]
    languages: Mapping[str, int]
    sources: Mapping[str, int]
    rules: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Selection:
    """A page of items, the last found first. ``counted`` items were counted, all there are when ``whole``.
    ``older`` is the id before which the next page begins, None at the end; ``back_to`` is until when was
    looked through when that ended before a page was full."""

    items: tuple[Shown, ...]
    counts: Counts
    counted: int
    whole: bool
    older: int | None
    back_to: datetime | None = None


def browse(tx: Connection, facets: Facets, before: int | None, limit: int) -> Selection:
    """The items with these facets."""
    wanted = browsing.narrowed(tx, facets)
    found = browsing.newest(tx, wanted, before, COUNTED + 1)
    counted, page = found[:COUNTED], found[:limit]
    kept = items.load(tx, [each.id for each in page])
    return Selection(
        items=tuple(Shown(kept[each.id], ()) for each in page),
        counts=_counts(tx, counted),
        counted=len(counted),
        whole=len(found) <= COUNTED,
        older=page[-1].id if len(found) > len(page) else None,
    )


def search(
    tx: Connection,
    query: str,
    facets: Facets,
    before: int | None,
    limit: int,
    languages: Sequence[str],
) -> Selection:
    """The items with these facets that a query matches. Raises QueryError."""
    known = concepts_in_force(tx, languages)
    rule, node = Rule("query", "query", query), parse(query)
    check_concepts(node, known.by_key, query)
    index = RuleIndex((rule,), known)
    possible = _possible(tx, browsing.narrowed(tx, facets), sought(tx, rule, node, known), facets, before)
    found: list[Shelved] = []
    tried, looked = 0, 0
    last: int | None = None
    for ids, several in possible:
        read = words(tx, [each.id for each in several], node)
        matched = {
            each.id
            for each, rules in zip(read, index.matches([each.item for each in read]), strict=True)
            if rules
        }
        found += (each for each in several if each.id in matched)
        tried, looked, last = tried + len(ids), looked + len(several), ids[-1]
        if len(found) >= FOUND or looked >= LOOKED_THROUGH or tried >= TRIED:
            break
    else:
        last = None
    page = found[:limit]
    read = archive.read(tx, [each.id for each in page])
    kept = items.load(tx, [each.id for each in page])
    more = len(found) > limit
    return Selection(
        items=tuple(Shown(kept[each.id], each.evidence) for each in explained(tx, read, index)),
        counts=_counts(tx, found),
        counted=len(found),
        whole=last is None,
        older=page[-1].id if more else last,
        back_to=None if more or last is None else archive.seen_at(tx, last),
    )


def _possible(
    tx: Connection,
    wanted: Sequence[ColumnElement[bool]],
    asked: Sought | None,
    facets: Facets,
    before: int | None,
) -> Iterator[tuple[Sequence[int], Sequence[Shelved]]]:
    """Ids of items that have the words, some at a time, the last found first, and those of them that have the
    facets. The archive is looked through in windows of
    ids: of a common word it knows more items than a page could use."""
    top = browsing.end(tx) if before is None else before
    bottom = archive.reach(tx, facets.since).start if facets.since else 0
    window, size, keyed = _WINDOW, 64, archive.all_keyed(tx)
    while top > bottom:
        start = max(bottom, top - window)
        several = range(start, top)
        promised = several if asked is None else archive.promised(tx, asked, several)
        unkeyed = () if keyed else archive.unkeyed(tx, several)
        ordered = sorted({*promised, *unkeyed}, reverse=True)
        place = 0
        while place < len(ordered):
            chunk = ordered[place : place + size]
            place, size = place + size, min(500, 2 * size)
            yield chunk, browsing.among(tx, wanted, chunk)
        top, window = start, 2 * window


def _counts(tx: Connection, found: Sequence[Shelved]) -> Counts:
    by_feed = Counter(each.feed_id for each in found)
    names = browsing.source_names(tx, by_feed.keys())
    sources: Counter[str] = Counter()
    for feed_id, number in by_feed.items():
        sources[names[feed_id]] += number
    return Counts(
        kinds=Counter(each.kind for each in found if each.kind),
        regions=Counter(each.region for each in found if each.region),
        languages=Counter(each.language for each in found),
        sources=sources,
        rules=browsing.rules_of(tx, [each.id for each in found]),
    )
