"""Items that matched, as lists show them: what was found is marked, and every link is safe. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.digests.address import address
from alerts.digests.build import build
from alerts.digests.fragment import Fragment, fragment
from alerts.digests.times import Times
from alerts.model import Cadence, Entry, Match, Window
from alerts.web.discreet import discreet

TITLE_LIMIT = 300
QUOTE_LIMIT = 300
NAME_LIMIT = 100


@dataclass(frozen=True, slots=True)
class MatchLine:
    """``item_id`` leads to the page of the item, ``url`` to where it was published."""

    item_id: int
    url: str | None
    title: Fragment
    quotes: tuple[Fragment, ...]
    source: Fragment
    language: str | None
    rules: tuple[str, ...]
    seen_at: datetime


def by_item(found: Iterable[Match]) -> list[list[Match]]:
    """Matches of one item together, in the order in which items first appear."""
    groups: dict[int, list[Match]] = {}
    for match in found:
        groups.setdefault(match.item_id, []).append(match)
    return list(groups.values())


def match_line(group: Sequence[Match], names: Times) -> MatchLine:
    """One item with all rules it matched, told as a digest would tell it."""
    seen_at = group[0].seen_at
    window = Window(seen_at, seen_at)
    entry: Entry = build(Cadence.IMMEDIATE, window, group, (), None, seen_at, None).entries[0]
    return MatchLine(
        item_id=entry.item_id,
        url=address(entry.url),
        title=title_of(entry),
        quotes=quotes_of(entry),
        source=source_of(entry),
        language=names.language_name(entry.language),
        rules=tuple(rule.name for rule in entry.rules),
        seen_at=seen_at,
    )


def title_of(entry: Entry) -> Fragment:
    return fragment(entry.title, entry.language, TITLE_LIMIT)


def quotes_of(entry: Entry) -> tuple[Fragment, ...]:
    """The sentences that matched; they are worth their space only when the title does not show why."""
    quotes = () if entry.title.spans else entry.quotes
    return tuple(fragment(each, each.language or entry.language, QUOTE_LIMIT) for each in quotes)


def source_of(entry: Entry) -> Fragment:
    return fragment(discreet(entry.source), entry.language, NAME_LIMIT)
