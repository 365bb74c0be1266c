"""Digests: which windows are due, what is in them, and what was told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, exists, func, insert, or_, select, update

from alerts.model import DeliveryState, Digest, Severity, SubscriberState, Window
from alerts.store.batches import batched
from alerts.store.following import Scope, matches_wanted
from alerts.store.mail_schema import Delivery, DigestRow, Subscriber, Subscription, Thread, Told
from alerts.store.schema import Item, Match, RuleVersion
from alerts.store.signal_schema import StoryItem, ToldAssessment, ToldSurge
from alerts.store.unit import insert_missing

SLACK = timedelta(days=1)
"""How far behind its window a digest looks for matches whose transaction ended late, so that they are told
now instead of never."""

# A date in the future is the publisher's mistake or trick: it must not put an item before all others.
_NEWNESS = case((Item.published_at < Item.seen_at, Item.published_at), else_=Item.seen_at)
_SEVERITY_RANK = case({severity: severity.rank for severity in Severity}, value=RuleVersion.severity)


def due(tx: Connection, now: datetime, limit: int) -> tuple[int, ...]:
    """Ids of subscriptions whose digest, or whose held alerts, are due, longest overdue first; of nobody who
    takes a pause."""
    query = (
        select(Subscription.id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            Subscription.next_due_at <= now,
            Subscription.ended_at.is_(None),
            Subscriber.state == SubscriberState.CONFIRMED,
            or_(Subscriber.paused_until.is_(None), Subscriber.paused_until <= now),
        )
        .order_by(Subscription.next_due_at, Subscription.id)
        .limit(limit)
    )
    return tuple(tx.scalars(query))


def first_due(tx: Connection) -> datetime | None:
    """When the first subscription of a confirmed reader is due; None when none ever is."""
    query = select(func.min(Subscription.next_due_at)).join(
        Subscriber, Subscriber.id == Subscription.subscriber_id
    )
    return tx.scalar(query.where(Subscriber.state == SubscriberState.CONFIRMED))


def set_due(tx: Connection, at: datetime) -> None:
    """Makes every digest due at that time, whatever its hour; the demo shows a week in a minute."""
    tx.execute(update(Subscription).where(Subscription.next_due_at.is_not(None)).values(next_due_at=at))


def put_off(tx: Connection, subscription_id: int, *, now: datetime, until: datetime) -> None:
    """Makes an overdue digest due later; its window stays open."""
    overdue = (Subscription.id == subscription_id, Subscription.next_due_at <= now)
    tx.execute(update(Subscription).where(*overdue).values(next_due_at=until))


def hold(tx: Connection, subscription_id: int, *, since: datetime, until: datetime) -> None:
    """Keeps alerts back that matched from ``since`` on. They are due at ``until``, or with those that are
    held already."""
    covered, due_at = Subscription.covered_until, Subscription.next_due_at
    tx.execute(
        update(Subscription)
        .where(Subscription.id == subscription_id)
        .values(
            covered_until=case((or_(due_at.is_(None), covered > since), since), else_=covered),
            next_due_at=func.coalesce(due_at, until),
        )
    )


_CLOSE = update(Subscription).where(
    Subscription.id == bindparam("this"),
    Subscription.next_due_at == bindparam("due_at"),
    Subscription.covered_until == bindparam("since"),
    Subscription.ended_at.is_(None),
)


def close_window(
    tx: Connection, subscription_id: int, window: Window, *, due_at: datetime, next_due_at: datetime | None
) -> bool:
    """Moves a subscription on to its next window. False when somebody else did it first, or when the window
    was opened wider meanwhile, by news that is older than what was held before."""
    given = {
        "this": subscription_id,
        "due_at": due_at,
        "since": window.since,
        "covered_until": window.until,
        "next_due_at": next_due_at,
    }
    return tx.execute(_CLOSE, given).rowcount == 1


@dataclass(frozen=True, slots=True)
class Untold:
    """The matches of a window, weightiest items first, as ids only: a window can hold thousands."""

    match_id: int
    item_id: int
    rule_id: int


@lru_cache(maxsize=64)
def _untold(situations: int) -> Select[int, int, int]:
    """The statement for a scope with so many situations; making it takes longer than executing it."""
    told = and_(Told.subscription_id == bindparam("this"), Told.match_id == Match.id)
    return (
        select(Match.id, Match.item_id, Match.rule_id)
        .join(RuleVersion, RuleVersion.id == Match.rule_version_id)
        .join(Item, Item.id == Match.item_id)
        .outerjoin(Told, told)
        .where(
            matches_wanted(situations),
            Match.news,
            Match.matched_at >= bindparam("since"),
            Match.matched_at < bindparam("until"),
            Told.match_id.is_(None),
        )
        .order_by(_SEVERITY_RANK, _NEWNESS.desc(), Match.id)
    )


def untold(
    tx: Connection, subscription_id: int, scope: Scope, since: datetime, until: datetime
) -> tuple[Untold, ...]:
    """News of what the subscription follows that matched in that time and that it has not been told."""
    given = {"this": subscription_id, "since": since, "until": until, **scope.named}
    return tuple(Untold(*row) for row in tx.execute(_untold(len(scope.situations)), given))


@dataclass(frozen=True, slots=True)
class NewDigest:
    """A composed digest and the address it goes to, before it has rows. ``story_id``: what it tells is that
    one story."""

    subscription_id: int
    subscriber_id: int
    address: str
    digest: Digest
    match_ids: tuple[int, ...]
    message_id: str
    surge_ids: tuple[int, ...] = ()
    assessment_ids: tuple[int, ...] = ()
    story_id: int | None = None


_FREEZE = insert(DigestRow).returning(DigestRow.id, sort_by_parameter_order=True)
_POST = insert(Delivery).returning(Delivery.id)


def save(tx: Connection, new: Sequence[NewDigest], now: datetime) -> tuple[int, ...]:
    """Freezes digests and puts their deliveries into the outbox. The delivery ids.

    The constraint on *told* refuses a digest that would tell a subscription something again.
    """
    if not new:
        return ()
    digest_ids = tx.scalars(
        _FREEZE,
        [{"subscription_id": each.subscription_id, "made_at": now, "content": each.digest} for each in new],
    ).all()
    pairs = list(zip(digest_ids, new, strict=True))
    _remember(tx, Told, "match_id", [(number, each, each.match_ids) for number, each in pairs])
    _remember(tx, ToldSurge, "surge_id", [(number, each, each.surge_ids) for number, each in pairs])
    told = [(number, each, each.assessment_ids) for number, each in pairs]
    _remember(tx, ToldAssessment, "assessment_id", told)
    threads = [
        {"subscription_id": each.subscription_id, "story_id": each.story_id, "message_id": each.message_id}
        for each in new
        if each.story_id is not None and not each.digest.root
    ]
    insert_missing(tx, Thread, threads)
    return tuple(
        tx.scalars(
            _POST,
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


@dataclass(frozen=True, slots=True)
class Root:
    """The alert that told a story first."""

    message_id: str
    told_at: datetime


# A mail that may have arrived counts as told; one that was refused for good has told nothing.
_GIVEN_UP = Delivery.state.in_((DeliveryState.FAILED, DeliveryState.SUPPRESSED))


def roots(tx: Connection, story_ids: Collection[int]) -> dict[tuple[int, int], Root]:
    """(Subscription, story) → the alert that told it first."""
    query = select(Thread.subscription_id, Thread.story_id, Thread.message_id, Delivery.created_at)
    query = query.join(Delivery, and_(Delivery.message_id == Thread.message_id, ~_GIVEN_UP))
    return {
        (row.subscription_id, row.story_id): Root(row.message_id, row.created_at)
        for chunk in batched(sorted(story_ids))
        for row in tx.execute(query.where(Thread.story_id.in_(chunk)))
    }


def told_before(tx: Connection, story_ids: Collection[int]) -> frozenset[tuple[int, int, int]]:
    """What has been told of these stories, in a mail that was not given up: (subscription, story, rule)."""
    query = (
        select(Told.subscription_id, StoryItem.story_id, Match.rule_id)
        .join(Match, Match.id == Told.match_id)
        .join(StoryItem, StoryItem.item_id == Match.item_id)
        .where(~exists().where(Delivery.digest_id == Told.digest_id, _GIVEN_UP))
    )
    return frozenset(
        (row[0], row[1], row[2])
        for chunk in batched(sorted(story_ids))
        for row in tx.execute(query.where(StoryItem.story_id.in_(chunk)))
    )
