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

    def passes(self, order: Order, *, critical: bool) -> bool:
        """Whether an alert of this subscription goes out now; if not, it is held from here on, and so is
        what comes after it. What is critical does not wait behind a crowd of what is not."""
        lately = self._lately.setdefault(order.subscriber_id, [])
        until = free_at(order, lately, self._per_hour, self._now, critical=critical)
        if until is None and (critical or order.id not in self._holding):
            lately.append(self._now)
            return True
        digests.hold(self._tx, order.id, since=self._now, until=until or self._now)
        self._holding.add(order.id)
        return False


def free_at(
    order: Order, lately: Sequence[datetime], per_hour: int, now: datetime, *, critical: bool = False
) -> datetime | None:
    """When an alert of that subscription may go out; None: now. ``lately`` as for ``held_until``.

    In a zone that this machine does not know no hours are quiet: the alert goes out, and holds up no other's.
    """
    try:
        hours = order.timezone, order.quiet
        return held_until(now, *hours, order.paused_until, lately, per_hour, critical=critical)
    except BadInput:
        return held_until(now, "UTC", None, order.paused_until, lately, per_hour, critical=critical)
