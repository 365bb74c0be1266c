"""What came back to us, and which delivery it was about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from alerts.model import Returned, ReturnKind
from alerts.store.mail_schema import Delivery, Return, Subscriber
from alerts.store.unit import insert_once


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery that something may come back about."""

    delivery_id: int
    subscriber_id: int | None
    address: str
    created_at: datetime


_SENT = (Delivery.id, Delivery.subscriber_id, Delivery.address, Delivery.created_at)


def by_id(tx: Connection, delivery_id: int) -> Sent | None:
    row = tx.execute(select(*_SENT).where(Delivery.id == delivery_id)).first()
    return None if row is None else Sent(*row)


def by_message_id(tx: Connection, message_ids: Collection[str]) -> Sent | None:
    """The delivery that has one of these Message-IDs."""
    row = tx.execute(select(*_SENT).where(Delivery.message_id.in_(message_ids)).limit(1)).first()
    return None if row is None else Sent(*row)


def record(tx: Connection, key: str, sent: Sent | None, returned: Returned, now: datetime) -> bool:
    """False when this has been recorded before."""
    row = insert(Return).values(
        key=key,
        received_at=now,
        delivery_id=sent and sent.delivery_id,
        subscriber_id=sent and sent.subscriber_id,
        returned=returned,
    )
    return insert_once(tx, row.returning(Return.id)) is not None


def history(tx: Connection, subscriber_id: int) -> tuple[tuple[datetime, ReturnKind], ...]:
    """What has come back about a subscriber since they last confirmed their address, oldest first."""
    query = (
        select(Return.received_at, Return.returned)
        .join(Subscriber, Subscriber.id == Return.subscriber_id)
        .where(
            Return.subscriber_id == subscriber_id,
            Return.received_at >= func.coalesce(Subscriber.confirmed_at, Subscriber.created_at),
        )
        .order_by(Return.id)
    )
    return tuple((row.received_at, row.returned.kind) for row in tx.execute(query))
