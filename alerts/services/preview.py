"""What a digest would say, made by the same functions that make the real one; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from alerts.errors import BadInput
from alerts.model import Cadence, Digest, Message, SubscriberState, Window
from alerts.services.digest import about, turn
from alerts.services.gathering import gather
from alerts.services.holding import MessageId
from alerts.services.message import Writing, write
from alerts.services.weighing import Shared
from alerts.store import subscribers
from alerts.store.subscribers import Order
from alerts.store.unit import reading


@dataclass(frozen=True, slots=True)
class Preview:
    digest: Digest
    message: Message
    content: bytes


def preview(
    engine: Engine,
    address_key: str,
    at: datetime,
    writing: Writing,
    message_id: MessageId,
    *,
    language: str | None = None,
) -> Preview | None:
    """The subscriber's digest, or their held alerts, as they would be told at that time; None when nothing
    waits. Of several subscriptions that have something to tell it is the one that is due first.

    At the time when it is sent the bytes are those that are sent. Raises NotFound for an unknown address and
    BadInput for a person to whom nothing is sent.
    """
    at = at.astimezone(UTC)
    with reading(engine) as tx:
        person = subscribers.find(tx, address_key)
        if person.state is SubscriberState.UNSUBSCRIBED:
            raise BadInput(f"{person.address} has left: nothing is sent")
        orders = [order for order in subscribers.orders_of(tx, person.id) if order.ended_at is None]
        if not orders:
            raise BadInput(f"{person.address} has no subscription: nothing is sent")
        for order in sorted(filter(_waits, orders), key=lambda order: order.next_due_at or at):
            until, slot = _turn_at(order, at)
            gathered = gather(tx, order, Window(order.covered_until, until), at, slot, Shared())
            if gathered.tells or order.tell_nothing:
                mail_id = message_id(about(order, until))
                rendered = write(tx, order.id, gathered.digest, mail_id, at, writing, language=language)
                return Preview(gathered.digest, rendered.message, rendered.content)
    return None


def _waits(order: Order) -> bool:
    """Whether something may wait: alerts go out at once unless they are held."""
    return order.cadence is not Cadence.IMMEDIATE or order.next_due_at is not None


def _turn_at(order: Order, at: datetime) -> tuple[datetime, datetime | None]:
    """Where the window would end, and for when it had been promised. What is not due yet is told as if it
    were asked for now."""
    if order.next_due_at is None or order.next_due_at > at:
        return at, None
    until, _, slot = turn(order, order.next_due_at, at)
    return until, slot
