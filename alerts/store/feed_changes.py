"""Feeds changed by people: what they are called, where they are, whether they are polled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, select, update

from alerts.errors import BadInput
from alerts.model import FeedState
from alerts.store.batches import batched
from alerts.store.feeds import check_length, host_of, source_of
from alerts.store.schema import Feed, Item, Source


@dataclass(frozen=True, slots=True)
class About:
    """What a person may say about a feed. ``mail_existing`` counts until its first poll."""

    url: str
    title: str
    source: str
    language: str | None
    tags: tuple[str, ...]
    mail_existing: bool


def about(tx: Connection, feed_id: int) -> About | None:
    columns = (Feed.url, Feed.title, Source.name, Feed.language, Feed.tags, Feed.mail_existing)
    row = tx.execute(
        select(*columns).join(Source, Source.id == Feed.source_id).where(Feed.id == feed_id)
    ).first()
    if row is None:
        return None
    return About(row.url, row.title, row.name, row.language, row.tags or (), row.mail_existing)


def change(tx: Connection, feed_id: int, old: About, new: About, now: datetime) -> None:
    """Keeps what is said about a feed. At another address it is asked as if for the first time, and at once;
    what it has shown stays known. Raises BadInput for the address of another feed, or one too long."""
    check_length(new.url, new.source)
    values: dict[str, Any] = {
        "title": new.title,
        "source_id": source_of(tx, new.source),
        "language": new.language,
        "tags": new.tags,
        "mail_existing": new.mail_existing,
    }
    if new.url != old.url:
        if tx.scalar(select(Feed.id).where(Feed.url == new.url)) is not None:
            raise BadInput("another feed has this address already")
        values |= {"url": new.url, "host": host_of(new.url), "failures": 0, "next_poll_at": now}
        values |= {"etag": None, "last_modified": None, "body_hash": None}
        # Who is polling the old address now must not leave word of it here.
        values |= {"claimed_until": None, "claim_token": None}
    tx.execute(update(Feed).where(Feed.id == feed_id).values(**values))


def there(tx: Connection, ids: Iterable[int]) -> tuple[int, ...]:
    """Those of the ids that are feeds, in order; each is held until the transaction ends."""
    found: list[int] = []
    for some in batched(sorted(set(ids))):
        query = select(Feed.id).where(Feed.id.in_(some)).order_by(Feed.id).with_for_update()
        found += tx.scalars(query)
    return tuple(found)


def set_states(tx: Connection, ids: Sequence[int], state: FeedState) -> tuple[int, ...]:
    """Those that were in another state and are in this one now."""
    return _changed(tx, ids, Feed.state != state, state=state)


def poll_soon(tx: Connection, ids: Sequence[int], now: datetime) -> tuple[int, ...]:
    """Makes the feeds that are polled at all due now: those."""
    return _changed(tx, ids, Feed.state == FeedState.ACTIVE, next_poll_at=now)


def _changed(tx: Connection, ids: Sequence[int], which: Any, **values: Any) -> tuple[int, ...]:
    found: list[int] = []
    for some in batched(ids):
        query = update(Feed).where(Feed.id.in_(some), which).values(**values)
        found += tx.scalars(query.returning(Feed.id))
    return tuple(sorted(found))


def tag(tx: Connection, ids: Sequence[int], word: str, *, given: bool, most: int) -> tuple[int, ...]:
    """Gives feeds a tag, or takes it from them; which were changed by it. Those that have as many as
    ``most`` get no other."""
    found: list[int] = []
    for some in batched(ids):
        for row in tx.execute(select(Feed.id, Feed.tags).where(Feed.id.in_(some))):
            old = row.tags or ()
            if given:
                new = old if word in old or len(old) >= most else (*old, word)
            else:
                new = tuple(each for each in old if each != word)
            if new != old:
                tx.execute(update(Feed).where(Feed.id == row.id).values(tags=new))
                found.append(row.id)
    return tuple(sorted(found))


def remove_unread(tx: Connection, ids: Sequence[int]) -> tuple[int, ...]:
    """Deletes those feeds that have never shown an item, with the history of their polls."""
    found: list[int] = []
    for some in batched(ids):
        shown = exists(select(Item.id).where(Item.feed_id == Feed.id))
        gone = delete(Feed).where(Feed.id.in_(some), Feed.collected == 0, ~shown)
        found += tx.scalars(gone.returning(Feed.id))
    return tuple(sorted(found))
