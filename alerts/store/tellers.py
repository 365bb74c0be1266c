"""Who tells a story, and where it happens: what a digest says of stories besides their items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, bindparam, func, select

from alerts.model import Teller
from alerts.store.batches import batched
from alerts.store.schema import Feed, Item, Source
from alerts.store.signal_schema import Sighting, StoryItem

_STORIES = select(StoryItem.item_id, StoryItem.story_id).where(
    StoryItem.item_id.in_(bindparam("item_ids", expanding=True))
)


def stories_of(tx: Connection, item_ids: Collection[int]) -> dict[int, int]:
    """Item id → story id, of those that belong to one."""
    return {
        item_id: story_id
        for chunk in batched(sorted(item_ids))
        for item_id, story_id in tx.execute(_STORIES, {"item_ids": chunk})
    }


_THESE = StoryItem.story_id.in_(bindparam("story_ids", expanding=True))
_FIRST_OF_FAMILY = (
    select(func.min(StoryItem.item_id)).where(_THESE).group_by(StoryItem.story_id, StoryItem.family)
)
_TELLERS = (
    select(
        StoryItem.story_id,
        StoryItem.family,
        StoryItem.origin,
        Source.name,
        Item.url,
        Item.language,
        StoryItem.seen_at,
    )
    .join(Item, Item.id == StoryItem.item_id)
    .join(Feed, Feed.id == Item.feed_id)
    .join(Source, Source.id == Feed.source_id)
    .where(StoryItem.item_id.in_(_FIRST_OF_FAMILY))
    .order_by(StoryItem.story_id, StoryItem.item_id)
)


def of_stories(tx: Connection, story_ids: Collection[int]) -> dict[int, tuple[Teller, ...]]:
    """Story id → its publishers, one for each family, by the first item they told it with, in that order."""
    found: dict[int, list[Teller]] = defaultdict(list)
    for chunk in batched(sorted(story_ids)):
        for story_id, family, origin, source, url, language, seen_at in tx.execute(
            _TELLERS, {"story_ids": chunk}
        ):
            found[story_id].append(Teller(family, origin, source, url, language or "und", seen_at))
    return {story_id: tuple(by) for story_id, by in found.items()}


_PLACES = (
    select(Sighting.story_id, Sighting.place)
    .distinct()
    .where(
        Sighting.day >= bindparam("since"),
        Sighting.place != "",
        Sighting.story_id.in_(bindparam("story_ids", expanding=True)),
    )
)


def places_of(tx: Connection, story_ids: Collection[int], since: date) -> dict[int, tuple[str, ...]]:
    """Story id → the keys of the countries that news of it has been about since that day, sorted."""
    found: dict[int, set[str]] = defaultdict(set)
    for chunk in batched(sorted(story_ids)):
        for story_id, place in tx.execute(_PLACES, {"story_ids": chunk, "since": since}):
            found[story_id].add(place)
    return {story_id: tuple(sorted(places)) for story_id, places in found.items()}
