"""What operators should know of: feeds that cannot be read, and mail that was given up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from alerts.model import DeliveryState, FeedState
from alerts.store.mail_schema import Attempt, Delivery
from alerts.store.schema import AuditEvent, Feed, Fetch

TOLD = "operators told"
"""The action of the audit event that keeps them from being told twice."""


_GONE = 410
_ENDED = {FeedState.RETIRED: "not tried again until somebody resumes it"}


@dataclass(frozen=True, slots=True)
class DeadFeed:
    """A feed that cannot be read, since when, and what came of the last try."""

    id: int
    title: str
    since: datetime
    note: str


def dead_feeds(tx: Connection, before: datetime) -> tuple[DeadFeed, ...]:
    """Feeds that have not been read since then: active ones that failed the last time, and those that are
    retired because their server said they are gone; the longest dead first."""
    since = func.coalesce(Feed.last_success_at, Feed.created_at)
    newest = select(func.max(Fetch.id)).where(Fetch.feed_id == Feed.id).correlate(Feed).scalar_subquery()
    query = (
        select(Feed.id, Feed.title, Feed.state, Feed.last_success_at, Feed.created_at)
        .add_columns(Fetch.outcome, Fetch.note)
        .outerjoin(Fetch, Fetch.id == newest)
        .where(
            since <= before,
            or_(
                and_(Feed.state == FeedState.ACTIVE, Feed.failures > 0),
                and_(Feed.state == FeedState.RETIRED, Fetch.status == _GONE),
            ),
        )
        .order_by(since, Feed.id)
    )
    return tuple(
        DeadFeed(
            row.id,
            row.title,
            row.last_success_at or row.created_at,
            ": ".join(word for word in (row.outcome, row.note, _ENDED.get(row.state)) if word),
        )
        for row in tx.execute(query)
    )


def given_up(
    tx: Connection, since: datetime, until: datetime, but: Collection[str]
) -> tuple[tuple[str, int], ...]:
    """Why mails were given up in that time, and how many for each reason, the most first; without those to
    certain addresses."""
    last = (
        select(
            Attempt.delivery_id, func.max(func.coalesce(Attempt.finished_at, Attempt.started_at)).label("at")
        )
        .group_by(Attempt.delivery_id)
        .subquery()
    )
    over = or_(
        Delivery.state == DeliveryState.FAILED,
        and_(Delivery.state == DeliveryState.AMBIGUOUS, Delivery.send_after.is_(None)),
    )
    query = (
        select(Delivery.reason, func.count())
        .join(last, last.c.delivery_id == Delivery.id)
        .where(over, last.c.at > since, last.c.at <= until, Delivery.address.not_in(but))
        .group_by(Delivery.reason)
    )
    found = [(row[0] or "", row[1]) for row in tx.execute(query)]
    return tuple(sorted(found, key=lambda each: (-each[1], each[0])))


def told_at(tx: Connection, subjects: Collection[str]) -> dict[str, datetime]:
    """Subject → when operators were last told of it."""
    query = (
        select(AuditEvent.subject, func.max(AuditEvent.at))
        .where(AuditEvent.action == TOLD, AuditEvent.subject.in_(subjects))
        .group_by(AuditEvent.subject)
    )
    return {row[0]: row[1] for row in tx.execute(query)}
