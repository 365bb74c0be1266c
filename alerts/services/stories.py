"""Telling stories apart as items arrive, in the transaction that saves them."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine

from alerts.model import Item
from alerts.store import matches, series, stories
from alerts.store.stories import Member
from alerts.store.unit import reading
from alerts.warning.prints import Print, print_of
from alerts.warning.publishers import Publishers
from alerts.warning.stories import (
    LOOKBACK,
    MOST_CANDIDATES,
    Candidate,
    origin,
    place,
)
from alerts.warning.story_keys import keys
from alerts.warning.weights import Weights

REMEMBERED = 20_000
"""How many of the newest items tell a new process which words are common."""

AT_HAND = 10_000
"""Kept items that a process has in memory, some kilobytes each, the newest to begin with: what is in the news
is compared again and again, and neither an item's print nor its story ever changes."""

_LATEST = 100
"""Items of one document that are looked at for each key: one feed may repeat itself thousands of times."""

_PRINT = TypeAdapter(Print)


@dataclass(frozen=True, slots=True)
class Arrived:
    """An item that has just got its row, and the address of its feed."""

    item_id: int
    item: Item
    print: Print
    feed_url: str = ""


class _Beside:
    """The items of a document that have been told apart already, as ``stories.relatives`` finds kept ones."""

    def __init__(self) -> None:
        self._added: list[Candidate] = []
        self._by_key: dict[int, list[int]] = defaultdict(list)

    def add(self, candidate: Candidate, found: Sequence[int]) -> None:
        for key in found:
            self._by_key[key].append(len(self._added))
        self._added.append(candidate)

    def sharing(self, found: Sequence[int]) -> list[Candidate]:
        """Those that share most keys, the latest first among equals."""
        counts = Counter(number for key in found for number in self._by_key.get(key, ())[-_LATEST:])
        order = sorted(counts, key=lambda number: (-counts[number], -number))
        return [self._added[number] for number in order[:MOST_CANDIDATES]]


class _AtHand:
    """Kept items as they are compared with new ones; those that nobody asked for longest are let go."""

    def __init__(self, newest: Iterable[Candidate]) -> None:
        self._kept = OrderedDict((each.item_id, each) for each in newest)

    def of(self, tx: Connection, item_ids: Sequence[int]) -> list[Candidate]:
        """Those of the items that belong to a story; only what is not at hand is read."""
        unknown = [item_id for item_id in item_ids if item_id not in self._kept]
        for kept in stories.of_items(tx, unknown):
            self._kept[kept.item_id] = _candidate(kept)
        found = [each for item_id in item_ids if (each := self._kept.get(item_id))]
        for each in found:
            self._kept.move_to_end(each.item_id)
        while len(self._kept) > AT_HAND:
            self._kept.popitem(last=False)
        return found


class Stories:
    """Keeps what it saw lately and how often words are met: one for each process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @cached_property
    def _lately(self) -> tuple[Weights, _AtHand]:
        with reading(self._engine) as tx:
            newest = [_candidate(kept) for kept in stories.latest(tx, REMEMBERED)]
        return Weights(each.print for each in newest), _AtHand(newest[-AT_HAND:])

    def prepare(self, items: Sequence[Item]) -> tuple[Print, ...]:
        """What of the items will be compared: the costly part, to be done before the transaction begins."""
        _ = self._lately
        return tuple(map(print_of, items))

    def tell_apart(self, tx: Connection, incoming: Sequence[Arrived], now: datetime) -> dict[int, int]:
        """Puts each item into the story it belongs to, or begins one. Item id → story id."""
        if not incoming:
            return {}
        weights, at_hand = self._lately
        stories.hold(tx)
        beside = _Beside()
        members = []
        for number, each in enumerate(incoming, 1):
            found = keys(each.print, weights)
            near = stories.relatives(tx, found, now - LOOKBACK, MOST_CANDIDATES)
            candidates = [*at_hand.of(tx, near), *beside.sharing(found)]
            member = _member(each, found, candidates, weights, -number, now)
            weights.learn(each.print)
            members.append(member)
            beside.add(_as_candidate(member, each.print, candidates, now), found)
        return stories.add(tx, members, now)


def _member(
    each: Arrived,
    found: tuple[int, ...],
    candidates: Sequence[Candidate],
    weights: Weights,
    new_story: int,
    now: datetime,
) -> Member:
    publishers = Publishers.shipped()
    family = publishers.family(each.item, each.feed_url)
    placed = place(each.print, family, candidates, weights, now)
    copied = next((other for other in candidates if other.item_id == placed.copy_of), None)
    return Member(
        item_id=each.item_id,
        story=placed.story_id or new_story,
        print=_PRINT.dump_python(each.print, mode="json"),
        keys=found,
        family=family,
        origin=origin(family, publishers.credit(each.item), copied),
        like_item_id=placed.like,
        score=placed.score if placed.like else None,
        shared=placed.shared,
    )


def stories_of(tx: Connection, item_ids: Collection[int]) -> dict[int, int]:
    """Item id → story id, for items that were kept before."""
    return {kept.item_id: kept.story_id for kept in stories.of_items(tx, sorted(item_ids))}


def sight(
    tx: Connection, news: Sequence[matches.SavedMatch], story_of: Mapping[int, int], now: datetime
) -> None:
    """Counts the stories of today's news: once for each rule, and once for each of its places."""
    seen = [
        series.Seen(match.rule_id, place, story_of[match.item_id], match.id)
        for match in news
        if match.item_id in story_of
        for place in ("", *match.about)
    ]
    series.sight(tx, seen, now.date())


def _candidate(kept: stories.Kept) -> Candidate:
    return Candidate(
        kept.item_id,
        kept.story_id,
        _PRINT.validate_python(kept.print),
        kept.seen_at,
        kept.story_first_seen_at,
        kept.family,
        kept.origin,
    )


def _as_candidate(member: Member, print_: Print, candidates: Sequence[Candidate], now: datetime) -> Candidate:
    """An item of the same document, which others of it may belong with."""
    begun = next((each.story_first_seen_at for each in candidates if each.story_id == member.story), now)
    return Candidate(member.item_id, member.story, print_, now, begun, member.family, member.origin)
