"""The stories of a situation: news of its rules in its places, and who told them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, func, select

from alerts.model import Lead
from alerts.store.batches import batched
from alerts.store.following import Followed
from alerts.store.schema import Feed, Item, Match, Source
from alerts.store.signal_schema import Sighting, Story, StoryItem


@dataclass(frozen=True, slots=True)
class Told:
    """A story by the item that made it count. ``kind`` is what the publisher calls that item, '' for none."""

    story_id: int
    first_seen_at: datetime
    kind: str
    lead: Lead


@dataclass(frozen=True, slots=True)
class Teller:
    """A source, and where it tells a story."""

    source: str
    url: str


def _within(followed: Followed, since: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Sighting.rule_id.in_(followed.rule_ids),
        Sighting.place.in_(followed.places),
        Sighting.day >= since,
    )


def sightings(
    tx: Connection, rule_ids: Collection[int], places: Collection[str], since: date, until: date
) -> Iterator[tuple[int, str, int, date]]:
    """Rule id, place, story and day of all that was counted for these rules in these places on the days from
    the first to the last of these, both included."""
    query = select(Sighting.rule_id, Sighting.place, Sighting.story_id, Sighting.day).where(
        Sighting.day.between(since, until), Sighting.rule_id.in_(rule_ids)
    )
    for row in tx.execute(query):
        if row[1] in places:
            yield row[0], row[1], row[2], row[3]


def latest(tx: Connection, followed: Followed, since: date, limit: int) -> tuple[Told, ...]:
    """The stories that were first counted since then, the newest first."""
    counted = (
        select(Sighting.story_id, func.min(Sighting.match_id).label("match_id"))
        .where(*_within(followed, since))
        .group_by(Sighting.story_id)
        .order_by(func.min(Sighting.match_id).desc())
        .limit(limit)
        .subquery()
    )
    query = (
        select(
            Story.id,
            Story.first_seen_at,
            Item.kind,
            Item.url,
            Item.title,
            Source.name,
            Item.language,
        )
        .join(counted, counted.c.story_id == Story.id)
        .join(Match, Match.id == counted.c.match_id)
        .join(Item, Item.id == Match.item_id)
        .join(Feed, Feed.id == Item.feed_id)
        .join(Source, Source.id == Feed.source_id)
        .order_by(Match.id.desc())
    )
    return tuple(Told(row[0], row[1], row[2] or "", Lead(*row[3:])) for row in tx.execute(query))


def tellers(tx: Connection, story_ids: Collection[int]) -> dict[int, tuple[Teller, ...]]:
    """Story id → its sources, each once and by the first item it had of it, in the order in which they
    told the story."""
    query = (
        select(StoryItem.story_id, Source.name, Item.url)
        .join(Item, Item.id == StoryItem.item_id)
        .join(Feed, Feed.id == Item.feed_id)
        .join(Source, Source.id == Feed.source_id)
        .order_by(StoryItem.story_id, StoryItem.item_id)
    )
    found: dict[int, dict[str, Teller]] = {}
    for chunk in batched(sorted(story_ids)):
        for story_id, source, url in tx.execute(query.where(StoryItem.story_id.in_(chunk))):
            found.setdefault(story_id, {}).setdefault(source, Teller(source, url))
    return {story_id: tuple(by_source.values()) for story_id, by_source in found.items()}


def sources(tx: Connection, followed: Followed, since: date) -> tuple[tuple[str, int], ...]:
    """The sources that told the stories counted since then, each with how many, the busiest first."""
    stories = select(Sighting.story_id).where(*_within(followed, since))
    number = func.count(func.distinct(StoryItem.story_id))
    query = (
        select(Source.name, number)
        .join(Feed, Feed.source_id == Source.id)
        .join(Item, Item.feed_id == Feed.id)
        .join(StoryItem, StoryItem.item_id == Item.id)
        .where(StoryItem.story_id.in_(stories))
        .group_by(Source.name)
        .order_by(number.desc(), Source.name)
    )
    return tuple((name, count) for name, count in tx.execute(query))
