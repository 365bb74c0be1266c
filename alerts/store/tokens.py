"""Tokens of machines: which are in force, and when each was last used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from alerts.errors import BadInput, NotFound
from alerts.store.face_schema import Token
from alerts.store.unit import insert_once


@dataclass(frozen=True, slots=True)
class Kept:
    """One token as it is listed. What it is recognised by is not shown."""

    id: int
    name: str
    scopes: tuple[str, ...]
    made_by: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None

    def in_force(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


_COLUMNS = (
    Token.id,
    Token.name,
    Token.scopes,
    Token.made_by,
    Token.created_at,
    Token.expires_at,
    Token.used_at,
    Token.revoked_at,
)


def listed(tx: Connection) -> tuple[Kept, ...]:
    """Every token there has been, by name."""
    return tuple(Kept(*row) for row in tx.execute(select(*_COLUMNS).order_by(Token.name)))


def find(tx: Connection, token_hash: str) -> Kept | None:
    """The token of that hash, in force or not."""
    row = tx.execute(select(*_COLUMNS).where(Token.token_hash == token_hash)).first()
    return None if row is None else Kept(*row)


def add(
    tx: Connection,
    name: str,
    token_hash: str,
    scopes: tuple[str, ...],
    *,
    made_by: str,
    now: datetime,
    expires_at: datetime | None,
) -> None:
    """Raises BadInput when there is, or was, a token of that name."""
    said: dict[str, Any] = {"scopes": scopes, "made_by": made_by, "expires_at": expires_at}
    row = insert(Token).values(name=name, token_hash=token_hash, created_at=now, **said)
    if insert_once(tx, row.returning(Token.id)) is None:
        raise BadInput(f"there is, or was, a token {name!r} already; take another name")


def touch(tx: Connection, token_id: int, now: datetime) -> None:
    tx.execute(update(Token).where(Token.id == token_id).values(used_at=now))


def revoke(tx: Connection, name: str, now: datetime) -> None:
    """Ends it at once. Raises NotFound when there is none of that name that could be used."""
    open_: tuple[ColumnElement[bool], ...] = (Token.name == name, Token.revoked_at.is_(None))
    if tx.execute(update(Token).where(*open_).values(revoked_at=now)).rowcount != 1:
        raise NotFound(f"there is no token {name!r} to revoke; see: alerts tokens list")
