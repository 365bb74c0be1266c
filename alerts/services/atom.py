"""What a reader's own feed tells: the newest items that match what they follow, mailed or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from alerts.model import Match, SubscriberState
from alerts.store import following, found, matches, subscribers
from alerts.store.unit import reading

MOST = 100
"""Items in a feed."""

LOOKED_BACK = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item, and the matches for which it is there."""

    item_id: int
    at: datetime
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class OwnFeed:
    """``since`` is when the reader's first subscription began."""

    subscriber_id: int
    language: str
    since: datetime
    entries: tuple[Entry, ...]

    @property
    def updated_at(self) -> datetime:
        return max((entry.at for entry in self.entries), default=self.since)


def own_feed(engine: Engine, subscriber_id: int, now: datetime) -> OwnFeed | None:
    """None once the reader has left, or is no longer known."""
    with reading(engine) as tx:
        person = subscribers.person(tx, subscriber_id)
        orders = [each for each in subscribers.orders_of(tx, subscriber_id) if each.ended_at is None]
        if person is None or person.state is not SubscriberState.CONFIRMED or not orders:
            return None
        scopes = following.scopes(tx, [order.id for order in orders])
        newest = found.newest(tx, list(scopes.values()), now - LOOKED_BACK, MOST)
        loaded = matches.load(tx, [number for _, numbers in newest.values() for number in numbers])
    by_id = {match.id: match for match in loaded}
    entries = (
        Entry(item_id, at, tuple(by_id[number] for number in numbers))
        for item_id, (at, numbers) in newest.items()
    )
    since = min(order.started_at for order in orders)
    return OwnFeed(person.id, person.language, since, tuple(entries))
