"""Digests: which windows are due, what is in them, and what was told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, insert, select, update

from alerts.model import DeliveryState, Digest, Severity, SubscriberState, Window
from alerts.store.batches import batched
from alerts.store.following import Scope
from alerts.store.mail_schema import Delivery, DigestRow, Subscriber, Subscription, Told
from alerts.store.schema import Item, Match, RuleVersion
from alerts.store.signal_schema import StoryItem, ToldAssessment, ToldSurge

SLACK = timedelta(days=1)
"""How far behind its window a digest looks for matches whose transaction ended late."""

# A date in the future is the publisher's mistake or trick: it must not put an item before all others.
_NEWNESS = case((Item.published_at < Item.seen_at, Item.published_at), else_=Item.seen_at)
_SEVERITY_RANK = case({severity: severity.rank for severity in Severity}, value=RuleVersion.severity)


def due(tx: Connection, now: datetime, limit: int) -> tuple[int, ...]:
    """Ids of subscriptions whose digest is due, longest overdue first."""
    query = (
        select(Subscription.id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            Subscription.next_due_at <= now,
            Subscription.ended_at.is_(None),
            Subscriber.state == SubscriberState.CONFIRMED,
        )
        .order_by(Subscription.next_due_at, Subscription.id)
        .limit(limit)
    )
    return tuple(tx.scalars(query))


def set_due(tx: Connection, at: datetime) -> None:
    """Makes every digest due at that time, whatever its hour; the demo shows a week in a minute."""
    tx.execute(update(Subscription).where(Subscription.next_due_at.is_not(None)).values(next_due_at=at))


def put_off(tx: Connection, subscription_id: int, *, now: datetime, until: datetime) -> None:
    """Makes an overdue digest due later; its window stays open."""
    overdue = (Subscription.id == subscription_id, Subscription.next_due_at <= now)
    tx.execute(update(Subscription).where(*overdue).values(next_due_at=until))


def close_window(
    tx: Connection, subscription_id: int, *, due_at: datetime, until: datetime, next_due_at: datetime
) -> bool:
    """Moves a subscription on to its next window. False when somebody else did it first."""
    moved = tx.execute(
        update(Subscription)
        .where(
            Subscription.id == subscription_id,
            Subscription.next_due_at == due_at,
            Subscription.ended_at.is_(None),
        )
        .values(covered_until=until, next_due_at=next_due_at)
    )
    return moved.rowcount == 1


@dataclass(frozen=True, slots=True)
class Untold:
    """The matches of a window, weightiest items first, as ids only: a window can hold thousands."""

    match_id: int
    item_id: int


def untold(
    tx: Connection, subscription_id: int, scope: Scope, started_at: datetime, window: Window
) -> tuple[Untold, ...]:
    """News of what the subscription follows, in the window, that it has not been told.

    Also looks ``SLACK`` behind the window, so that a match whose transaction was still open when the
    last window closed is told now instead of never.
    """
    told = and_(Told.subscription_id == subscription_id, Told.match_id == Match.id)
    query = (
        select(Match.id, Match.item_id)
        .join(RuleVersion, RuleVersion.id == Match.rule_version_id)
        .join(Item, Item.id == Match.item_id)
        .outerjoin(Told, told)
        .where(
            scope.matches,
            Match.news,
            Match.matched_at >= max(started_at, window.since - SLACK),
            Match.matched_at < window.until,
            Told.match_id.is_(None),
        )
        .order_by(_SEVERITY_RANK, _NEWNESS.desc(), Match.id)
    )
    return tuple(Untold(*row) for row in tx.execute(query))


@dataclass(frozen=True, slots=True)
class NewDigest:
    """A composed digest and the address it goes to, before it has rows."""

    subscription_id: int
    subscriber_id: int
    address: str
    digest: Digest
    match_ids: tuple[int, ...]
    message_id: str
    surge_ids: tuple[int, ...] = ()
    assessment_ids: tuple[int, ...] = ()


def save(tx: Connection, new: Sequence[NewDigest], now: datetime) -> tuple[int, ...]:
    """Freezes digests and puts their deliveries into the outbox. The delivery ids.

    The constraint on *told* refuses a digest that would tell a subscription something again.
    """
    if not new:
        return ()
    digest_ids = tx.scalars(
        insert(DigestRow).returning(DigestRow.id, sort_by_parameter_order=True),
        [{"subscription_id": each.subscription_id, "made_at": now, "content": each.digest} for each in new],
    ).all()
    pairs = list(zip(digest_ids, new, strict=True))
    _remember(tx, Told, "match_id", [(number, each, each.match_ids) for number, each in pairs])
    _remember(tx, ToldSurge, "surge_id", [(number, each, each.surge_ids) for number, each in pairs])
    told = [(number, each, each.assessment_ids) for number, each in pairs]
    _remember(tx, ToldAssessment, "assessment_id", told)
    return tuple(
        tx.scalars(
            insert(Delivery).returning(Delivery.id),
            [
                {
                    "digest_id": digest_id,
                    "subscriber_id": each.subscriber_id,
                    "address": each.address,
                    "domain": each.address.rpartition("@")[2],
                    "message_id": each.message_id,
                    "state": DeliveryState.QUEUED,
                    "send_after": now,
                    "attempts": 0,
                    "unsure": 0,
                    "created_at": now,
                }
                for digest_id, each in pairs
            ],
        )
    )


def _remember(
    tx: Connection, table: Any, column: str, told: Sequence[tuple[int, NewDigest, tuple[int, ...]]]
) -> None:
    rows = [
        {"subscription_id": each.subscription_id, "digest_id": digest_id, column: told_id}
        for digest_id, each, ids in told
        for told_id in ids
    ]
    if rows:
        tx.execute(insert(table), rows)


def told_before(tx: Connection, story_ids: Collection[int]) -> frozenset[tuple[int, int, int]]:
    """What has been told of these stories: (subscription, story, rule)."""
    query = (
        select(Told.subscription_id, StoryItem.story_id, Match.rule_id)
        .join(Match, Match.id == Told.match_id)
        .join(StoryItem, StoryItem.item_id == Match.item_id)
    )
    return frozenset(
        (row[0], row[1], row[2])
        for chunk in batched(sorted(story_ids))
        for row in tx.execute(query.where(StoryItem.story_id.in_(chunk)))
    )
