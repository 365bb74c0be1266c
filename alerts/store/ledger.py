"""The sums that must balance: nothing fetched is lost, nothing matched goes untold, nothing told unsent."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from alerts.model import DeliveryState, SubscriberState
from alerts.store import deliveries
from alerts.store.schema import (
    Attempt,
    Delivery,
    DigestRow,
    Feed,
    Item,
    Match,
    Subscriber,
    Subscription,
    SubscriptionRule,
    Told,
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Counts per outcome. ``wanted`` are pairs of a match and a subscription that asked for its rule,
    since it asked; each is either told or waiting for its window."""

    collected: int
    items: int
    archived: int
    matches: int
    matches_not_news: int
    told: int
    waiting: int
    digests: int
    deliveries: dict[str, int]
    sent_with_proof: int

    @property
    def balanced(self) -> bool:
        """Every entry that feeds showed anew is an item; every digest has one delivery; every mail called
        sent has an attempt that a server accepted."""
        return (
            self.collected == self.items
            and self.digests == sum(self.deliveries.values())
            and self.sent_with_proof == self.deliveries[DeliveryState.SENT]
        )


def _count(tx: Connection, *where: object) -> int:
    query = select(func.count())
    for each in where:
        query = query.where(each)  # type: ignore[arg-type]
    return tx.scalar(query) or 0


def read(tx: Connection) -> Ledger:
    told = and_(Told.subscription_id == Subscription.id, Told.match_id == Match.id)
    waiting = (
        select(func.count())
        .select_from(Match)
        .join(SubscriptionRule, SubscriptionRule.rule_id == Match.rule_id)
        .join(Subscription, Subscription.id == SubscriptionRule.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .outerjoin(Told, told)
        .where(
            Match.news,
            Told.match_id.is_(None),
            Subscription.ended_at.is_(None),
            Subscriber.state == SubscriberState.CONFIRMED,
            Subscription.next_due_at.is_not(None),
            Match.matched_at >= Subscription.covered_until,
        )
    )
    sent = and_(Attempt.delivery_id == Delivery.id, Attempt.outcome == "sent")
    proof = (
        select(func.count(func.distinct(Delivery.id)))
        .join(Attempt, sent)
        .where(Delivery.state == DeliveryState.SENT)
    )
    return Ledger(
        collected=tx.scalar(select(func.coalesce(func.sum(Feed.collected), 0))) or 0,
        items=_count(tx, Item.id.is_not(None)),
        archived=_count(tx, Item.archived.is_not(None)),
        matches=_count(tx, Match.id.is_not(None)),
        matches_not_news=_count(tx, Match.news.is_(False)),
        told=_count(tx, Told.match_id.is_not(None)),
        waiting=tx.scalar(waiting) or 0,
        digests=_count(tx, DigestRow.id.is_not(None)),
        deliveries={state.value: number for state, number in deliveries.counts(tx).items()},
        sent_with_proof=tx.scalar(proof) or 0,
    )
