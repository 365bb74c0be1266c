"""What a digest says of stories besides their items: who tells them, which are kept when there are too many,
by which of their items they are told, and how that compares with the time before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection

from alerts.digests.build import MOST_ENTRIES, Voices
from alerts.digests.comparison import before, comparable
from alerts.digests.weight import reach
from alerts.model import Concept, Coverage, RuleCount, RuleName, Window
from alerts.rules.labels import LABEL_KEYS, label_concepts
from alerts.rules.lexicon import Concepts
from alerts.rules.shipped import catalog_concepts
from alerts.store import concepts, feeds, periods, stories, tellers
from alerts.store.digests import Untold
from alerts.store.following import Scope
from alerts.warning.stories import LOOKBACK

MOST_ITEMS = 8
"""Of how many items of a story, besides the first for each rule, the one that tells it best is chosen."""


@dataclass(slots=True)
class Shared:
    """What the digests that are made together have in common: read for the first, and not again for the
    others. By story and begin of the window who tells it, by begin of the window how well we looked."""

    voices: dict[tuple[int, datetime], Voices] = field(default_factory=dict)
    coverage: dict[datetime, Coverage] = field(default_factory=dict)
    labels: Concepts | None = None

    def coverage_since(self, tx: Connection, since: datetime) -> Coverage:
        if since not in self.coverage:
            self.coverage[since] = feeds.coverage(tx, since)
        return self.coverage[since]

    def labels_in_force(self, tx: Connection) -> Concepts:
        self.labels = self.labels or labels_in_force(tx)
        return self.labels


@dataclass(frozen=True, slots=True)
class Weighed:
    """The stories of a window. ``match_ids`` are what has to be read to tell those that are kept."""

    total: int
    match_ids: tuple[int, ...]
    voices: Mapping[int, Voices]
    rules_of: Mapping[int, frozenset[int]]


def weigh(
    tx: Connection,
    untold: Sequence[Untold],
    names: Mapping[int, RuleName],
    since: datetime,
    shared: Shared,
) -> Weighed:
    """Groups what a window holds into stories; ``untold`` has the most severe first, then the newest.

    At most MOST_ENTRIES are kept: the most severe, then the most widely told, then the newest.
    """
    story_of = tellers.stories_of(tx, {each.item_id for each in untold})
    by_story: dict[int, list[Untold]] = defaultdict(list)
    for each in untold:
        by_story[story_of.get(each.item_id, -each.item_id)].append(each)
    kept = list(by_story)
    if len(kept) > MOST_ENTRIES:
        tallies = stories.tallies(tx, {story for story in by_story if story > 0})

        def place(story: int) -> tuple[int, float]:
            tally = tallies.get(story, stories.Tally())
            return names[by_story[story][0].rule_id].severity.rank, -reach(tally.outlets, tally.origins)

        kept = sorted(kept, key=place)[:MOST_ENTRIES]
    told = [each for story in kept for each in _telling(by_story[story])]
    return Weighed(
        total=len(by_story),
        match_ids=tuple(each.match_id for each in told),
        voices=voices(tx, {each.item_id for each in told}, since, shared),
        rules_of={story: frozenset(each.rule_id for each in found) for story, found in by_story.items()},
    )


def _telling(of_story: Sequence[Untold]) -> list[Untold]:
    """The matches of the items that may lead a story, and of the first item for each of its rules."""
    severest = of_story[0].rule_id
    oldest_first = sorted(of_story, key=lambda each: each.item_id)
    first = {each.rule_id: each.item_id for each in reversed(oldest_first)}
    may_lead = list(dict.fromkeys(each.item_id for each in oldest_first if each.rule_id == severest))
    items = {*first.values(), *may_lead[:MOST_ITEMS]}
    return [each for each in of_story if each.item_id in items]


def voices(tx: Connection, item_ids: Collection[int], since: datetime, shared: Shared) -> dict[int, Voices]:
    """For each item that belongs to a story, who tells that and where it happens. ``since`` is when the items
    began to come."""
    story_of = tellers.stories_of(tx, item_ids)
    unread = {story for story in story_of.values() if (story, since) not in shared.voices}
    places = tellers.places_of(tx, unread, (since - LOOKBACK).date())
    for story, by in tellers.of_stories(tx, unread).items():
        origins = len({each.origin for each in by})
        shared.voices[story, since] = Voices(len(by), origins, story, by, places.get(story, ()))
    return {item_id: shared.voices[story, since] for item_id, story in story_of.items()}


def compare(
    tx: Connection, scope: Scope, window: Window, weighed: Weighed, names: Mapping[int, RuleName]
) -> tuple[RuleCount, ...]:
    """The rules that a window or the one before it has stories of."""
    now = Counter(rule_id for rules in weighed.rules_of.values() for rule_id in rules)
    led = Counter(
        min(rules, key=lambda rule_id: (names[rule_id].severity.rank, names[rule_id].key))
        for rules in weighed.rules_of.values()
    )
    then = periods.stories(tx, scope, before(window))
    looked = periods.looked(tx, scope.all_rule_ids, before(window))
    fit = {rule_id for rule_id, found in looked.items() if comparable(**asdict(found))}
    found = (
        RuleCount(name, now[rule_id], then.get(rule_id, 0) if rule_id in fit else None, led[rule_id])
        for rule_id, name in names.items()
        if now[rule_id] or (rule_id in fit and then.get(rule_id))
    )
    return tuple(sorted(found, key=lambda count: count.rule.key))


def labels_in_force(tx: Connection) -> Concepts:
    """The concepts that give labels, a deployment's own in the place of the shipped."""
    return _labels_with(concepts.kept.load(tx, LABEL_KEYS))


@lru_cache(maxsize=4)
def _labels_with(own: tuple[Concept, ...]) -> Concepts:
    """Kept with what it has learned of languages, for as long as the texts are the same."""
    shipped = {each.key: each for each in catalog_concepts()}
    return label_concepts((shipped | {each.key: each for each in own}).values())
