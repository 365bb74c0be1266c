"""Items: what each feed has shown us, and what it looked like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, or_, select, update

from alerts import model
from alerts.language.keys import EDITION
from alerts.store import archive
from alerts.store.batches import batched
from alerts.store.schema import Feed, Item, More, Source

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Known:
    """A kept item, as an edit is compared with it."""

    id: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """An item on its way in. ``archived`` says why it is kept without being news, else None."""

    item: model.Item
    fingerprint: str
    archived: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept item with its id and its place among the feeds. ``emptied``: retention forgot its words;
    ``changed_at`` is when its feed edited it last, None if it never did."""

    id: int
    feed_id: int
    item: model.Item
    seen_at: datetime
    archived: str | None
    emptied: bool
    changed_at: datetime | None


def known(tx: Connection, feed_id: int, keys: Sequence[str]) -> dict[str, Known]:
    """Those of the keys that this feed has shown before."""
    found: dict[str, Known] = {}
    for chunk in batched(keys):
        query = select(Item.key, Item.id, Item.fingerprint).where(
            Item.feed_id == feed_id, Item.key.in_(chunk)
        )
        found.update({row.key: Known(row.id, row.fingerprint) for row in tx.execute(query)})
    return found


def _columns(item: model.Item, fingerprint: str) -> dict[str, Any]:
    """What an item says, by column: the same for a new one and for an edit."""
    return {
        "fingerprint": fingerprint,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        "text": item.text,
        "authors": item.authors,
        "categories": item.categories,
        "kind": item.kind or None,
        "region": item.region or None,
        "more": More(item.enclosures, item.translations, item.places, item.point),
        "language": item.language or "und",
        "published_at": item.published_at,
        "updated_at": item.updated_at,
        "keys_made": EDITION,
    }


def insert_new(tx: Connection, feed_id: int, incoming: Sequence[Incoming], now: datetime) -> dict[str, int]:
    """Key → id of the saved items. The constraint refuses a key the feed already has."""
    if not incoming:
        return {}
    rows = [
        _columns(entry.item, entry.fingerprint)
        | {"feed_id": feed_id, "key": entry.item.key, "seen_at": now, "archived": entry.archived}
        for entry in incoming
    ]
    saved = tx.execute(insert(Item).returning(Item.key, Item.id), rows)
    ids = {row.key: row.id for row in saved}
    archive.put(tx, ((ids[entry.item.key], entry.item) for entry in incoming))
    return ids


def update_changed(tx: Connection, changed: Sequence[tuple[int, model.Item, str]], now: datetime) -> None:
    """An edit replaces what an item says; when it was first seen stays, and retention forgets the new
    words as it did the old ones."""
    if not changed:
        return
    rows = [
        {f"new_{name}": value for name, value in _columns(item, fingerprint).items()} | {"item_id": item_id}
        for item_id, item, fingerprint in changed
    ]
    names = [name.removeprefix("new_") for name in rows[0] if name != "item_id"]
    statement = (
        update(Item.__table__)  # type: ignore[arg-type]
        .where(Item.__table__.c.id == bindparam("item_id"))
        .values({name: bindparam(f"new_{name}") for name in names} | {"changed_at": now, "emptied_at": None})
    )
    tx.execute(statement, rows)
    archive.put(tx, ((item_id, item) for item_id, item, _ in changed))


COLUMNS = (
    Item.id,
    Item.feed_id,
    Item.key,
    Item.url,
    Item.title,
    Item.summary,
    Item.text,
    Item.authors,
    Item.categories,
    Item.kind,
    Item.region,
    Item.more,
    Item.language,
    Item.published_at,
    Item.updated_at,
    Item.seen_at,
    Item.changed_at,
    Item.archived,
    Item.emptied_at,
    Feed.title.label("feed"),
    Source.name.label("source"),
)


def as_item(row: Any) -> model.Item:
    """The item in a row that holds ``COLUMNS``."""
    more: More = row.more or More()
    return model.Item(
        key=row.key,
        url=row.url,
        title=row.title,
        summary=row.summary,
        text=row.text,
        authors=row.authors,
        published_at=row.published_at,
        updated_at=row.updated_at,
        language=row.language,
        categories=row.categories,
        feed=row.feed,
        source=row.source,
        enclosures=more.enclosures,
        translations=more.translations,
        places=more.places,
        point=more.point,
        kind=row.kind or "",
        region=row.region or "",
    )


def _kept(tx: Connection, *where: ColumnElement[bool]) -> tuple[Kept, ...]:
    query = (
        select(*COLUMNS)
        .join(Feed, Feed.id == Item.feed_id)
        .join(Source, Source.id == Feed.source_id)
        .where(*where)
        .order_by(Item.id)
    )
    return tuple(
        Kept(
            row.id,
            row.feed_id,
            as_item(row),
            row.seen_at,
            row.archived,
            row.emptied_at is not None,
            row.changed_at,
        )
        for row in tx.execute(query)
    )


def load(tx: Connection, ids: Sequence[int]) -> dict[int, Kept]:
    """Id → item, for those of the ids that exist."""
    return {kept.id: kept for chunk in batched(ids) for kept in _kept(tx, Item.id.in_(chunk))}


def find(tx: Connection, url_or_id: str) -> tuple[Kept, ...]:
    """Kept items with that id, address or key in a feed (one event can be in several feeds)."""
    wanted = or_(Item.url == url_or_id, Item.key == url_or_id)
    if re.fullmatch(r"[0-9]{1,19}", url_or_id) and int(url_or_id) <= _LARGEST_ID:
        wanted = or_(wanted, Item.id == int(url_or_id))
    return _kept(tx, wanted)


def ids_of(tx: Connection, urls: Sequence[str]) -> dict[str, int]:
    """Address → id of the newest item there, for those of the addresses that items have."""
    query = select(Item.url, func.max(Item.id)).where(Item.url.in_(urls)).group_by(Item.url)
    return {row[0]: row[1] for row in tx.execute(query)}


@dataclass(frozen=True, slots=True)
class Headline:
    """A kept item as the page of its feed lists it, without its text."""

    url: str
    title: str
    language: str
    published_at: datetime | None
    seen_at: datetime
    changed_at: datetime | None
    archived: str | None
    emptied: bool


def latest(tx: Connection, feed_id: int, limit: int) -> tuple[Headline, ...]:
    """The items that a feed showed last, newest poll first; those of one poll in the feed's own order."""
    query = (
        select(
            Item.url,
            Item.title,
            Item.language,
            Item.published_at,
            Item.seen_at,
            Item.changed_at,
            Item.archived,
            Item.emptied_at.is_not(None).label("emptied"),
        )
        .where(Item.feed_id == feed_id)
        .order_by(Item.seen_at.desc(), Item.id)
        .limit(limit)
    )
    return tuple(Headline(*row) for row in tx.execute(query))


def empty_before(tx: Connection, before: datetime, now: datetime) -> int:
    """Retention: forgets the words of items first seen before then; their identity stays, so that
    a feed that shows one again does not make it news. Returns how many."""
    old = (Item.seen_at < before, Item.emptied_at.is_(None))
    archive.forget(tx, *old)
    return tx.execute(
        update(Item)
        .where(*old)
        .values(title="", summary="", text="", authors=(), categories=(), more=None, emptied_at=now)
    ).rowcount
