"""Times that no schedule of ours can have made: left behind by a clock that was wrong for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from alerts.model import Cadence
from alerts.store.face_schema import Job
from alerts.store.mail_schema import Delivery, Subscriber, Subscription
from alerts.store.schema import Feed

LONGEST_POLL = timedelta(hours=28)
LONGEST_RETRY = timedelta(hours=8)
LONGEST_HOLD = timedelta(hours=26)
LONGEST_LEASE = timedelta(minutes=5)
LONGEST_WINDOW = {
    Cadence.DAILY: timedelta(days=2),
    Cadence.WEEKLY: timedelta(days=8),
    Cadence.MONTHLY: timedelta(days=35),
}
"""How long ago the last window of a cadence may have closed; what was told is never told again."""

SMALL_STEP = timedelta(hours=6)
"""A window that a clock set back by less than this had closed early stays closed: to open it again would be
a digest more, and what came meanwhile is found by the next one, which looks back for longer."""


def bring_back(tx: Connection, now: datetime) -> int:
    """Makes due what a clock gone wrong has put beyond any time of ours. Returns how many rows."""
    feeds = update(Feed).where(Feed.next_poll_at > now + LONGEST_POLL).values(next_poll_at=now)
    claims = update(Feed).where(Feed.claimed_until > now + LONGEST_LEASE).values(claimed_until=now)
    retries = update(Delivery).where(Delivery.send_after > now + LONGEST_RETRY).values(send_after=now)
    leases = update(Delivery).where(Delivery.claimed_until > now + LONGEST_LEASE).values(claimed_until=now)
    jobs = update(Job).where(Job.claimed_until > now + LONGEST_LEASE).values(claimed_until=now)
    count = sum(tx.execute(each).rowcount for each in (feeds, claims, retries, leases, jobs))
    for cadence, longest in LONGEST_WINDOW.items():
        wrong = or_(Subscription.next_due_at > now + longest, Subscription.covered_until > now + SMALL_STEP)
        windows = update(Subscription).where(
            Subscription.cadence == cadence, Subscription.next_due_at.is_not(None), wrong
        )
        count += tx.execute(windows.values(next_due_at=now, covered_until=now - longest)).rowcount
    held = update(Subscription).where(
        Subscription.cadence == Cadence.IMMEDIATE,
        Subscription.next_due_at > now + LONGEST_HOLD,
        Subscription.subscriber_id.not_in(
            select(Subscriber.id).where(Subscriber.paused_until > now + LONGEST_HOLD)
        ),
    )
    return count + tx.execute(held.values(next_due_at=now, covered_until=now - LONGEST_HOLD)).rowcount
