"""What a reader was sent, newest first: for their own archive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from alerts.model import DeliveryState, Digest
from alerts.store.columns import UtcTime
from alerts.store.deliveries import FROZEN, thawed
from alerts.store.mail_schema import Delivery, DigestRow, Mail


@dataclass(frozen=True, slots=True)
class Past:
    """One alert or digest that went out. ``digest_id`` numbers what it told."""

    id: int
    message_id: str
    digest_id: int
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """The same, with the mail as it was sent and what it told."""

    past: Past
    mail: bytes
    frozen: str

    @property
    def digest(self) -> Digest:
        """Raises AlertsError when this program cannot read what was stored."""
        return thawed(self.frozen)


_WHEN = func.coalesce(Delivery.sent_at, Delivery.created_at, type_=UtcTime())
_COLUMNS = (Delivery.id, Delivery.message_id, DigestRow.id, Delivery.subject, _WHEN)


def listed(tx: Connection, subscriber_id: int, limit: int, before: int | None = None) -> tuple[Past, ...]:
    """At most so many, newest first, from before the delivery of that id."""
    query = (
        select(*_COLUMNS)
        .join(DigestRow, DigestRow.id == Delivery.digest_id)
        .where(Delivery.subscriber_id == subscriber_id, Delivery.state == DeliveryState.SENT)
    )
    if before is not None:
        query = query.where(Delivery.id < before)
    return tuple(_past(row) for row in tx.execute(query.order_by(Delivery.id.desc()).limit(limit)))


def opened(tx: Connection, subscriber_id: int, name: str) -> Opened | None:
    """The one whose Message-ID begins with that name. It is written, though it may be unsure whether it
    arrived; None when it is not that reader's."""
    query = (
        select(*_COLUMNS, Mail.content, FROZEN)
        .join(DigestRow, DigestRow.id == Delivery.digest_id)
        .join(Mail, Mail.delivery_id == Delivery.id)
        .where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.message_id.startswith(f"<{name}@", autoescape=True),
        )
    )
    row = tx.execute(query).first()
    if row is None:
        return None
    return Opened(_past(row), row.content, row.frozen)


def _past(row: Any) -> Past:
    number, message_id, digest_id, subject, at = row[: len(_COLUMNS)]
    return Past(number, message_id, digest_id, subject or "", at)
