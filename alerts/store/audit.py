"""Audit events: append-only facts of who did what to what, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, func, insert, select
from sqlalchemy.orm import InstrumentedAttribute

from alerts.store.schema import AuditEvent

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str


COLUMNS = (
    AuditEvent.id,
    AuditEvent.at,
    AuditEvent.actor,
    AuditEvent.action,
    AuditEvent.subject,
    AuditEvent.detail,
)


def record(tx: Connection, *, at: datetime, actor: str, action: str, subject: str, detail: str = "") -> None:
    tx.execute(insert(AuditEvent).values(at=at, actor=actor, action=action, subject=subject, detail=detail))


@dataclass(frozen=True, slots=True)
class Which:
    """Which events are asked for; '' is any."""

    actor: str = ""
    action: str = ""
    subject: str = ""

    def narrowed(
        self, query: Select[int, datetime, str, str, str, str]
    ) -> Select[int, datetime, str, str, str, str]:
        named = (
            (AuditEvent.actor, self.actor),
            (AuditEvent.action, self.action),
            (AuditEvent.subject, self.subject),
        )
        return query.where(*(column == wanted for column, wanted in named if wanted))


def latest(
    tx: Connection, limit: int = 50, which: Which = Which(), *, before: int | None = None
) -> tuple[Event, ...]:
    """The newest events, newest first; of those before one of them, if its id is given."""
    query = which.narrowed(select(*COLUMNS)).order_by(AuditEvent.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    return tuple(Event(*row) for row in tx.execute(query))


def every(tx: Connection, which: Which) -> Iterator[Event]:
    """All of them, newest first, some at a time."""
    before: int | None = None
    while found := latest(tx, _AT_ONCE, which, before=before):
        yield from found
        before = found[-1].id


def actors(tx: Connection, limit: int) -> tuple[str, ...]:
    """The first names of those who did something, in order."""
    return _distinct(tx, AuditEvent.actor, limit)


def actions(tx: Connection, limit: int) -> tuple[str, ...]:
    """The first names of what was done, in order."""
    return _distinct(tx, AuditEvent.action, limit)


def _distinct(tx: Connection, column: InstrumentedAttribute[str], limit: int) -> tuple[str, ...]:
    """One look into the index for each; asking for distinct ones would read all rows."""
    found: list[str] = []
    after = column >= ""
    while len(found) < limit and (value := tx.scalar(select(func.min(column)).where(after))) is not None:
        found.append(value)
        after = column > value
    return tuple(found)
