"""The sums that must balance: nothing fetched is lost, nothing matched goes untold, nothing told unsent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Connection,
    Exists,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    column,
    func,
    not_,
    select,
    union,
    values,
)
from sqlalchemy.orm import aliased

from alerts.model import Cadence, DeliveryState, SubscriberState
from alerts.store import brakes, following, outbox
from alerts.store.acknowledgements import SILENCED
from alerts.store.face_schema import Acknowledgement
from alerts.store.mail_schema import (
    Attempt,
    Delivery,
    DigestRow,
    Subscriber,
    Subscription,
    SubscriptionRule,
    Told,
)
from alerts.store.schema import Feed, Item, Match
from alerts.store.signal_schema import MatchPlace, StoryItem, SubscriptionSituation


@dataclass(frozen=True, slots=True)
class Ledger:
    """Counts per outcome. Of the pairs of a match and a subscription that follows it, since it asked,
    each is told, waits for its window, is merged: an alert has told its story before, or muted: somebody said
    that no alert is to tell its story. Nothing may leave since ``sending_stopped_at``; None while it may."""

    collected: int
    items: int
    archived: int
    matches: int
    matches_not_news: int
    told: int
    waiting: int
    merged: int
    muted: int
    digests: int
    letters: int
    deliveries: dict[str, int]
    sent_with_proof: int
    sending_stopped_at: datetime | None

    @property
    def balanced(self) -> bool:
        """Every entry that feeds showed anew is an item; every digest or letter has one delivery; every mail
        called sent has an attempt that a server accepted."""
        return (
            self.collected == self.items
            and self.digests + self.letters == sum(self.deliveries.values())
            and self.sent_with_proof == self.deliveries[DeliveryState.SENT]
        )


def _count(tx: Connection, *where: object) -> int:
    query = select(func.count())
    for each in where:
        query = query.where(each)  # type: ignore[arg-type]
    return tx.scalar(query) or 0


def _wanted(tx: Connection) -> Subquery:
    """Every pair of a subscription and a match that it follows, by rule or by situation."""
    by_rule = select(SubscriptionRule.subscription_id, Match.id.label("match_id")).join(
        Match, Match.rule_id == SubscriptionRule.rule_id
    )
    followed = [
        (each.id, rule_id, place)
        for each in following.situations_in_force(tx)
        for rule_id in sorted(each.rule_ids)
        for place in each.situation.places
    ]
    if not followed:
        return by_rule.subquery()
    columns = column("situation_id", Integer), column("rule_id", Integer), column("place", Text)
    within = values(*columns).data(followed).cte("within")
    by_situation = (
        select(SubscriptionSituation.subscription_id, Match.id)
        .join(within, within.c.situation_id == SubscriptionSituation.situation_id)
        .join(Match, Match.rule_id == within.c.rule_id)
        .join(MatchPlace, and_(MatchPlace.match_id == Match.id, MatchPlace.place == within.c.place))
    )
    return union(by_rule, by_situation).subquery()


def _untold(tx: Connection) -> Select[int]:
    """Counts the wanted pairs of open subscriptions that no digest told."""
    wanted = _wanted(tx)
    told = and_(Told.subscription_id == wanted.c.subscription_id, Told.match_id == wanted.c.match_id)
    return (
        select(func.count())
        .select_from(wanted)
        .join(Match, Match.id == wanted.c.match_id)
        .join(Subscription, Subscription.id == wanted.c.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .outerjoin(Told, told)
        .where(
            Match.news,
            Told.match_id.is_(None),
            Subscription.ended_at.is_(None),
            Subscriber.state == SubscriberState.CONFIRMED,
        )
    )


def _told_otherwise() -> Exists:
    """Whether the subscription was told the story of the match, for the same rule, by another match."""
    other, of_other, of_match = aliased(Match), aliased(StoryItem), aliased(StoryItem)
    return (
        select(Told.match_id)
        .join(other, other.id == Told.match_id)
        .join(of_other, of_other.item_id == other.item_id)
        .join(of_match, of_match.story_id == of_other.story_id)
        .where(
            Told.subscription_id == Subscription.id,
            of_match.item_id == Match.item_id,
            other.rule_id == Match.rule_id,
        )
        .exists()
    )


def _silenced() -> Exists:
    """Whether no alert tells the match because of what somebody made of its story."""
    return (
        select(Acknowledgement.story_id)
        .join(StoryItem, StoryItem.story_id == Acknowledgement.story_id)
        .where(StoryItem.item_id == Match.item_id, SILENCED)
        .correlate(Match)
        .exists()
    )


def read(tx: Connection) -> Ledger:
    untold = _untold(tx)
    joined = and_(Subscription.cadence == Cadence.IMMEDIATE, _told_otherwise())
    hushed = and_(Subscription.cadence == Cadence.IMMEDIATE, _silenced())
    waiting = untold.where(
        Subscription.next_due_at.is_not(None),
        Match.matched_at >= Subscription.covered_until,
        not_(joined),
        not_(hushed),
    )
    merged = untold.where(joined)
    muted = untold.where(hushed, not_(joined), Match.matched_at >= Subscription.started_at)
    sent = and_(Attempt.delivery_id == Delivery.id, Attempt.outcome == "sent")
    proof = (
        select(func.count(func.distinct(Delivery.id)))
        .join(Attempt, sent)
        .where(Delivery.state == DeliveryState.SENT)
    )
    stop = brakes.in_force(tx)
    return Ledger(
        collected=tx.scalar(select(func.coalesce(func.sum(Feed.collected), 0))) or 0,
        items=_count(tx, Item.id.is_not(None)),
        archived=_count(tx, Item.archived.is_not(None)),
        matches=_count(tx, Match.id.is_not(None)),
        matches_not_news=_count(tx, Match.news.is_(False)),
        told=_count(tx, Told.match_id.is_not(None)),
        waiting=tx.scalar(waiting) or 0,
        merged=tx.scalar(merged) or 0,
        muted=tx.scalar(muted) or 0,
        digests=_count(tx, DigestRow.id.is_not(None)),
        letters=_count(tx, Delivery.letter.is_not(None)),
        deliveries={state.value: number for state, number in outbox.counts(tx).items()},
        sent_with_proof=tx.scalar(proof) or 0,
        sending_stopped_at=stop.pulled_at if stop else None,
    )
