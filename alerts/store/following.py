"""What subscriptions follow: rules anywhere, and situations, which are rules in places."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, and_, bindparam, exists, or_, select

from alerts.errors import NotFound
from alerts.model import Cadence, Situation, SubscriberState
from alerts.store import situations
from alerts.store.batches import batched
from alerts.store.mail_schema import Subscriber, Subscription, SubscriptionRule, Told
from alerts.store.matches import Found
from alerts.store.schema import Match, Rule
from alerts.store.signal_schema import MatchPlace, SubscriptionSituation, SurgeRow
from alerts.store.subscribers import Order, order_of, order_query
from alerts.store.unit import insert_missing


@dataclass(frozen=True, slots=True)
class Followed:
    """A situation, with the ids of its rules. ``retired``: it is followed no more."""

    id: int
    situation: Situation
    rule_ids: frozenset[int]
    retired: bool = False

    @property
    def places(self) -> frozenset[str]:
        return frozenset(self.situation.places)


@dataclass(frozen=True, slots=True)
class Scope:
    """All that one subscription follows."""

    rule_ids: frozenset[int] = frozenset()
    situations: tuple[Followed, ...] = ()

    def wants(self, rule_id: int, places: Collection[str]) -> bool:
        """Whether news of that rule about these places is asked for."""
        return rule_id in self.rule_ids or bool(self.situations_with(rule_id, places))

    def situations_with(self, rule_id: int, places: Collection[str]) -> tuple[Followed, ...]:
        """The situations for which it is asked for."""
        return tuple(
            each
            for each in self.situations
            if rule_id in each.rule_ids and not each.places.isdisjoint(places)
        )

    @property
    def all_rule_ids(self) -> frozenset[int]:
        return self.rule_ids.union(*(each.rule_ids for each in self.situations))

    @property
    def situation_ids(self) -> frozenset[int]:
        return frozenset(each.id for each in self.situations)

    @property
    def named(self) -> dict[str, list[int] | list[str]]:
        """What ``matches_wanted`` and ``surges_wanted`` are told when their statement is executed."""
        named: dict[str, list[int] | list[str]] = {"rules": sorted(self.rule_ids)}
        for number, each in enumerate(self.situations):
            named |= {f"rules_{number}": sorted(each.rule_ids), f"places_{number}": sorted(each.places)}
        return named


def matches_wanted(situations: int) -> ColumnElement[bool]:
    """Whether a scope with so many situations wants a row of ``matches``."""
    within = (
        and_(
            Match.rule_id.in_(_named(f"rules_{number}")),
            exists().where(MatchPlace.match_id == Match.id, MatchPlace.place.in_(_named(f"places_{number}"))),
        )
        for number in range(situations)
    )
    return or_(Match.rule_id.in_(_named("rules")), *within)


def surges_wanted(situations: int) -> ColumnElement[bool]:
    """The same of a row of ``surges``."""
    within = (
        and_(SurgeRow.rule_id.in_(_named(f"rules_{number}")), SurgeRow.place.in_(_named(f"places_{number}")))
        for number in range(situations)
    )
    return or_(SurgeRow.rule_id.in_(_named("rules")), *within)


def _named(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


def situations_in_force(tx: Connection, since: datetime | None = None) -> tuple[Followed, ...]:
    """Every situation that is followed, in the order of keys, with its rules in force: now, or at some time
    since then."""
    in_force = situations.kept.current(tx)
    ids = situations.kept.ids(tx, [each.key for each in in_force])
    return _with_rules(tx, {ids[each.key]: each for each in in_force}, since)


def situations_at(tx: Connection, at: datetime) -> tuple[Followed, ...]:
    """The same, and what was followed then and is followed no more."""
    gone = _with_rules(tx, situations.kept.retired_since(tx, at))
    return (*situations_in_force(tx), *(replace(each, retired=True) for each in gone))


def _with_rules(
    tx: Connection, found: Mapping[int, Situation], since: datetime | None = None
) -> tuple[Followed, ...]:
    keys = {key for each in found.values() for key in each.rules}
    in_force = or_(Rule.retired_at.is_(None), *([Rule.retired_at >= since] if since else []))
    rule_ids = {
        row.key: row.id
        for chunk in batched(sorted(keys))
        for row in tx.execute(select(Rule.key, Rule.id).where(Rule.key.in_(chunk), in_force))
    }
    return tuple(
        Followed(id, each, frozenset(rule_ids[key] for key in each.rules if key in rule_ids))
        for id, each in found.items()
    )


def situation(tx: Connection, key: str) -> Followed:
    """Raises NotFound."""
    found = next((each for each in situations_in_force(tx) if each.situation.key == key), None)
    if found is None:
        raise NotFound(f"there is no situation {key!r}; see: alerts situations list")
    return found


def follow(tx: Connection, subscription_id: int, situation_ids: Sequence[int], now: datetime) -> None:
    """Adds situations to a subscription."""
    rows = [
        {"subscription_id": subscription_id, "situation_id": each, "added_at": now} for each in situation_ids
    ]
    insert_missing(tx, SubscriptionSituation, rows)


_RULES = select(SubscriptionRule.subscription_id, SubscriptionRule.rule_id).where(
    SubscriptionRule.subscription_id.in_(_named("these"))
)
_SITUATIONS = select(SubscriptionSituation.subscription_id, SubscriptionSituation.situation_id).where(
    SubscriptionSituation.subscription_id.in_(_named("these"))
)


def scopes(
    tx: Connection, subscription_ids: Collection[int], since: datetime | None = None
) -> dict[int, Scope]:
    """Subscription id → what it follows now; ``since`` as for ``situations_in_force``."""
    rule_ids: dict[int, set[int]] = {each: set() for each in subscription_ids}
    followed: dict[int, set[int]] = {each: set() for each in subscription_ids}
    for chunk in batched(sorted(subscription_ids)):
        for subscription_id, rule_id in tx.execute(_RULES, {"these": chunk}):
            rule_ids[subscription_id].add(rule_id)
        for subscription_id, situation_id in tx.execute(_SITUATIONS, {"these": chunk}):
            followed[subscription_id].add(situation_id)
    known = situations_in_force(tx, since) if any(followed.values()) else ()
    return {
        each: Scope(frozenset(rule_ids[each]), tuple(s for s in known if s.id in followed[each]))
        for each in subscription_ids
    }


def scope_of(tx: Connection, subscription_id: int, since: datetime | None = None) -> Scope:
    """What one follows, as ``scopes`` says it."""
    return scopes(tx, (subscription_id,), since)[subscription_id]


def immediate(tx: Connection, rule_ids: Collection[int] | None = None) -> tuple[tuple[Order, Scope], ...]:
    """Standing orders for alerts, each with what it follows; only those that may want news of these rules,
    when rules are named."""
    query = order_query().where(
        Subscription.cadence == Cadence.IMMEDIATE,
        Subscription.ended_at.is_(None),
        Subscriber.state == SubscriberState.CONFIRMED,
    )
    if rule_ids is not None:
        asked = exists().where(
            SubscriptionRule.subscription_id == Subscription.id, SubscriptionRule.rule_id.in_(rule_ids)
        )
        follows = exists().where(SubscriptionSituation.subscription_id == Subscription.id)
        query = query.where(or_(asked, follows))
    orders = tuple(map(order_of, tx.execute(query.order_by(Subscription.id))))
    found = scopes(tx, [order.id for order in orders]) if orders else {}
    return tuple((order, found[order.id]) for order in orders)


def orders_for(
    tx: Connection,
    rule_id: int,
    places: Collection[str],
    *,
    person: int | None = None,
    met: Found | None = None,
    limit: int | None = None,
) -> tuple[Order, ...]:
    """Every subscription that follows news of that rule about these places, whatever its state; only those of
    one subscriber, those that had begun when a match was made or were told of it, or the first so many, if
    asked."""
    here = [
        each.id
        for each in situations_in_force(tx)
        if rule_id in each.rule_ids and not each.places.isdisjoint(places)
    ]
    asked = exists().where(
        SubscriptionRule.subscription_id == Subscription.id, SubscriptionRule.rule_id == rule_id
    )
    follows = exists().where(
        SubscriptionSituation.subscription_id == Subscription.id,
        SubscriptionSituation.situation_id.in_(here),
    )
    query = order_query().where(or_(asked, follows)).order_by(Subscription.id).limit(limit)
    if person is not None:
        query = query.where(Subscription.subscriber_id == person)
    if met is not None:  # who was told, left and came back has begun anew since
        told = exists().where(Told.subscription_id == Subscription.id, Told.match_id == met.id)
        query = query.where(or_(Subscription.started_at <= met.matched_at, told))
    return tuple(map(order_of, tx.execute(query)))
