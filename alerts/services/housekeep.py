"""Keeping the house: what dead workers left behind, and what is kept too long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from alerts.services.jobs import KEPT as JOBS_KEPT
from alerts.services.reception import FORGET_AFTER
from alerts.store import audit, deliveries, feeds, future, items, jobs, requests, series, stories
from alerts.store.unit import writing
from alerts.warning.stories import LOOKBACK


@dataclass(frozen=True, slots=True)
class Kept:
    """What one round of retention forgot."""

    items_emptied: int
    fetches_deleted: int


def release_stale(engine: Engine, now: datetime) -> int:
    """Gives deliveries back whose sender died. Feeds need no such step: a claim that ended is free."""
    with writing(engine) as tx:
        moved = future.bring_back(tx, now)
        if moved:
            audit.record(
                tx,
                at=now,
                actor="tick",
                action="times brought back",
                subject="",
                detail=f"{moved} times lay beyond any schedule: was the clock wrong?",
            )
        return deliveries.release_stale(tx, now)


FETCHES_KEPT = timedelta(days=30)
"""How long the history of a feed's polls is kept."""

COUNTS_KEPT = timedelta(days=200)
"""How long counts of days are kept: a trend looks back 112 days, a page 90."""


def retain(engine: Engine, now: datetime, days: int) -> Kept:
    """Forgets the words of items older than that many days; polls, unconfirmed requests and long work that
    ended, older than a month; and what only open stories and recent counts need."""
    with writing(engine) as tx:
        stories.close_before(tx, now - LOOKBACK)
        stories.forget_words_before(tx, now - timedelta(days=days))
        series.forget_before(tx, (now - COUNTS_KEPT).date())
        requests.forget_unconfirmed(tx, now - FORGET_AFTER)
        jobs.forget_before(tx, now - JOBS_KEPT)
        kept = Kept(
            items_emptied=items.empty_before(tx, now - timedelta(days=days), now),
            fetches_deleted=feeds.forget_fetches(tx, now - FETCHES_KEPT),
        )
        if kept.items_emptied or kept.fetches_deleted:
            audit.record(tx, at=now, actor="housekeep", action="retention", subject="", detail=str(kept))
        return kept
