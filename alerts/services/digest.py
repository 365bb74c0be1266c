"""Saying it when its time has come: a digest is composed once for each window.

A digest is composed in one transaction (C): close the window → build → freeze it, with its delivery
in the outbox. If the process dies the window is still open; if two workers try, one finds it closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from alerts.digests.hold import quiet_until
from alerts.digests.window import latest_due, next_due
from alerts.errors import Unavailable
from alerts.model import Cadence, SubscriberState, Window
from alerts.services.gathering import gather
from alerts.services.holding import Telling, free_at
from alerts.services.weighing import Shared
from alerts.store import audit, deliveries, digests, stories, subscribers
from alerts.store.subscribers import Order
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
    engine: Engine, subscription_ids: Sequence[int], telling: Telling, clock: Callable[[], datetime]
) -> tuple[Composed, ...]:
    """Composes those of the digests and held alerts that are due, each in a transaction of its own.

    One that cannot be made is put off for ``PUT_OFF`` and delays no other.
    """
    done = []
    shared = Shared()
    for subscription_id in subscription_ids:
        try:
            with writing(engine) as tx:
                done.append(_compose(tx, subscription_id, telling, clock(), shared))
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


def _compose(
    tx: Connection, subscription_id: int, telling: Telling, now: datetime, shared: Shared
) -> Composed:
    order = subscribers.order(tx, subscription_id)
    due_at = order.next_due_at
    if due_at is None or due_at > now or order.state is not SubscriberState.CONFIRMED:
        return Composed(subscription_id, "not due")
    free_at = _free_at(tx, order, due_at, telling, now)
    if free_at is not None:
        digests.put_off(tx, subscription_id, now=now, until=free_at)
        return Composed(subscription_id, f"held until {free_at:%Y-%m-%d %H:%M} UTC")
    if order.cadence is Cadence.IMMEDIATE:  # before any row is taken, as those do who save matches
        stories.hold(tx)
    until, following, slot = turn(order, due_at, now)
    window = Window(order.covered_until, until)
    if not digests.close_window(tx, subscription_id, window, due_at=due_at, next_due_at=following):
        return Composed(subscription_id, "closed by another worker")
    gathered = gather(tx, order, window, now, slot, shared)
    if not gathered.tells and not order.tell_nothing:
        return Composed(subscription_id, "nothing to tell")
    (delivery_id,) = digests.save(
        tx,
        [
            digests.NewDigest(
                order.id,
                order.subscriber_id,
                order.address,
                gathered.digest,
                gathered.match_ids,
                telling.message_id(about(order, until)),
                gathered.surge_ids,
                gathered.assessment_ids,
            )
        ],
        now,
    )
    return Composed(subscription_id, "composed", gathered.digest.total, delivery_id)


def _free_at(
    tx: Connection, order: Order, due_at: datetime, telling: Telling, now: datetime
) -> datetime | None:
    """When what is due may go out, if not now. A digest asked for at an hour within the quiet ones comes at
    that hour; one that is late, as after a stop of the service, waits for their end."""
    if order.cadence is Cadence.IMMEDIATE:
        lately = deliveries.alerts_since(tx, [order.subscriber_id], now - timedelta(hours=1))
        return free_at(order, lately.get(order.subscriber_id, ()), telling.per_hour, now)
    if quiet_until(due_at, order.timezone, order.quiet) is not None:
        return None
    return quiet_until(now, order.timezone, order.quiet)


def about(order: Order, until: datetime) -> str:
    """What the mail about a window is about; its Message-ID is made of it. ``until`` is in UTC."""
    return f"{order.cadence} {order.subscriber_id} {order.covered_until.isoformat()} {until.isoformat()}"


def turn(order: Order, due_at: datetime, now: datetime) -> tuple[datetime, datetime | None, datetime | None]:
    """Where the window ends, when the next one is due, and for when this one had been promised."""
    if order.cadence is Cadence.IMMEDIATE:
        return now, None, None
    slot = (order.timezone, order.hour, order.weekday, order.monthday, order.minute)
    # After a stop, the last slot that has passed is served: one late digest over the whole gap.
    until = max(due_at, latest_due(order.cadence, now, *slot))
    return until, next_due(order.cadence, until, *slot), max(due_at, order.paused_until or due_at)
