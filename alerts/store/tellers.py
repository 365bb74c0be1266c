"""Who tells a story, and where it happens: what a digest says of stories besides their items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, select

from alerts.model import Teller
from alerts.store.batches import batched
from alerts.store.schema import Feed, Item, Source
from alerts.store.signal_schema import Sighting, StoryItem


def stories_of(tx: Connection, item_ids: Collection[int]) -> dict[int, int]:
    """Item id → story id, of those that belong to one."""
    query = select(StoryItem.item_id, StoryItem.story_id)
    return {
        item_id: story_id
        for chunk in batched(sorted(item_ids))
        for item_id, story_id in tx.execute(query.where(StoryItem.item_id.in_(chunk)))
    }


def of_stories(tx: Connection, story_ids: Collection[int]) -> dict[int, tuple[Teller, ...]]:
    """Story id → its publishers, one for each family, by the first item they told it with, in that order."""
    query = (
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
        .order_by(StoryItem.story_id, StoryItem.item_id)
    )
    found: dict[int, dict[str, Teller]] = defaultdict(dict)
    for chunk in batched(sorted(story_ids)):
        for story_id, family, origin, source, url, language, seen_at in tx.execute(
            query.where(StoryItem.story_id.in_(chunk))
        ):
            teller = Teller(family, origin, source, url, language or "und", seen_at)
            found[story_id].setdefault(family, teller)
    return {story_id: tuple(by_family.values()) for story_id, by_family in found.items()}


def places_of(tx: Connection, story_ids: Collection[int], since: date) -> dict[int, tuple[str, ...]]:
    """Story id → the keys of the countries that news of it has been about since that day, sorted."""
    query = select(Sighting.story_id, Sighting.place).where(Sighting.day >= since, Sighting.place != "")
    found: dict[int, set[str]] = defaultdict(set)
    for chunk in batched(sorted(story_ids)):
        for story_id, place in tx.execute(query.where(Sighting.story_id.in_(chunk))):
            found[story_id].add(place)
    return {story_id: tuple(sorted(places)) for story_id, places in found.items()}
