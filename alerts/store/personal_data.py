"""Everything kept about one reader, found by following the foreign keys: a table that is added later, and
refers to readers, is found as well.

Two things do not hang on a foreign key: letters, which may go to somebody who is no subscriber, belong to an
address, or to the request or reader they are about; and what servers answered may name an address anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Text,
    and_,
    case,
    cast,
    delete,
    false,
    func,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy import Table as SqlTable

import alerts.store.face_schema  # noqa: F401  (the last of the tables)
from alerts.model import TO_CONFIRM, LetterKind
from alerts.store.columns import Table, Words
from alerts.store.face_schema import Job, OwnRule
from alerts.store.mail_schema import Brake, Delivery, Mail, Request, Return, Subscriber, Suppression
from alerts.store.schema import AuditEvent, Item, Match, Rule, RuleVersion, Situation

ERASED = "(erased)"
"""Stands wherever an address stood that somebody else's row names."""

# The address itself, and not the end or begin of another one.
_BEFORE, _AFTER = r"(?<![\w.!#$%&'*+/=?^`{|}~-])", r"(?![\w-]|\.\w)"


@dataclass(frozen=True, slots=True)
class Whose:
    """One reader. ``address_keys`` are the addresses that are theirs and those that were, as compared."""

    subscriber_id: int
    address_keys: tuple[str, ...]


@cache
def tables() -> tuple[SqlTable, ...]:
    """Those that hold rows about readers, a table after those that it refers to."""
    found = {Subscriber.__tablename__}
    for table in Table.metadata.sorted_tables:
        if any(key.column.table.name in found for key in table.foreign_keys):
            found.add(table.name)
    return tuple(table for table in Table.metadata.sorted_tables if table.name in found)


def _theirs(table: SqlTable, whose: Whose) -> ColumnElement[bool]:
    """The rows of a table that are about a reader."""
    if table.name == Subscriber.__tablename__:
        return table.c.id == whose.subscriber_id
    personal = {each.name for each in tables()}
    ways: list[ColumnElement[bool]] = [
        key.parent.in_(select(key.column).where(_theirs(key.column.table, whose)))
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
        if key.column.table.name in personal
    ]
    if table.name == Delivery.__tablename__:
        theirs = func.lower(table.c.address).in_(whose.address_keys)
        ways.append(and_(table.c.digest_id.is_(None), or_(theirs, _about(table.c.letter, whose))))
    if table.name == Request.__tablename__:
        ways += [_mentions(table.c.wish, f'"{key}"') for key in whose.address_keys]
        ways.append(func.lower(table.c.new_address).in_(whose.address_keys))
    return or_(false(), *ways)


def _about(letter: Column[Any], whose: Whose) -> ColumnElement[bool]:
    """A letter about them, or about what they asked for, wherever it went."""
    requests = Table.metadata.tables[Request.__tablename__]
    asked = select(requests.c.id).where(_theirs(requests, whose))
    said = type_coerce(letter, JSON)
    confirms, target = said["kind"].as_string().in_(TO_CONFIRM), said["target_id"].as_integer()
    return case((confirms, target.in_(asked)), else_=target == whose.subscriber_id)


def _mentions(column: Any, words: str) -> ColumnElement[bool]:
    return func.lower(cast(column, Text)).contains(words, autoescape=True)


def addresses(tx: Connection, subscriber_id: int) -> frozenset[str]:
    """Where mail to them went, and word that they had moved: addresses that are theirs, or were."""
    letter = type_coerce(Delivery.letter, JSON)
    moved = letter["kind"].as_string() == LetterKind.MOVED
    told = and_(Delivery.digest_id.is_(None), moved, letter["target_id"].as_integer() == subscriber_id)
    sent = select(Delivery.address).where(Delivery.subscriber_id == subscriber_id)
    return frozenset(tx.scalars(sent.union(select(Delivery.address).where(told))))


# --- reading -------------------------------------------------------------------------------


_NAMED: dict[str, Any] = {
    "rules": select(Rule.id, Rule.key),
    "situations": select(Situation.id, Situation.key),
    "matches": select(Match.id, Item.url).join(Item, Item.id == Match.item_id),
}
"""What a row of somebody else's is called where a reader's row refers to it."""

_INTERNAL = {"claim_token", "claimed_until"}


def rows(tx: Connection, whose: Whose) -> dict[str, list[dict[str, Any]]]:
    """Table → its rows about the reader, as values that JSON knows; with the texts of their own rules."""
    found = {table.name: [*_rows(tx, table, _theirs(table, whose))] for table in tables()}
    mine = select(OwnRule.rule_id).where(OwnRule.subscriber_id == whose.subscriber_id)
    texts: SqlTable = Table.metadata.tables[RuleVersion.__tablename__]
    return found | {texts.name: [*_rows(tx, texts, texts.c.rule_id.in_(mine))]}


def _rows(tx: Connection, table: SqlTable, which: ColumnElement[bool]) -> Iterator[dict[str, Any]]:
    columns: list[Column[Any]] = [column for column in table.columns if column.name not in _INTERNAL]
    query = select(*table.columns).where(which).order_by(*table.primary_key.columns)
    kept = [dict(row) for row in tx.execute(query).mappings()]
    names = {column.name: _names(tx, column, kept) for column in columns}
    for row in kept:
        told = {column.name: _plain(row[column.name]) for column in columns}
        for name, known in names.items():
            if row[name] in known:
                told[name.removesuffix("_id")] = known[row[name]]
        yield told


def _names(tx: Connection, column: Column[Any], kept: list[dict[str, Any]]) -> dict[int, str]:
    """Id → name of what a column refers to, where that has one."""
    for key in column.foreign_keys:
        query = _NAMED.get(key.column.table.name)
        ids = sorted({row[column.name] for row in kept if row[column.name] is not None})
        if query is not None and ids:
            named = query.where(key.column.in_(ids))
            return {row[0]: row[1] for row in tx.execute(named)}
    return {}


def _plain(value: Any) -> Any:
    return (
        value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else to_jsonable_python(value)
    )


# --- forgetting ----------------------------------------------------------------------------


def forget(tx: Connection, whose: Whose, now: datetime) -> None:
    """Deletes every row about the reader, and blots their addresses out of the rows of others.

    The rules they wrote are retired and their words go: rows that are counted by number are never missing.
    """
    _forget_own_rules(tx, whose, now)
    # Letters hang on no foreign key.
    for kept in (Delivery, Request):
        table = Table.metadata.tables[kept.__tablename__]
        tx.execute(delete(table).where(_theirs(table, whose)))
    tx.execute(delete(Subscriber).where(Subscriber.id == whose.subscriber_id))
    for column in (
        AuditEvent.detail,
        AuditEvent.subject,
        Brake.reason,
        Suppression.reason,
        Return.returned,
        Delivery.letter,
        Delivery.reason,
        Job.about,
        Job.wish,
        Job.material,
        Job.result,
        Job.reason,
    ):
        _blot_out(tx, column, whose)


def _forget_own_rules(tx: Connection, whose: Whose, now: datetime) -> None:
    mine = select(OwnRule.rule_id).where(OwnRule.subscriber_id == whose.subscriber_id)
    nothing: Words = ()
    blank: dict[str, Any] = {"name": ERASED, "query": "erased", "author": ERASED}
    blank |= {"match": nothing, "no_match": nothing, "reason": None, "note": None, "owner": None}
    tx.execute(update(Match).where(Match.rule_id.in_(mine)).values(evidence=()))
    tx.execute(update(RuleVersion).where(RuleVersion.rule_id.in_(mine)).values(**blank))
    tx.execute(update(Rule).where(Rule.id.in_(mine), Rule.retired_at.is_(None)).values(retired_at=now))


def _blot_out(tx: Connection, column: Any, whose: Whose) -> None:
    """Replaces their addresses in what that column says. The mail of a letter that named it is deleted: it is
    written anew if it has still to be sent."""
    table = Table.metadata.tables[column.class_.__tablename__]
    kept = table.c[column.name]
    keys = "|".join(map(re.escape, whose.address_keys))
    address = re.compile(f"{_BEFORE}(?:{keys}){_AFTER}", re.IGNORECASE)
    named = or_(*(_mentions(kept, key) for key in whose.address_keys))
    is_json = isinstance(getattr(kept.type, "impl", kept.type), JSON)
    for number, told in tx.execute(select(table.c.id, cast(kept, Text)).where(named)).all():
        blotted = address.sub(ERASED, told)
        value = type_coerce(json.loads(blotted), JSON) if is_json else blotted
        tx.execute(update(table).where(table.c.id == number).values({kept.name: value}))
        if column is Delivery.letter and blotted != told:
            tx.execute(delete(Mail).where(Mail.delivery_id == number))
