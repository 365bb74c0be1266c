"""Finding kept items by their keys (see ``alerts.language.keys``), on either database.

The keys of an item are in ``item_keys``: a full-text table of SQLite, or lists of words in PostgreSQL.
They are written with the item. ``items.keys_made`` says by which edition of ``keys``; an item that has none
of this edition yet is promised to every search, until ``services.archive.key_some`` comes to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    case,
    column,
    delete,
    func,
    select,
    table,
    text,
    update,
)

from alerts import model
from alerts.language.codes import primary
from alerts.language.keys import ANY_KEY, EDITION, Both, Either, Key, Sought, keys
from alerts.language.passages import passages
from alerts.model import Field
from alerts.store.batches import batched
from alerts.store.schema import Feed, Item, Source

_VALUES = (Field.PLACE, Field.AUTHOR, Field.CATEGORY)

news_at = case((Item.published_at < Item.seen_at, Item.published_at), else_=Item.seen_at)
"""When an item was news: when it says it appeared, but not after it was seen."""

_WITH_WORDS = Item.emptied_at.is_(None)
_WITHOUT_KEYS = Item.keys_made < EDITION
_PUT = {
    "postgresql": (
        "INSERT INTO item_keys (item_id, keys) VALUES (:item, array_to_tsvector(string_to_array(:keys, ' ')))"
        " ON CONFLICT (item_id) DO UPDATE SET keys = EXCLUDED.keys"
    ),
    "sqlite": "INSERT OR REPLACE INTO item_keys (rowid, keys) VALUES (:item, :keys)",
}
_FIND = {
    "postgresql": "SELECT item_id FROM item_keys WHERE keys @@ CAST(:sought AS tsquery)"
    " AND item_id >= :first AND item_id < :end",
    "sqlite": "SELECT rowid FROM item_keys WHERE item_keys MATCH :sought"
    " AND rowid >= :first AND rowid < :end",
}
Ids: TypeAlias = range
"""Ids that follow one another: items in the order in which they were seen."""

ANY_ID: Ids = range(2**63 - 1)
_NUMBER = {"postgresql": "item_id", "sqlite": "rowid"}


def item_keys(item: model.Item) -> str:
    """The keys of an item with spaces between: of its words, and of places, authors and categories."""
    texts = [item[part.field][part.start : part.end] for part in passages(item)]
    texts += [line for field in _VALUES for line in item[field].splitlines()]
    return " ".join(sorted(keys(texts, primary(item.language or "und"))))


def put(tx: Connection, items: Iterable[tuple[int, model.Item]]) -> None:
    """Writes the keys of items by their ids, in place of those they had. Their rows say so already."""
    rows = [{"item": number, "keys": item_keys(item)} for number, item in items]
    if rows:
        tx.execute(text(_PUT[tx.dialect.name]), rows)


def forget(tx: Connection, *which: ColumnElement[bool]) -> None:
    """Removes the keys of those items of which all this is true."""
    number: ColumnClause[int] = column(_NUMBER[tx.dialect.name])
    tx.execute(delete(table("item_keys", number)).where(number.in_(select(Item.id).where(*which))))


def without_keys(tx: Connection, limit: int) -> tuple[int, ...]:
    """Items with words but without keys of this edition, the newest first."""
    query = select(Item.id).where(_WITHOUT_KEYS, _WITH_WORDS).order_by(Item.id.desc()).limit(limit)
    return tuple(tx.scalars(query))


def has_keys(tx: Connection, ids: Sequence[int]) -> None:
    """Notes that the keys of these items, a few hundred at most, are of this edition."""
    tx.execute(update(Item).where(Item.id.in_(ids)).values(keys_made=EDITION))


def _written(sought: Sought, dialect: str) -> str:
    """What is sought, in the words of FTS5 or of a tsquery. Keys hold neither quotation marks nor signs."""
    postgresql = dialect == "postgresql"
    if isinstance(sought, Key):
        if postgresql:
            return f"'{sought.text}'{':*' if sought.begins else ''}"
        return f'"{sought.text}"{" *" if sought.begins else ""}'
    both = isinstance(sought, Both)
    joint = (" & " if both else " | ") if postgresql else (" AND " if both else " OR ")
    return f"({joint.join(_written(part, dialect) for part in sought.parts)})"


def languages(tx: Connection) -> tuple[str, ...]:
    """All languages that kept items are in, as they are stored."""
    found: list[str] = []
    after: ColumnElement[bool] = Item.language >= ""
    while (language := tx.scalar(select(func.min(Item.language)).where(after))) is not None:
        found.append(language)
        after = Item.language > language
    return tuple(found)


def looked_at(tx: Connection, since: datetime, until: datetime) -> tuple[int, datetime | None]:
    """How many items with words were news in that time, and the first time that one was."""
    row = tx.execute(select(func.count(), func.min(news_at)).where(*_between(since, until))).one()
    return row[0], None if row[1] is None else _aware(row[1])


def reach(tx: Connection, since: datetime) -> Ids:
    """The ids of what was seen since then, as far as ids follow the clock."""
    first = tx.scalar(select(Item.id).where(Item.seen_at >= since).order_by(Item.seen_at, Item.id).limit(1))
    if first is None:
        return range(0)
    return range(first, (tx.scalar(select(func.max(Item.id))) or 0) + 1)


def seen_at(tx: Connection, item_id: int) -> datetime | None:
    """When the first item from this id on was seen; None when there is none."""
    return tx.scalar(select(Item.seen_at).where(Item.id >= item_id).order_by(Item.id).limit(1))


def seen_since(tx: Connection, since: datetime) -> int:
    """How many items were seen since then, also those whose words are gone; read from an index alone."""
    return tx.scalar(select(func.count()).select_from(Item).where(Item.seen_at >= since)) or 0


def _between(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return (_WITH_WORDS, Item.seen_at >= since, news_at >= since, news_at < until)


def find(
    tx: Connection, sought: Sought | None, since: datetime, until: datetime, among: Ids = ANY_ID
) -> tuple[int, ...]:
    """Ids of items that were news then and may have what is sought, newest first; all for None."""
    news = select(news_at.label("at"), Item.id).where(*_between(since, until))
    if among is not ANY_ID:
        news = news.where(Item.id >= among.start, Item.id < among.stop)
    if sought is None:
        queries = [news]
    else:
        # Key and time are asked for one after the other: in one statement, planners that think little of
        # either have been seen to join them row by row.
        queries = [news.where(Item.id.in_(chunk)) for chunk in batched(promised(tx, sought, among))]
        if not all_keyed(tx):
            queries.append(news.where(_WITHOUT_KEYS))
    rows = {(row.at, row.id) for query in queries for row in tx.execute(query)}
    return tuple(number for _, number in sorted(rows, reverse=True))


def promised(tx: Connection, sought: Sought, among: Ids) -> Sequence[int]:
    """Items that have what is sought, or too many keys to say."""
    asked = _written(Either((sought, Key(ANY_KEY))), tx.dialect.name)
    bounds = {"first": among.start, "end": among.stop}
    found: Sequence[int] = tx.scalars(text(_FIND[tx.dialect.name]), {"sought": asked, **bounds}).all()
    return found


def all_keyed(tx: Connection) -> bool:
    """Whether every item has keys of this edition; one look into an index."""
    return tx.scalar(select(Item.id).where(_WITHOUT_KEYS).limit(1)) is None


def unkeyed(tx: Connection, among: Ids) -> tuple[int, ...]:
    """Those of the items that have no keys of this edition yet."""
    return tuple(
        tx.scalars(select(Item.id).where(_WITHOUT_KEYS, Item.id >= among.start, Item.id < among.stop))
    )


def names(tx: Connection, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """The keys and addresses of items, by id."""
    return {
        row.id: (row.key, row.url)
        for chunk in batched(ids)
        for row in tx.execute(select(Item.id, Item.key, Item.url).where(Item.id.in_(chunk)))
    }


@dataclass(frozen=True, slots=True)
class Read:
    """A kept item with what rules mostly read of it: its words, language and source."""

    id: int
    news_at: datetime
    item: model.Item


def read(tx: Connection, ids: Sequence[int]) -> list[Read]:
    """The items of these ids, in this order, without what only a term that names a field would read."""
    query = (
        select(
            Item.id, news_at, Item.title, Item.summary, Item.text, Item.language, Source.name.label("source")
        )
        .join(Feed, Feed.id == Item.feed_id)
        .join(Source, Source.id == Feed.source_id)
    )
    found: dict[int, Read] = {}
    for chunk in batched(ids):
        for number, at, title, summary, words, language, source in tx.execute(
            query.where(Item.id.in_(chunk))
        ):
            item = model.Item("", "", title, summary, words, language=language, source=source)
            found[number] = Read(number, _aware(at), item)
    return [found[number] for number in ids if number in found]


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
