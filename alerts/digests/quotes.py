"""The sentences that matched, and which of their words did. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from alerts.language.passages import sentence
from alerts.model import Evidence, Field, Item, Marked, Match

MOST_QUOTES = 3
MOST_EVIDENCE = 100


def title(item: Item, evidence: Sequence[Evidence]) -> Marked:
    """An item's title with the words that matched."""
    return Marked(item.title, spans(evidence, Field.TITLE, 0, len(item.title)))


def quotes(matches: Sequence[Match]) -> tuple[Marked, ...]:
    """For each match of one item, in their order, the sentence outside the title that shows most of its
    terms; none for a match whose words stand in a sentence quoted already."""
    evidence = [found for match in matches for found in standing(match)]
    chosen: list[_Place] = []
    for match in matches:
        terms: dict[_Place, list[str]] = {}
        for found in _outside_the_title(match):
            shown = next((place for place in terms if place.shows(found)), None)
            place = shown or _Place(found.field, *sentence(match.item[found.field], found.start, found.end))
            terms.setdefault(place, []).append(found.term)
        if terms and not terms.keys() & set(chosen):
            chosen.append(max(terms, key=lambda place: (len(set(terms[place])), len(terms[place]))))
    item = matches[0].item
    return tuple(
        Marked(item[field][start:end], spans(evidence, field, start, end))
        for field, start, end in chosen[:MOST_QUOTES]
    )


def standing(match: Match) -> tuple[Evidence, ...]:
    """The evidence that still points at its words: an item may be edited after it matched."""
    return tuple(e for e in match.evidence if match.item[e.field][e.start : e.end] == e.text)


class _Place(NamedTuple):
    field: Field
    start: int
    end: int

    def shows(self, found: Evidence) -> bool:
        return self.field is found.field and self.start <= found.start and found.end <= self.end


def _outside_the_title(match: Match) -> Iterator[Evidence]:
    """The first pieces of a match's evidence that lie in its summary or text, in reading order."""
    found = (e for e in sorted(standing(match)) if e.field is not Field.TITLE)
    return islice(found, MOST_EVIDENCE)


def spans(evidence: Sequence[Evidence], field: Field, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """The evidence of one field within start–end, as merged spans that count from ``start``."""
    merged: list[tuple[int, int]] = []
    for found in sorted(evidence):
        low, high = max(found.start, start) - start, min(found.end, end) - start
        if found.field is not field or low >= high:
            continue
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)
