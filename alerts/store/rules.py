"""Rules: current texts for matching, versions for ever."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, func, select

from alerts import model
from alerts.model import RuleName, SubscriberState
from alerts.store.batches import batched
from alerts.store.mail_schema import Subscriber, Subscription, SubscriptionRule
from alerts.store.schema import Rule, RuleVersion
from alerts.store.versions import Versions

kept = Versions("rule", "alerts rules list", model.Rule, Rule, RuleVersion, RuleVersion.rule_id)
current, stamp, save, ids, history = kept.current, kept.stamp, kept.save, kept.ids, kept.history


def any_in_force(tx: Connection) -> bool:
    return tx.scalar(select(Rule.id).where(Rule.retired_at.is_(None)).limit(1)) is not None


def queries_with_concepts(tx: Connection) -> tuple[str, ...]:
    """The queries in force that may name a concept."""
    text = (RuleVersion.rule_id == Rule.id) & (RuleVersion.number == Rule.number)
    query = select(RuleVersion.query).join(Rule, text).where(Rule.retired_at.is_(None))
    return tuple(tx.scalars(query.where(RuleVersion.query.contains("@"))))


def naming(tx: Connection, word: str) -> tuple[model.Rule, ...]:
    """The rules in force that have these letters in their query."""
    return kept.load(tx, [key for key, _, _ in queries_naming(tx, word)])


def queries_naming(tx: Connection, word: str) -> tuple[tuple[str, str, str], ...]:
    """The same: key, name and query of each."""
    text = (RuleVersion.rule_id == Rule.id) & (RuleVersion.number == Rule.number)
    query = select(Rule.key, RuleVersion.name, RuleVersion.query).join(RuleVersion, text)
    has_it = RuleVersion.query.icontains(word, autoescape=True)
    found = tx.execute(query.where(Rule.retired_at.is_(None), has_it))
    return tuple((key, name, written) for key, name, written in found)


def name(tx: Connection, rule_id: int) -> str | None:
    """What a rule is called now, in force or retired; None when there is no such rule."""
    text = (RuleVersion.rule_id == Rule.id) & (RuleVersion.number == Rule.number)
    return tx.scalar(select(RuleVersion.name).join(Rule, text).where(Rule.id == rule_id))


_NAMES = (
    select(Rule.id, Rule.key, RuleVersion.name, RuleVersion.severity)
    .join(RuleVersion, (RuleVersion.rule_id == Rule.id) & (RuleVersion.number == Rule.number))
    .where(Rule.id.in_(bindparam("rules", expanding=True)))
)


def names(tx: Connection, rule_ids: Collection[int]) -> dict[int, RuleName]:
    """Rules as a reader sees them, in force or retired, by id."""
    return {
        row.id: RuleName(row.key, row.name, row.severity)
        for chunk in batched(sorted(rule_ids))
        for row in tx.execute(_NAMES, {"rules": chunk})
    }


def readers(tx: Connection, key: str) -> int:
    """How many confirmed people have a standing order for the rule."""
    query = (
        select(func.count(func.distinct(Subscriber.id)))
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .join(SubscriptionRule, SubscriptionRule.subscription_id == Subscription.id)
        .join(Rule, Rule.id == SubscriptionRule.rule_id)
        .where(
            Rule.key == key,
            Subscription.ended_at.is_(None),
            Subscriber.state == SubscriberState.CONFIRMED,
        )
    )
    return tx.scalar(query) or 0
