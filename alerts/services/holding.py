"""Holding alerts back: for quiet hours, for a pause, and when they come in crowds.

What is held gets no row of its own. Its matches stay untold, and the subscription is due when they may be
told: then ``services.digest`` gathers them into one alert, as it gathers a window into a digest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection

from alerts.digests.hold import held_until
from alerts.errors import BadInput
from alerts.store import deliveries, digests
from alerts.store.subscribers import Order

_HOUR = timedelta(hours=1)

MessageId: TypeAlias = Callable[[str], str]
"""From what a message is about to its Message-ID: the same for the same, on every try."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What telling needs from outside: Message-IDs, and how many alerts one person gets an hour."""

    message_id: MessageId
    per_hour: int


class Gate:
    """Lets alerts pass or holds them, within one transaction that may make many."""

    def __init__(self, tx: Connection, orders: Sequence[Order], telling: Telling, now: datetime) -> None:
        self._tx = tx
        self._per_hour = telling.per_hour
        self._now = now
        self._lately = deliveries.alerts_since(tx, [order.subscriber_id for order in orders], now - _HOUR)
        self._holding = {order.id for order in orders if order.next_due_at is not None}

    def passes(self, order: Order) -> bool:
        """Whether an alert of this subscription goes out now; if not, it is held from here on, and so is
        what comes after it."""
        if order.id in self._holding:
            digests.hold(self._tx, order.id, since=self._now, until=self._now)
            return False
        until = free_at(order, self._lately.get(order.subscriber_id, ()), self._per_hour, self._now)
        if until is not None:
            digests.hold(self._tx, order.id, since=self._now, until=until)
            self._holding.add(order.id)
            return False
        self._lately.setdefault(order.subscriber_id, []).append(self._now)
        return True


def free_at(order: Order, lately: Sequence[datetime], per_hour: int, now: datetime) -> datetime | None:
    """When an alert of that subscription may go out; None: now. ``lately`` as for ``held_until``.

    In a zone that this machine does not know no hours are quiet: the alert goes out, and holds up no other's.
    """
    try:
        return held_until(now, order.timezone, order.quiet, order.paused_until, lately, per_hour)
    except BadInput:
        return held_until(now, "UTC", None, order.paused_until, lately, per_hour)
