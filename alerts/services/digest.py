"""Saying it when its time has come: a digest is composed once for each window.

A digest is composed in one transaction (C): close the window → build → freeze it, with its delivery
in the outbox. If the process dies the window is still open; if two workers try, one finds it closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from alerts.digests.window import latest_due, next_due
from alerts.errors import Unavailable
from alerts.model import SubscriberState, Window
from alerts.services.changes import MessageId
from alerts.services.gathering import gather
from alerts.store import audit, digests, subscribers
from alerts.store.unit import writing

PUT_OFF = timedelta(hours=1)
"""How long a digest that cannot be made waits for its next try; its window stays open."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What composing one subscription's digest came to. ``delivery_id`` None: nothing to tell."""

    subscription_id: int
    outcome: str
    entries: int = 0
    delivery_id: int | None = None


def compose(
    engine: Engine, subscription_ids: Sequence[int], message_id: MessageId, clock: Callable[[], datetime]
) -> tuple[Composed, ...]:
    """Composes those of the digests that are due, each in a transaction of its own.

    One that cannot be made is put off for ``PUT_OFF`` and delays no other.
    """
    done = []
    for subscription_id in subscription_ids:
        try:
            with writing(engine) as tx:
                done.append(_compose(tx, subscription_id, message_id, clock()))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is wrong with this one
            done.append(_put_off(engine, subscription_id, error, clock()))
    return tuple(done)


def _put_off(engine: Engine, subscription_id: int, error: Exception, now: datetime) -> Composed:
    words = f"{type(error).__name__}: {ascii(str(error))[1:-1][:300]}"
    with writing(engine) as tx:
        digests.put_off(tx, subscription_id, now=now, until=now + PUT_OFF)
        subject = f"subscription {subscription_id}"
        audit.record(tx, at=now, actor="digest", action="digest put off", subject=subject, detail=words)
    return Composed(subscription_id, f"put off: {words}")


def _compose(tx: Connection, subscription_id: int, message_id: MessageId, now: datetime) -> Composed:
    order = subscribers.order(tx, subscription_id)
    due_at = order.next_due_at
    if due_at is None or due_at > now or order.state is not SubscriberState.CONFIRMED:
        return Composed(subscription_id, "not due")
    slot = (order.timezone, order.hour, order.weekday, order.monthday)
    # After a stop, the last slot that has passed is served: one late digest over the whole gap.
    until = max(due_at, latest_due(order.cadence, now, *slot))
    window = Window(order.covered_until, until)
    following = next_due(order.cadence, until, *slot)
    if not digests.close_window(tx, subscription_id, due_at=due_at, until=until, next_due_at=following):
        return Composed(subscription_id, "closed by another worker")
    gathered = gather(tx, order, window, now, due_at)
    if not gathered.tells:
        return Composed(subscription_id, "nothing to tell")
    about = f"{order.cadence} {order.subscriber_id} {until.isoformat()}"
    (delivery_id,) = digests.save(
        tx,
        [
            digests.NewDigest(
                order.id,
                order.subscriber_id,
                order.address,
                gathered.digest,
                gathered.match_ids,
                message_id(about),
                gathered.surge_ids,
                gathered.assessment_ids,
            )
        ],
        now,
    )
    return Composed(subscription_id, "composed", gathered.digest.total, delivery_id)
