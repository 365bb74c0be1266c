"""Digests: which windows are due, what is in them, and what was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, case, insert, select, update

from alerts.model import DeliveryState, Digest, Severity, SubscriberState, Window
from alerts.store.schema import (
    Delivery,
    DigestRow,
    Item,
    Match,
    RuleVersion,
    Subscriber,
    Subscription,
    SubscriptionRule,
    Told,
)

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


def untold(tx: Connection, subscription_id: int, started_at: datetime, window: Window) -> tuple[Untold, ...]:
    """News of the subscription's rules in the window that it has not been told.

    Also looks ``SLACK`` behind the window, so that a match whose transaction was still open when the
    last window closed is told now instead of never.
    """
    told = and_(Told.subscription_id == subscription_id, Told.match_id == Match.id)
    query = (
        select(Match.id, Match.item_id)
        .join(SubscriptionRule, SubscriptionRule.rule_id == Match.rule_id)
        .join(RuleVersion, RuleVersion.id == Match.rule_version_id)
        .join(Item, Item.id == Match.item_id)
        .outerjoin(Told, told)
        .where(
            SubscriptionRule.subscription_id == subscription_id,
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
    tx.execute(
        insert(Told),
        [
            {"subscription_id": each.subscription_id, "match_id": match_id, "digest_id": digest_id}
            for digest_id, each in pairs
            for match_id in each.match_ids
        ],
    )
    return tuple(
        tx.scalars(
            insert(Delivery).returning(Delivery.id),
            [
                {
                    "digest_id": digest_id,
                    "subscriber_id": each.subscriber_id,
                    "address": each.address,
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
