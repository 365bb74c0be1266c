"""What is written in numbered versions: rules, concepts and situations, each kind kept in the same way.

A kind has a table of keys and a table of texts. The texts of a key are numbered from 1 and stay for ever;
the newest is in force unless the key is retired. A noun's fields are columns of the same names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, and_, func, insert, select, update
from sqlalchemy.orm import aliased

from alerts.errors import NotFound
from alerts.model import Concept, Rule, Situation
from alerts.store.batches import batched
from alerts.store.unit import insert_once

Noun = TypeVar("Noun", bound=Rule | Concept | Situation)


@dataclass(frozen=True, slots=True)
class Written(Generic[Noun]):
    """One text there has been: its number, who wrote it, when and why. ``note`` is the service's own."""

    number: int
    author: str
    created_at: datetime
    reason: str
    note: str
    text: Noun


class Versions(Generic[Noun]):
    """One kind. ``kind`` and ``listing`` are for messages: what one is called, the command that lists all."""

    def __init__(
        self, kind: str, listing: str, noun: type[Noun], heads: Any, texts: Any, head_id: Any
    ) -> None:
        self.kind, self._listing, self._noun = kind, listing, noun
        self._heads, self._texts, self._head_id = heads, texts, head_id
        self._names = [each.name for each in fields(noun) if each.name not in ("key", "version", "number")]
        self._columns = (
            heads.key,
            texts.id.label("version"),
            texts.number,
            *(getattr(texts, name) for name in self._names),
        )
        self._current = and_(head_id == heads.id, texts.number == heads.number)

    def _as_noun(self, row: Any) -> Noun:
        said = {name: value for name in self._names if (value := getattr(row, name)) is not None}
        return self._noun(key=row.key, version=row.version, number=row.number, **said)

    def _missing(self, key: str) -> NotFound:
        return NotFound(f"there is no {self.kind} {key!r}; see: {self._listing}")

    def current(self, tx: Connection) -> tuple[Noun, ...]:
        """Every one in force, in the order of their keys."""
        query = select(*self._columns).join(self._texts, self._current)
        in_force = query.where(self._heads.retired_at.is_(None)).order_by(self._heads.key)
        return tuple(map(self._as_noun, tx.execute(in_force)))

    def retired_since(self, tx: Connection, at: datetime) -> dict[int, Noun]:
        """By id, those that were in force then and are retired, as they were when they were retired."""
        first, gone = aliased(self._texts), self._heads.retired_at
        begun = (getattr(first, self._head_id.key) == self._heads.id) & (first.number == 1)
        query = select(self._heads.id.label("head_id"), *self._columns).join(self._texts, self._current)
        rows = tx.execute(query.join(first, begun).where(gone > at, first.created_at <= at))
        return {row.head_id: self._as_noun(row) for row in rows}

    def after(self, tx: Connection, key: str, limit: int | None, *which: Any) -> tuple[Noun, ...]:
        """Those in force whose keys come after that one, in their order, of which all this is true."""
        query = select(*self._columns).join(self._texts, self._current)
        later = query.where(self._heads.key > key, self._heads.retired_at.is_(None), *which)
        return tuple(map(self._as_noun, tx.execute(later.order_by(self._heads.key).limit(limit))))

    def find(self, tx: Connection, key: str) -> Noun | None:
        """The text in force of that key; None when there is none."""
        query = select(*self._columns).join(self._texts, self._current)
        row = tx.execute(query.where(self._heads.key == key, self._heads.retired_at.is_(None))).first()
        return None if row is None else self._as_noun(row)

    def get(self, tx: Connection, key: str) -> Noun:
        """The same. Raises NotFound."""
        found = self.find(tx, key)
        if found is None:
            raise self._missing(key)
        return found

    def newest(self, tx: Connection, keys: Collection[str]) -> tuple[Noun, ...]:
        """The last texts of these keys, in force or retired."""
        query = select(*self._columns).join(self._texts, self._current)
        return tuple(
            self._as_noun(row)
            for chunk in batched(sorted(keys))
            for row in tx.execute(query.where(self._heads.key.in_(chunk)))
        )

    def stamp(self, tx: Connection) -> tuple[int, int]:
        """Changes whenever one is written or retired: (texts there have been, keys in force).

        Texts are counted, because the newest id is not always that of the transaction that ended last.
        """
        texts = tx.scalar(select(func.count()).select_from(self._texts)) or 0
        retired = tx.scalar(
            select(func.count()).select_from(self._heads).where(self._heads.retired_at.is_not(None))
        )
        heads = tx.scalar(select(func.count()).select_from(self._heads)) or 0
        return texts, heads - (retired or 0)

    def newer(self, tx: Connection, version: int) -> tuple[int, tuple[Noun, ...]]:
        """How many texts have ids above that one, and those of them that are in force."""
        count = tx.scalar(select(func.count()).select_from(self._texts).where(self._texts.id > version)) or 0
        query = select(*self._columns).join(self._texts, self._current)
        rows = tx.execute(query.where(self._texts.id > version, self._heads.retired_at.is_(None)))
        return count, tuple(map(self._as_noun, rows))

    def versions(self, tx: Connection) -> dict[str, int]:
        """Key → id of the text in force."""
        query = select(self._heads.key, self._texts.id).join(self._texts, self._current)
        return {row.key: row.id for row in tx.execute(query.where(self._heads.retired_at.is_(None)))}

    def load(self, tx: Connection, keys: Collection[str]) -> tuple[Noun, ...]:
        """Those in force that have one of these keys."""
        query = select(*self._columns).join(self._texts, self._current)
        return tuple(
            self._as_noun(row)
            for chunk in batched(sorted(keys))
            for row in tx.execute(query.where(self._heads.key.in_(chunk), self._heads.retired_at.is_(None)))
        )

    def save(
        self, tx: Connection, noun: Noun, *, author: str, now: datetime, reason: str = "", note: str = ""
    ) -> bool:
        """Writes a new version when it differs from the one in force. Returns whether it did."""
        held = select(self._heads.id, self._heads.number, self._heads.retired_at)
        held = held.where(self._heads.key == noun.key).with_for_update()
        row = tx.execute(held).first()
        if row is None:
            insert_once(tx, insert(self._heads).values(key=noun.key, number=0).returning(self._heads.id))
            row = tx.execute(held).one()
        if row.number and row.retired_at is None:
            old = tx.execute(
                select(*self._columns).join(self._texts, self._current).where(self._heads.id == row.id)
            ).one()
            if replace(self._as_noun(old), version=0) == replace(noun, version=0):
                return False
        number = row.number + 1
        written = {"number": number, "author": author, "created_at": now, "reason": reason, "note": note}
        said = {name: getattr(noun, name) for name in self._names}
        tx.execute(insert(self._texts).values({self._head_id.key: row.id, **written, **said}))
        tx.execute(update(self._heads).where(self._heads.id == row.id).values(number=number, retired_at=None))
        return True

    def hold(self, tx: Connection, key: str) -> None:
        """Keeps others from writing or making it until the transaction ends, in which it must be written."""
        held = select(self._heads.id).where(self._heads.key == key).with_for_update()
        if tx.execute(held).first() is None:
            insert_once(tx, insert(self._heads).values(key=key, number=0).returning(self._heads.id))
            tx.execute(held)

    def retire(self, tx: Connection, key: str, now: datetime) -> None:
        """Takes it out of force; its versions stay. Raises NotFound."""
        gone = update(self._heads).where(self._heads.key == key, self._heads.retired_at.is_(None))
        if not tx.execute(gone.values(retired_at=now)).rowcount:
            raise self._missing(key)

    def ids(self, tx: Connection, keys: Sequence[str]) -> dict[str, int]:
        """Key → id. Raises NotFound naming the first key that none in force has."""
        found: dict[str, int] = {}
        for chunk in batched(keys):
            rows = tx.execute(
                select(self._heads.key, self._heads.id).where(
                    self._heads.key.in_(chunk), self._heads.retired_at.is_(None)
                )
            )
            found.update({row.key: row.id for row in rows})
        for key in keys:
            if key not in found:
                raise self._missing(key)
        return found

    def history(self, tx: Connection, key: str) -> tuple[Written[Noun], ...]:
        """Every version, newest first, also of what is retired. Raises NotFound."""
        found = self._written(tx, self._heads.key == key)
        if not found:
            raise self._missing(key)
        return found

    def at(self, tx: Connection, key: str, number: int) -> Noun:
        """The version of that number. Raises NotFound."""
        found = self._written(tx, self._heads.key == key, self._texts.number == number)
        if not found:
            numbers = [str(each.number) for each in self.history(tx, key)]
            raise NotFound(f"{self.kind} {key} has no version {number}; it has {', '.join(numbers)}")
        return found[0].text

    def _written(self, tx: Connection, *which: Any) -> tuple[Written[Noun], ...]:
        texts = self._texts
        more = (texts.author, texts.created_at, texts.reason, texts.note)
        query = select(*self._columns, *more).join(texts, self._head_id == self._heads.id).where(*which)
        return tuple(
            Written(
                row.number, row.author, row.created_at, row.reason or "", row.note or "", self._as_noun(row)
            )
            for row in tx.execute(query.order_by(texts.number.desc()))
        )
