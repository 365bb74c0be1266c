"""What a digest would say, made by the same functions that make the real one; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from alerts.errors import BadInput
from alerts.model import Cadence, Digest, Message, SubscriberState, Window
from alerts.services.gathering import gather
from alerts.services.holding import MessageId
from alerts.services.message import Writing, write
from alerts.store import subscribers
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
    """The subscriber's digest as it would be told at that time; None when nothing waits for it.

    Raises NotFound for an unknown address and BadInput for a person without a digest.
    """
    with reading(engine) as tx:
        person = subscribers.find(tx, address_key)
        if person.state is SubscriberState.UNSUBSCRIBED:
            raise BadInput(f"{person.address} has left: nothing is sent")
        orders = [
            order
            for order in subscribers.orders_of(tx, person.id)
            if order.cadence is not Cadence.IMMEDIATE and order.ended_at is None
        ]
        if not orders:
            raise BadInput(f"{person.address} has no digest, only alerts or nothing at all")
        for order in orders:
            window = Window(order.covered_until, at)
            gathered = gather(tx, order, window, at, None)
            digest = gathered.digest
            if gathered.tells:
                about = f"{order.cadence} {order.subscriber_id} {at.isoformat()}"
                rendered = write(tx, order.id, digest, message_id(about), at, writing, language=language)
                return Preview(digest, rendered.message, rendered.content)
    return None
