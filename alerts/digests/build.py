"""What a digest tells: matches grouped by story, most severe first, frozen as entries. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from alerts.digests.address import address
from alerts.digests.quotes import MOST_QUOTES, quotes, standing, title
from alerts.digests.weight import precedence
from alerts.model import (
    Cadence,
    Coverage,
    Digest,
    Entry,
    Marked,
    Match,
    RuleCount,
    RuleName,
    Teller,
    Window,
)

MOST_ENTRIES = 400
MOST_OTHERS = 5
LATE_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Voices:
    """The story of an item: how many publishers tell it, how many of these have it from themselves, who they
    are in the order in which they told it, and the keys of the countries it is about. ``story_id`` 0: it is
    not known to belong to one."""

    outlets: int = 1
    origins: int = 1
    story_id: int = 0
    tellers: tuple[Teller, ...] = ()
    places: tuple[str, ...] = ()


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
    items: int | None = None,
    voices: Mapping[int, Voices] = MappingProxyType({}),
    counts: Sequence[RuleCount] = (),
) -> Digest:
    """One subscriber's digest of one window.

    Each story becomes one entry that lists all its rules, most severe first, in the order of
    ``weight.precedence``. At most MOST_ENTRIES are kept; ``total`` and ``items`` count all stories and items;
    give them when ``matches`` holds only some of a long window. ``late`` is True more than an hour after
    ``due``. ``voices`` says, by item, to which story it belongs and who tells that. The order of ``matches``
    does not matter.
    """
    stories: dict[int, list[Match]] = defaultdict(list)
    for match in matches:
        stories[voices.get(match.item_id, Voices()).story_id or -match.item_id].append(match)
    entries = [_entry(found, voices.get(found[0].item_id, Voices())) for found in stories.values()]
    return Digest(
        cadence=cadence,
        window=window,
        entries=tuple(sorted(entries, key=lambda entry: precedence(entry, window))[:MOST_ENTRIES]),
        total=len(entries) if total is None else total,
        rules=tuple(rules),
        coverage=coverage,
        late=due is not None and now - due > LATE_AFTER,
        items=len({match.item_id for match in matches}) if items is None else items,
        counts=tuple(counts),
    )


def _entry(matches: Sequence[Match], voices: Voices) -> Entry:
    by_item: dict[int, list[Match]] = defaultdict(list)
    for match in sorted(matches, key=lambda match: (_severity(match.rule), match.id)):
        by_item[match.item_id].append(match)
    ordered = sorted(by_item.values(), key=_leading)
    lead, item = ordered[0], ordered[0][0].item
    seen_at = min(match.seen_at for match in lead)
    found_at = min(match.seen_at for match in matches)
    source = item.source or item.feed
    family = next((each.family for each in voices.tellers if each.source == source), None)
    others = [each for each in voices.tellers if each.family != family and each.source != source]
    return Entry(
        item_id=lead[0].item_id,
        url=item.url,
        title=title(item, [found for match in lead for found in standing(match)]),
        quotes=(*quotes(lead), *_quotes_of_others(ordered))[:MOST_QUOTES],
        source=source,
        language=item.language or "und",
        published_at=min(item.published_at or seen_at, seen_at),
        dated=item.published_at is not None,
        rules=_rules(matches),
        outlets=voices.outlets,
        origins=voices.origins,
        story_id=voices.story_id,
        others=tuple(others[:MOST_OTHERS]),
        joined=sum(each.seen_at > found_at for each in voices.tellers),
        found_at=found_at,
        places=voices.places,
    )


def _leading(matches: Sequence[Match]) -> tuple[bool, int, int, datetime, int]:
    """Which of a story's items leads: one that can be opened, of the most severe rule, that shows most of
    what was looked for; among such the one that came first."""
    item, seen_at = matches[0].item, min(match.seen_at for match in matches)
    terms = {(match.rule.key, found.term) for match in matches for found in standing(match)}
    came_at = min(item.published_at or seen_at, seen_at)
    return (
        address(item.url) is None,
        matches[0].rule.severity.rank,
        -len(terms),
        came_at,
        matches[0].item_id,
    )


def _quotes_of_others(ordered: Sequence[Sequence[Match]]) -> tuple[Marked, ...]:
    """For each rule that the lead does not match, the first sentence of another item that does, or else its
    title."""
    found = []
    met = {match.rule.key for match in ordered[0]}
    for matches in ordered[1:]:
        for match in matches:
            if match.rule.key not in met:
                met.add(match.rule.key)
                words = (*quotes([match]), title(match.item, standing(match)))[0]
                source, language = match.item.source or match.item.feed, match.item.language or "und"
                found.append(replace(words, source=source, language=language))
    return tuple(found)


def _rules(matches: Sequence[Match]) -> tuple[RuleName, ...]:
    """The rules of all matches, the most severe first; of one with two texts the later."""
    latest = {match.rule.key: match.rule for match in sorted(matches, key=lambda match: match.id)}
    return tuple(sorted(latest.values(), key=_severity))


def _severity(rule: RuleName) -> tuple[int, str]:
    return rule.severity.rank, rule.key
