"""What was collected: each feed's news by day, how much of it a rule took, and its weight for a rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Date, cast, func, select

from alerts.store.schema import Feed, Item, Match, Source
from alerts.store.series import midnight
from alerts.store.signal_schema import FeedWeight
from alerts.store.unit import insert_missing


@dataclass(frozen=True, slots=True)
class Collected:
    """A feed that is read: where it belongs, since when, and its news by day."""

    feed_id: int
    source: str
    language: str | None
    begun: date
    items: Mapping[date, int]


def by_feed(tx: Connection, since: date) -> tuple[Collected, ...]:
    """Every feed that was ever read. What a first poll archives is no news."""
    day = _day_of(tx, Item.seen_at)
    items: dict[int, dict[date, int]] = defaultdict(dict)
    news = select(Item.feed_id, day, func.count()).where(
        Item.seen_at >= midnight(since), Item.archived.is_(None)
    )
    for feed_id, on, count in tx.execute(news.group_by(Item.feed_id, day)):
        items[feed_id][on] = count
    feeds = select(Feed.id, Source.name, Feed.language, Feed.first_polled_at).join(
        Source, Source.id == Feed.source_id
    )
    return tuple(
        Collected(row.id, row.name, row.language, row.first_polled_at.date(), items[row.id])
        for row in tx.execute(feeds.where(Feed.first_polled_at.is_not(None)).order_by(Feed.id))
    )


def drawn(tx: Connection, since: date) -> dict[int, dict[int, dict[date, int]]]:
    """Rule id → feed id → day → how many of the feed's items matched the rule as news, since then."""
    day = _day_of(tx, Match.matched_at)
    query = (
        select(Match.rule_id, Item.feed_id, day, func.count())
        .join(Item, Item.id == Match.item_id)
        .where(Match.matched_at >= midnight(since), Match.news)
        .group_by(Match.rule_id, Item.feed_id, day)
    )
    found: dict[int, dict[int, dict[date, int]]] = defaultdict(lambda: defaultdict(dict))
    for rule_id, feed_id, on, count in tx.execute(query):
        found[rule_id][feed_id][on] = count
    return found


def weights(tx: Connection) -> dict[tuple[int, int], float]:
    """(Rule id, feed id) → the weight of the feed's items, where it is settled."""
    query = select(FeedWeight.rule_id, FeedWeight.feed_id, FeedWeight.weight)
    return {(row.rule_id, row.feed_id): row.weight for row in tx.execute(query)}


def settle(tx: Connection, settled: Mapping[tuple[int, int], float]) -> None:
    """Keeps the weights of feeds that have been compared for long enough."""
    rows = [
        {"rule_id": rule_id, "feed_id": feed_id, "weight": weight}
        for (rule_id, feed_id), weight in settled.items()
    ]
    insert_missing(tx, FeedWeight, rows)


def _day_of(tx: Connection, moment: Any) -> ColumnElement[date]:
    """The UTC day of a time, which each database says in its own way."""
    if tx.dialect.name == "postgresql":
        return cast(func.timezone("UTC", moment), Date)
    return func.date(moment, type_=Date)
