"""What is due? The database knows; the beat only asks.

A tick may come twice, late or not at all: the ids it hands out are claimed by conditional updates,
and whatever is not done is due again at the next tick.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from alerts.services.housekeep import release_stale
from alerts.services.jobs import AT_ONCE
from alerts.store import claims, deliveries, digests, jobs
from alerts.store.pace import UNHURRIED, Pace
from alerts.store.unit import reading

FEEDS_AT_ONCE = 1000
FEEDS_OF_A_HOST = 8
"""Feeds of one host in one tick, so that no publisher feels that we were away."""

DIGESTS_AT_ONCE = 1000
DELIVERIES_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Due:
    """Ids of rows whose time has come."""

    feeds: tuple[int, ...]
    subscriptions: tuple[int, ...]
    deliveries: tuple[int, ...]
    jobs: tuple[int, ...]


def tick(engine: Engine, now: datetime, pace: Pace = UNHURRIED) -> Due:
    """Frees what dead senders held and mends what a wrong clock left, then reads what is due now."""
    release_stale(engine, now)
    with reading(engine) as tx:
        return Due(
            claims.due(tx, now, FEEDS_AT_ONCE, FEEDS_OF_A_HOST),
            digests.due(tx, now, DIGESTS_AT_ONCE),
            deliveries.due(tx, now, DELIVERIES_AT_ONCE, pace),
            jobs.due(tx, now, AT_ONCE),
        )
