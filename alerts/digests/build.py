"""What a digest tells: matches grouped by item, most severe first, frozen as entries. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from alerts.language.passages import sentence
from alerts.model import (
    Cadence,
    Coverage,
    Digest,
    Entry,
    Evidence,
    Field,
    Marked,
    Match,
    RuleName,
    Window,
)

MOST_ENTRIES = 400
MOST_QUOTES = 3
MOST_EVIDENCE = 100
LATE_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Voices:
    """How many publishers tell an item's story, and how many of these have it from themselves."""

    outlets: int = 1
    origins: int = 1


def build(
    cadence: Cadence,
    window: Window,
    matches: Sequence[Match],
    rules: Sequence[RuleName],
    coverage: Coverage | None,
    now: datetime,
    due: datetime | None,
    *,
    total: int | None = None,
    voices: Mapping[int, Voices] = MappingProxyType({}),
) -> Digest:
    """One subscriber's digest of one window.

    Each item becomes one entry that lists all its rules, most severe first. Entries are ordered by
    the severity and key of their first rule, then newest first; at most MOST_ENTRIES are kept and
    ``total`` counts them all; give it when ``matches`` holds only the weightiest of a long window.
    ``late`` is True more than an hour after ``due``. ``voices`` says, by item, who else tells its story.
    The order of ``matches`` does not matter.
    """
    by_item: dict[int, list[Match]] = {}
    for match in matches:
        by_item.setdefault(match.item_id, []).append(match)
    entries = sorted(
        (_entry(group, voices.get(item_id, Voices())) for item_id, group in by_item.items()), key=_place
    )
    return Digest(
        cadence=cadence,
        window=window,
        entries=tuple(entries[:MOST_ENTRIES]),
        total=len(entries) if total is None else total,
        rules=tuple(rules),
        coverage=coverage,
        late=due is not None and now - due > LATE_AFTER,
    )


def _entry(matches: Sequence[Match], voices: Voices) -> Entry:
    ordered = sorted(matches, key=lambda match: (_weight(match.rule), match.id))
    item = ordered[0].item
    seen_at = min(match.seen_at for match in ordered)
    evidence = [found for match in ordered for found in match.evidence if _holds(match, found)]
    return Entry(
        item_id=ordered[0].item_id,
        url=item.url,
        title=Marked(item.title, _spans(evidence, Field.TITLE, 0, len(item.title))),
        quotes=_quotes(ordered, evidence),
        source=item.source or item.feed,
        language=item.language or "und",
        published_at=min(item.published_at or seen_at, seen_at),
        dated=item.published_at is not None,
        rules=tuple({match.rule.key: match.rule for match in reversed(ordered)}.values())[::-1],
        outlets=voices.outlets,
        origins=voices.origins,
    )


def _quotes(matches: Sequence[Match], evidence: Sequence[Evidence]) -> tuple[Marked, ...]:
    """For each rule, most severe first, the sentence outside the title that shows most of its terms;
    none for a rule whose words stand in a sentence quoted already."""
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
        Marked(item[field][start:end], _spans(evidence, field, start, end))
        for field, start, end in chosen[:MOST_QUOTES]
    )


class _Place(NamedTuple):
    field: Field
    start: int
    end: int

    def shows(self, found: Evidence) -> bool:
        return self.field is found.field and self.start <= found.start and found.end <= self.end


def _outside_the_title(match: Match) -> Iterator[Evidence]:
    """The first pieces of a match's evidence that lie in its summary or text, in reading order."""
    found = (e for e in sorted(match.evidence) if e.field is not Field.TITLE and _holds(match, e))
    return islice(found, MOST_EVIDENCE)


def _spans(evidence: Sequence[Evidence], field: Field, start: int, end: int) -> tuple[tuple[int, int], ...]:
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


def _holds(match: Match, found: Evidence) -> bool:
    """Whether the evidence still points at its words: an item may be edited after it matched."""
    return match.item[found.field][found.start : found.end] == found.text


def _weight(rule: RuleName) -> tuple[int, str]:
    return rule.severity.rank, rule.key


def _place(entry: Entry) -> tuple[int, str, float, int]:
    rank, key = _weight(entry.rules[0])
    return rank, key, -entry.published_at.timestamp(), entry.item_id
