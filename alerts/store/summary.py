"""What a run came to, in six numbers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from alerts.store import outbox
from alerts.store.schema import Feed, Item, Match
from alerts.store.signal_schema import StoryItem


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a whole database. ``stories`` are those of items that matched. ``languages`` are those of
    the items."""

    feeds: int
    items: int
    stories: int
    matches: int
    deliveries: dict[str, int]
    languages: tuple[str, ...]


def read(tx: Connection) -> Summary:
    def count(query: object) -> int:
        return tx.scalar(query) or 0  # type: ignore[call-overload]

    return Summary(
        feeds=count(select(func.count(Feed.id))),
        items=count(select(func.count(Item.id))),
        stories=count(
            select(func.count(func.distinct(StoryItem.story_id))).join(
                Match, Match.item_id == StoryItem.item_id
            )
        ),
        matches=count(select(func.count(Match.id))),
        deliveries={state.value: number for state, number in outbox.counts(tx).items()},
        languages=tuple(tx.scalars(select(Item.language).distinct().order_by(Item.language))),
    )
