"""What a digest tells: matches grouped by item, most severe first, frozen as entries. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

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
LATE_AFTER = timedelta(hours=1)


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
) -> Digest:
    """One subscriber's digest of one window.

    Each item becomes one entry that lists all its rules, most severe first. Entries are ordered by
    the severity and key of their first rule, then newest first; at most MOST_ENTRIES are kept and
    ``total`` counts them all; give it when ``matches`` holds only the weightiest of a long window.
    ``late`` is True more than an hour after ``due``. The order of
    ``matches`` does not matter.
    """
    by_item: dict[int, list[Match]] = {}
    for match in matches:
        by_item.setdefault(match.item_id, []).append(match)
    entries = sorted((_entry(group) for group in by_item.values()), key=_place)
    return Digest(
        cadence=cadence,
        window=window,
        entries=tuple(entries[:MOST_ENTRIES]),
        total=len(entries) if total is None else total,
        rules=tuple(rules),
        coverage=coverage,
        late=due is not None and now - due > LATE_AFTER,
    )


def _entry(matches: Sequence[Match]) -> Entry:
    ordered = sorted(matches, key=lambda match: (_weight(match.rule), match.id))
    item = ordered[0].item
    seen_at = min(match.seen_at for match in ordered)
    evidence = [found for match in ordered for found in match.evidence if _holds(match, found)]
    return Entry(
        item_id=ordered[0].item_id,
        url=item.url,
        title=Marked(item.title, _spans(evidence, Field.TITLE, 0, len(item.title))),
        quote=_quote(ordered, evidence),
        source=item.source or item.feed,
        language=item.language or "und",
        published_at=item.published_at or seen_at,
        dated=item.published_at is not None,
        rules=tuple({match.rule.key: match.rule for match in reversed(ordered)}.values())[::-1],
    )


def _quote(matches: Sequence[Match], evidence: Sequence[Evidence]) -> Marked:
    """The sentence around the first evidence outside the title, of the most severe rule that has any."""
    for match in matches:
        found = sorted(e for e in match.evidence if e.field is not Field.TITLE and _holds(match, e))
        if found:
            first = found[0]
            text = match.item[first.field]
            start, end = sentence(text, first.start, first.end)
            return Marked(text[start:end], _spans(evidence, first.field, start, end))
    return Marked("")


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
