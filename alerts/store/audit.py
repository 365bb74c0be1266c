"""Audit events: append-only facts of who did what to what, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from alerts.store.schema import AuditEvent


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str


def record(tx: Connection, *, at: datetime, actor: str, action: str, subject: str, detail: str = "") -> None:
    tx.execute(insert(AuditEvent).values(at=at, actor=actor, action=action, subject=subject, detail=detail))


def latest(tx: Connection, limit: int = 50) -> tuple[Event, ...]:
    """The newest events, newest first."""
    columns = (AuditEvent.at, AuditEvent.actor, AuditEvent.action, AuditEvent.subject, AuditEvent.detail)
    rows = tx.execute(select(*columns).order_by(AuditEvent.id.desc()).limit(limit))
    return tuple(Event(*row) for row in rows)
