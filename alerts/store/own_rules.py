"""Rules that readers wrote for themselves: theirs alone, and among no rules that are offered."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, insert, select

from alerts.store.face_schema import OwnRule
from alerts.store.mail_schema import Delivery, Subscription, SubscriptionRule
from alerts.store.schema import Rule, RuleVersion

_TEXT = (RuleVersion.rule_id == Rule.id) & (RuleVersion.number == Rule.number)

MAY_BE_TOLD = and_(
    Delivery.digest_id.is_not(None),
    select(OwnRule.rule_id).where(OwnRule.subscriber_id == Delivery.subscriber_id).exists(),
)
"""Of a delivery: whether what it tells may be of such a rule, for its reader has ever written one."""


@dataclass(frozen=True, slots=True)
class Own:
    """One of them, in force."""

    rule_id: int
    key: str
    name: str
    query: str


def of(tx: Connection, subscriber_id: int) -> tuple[Own, ...]:
    """Those of a reader that are in force, in the order they were written."""
    query = (
        select(Rule.id, Rule.key, RuleVersion.name, RuleVersion.query)
        .join(OwnRule, OwnRule.rule_id == Rule.id)
        .join(RuleVersion, _TEXT)
        .where(OwnRule.subscriber_id == subscriber_id, Rule.retired_at.is_(None))
        .order_by(Rule.id)
    )
    return tuple(Own(*row) for row in tx.execute(query))


def written(tx: Connection, subscriber_id: int) -> int:
    """How many a reader has ever written."""
    query = select(func.count()).select_from(OwnRule).where(OwnRule.subscriber_id == subscriber_id)
    return tx.scalar(query) or 0


def add(tx: Connection, subscriber_id: int, rule_id: int) -> None:
    tx.execute(insert(OwnRule).values(rule_id=rule_id, subscriber_id=subscriber_id))


def unused(tx: Connection, subscriber_id: int) -> tuple[str, ...]:
    """The keys of those in force that none of their open subscriptions follows."""
    followed = (
        select(SubscriptionRule.rule_id)
        .join(Subscription, Subscription.id == SubscriptionRule.subscription_id)
        .where(Subscription.subscriber_id == subscriber_id, Subscription.ended_at.is_(None))
    )
    query = (
        select(Rule.key)
        .join(OwnRule, OwnRule.rule_id == Rule.id)
        .where(OwnRule.subscriber_id == subscriber_id, Rule.retired_at.is_(None), Rule.id.not_in(followed))
    )
    return tuple(tx.scalars(query.order_by(Rule.id)))


def offered(tx: Connection, limit: int | None = None) -> tuple[tuple[str, str], ...]:
    """Key and name of every rule in force that anybody may choose, or of the first so many by key."""
    query = (
        select(Rule.key, RuleVersion.name)
        .join(RuleVersion, _TEXT)
        .where(Rule.retired_at.is_(None), Rule.id.not_in(select(OwnRule.rule_id)))
    )
    if limit is not None:
        query = query.order_by(Rule.key).limit(limit)
    return tuple((key, name) for key, name in tx.execute(query))
