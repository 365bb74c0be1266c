"""What a person asked for, as letters and pages repeat it."""

from __future__ import annotations

from sqlalchemy import Connection

from alerts.model import Plan, Wish
from alerts.store import following, rules, situations, subscribers
from alerts.store.subscribers import Order


def plan_of(tx: Connection, order: Order) -> Plan:
    """What a subscription holds now."""
    return Plan(
        cadence=order.cadence,
        hour=order.hour,
        minute=order.minute,
        weekday=order.weekday,
        monthday=order.monthday,
        situations=tuple(each.situation.name for each in following.scope_of(tx, order.id).situations),
        rules=tuple(rule.name.name or rule.name.key for rule in subscribers.rules_of(tx, order.id)),
        surge_level=order.surge_level,
    )


def in_force(tx: Connection, wish: Wish) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys of those of a wish's rules and situations that are still in force."""
    known_rules, known_situations = rules.kept.versions(tx), situations.kept.versions(tx)
    return (
        tuple(key for key in wish.rules if key in known_rules),
        tuple(key for key in wish.situations if key in known_situations),
    )
