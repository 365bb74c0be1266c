"""How a poll leaves its feed: when it is polled next, what is remembered, what is told about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from random import Random

from sqlalchemy import Connection

from alerts.errors import FetchError
from alerts.feeds import schedule
from alerts.model import Feed, Fetched, PollHints
from alerts.services.asking import Answer
from alerts.store import audit, claims, feeds


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Within which bounds feeds are polled, and the chance that keeps them apart."""

    bounds: schedule.Bounds
    randomness: Random

    def later(self, now: datetime, seconds: float) -> datetime:
        """Up to a tenth later than asked, so that feeds added together do not stay together."""
        return now + timedelta(seconds=seconds * (1 + 0.1 * self.randomness.random()))


def digest_of(body: bytes) -> str:
    """The hash by which a feed's bytes are known again."""
    return hashlib.sha256(body).hexdigest()


def read_well(
    answer: Answer,
    fetched: Fetched,
    showed: schedule.Seen,
    hints: PollHints,
    rhythm: Rhythm,
    now: datetime,
) -> claims.Polled:
    """What every poll that reached a feed leaves behind: when it is polled next, and its habit."""
    feed = answer.feed
    asked = max(fetched.fresh_seconds or 0, hints.ttl_seconds or 0, hints.period_seconds or 0)
    interval = schedule.next_interval(feed.interval_seconds, showed, asked, rhythm.bounds)
    due = rhythm.later(now, interval)
    latest = now + timedelta(seconds=max(interval, rhythm.bounds.maximum))
    # Until its second news a feed has no habit but the one its dates tell of.
    gap = timedelta(seconds=showed.posting_gap or 0) if feed.last_new_at is None else now - feed.last_new_at
    return claims.Polled(
        next_poll_at=schedule.outside_pause(
            due, frozenset(hints.skip_hours), frozenset(hints.skip_days), latest
        ),
        interval_seconds=interval,
        failures=0,
        success=True,
        url=fetched.moved_to,
        last_new_at=now if showed.new else feed.last_new_at,
        habit_seconds=schedule.habit(feed.habit_seconds, gap) if showed.new else feed.habit_seconds,
        note=feeds.FetchNote(answer.started_at, now, "read", fetched.status, 0, 0, 0, ""),
    )


def unchanged(answer: Answer, rhythm: Rhythm, now: datetime) -> claims.Polled | None:
    """What a poll leaves behind that showed nothing we do not know; None when it has to be read."""
    fetched = answer.result
    if isinstance(fetched, FetchError):
        return None
    if fetched.status == 304:
        note = "304, not modified"
    elif digest_of(fetched.body) == answer.feed.body_hash:
        note = "same bytes as last time"
    else:
        return None
    return replace(
        read_well(answer, fetched, schedule.Seen(0, 0), PollHints(), rhythm, now),
        validators=None if fetched.validators == answer.feed.validators else fetched.validators,
        body_hash=answer.feed.body_hash,
        note=feeds.FetchNote(answer.started_at, now, "unchanged", fetched.status, 0, 0, 0, note),
    )


def failed(answer: Answer, error: FetchError, rhythm: Rhythm, now: datetime) -> claims.Polled:
    """What a failure leaves behind: a longer wait, and the reason."""
    feed = answer.feed
    failures = feed.failures + 1
    wait = schedule.backoff(
        failures,
        error.retry_after_seconds,
        minimum=rhythm.bounds.minimum,
        passing=error.transient and error.status != HTTPStatus.TOO_MANY_REQUESTS,
    )
    return claims.Polled(
        next_poll_at=rhythm.later(now, wait),
        interval_seconds=feed.interval_seconds,
        failures=failures,
        success=False,
        last_new_at=feed.last_new_at,
        habit_seconds=feed.habit_seconds,
        retired=error.status == 410,
        note=feeds.FetchNote(answer.started_at, now, error.reason, error.status, 0, 0, 0, str(error)),
    )


def give_back(tx: Connection, feed: Feed, token: str, polled: claims.Polled) -> bool:
    """Ends the claim and records the poll; False, and nothing recorded, when the claim was lost."""
    moved_to = polled.url
    if moved_to is not None and not feeds.may_move(tx, moved_to):
        moved_to = None
    if not claims.finish(tx, feed.id, token, replace(polled, url=moved_to)):
        return False
    at = polled.note.finished_at
    if moved_to is not None:
        audit.record(tx, at=at, actor="poll", action="feed moved", subject=feed.url, detail=moved_to)
    if polled.retired:
        detail = polled.note.note
        audit.record(tx, at=at, actor="poll", action="feed retired", subject=feed.url, detail=detail)
    return True
