"""The outbox as people look at it: what waits, what is under way, and what became of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from alerts.model import Cadence, DeliveryState, Digest, Letter
from alerts.store.deliveries import FROZEN, WAITING, thawed
from alerts.store.mail_schema import Delivery, DigestRow, Subscriber, Subscription


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A delivery as the outbox lists it."""

    id: int
    address: str
    message_id: str
    state: DeliveryState
    reason: str | None
    subject: str | None
    attempts: int
    created_at: datetime
    send_after: datetime | None
    sent_at: datetime | None
    cadence: Cadence | None
    frozen: str
    letter: Letter | None

    @property
    def digest(self) -> Digest:
        """What is told. Raises AlertsError when this program cannot read what was stored."""
        return thawed(self.frozen)


def latest(tx: Connection, limit: int = 50, *, address_key: str | None = None) -> tuple[Outgoing, ...]:
    """The newest deliveries, newest first."""
    query = (
        select(Delivery, FROZEN, Subscription.cadence)
        .outerjoin(DigestRow, DigestRow.id == Delivery.digest_id)
        .outerjoin(Subscription, Subscription.id == DigestRow.subscription_id)
    )
    if address_key is not None:
        query = query.join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        query = query.where(Subscriber.address_key == address_key)
    return tuple(
        Outgoing(
            id=row.id,
            address=row.address,
            message_id=row.message_id,
            state=row.state,
            reason=row.reason,
            subject=row.subject,
            attempts=row.attempts,
            created_at=row.created_at,
            send_after=row.send_after,
            sent_at=row.sent_at,
            cadence=row.cadence,
            frozen=row.frozen,
            letter=row.letter,
        )
        for row in tx.execute(query.order_by(Delivery.id.desc()).limit(limit))
    )


def counts(tx: Connection) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state; every state is named, also at 0."""
    rows = tx.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def oldest_waiting(tx: Connection, now: datetime) -> datetime | None:
    """Since when the most overdue delivery waits; None when nothing is overdue."""
    due_now = or_(Delivery.send_after <= now, Delivery.state == DeliveryState.SENDING)
    unsent = Delivery.state.in_((*WAITING, DeliveryState.SENDING))
    return tx.scalar(select(func.min(Delivery.send_after)).where(unsent, due_now))
