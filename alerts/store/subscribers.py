"""Subscribers and what they asked for; leaving is as easy as the law wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, select, update

from alerts.errors import NotFound
from alerts.model import (
    Cadence,
    Level,
    Quiet,
    RuleName,
    Severity,
    SubscriberState,
)
from alerts.store.mail_schema import Subscriber, Subscription, SubscriptionRule
from alerts.store.schema import Rule, RuleVersion
from alerts.store.signal_schema import SubscriptionSituation
from alerts.store.unit import insert_once


@dataclass(frozen=True, slots=True)
class Person:
    """A subscriber as listed."""

    id: int
    address: str
    language: str
    timezone: str
    state: SubscriberState
    quiet: Quiet | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A subscription as composing and sending read it."""

    id: int
    subscriber_id: int
    address: str
    language: str
    timezone: str
    state: SubscriberState
    cadence: Cadence
    hour: int
    weekday: int
    monthday: int
    started_at: datetime
    covered_until: datetime
    next_due_at: datetime | None
    ended_at: datetime | None
    surge_level: Level | None
    minute: int = 0
    tell_nothing: bool = False
    quiet: Quiet | None = None
    paused_until: datetime | None = None


def any_person(tx: Connection) -> bool:
    return tx.scalar(select(Subscriber.id).limit(1)) is not None


def hold(tx: Connection, subscriber_id: int) -> None:
    """Lets others who change what this person gets wait until the transaction ends."""
    tx.execute(select(Subscriber.id).where(Subscriber.id == subscriber_id).with_for_update())


def put_person(
    tx: Connection,
    *,
    address: str,
    address_key: str,
    language: str,
    timezone: str,
    quiet: Quiet | None,
    paused_until: datetime | None,
    confirmed: bool,
    now: datetime,
) -> int:
    """Adds the subscriber, or updates language, zone and hours; confirms, never un-confirms. The id."""
    values: dict[str, object] = {
        "language": language,
        "timezone": timezone,
        "quiet": quiet,
        "paused_until": paused_until,
    }
    if confirmed:
        values |= {"state": SubscriberState.CONFIRMED, "confirmed_at": now}
    # Whoever comes second waits here for the first, so that the orders that follow do not collide either.
    renewed = update(Subscriber).where(Subscriber.address_key == address_key).values(**values)
    renewed_id = tx.scalar(renewed.returning(Subscriber.id))
    if renewed_id is not None:
        return int(renewed_id)
    new = insert(Subscriber).values(
        address=address,
        address_key=address_key,
        created_at=now,
        **({"state": SubscriberState.UNCONFIRMED} | values),
    )
    new_id = insert_once(tx, new.returning(Subscriber.id))
    return new_id or int(tx.scalars(renewed.returning(Subscriber.id)).one())


def put_order(
    tx: Connection,
    subscriber_id: int,
    *,
    cadence: Cadence,
    hour: int,
    minute: int,
    weekday: int,
    monthday: int,
    tell_nothing: bool,
    rule_ids: Sequence[int],
    surge_level: Level | None,
    next_due_at: datetime | None,
    now: datetime,
) -> int:
    """Adds the subscriber's subscription of that cadence, or adds rules to it. The id.

    One that had ended begins anew, with these rules only.
    """
    row = tx.execute(
        select(Subscription.id, Subscription.ended_at).where(
            Subscription.subscriber_id == subscriber_id, Subscription.cadence == cadence
        )
    ).first()
    slot: dict[str, object] = {
        "hour": hour,
        "minute": minute,
        "weekday": weekday,
        "monthday": monthday,
        "next_due_at": next_due_at,
        "surge_level": surge_level,
        "tell_nothing": tell_nothing,
    }
    fresh: dict[str, object] = {"started_at": now, "covered_until": now, "ended_at": None}
    if row is None:
        order_id = tx.execute(
            insert(Subscription)
            .values(subscriber_id=subscriber_id, cadence=cadence, **slot, **fresh)
            .returning(Subscription.id)
        ).scalar_one()
    else:
        order_id = row.id
        again = slot | fresh if row.ended_at is not None else slot
        tx.execute(update(Subscription).where(Subscription.id == order_id).values(**again))
        if row.ended_at is not None:
            for followed in (SubscriptionRule, SubscriptionSituation):
                tx.execute(delete(followed).where(followed.subscription_id == order_id))
    held = set(
        tx.scalars(select(SubscriptionRule.rule_id).where(SubscriptionRule.subscription_id == order_id))
    )
    added = [rule_id for rule_id in rule_ids if rule_id not in held]
    if added:
        tx.execute(
            insert(SubscriptionRule),
            [{"subscription_id": order_id, "rule_id": rule_id, "added_at": now} for rule_id in added],
        )
    return order_id


_ORDER = (
    Subscription.id,
    Subscription.subscriber_id,
    Subscriber.address,
    Subscriber.language,
    Subscriber.timezone,
    Subscriber.state,
    Subscription.cadence,
    Subscription.hour,
    Subscription.weekday,
    Subscription.monthday,
    Subscription.started_at,
    Subscription.covered_until,
    Subscription.next_due_at,
    Subscription.ended_at,
    Subscription.surge_level,
    Subscription.minute,
    Subscription.tell_nothing,
    Subscriber.quiet,
    Subscriber.paused_until,
)


def order_query() -> Select[*tuple[Any, ...]]:
    """Every subscription, for ``order_of``; further conditions are the caller's."""
    return select(*_ORDER).join(Subscriber, Subscriber.id == Subscription.subscriber_id)


def order_of(row: Any) -> Order:
    """The order in a row that holds the columns of ``order_query``."""
    return Order(*row[: len(_ORDER)])


_THIS_ORDER = order_query().where(Subscription.id == bindparam("this"))


def order(tx: Connection, subscription_id: int) -> Order:
    """Raises NotFound."""
    row = tx.execute(_THIS_ORDER, {"this": subscription_id}).first()
    if row is None:
        raise NotFound(f"there is no subscription {subscription_id}")
    return order_of(row)


def orders_of(tx: Connection, subscriber_id: int) -> tuple[Order, ...]:
    query = order_query().where(Subscription.subscriber_id == subscriber_id).order_by(Subscription.id)
    return tuple(order_of(row) for row in tx.execute(query))


@dataclass(frozen=True, slots=True)
class OrderedRule:
    """A rule of a subscription, with its id for an unsubscribe link."""

    rule_id: int
    name: RuleName


_RULES_OF = (
    select(Rule.id, Rule.key, RuleVersion.name, RuleVersion.severity)
    .join(SubscriptionRule, SubscriptionRule.rule_id == Rule.id)
    .join(RuleVersion, (RuleVersion.rule_id == Rule.id) & (RuleVersion.number == Rule.number))
    .where(SubscriptionRule.subscription_id == bindparam("this"))
    .order_by(Rule.key)
)


def rules_of(tx: Connection, subscription_id: int) -> tuple[OrderedRule, ...]:
    return tuple(
        OrderedRule(row.id, RuleName(row.key, row.name, Severity(row.severity)))
        for row in tx.execute(_RULES_OF, {"this": subscription_id})
    )


_PERSON = (
    Subscriber.id,
    Subscriber.address,
    Subscriber.language,
    Subscriber.timezone,
    Subscriber.state,
    Subscriber.quiet,
    Subscriber.paused_until,
)


def everyone(
    tx: Connection, *, after: int = 0, limit: int | None = None, state: SubscriberState | None = None
) -> tuple[Person, ...]:
    """Subscribers in the order of their ids: with larger ids than that, so many, in that state."""
    query = select(*_PERSON).where(Subscriber.id > after).order_by(Subscriber.id).limit(limit)
    if state is not None:
        query = query.where(Subscriber.state == state)
    return tuple(Person(*row) for row in tx.execute(query))


def find_if_any(tx: Connection, address_key: str) -> Person | None:
    row = tx.execute(select(*_PERSON).where(Subscriber.address_key == address_key)).first()
    return None if row is None else Person(*row)


def find(tx: Connection, address_key: str) -> Person:
    """Raises NotFound."""
    person = find_if_any(tx, address_key)
    if person is None:
        raise NotFound(f"there is no subscriber {address_key}; see: alerts subscribers list")
    return person


def person(tx: Connection, subscriber_id: int) -> Person | None:
    row = tx.execute(select(*_PERSON).where(Subscriber.id == subscriber_id)).first()
    return None if row is None else Person(*row)
