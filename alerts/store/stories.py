"""Stories: which items tell of the same event, found by their telling words, and why they were joined."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, func, insert, null, select, text, update
from sqlalchemy.orm import aliased

from alerts.store.batches import batched
from alerts.store.mail_schema import Delivery, Told
from alerts.store.schema import Feed, Item, Match, Source
from alerts.store.signal_schema import Story, StoryItem, StoryKey

_LOCK = 0x73746F7279  # any number will do, as long as it stays the same


@dataclass(frozen=True, slots=True)
class Kept:
    """An item of a story, as a new one is compared with it. ``print`` is as it was saved: plain JSON."""

    item_id: int
    story_id: int
    print: Any
    seen_at: datetime
    story_first_seen_at: datetime
    family: str
    origin: str


@dataclass(frozen=True, slots=True)
class Member:
    """An item on its way into a story. ``story`` is the id of one there is, or what stands for a new one:
    the same negative number for all its items. Other fields as columns of ``story_items``."""

    item_id: int
    story: int
    print: Any
    keys: tuple[int, ...]
    family: str
    origin: str
    like_item_id: int | None
    score: float | None
    shared: tuple[str, ...]


def hold(tx: Connection) -> None:
    """Keeps others from telling stories apart until the transaction ends: two feeds that bring the same
    event at once must not begin two stories. SQLite's writers wait for each other anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


_KEPT = (
    StoryItem.item_id,
    StoryItem.story_id,
    StoryItem.print,
    StoryItem.seen_at,
    Story.first_seen_at,
    StoryItem.family,
    StoryItem.origin,
)


@cache
def _sharing(count: int) -> Select[int]:
    """A statement for so many keys: to write a list of them into one anew would take a third of its time."""
    return (
        select(StoryKey.item_id)
        .where(
            StoryKey.key.in_([bindparam(f"key_{number}") for number in range(count)]),
            StoryKey.seen_at >= bindparam("since"),
        )
        .group_by(StoryKey.item_id)
        .order_by(func.count().desc(), StoryKey.item_id.desc())
        .limit(bindparam("limit"))
    )


def relatives(tx: Connection, keys: Collection[int], since: datetime, limit: int) -> tuple[int, ...]:
    """The ids of the items seen since then that share most of these keys, newest first among equals."""
    if not keys:
        return ()
    sought = {f"key_{number}": key for number, key in enumerate(keys)}
    return tuple(tx.scalars(_sharing(len(keys)), {**sought, "since": since, "limit": limit}).all())


_OF_ITEMS = (
    select(*_KEPT)
    .join(Story, Story.id == StoryItem.story_id)
    .where(StoryItem.item_id.in_(bindparam("item_ids", expanding=True)))
    .order_by(StoryItem.item_id)
)


def of_items(tx: Connection, item_ids: Sequence[int]) -> tuple[Kept, ...]:
    """Those of the items that belong to a story, by id."""
    return tuple(
        Kept(*row) for chunk in batched(item_ids) for row in tx.execute(_OF_ITEMS, {"item_ids": chunk}).all()
    )


def latest(tx: Connection, limit: int) -> tuple[Kept, ...]:
    """The newest items whose words are kept, oldest first."""
    query = select(*_KEPT).join(Story, Story.id == StoryItem.story_id).order_by(StoryItem.item_id.desc())
    rows = tx.execute(query.where(StoryItem.print.is_not(None)).limit(limit))
    return tuple(Kept(*row) for row in reversed(rows.all()))


_BEGIN = insert(Story).returning(Story.id, sort_by_parameter_order=True)
_JOIN = insert(StoryItem)
_FIND_BY = insert(StoryKey)


def add(tx: Connection, members: Sequence[Member], now: datetime) -> dict[int, int]:
    """Saves items with their stories, new stories too. Item id → story id."""
    if not members:
        return {}
    new = list(dict.fromkeys(member.story for member in members if member.story < 0))
    rows = [{"first_seen_at": now} for _ in new]
    made = tx.scalars(_BEGIN, rows).all() if new else ()
    ids = dict(zip(new, made, strict=True))
    story_of = {member.item_id: ids.get(member.story, member.story) for member in members}
    tx.execute(
        _JOIN,
        [
            {
                "item_id": member.item_id,
                "story_id": story_of[member.item_id],
                "seen_at": now,
                "print": member.print,
                "family": member.family,
                "origin": member.origin,
                "like_item_id": member.like_item_id,
                "score": member.score,
                "shared": member.shared,
            }
            for member in members
        ],
    )
    keys = [
        {"key": key, "seen_at": now, "item_id": member.item_id}
        for member in members
        for key in dict.fromkeys(member.keys)
    ]
    if keys:
        tx.execute(_FIND_BY, keys)
    return story_of


@dataclass(frozen=True, slots=True)
class Tally:
    """How widely a story is told: items, publishers, and how many of these have it from themselves."""

    items: int = 1
    outlets: int = 1
    origins: int = 1


def tallies(tx: Connection, story_ids: Collection[int]) -> dict[int, Tally]:
    """Story id → its tally."""
    query = select(
        StoryItem.story_id,
        func.count(),
        func.count(func.distinct(StoryItem.family)),
        func.count(func.distinct(StoryItem.origin)),
    ).group_by(StoryItem.story_id)
    return {
        row[0]: Tally(*row[1:])
        for chunk in batched(sorted(story_ids))
        for row in tx.execute(query.where(StoryItem.story_id.in_(chunk)))
    }


def exists(tx: Connection, story_id: int) -> bool:
    return tx.scalar(select(Story.id).where(Story.id == story_id)) is not None


@dataclass(frozen=True, slots=True)
class Telling:
    """An item of a story: who published it and whose words these are, and why it belongs to the story."""

    item_id: int
    title: str
    url: str
    language: str
    source: str
    family: str
    origin: str
    seen_at: datetime
    like_item_id: int | None
    score: float | None
    shared: tuple[str, ...]


def tellings(tx: Connection, story_id: int, limit: int) -> tuple[Telling, ...]:
    """The first items of a story, in the order in which they came."""
    query = (
        select(
            Item.id,
            Item.title,
            Item.url,
            Item.language,
            Source.name,
            StoryItem.family,
            StoryItem.origin,
            StoryItem.seen_at,
            StoryItem.like_item_id,
            StoryItem.score,
            StoryItem.shared,
        )
        .join(Item, Item.id == StoryItem.item_id)
        .join(Feed, Feed.id == Item.feed_id)
        .join(Source, Source.id == Feed.source_id)
        .where(StoryItem.story_id == story_id)
        .order_by(StoryItem.item_id)
        .limit(limit)
    )
    return tuple(Telling(*row) for row in tx.execute(query))


@dataclass(frozen=True, slots=True)
class Place:
    """Why an item is where it is: the item it resembles most (None: it began the story) and how much."""

    story_id: int
    like_item_id: int | None
    score: float | None
    shared: tuple[str, ...]


def place_of(tx: Connection, item_id: int) -> Place | None:
    """None for an item from before there were stories."""
    query = select(StoryItem.story_id, StoryItem.like_item_id, StoryItem.score, StoryItem.shared)
    row = tx.execute(query.where(StoryItem.item_id == item_id)).first()
    return None if row is None else Place(*row)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The mail that told a story, by which item, and when it was made."""

    delivery_id: int
    message_id: str
    title: str
    at: datetime


def told_earlier(tx: Connection, match_id: int, subscription_ids: Sequence[int]) -> dict[int, Earlier]:
    """Subscription id → the first mail that told it the story of this match for the same rule, for those of
    these that were told."""
    other, of_other, of_match = aliased(Match), aliased(StoryItem), aliased(StoryItem)
    query = (
        select(Told.subscription_id, Delivery.id, Delivery.message_id, Item.title, Delivery.created_at)
        .select_from(Match)
        .join(of_match, of_match.item_id == Match.item_id)
        .join(of_other, of_other.story_id == of_match.story_id)
        .join(other, and_(other.item_id == of_other.item_id, other.rule_id == Match.rule_id))
        .join(Told, Told.match_id == other.id)
        .join(Delivery, Delivery.digest_id == Told.digest_id)
        .join(Item, Item.id == other.item_id)
        .where(Match.id == match_id)
        .order_by(Delivery.id)
    )
    found: dict[int, Earlier] = {}
    for chunk in batched(subscription_ids):
        for row in tx.execute(query.where(Told.subscription_id.in_(chunk))):
            found.setdefault(row[0], Earlier(*row[1:]))
    return found


def close_before(tx: Connection, before: datetime) -> None:
    """Items seen before then find no more relatives."""
    tx.execute(delete(StoryKey).where(StoryKey.seen_at < before))


def forget_words_before(tx: Connection, before: datetime) -> None:
    """Retention: the words of a print go when those of its item go."""
    old = update(StoryItem).where(StoryItem.seen_at < before, StoryItem.print.is_not(None))
    tx.execute(old.values(print=null(), shared=()))
