"""What a subscriber changes about their mail."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import IntegrityError

from alerts.model import DeliveryState, Grant, Level, Quiet, Scope, SubscriberState
from alerts.store.deliveries import WAITING
from alerts.store.mail_schema import Delivery, DigestRow, Mail, Subscriber, Subscription, SubscriptionRule
from alerts.store.signal_schema import SubscriptionSituation
from alerts.store.unit import insert_missing


def change_person(
    tx: Connection,
    subscriber_id: int,
    *,
    language: str,
    timezone: str,
    quiet: Quiet | None,
    paused_until: datetime | None,
) -> None:
    """Sets what holds for all mails of a person."""
    values = {"language": language, "timezone": timezone, "quiet": quiet, "paused_until": paused_until}
    tx.execute(update(Subscriber).where(Subscriber.id == subscriber_id).values(**values))


def move(tx: Connection, subscriber_id: int, address: str, address_key: str) -> bool:
    """Gives a person another address, and theirs to the mail that waits and is not written yet. False, and
    nothing is changed, when somebody else has it by now."""
    mine = update(Subscriber).where(Subscriber.id == subscriber_id)
    try:
        with tx.begin_nested():
            tx.execute(mine.values(address=address, address_key=address_key))
    except IntegrityError:  # asking first would not do: another may take it between the two
        return False
    written = select(Mail.delivery_id).where(Mail.delivery_id == Delivery.id).exists()
    waiting = (Delivery.subscriber_id == subscriber_id, Delivery.state.in_(WAITING), ~written)
    domain = address.rpartition("@")[2]
    tx.execute(update(Delivery).where(*waiting).values(address=address, domain=domain))
    return True


def change_order(
    tx: Connection,
    subscription_id: int,
    *,
    hour: int,
    minute: int,
    weekday: int,
    surge_level: Level | None,
    tell_nothing: bool,
    next_due_at: datetime | None,
) -> None:
    """Sets when one subscription speaks, and of what besides its rules and situations."""
    values = {
        "hour": hour,
        "minute": minute,
        "weekday": weekday,
        "surge_level": surge_level,
        "tell_nothing": tell_nothing,
        "next_due_at": next_due_at,
    }
    tx.execute(update(Subscription).where(Subscription.id == subscription_id).values(**values))


def follow_only(
    tx: Connection,
    subscription_id: int,
    rule_ids: Collection[int],
    situation_ids: Collection[int],
    now: datetime,
) -> None:
    """Makes a subscription follow these rules and situations and no others; what it keeps, it keeps since
    when it had it."""
    rules = (SubscriptionRule.subscription_id == subscription_id, SubscriptionRule.rule_id.not_in(rule_ids))
    tx.execute(delete(SubscriptionRule).where(*rules))
    situations = (
        SubscriptionSituation.subscription_id == subscription_id,
        SubscriptionSituation.situation_id.not_in(situation_ids),
    )
    tx.execute(delete(SubscriptionSituation).where(*situations))
    row = {"subscription_id": subscription_id, "added_at": now}
    insert_missing(tx, SubscriptionRule, [row | {"rule_id": each} for each in rule_ids])
    insert_missing(tx, SubscriptionSituation, [row | {"situation_id": each} for each in situation_ids])


def follow_too(tx: Connection, subscription_id: int, rule_id: int, now: datetime) -> None:
    """Makes a subscription follow this rule as well."""
    row = {"subscription_id": subscription_id, "rule_id": rule_id, "added_at": now}
    insert_missing(tx, SubscriptionRule, [row])


def begin_at(tx: Connection, subscription_id: int, since: datetime) -> None:
    """Lets a subscription tell of what came since then."""
    window = {"started_at": since, "covered_until": since}
    tx.execute(update(Subscription).where(Subscription.id == subscription_id).values(**window))


def hand_over_mail(tx: Connection, old_id: int, new_id: int) -> None:
    """Lets mail of one subscription that is made and not yet sent go out for another."""
    unsent = Delivery.state.in_((*WAITING, DeliveryState.SENDING))
    made = DigestRow.id.in_(select(Delivery.digest_id).where(unsent, Delivery.digest_id.is_not(None)))
    mine = update(DigestRow).where(DigestRow.subscription_id == old_id, made)
    tx.execute(mine.values(subscription_id=new_id))


def start_now(tx: Connection, subscriber_id: int, now: datetime) -> None:
    """Lets every open subscription of a person begin now: what matched before is not told."""
    mine = update(Subscription).where(
        Subscription.subscriber_id == subscriber_id, Subscription.ended_at.is_(None)
    )
    tx.execute(mine.values(started_at=now, covered_until=now))


def set_due(tx: Connection, subscription_id: int, at: datetime | None) -> None:
    """Makes one digest due at that time."""
    tx.execute(update(Subscription).where(Subscription.id == subscription_id).values(next_due_at=at))


def leave(tx: Connection, grant: Grant, now: datetime) -> bool:
    """Ends what the grant names: a rule or a situation in every mail, one subscription, or everything.

    Doing it twice is the same as once. False when there was nothing left to end.
    """
    mine = (Subscription.id == grant.target_id, Subscription.subscriber_id == grant.subscriber_id)
    if grant.scope is Scope.EVERYTHING:
        changed = tx.execute(
            update(Subscriber)
            .where(Subscriber.id == grant.subscriber_id, Subscriber.state != SubscriberState.UNSUBSCRIBED)
            .values(state=SubscriberState.UNSUBSCRIBED)
        ).rowcount
        tx.execute(
            update(Subscription)
            .where(Subscription.subscriber_id == grant.subscriber_id, Subscription.ended_at.is_(None))
            .values(ended_at=now, next_due_at=None)
        )
    elif grant.scope is Scope.DIGEST:
        changed = tx.execute(
            update(Subscription)
            .where(*mine, Subscription.ended_at.is_(None))
            .values(ended_at=now, next_due_at=None)
        ).rowcount
    else:
        orders = select(Subscription.id).where(Subscription.subscriber_id == grant.subscriber_id)
        followed: Any = SubscriptionRule
        mine = (SubscriptionRule.rule_id == grant.target_id, SubscriptionRule.subscription_id.in_(orders))
        if grant.scope is Scope.SITUATION:
            followed = SubscriptionSituation
            mine = (followed.situation_id == grant.target_id, followed.subscription_id.in_(orders))
        changed = tx.execute(delete(followed).where(*mine)).rowcount
    return changed > 0
