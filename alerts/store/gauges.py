"""What the metrics tell, as the database says it at this moment: counts and times, nothing about anybody.

What grows without end is counted from an index and only so far back, so that asking costs the same next year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import InstrumentedAttribute

from alerts.model import DeliveryState, FeedState, JobState, SubscriberState
from alerts.store import brakes, outbox, people
from alerts.store.face_schema import Job
from alerts.store.mail_schema import DigestRow
from alerts.store.schema import Feed, Fetch, Item, Match

LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gauges:
    """``items`` and ``matches`` are those of ``LATELY``. Times are None where there is nothing yet; the
    ``*_since`` ones are None while nothing waits."""

    items: int
    matches: int
    deliveries: Mapping[DeliveryState, int]
    jobs: Mapping[JobState, int]
    subscribers: Mapping[SubscriberState, int]
    feed_due_since: datetime | None
    mail_waiting_since: datetime | None
    sending_stopped_since: datetime | None
    polled_at: datetime | None
    digest_at: datetime | None


def read(tx: Connection, now: datetime) -> Gauges:
    stop = brakes.in_force(tx)
    due = (Feed.state == FeedState.ACTIVE, Feed.next_poll_at <= now)
    return Gauges(
        items=_since(tx, Item.seen_at, now - LATELY),
        matches=_since(tx, Match.matched_at, now - LATELY),
        deliveries=outbox.counts(tx),
        jobs=_jobs(tx),
        subscribers=people.counts(tx),
        feed_due_since=tx.scalar(select(func.min(Feed.next_poll_at)).where(*due)),
        mail_waiting_since=outbox.oldest_waiting(tx, now),
        sending_stopped_since=stop.pulled_at if stop else None,
        polled_at=tx.scalar(select(func.max(Fetch.finished_at))),
        digest_at=tx.scalar(select(DigestRow.made_at).order_by(DigestRow.id.desc()).limit(1)),
    )


def _since(tx: Connection, at: InstrumentedAttribute[datetime], since: datetime) -> int:
    return tx.scalar(select(func.count(at)).where(at >= since)) or 0


def _jobs(tx: Connection) -> dict[JobState, int]:
    rows = tx.execute(select(Job.state, func.count()).group_by(Job.state))
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in JobState}
