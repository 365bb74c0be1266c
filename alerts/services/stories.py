"""Telling stories apart as items arrive, in the transaction that saves them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
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

MOST_COMPARED = 5_000
"""Kept items that a process remembers, some kilobytes each: what is in the news is compared again and again,
and neither an item's print nor its story ever changes."""

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


class Stories:
    """Keeps the frequencies of words, which it learns from every item it sees: one for each process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._compared: dict[int, Candidate] = {}

    @cached_property
    def _weights(self) -> Weights:
        with reading(self._engine) as tx:
            return Weights(map(_PRINT.validate_python, stories.latest_prints(tx, REMEMBERED)))

    def prepare(self, items: Sequence[Item]) -> tuple[Print, ...]:
        """What of the items will be compared: the costly part, to be done before the transaction begins."""
        _ = self._weights
        return tuple(map(print_of, items))

    def tell_apart(self, tx: Connection, incoming: Sequence[Arrived], now: datetime) -> dict[int, int]:
        """Puts each item into the story it belongs to, or begins one. Item id → story id."""
        if not incoming:
            return {}
        stories.hold(tx)
        beside = _Beside()
        members = []
        for number, each in enumerate(incoming, 1):
            found = keys(each.print, self._weights)
            candidates = [
                *self._relatives(tx, found, now),
                *beside.sharing(found),
            ]
            member = self._member(each, found, candidates, -number, now)
            self._weights.learn(each.print)
            members.append(member)
            beside.add(_as_candidate(member, each.print, candidates, now), found)
        return stories.add(tx, members, now)

    def _relatives(self, tx: Connection, found: tuple[int, ...], now: datetime) -> list[Candidate]:
        """The kept items that share most keys; those that were compared lately are not read again."""
        near = stories.relatives(tx, found, now - LOOKBACK, MOST_CANDIDATES)
        if len(self._compared) > MOST_COMPARED:
            self._compared.clear()
        unknown = [item_id for item_id in near if item_id not in self._compared]
        for kept in stories.of_items(tx, unknown):
            self._compared[kept.item_id] = _candidate(kept)
        return [self._compared[item_id] for item_id in near if item_id in self._compared]

    def _member(
        self,
        each: Arrived,
        found: tuple[int, ...],
        candidates: Sequence[Candidate],
        new_story: int,
        now: datetime,
    ) -> Member:
        publishers = Publishers.shipped()
        family = publishers.family(each.item, each.feed_url)
        placed = place(each.print, family, candidates, self._weights, now)
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
