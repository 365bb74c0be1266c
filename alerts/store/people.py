"""Readers as those look at them who run the service: many at once, a page at a time; and one with all that
is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select

from alerts.model import Cadence, Returned, SubscriberState, Wish
from alerts.store import suppressions
from alerts.store.mail_schema import Request, Return, Subscriber, Subscription, SubscriptionRule
from alerts.store.schema import Rule, Situation
from alerts.store.signal_schema import SubscriptionSituation

REACH = 2_000
"""How many readers are looked through for one page of those whose address is suppressed."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which readers: '' and None for any. ``follows`` is the key of a rule or a situation."""

    begin: str = ""
    state: SubscriberState | None = None
    cadence: Cadence | None = None
    language: str = ""
    follows: str = ""
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One reader of a list. ``cadences`` are those of their open subscriptions."""

    id: int
    address: str
    address_key: str
    state: SubscriberState
    language: str
    timezone: str
    created_at: datetime
    paused_until: datetime | None
    cadences: tuple[Cadence, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a list. ``after`` is where the next one begins; '' when there is none."""

    people: tuple[Listed, ...]
    after: str = ""


_LISTED = (
    Subscriber.id,
    Subscriber.address,
    Subscriber.address_key,
    Subscriber.state,
    Subscriber.language,
    Subscriber.timezone,
    Subscriber.created_at,
    Subscriber.paused_until,
)


def leaf(
    tx: Connection,
    sought: Sought,
    after: str,
    limit: int,
    address_hashes: Callable[[str], tuple[str, ...]],
) -> Leaf:
    """Readers by address, from after that key on."""
    query = _query(sought).where(Subscriber.address_key > after).order_by(Subscriber.address_key)
    if sought.suppressed:
        return _suppressed(tx, query, limit, address_hashes)
    found = tx.execute(query.limit(limit + 1)).all()
    people = [Listed(*row) for row in found[:limit]]
    return Leaf(_with_cadences(tx, people), people[-1].address_key if len(found) > limit else "")


def _query(sought: Sought) -> Select[*tuple[Any, ...]]:
    query = select(*_LISTED)
    if sought.begin:
        query = query.where(Subscriber.address_key.startswith(sought.begin, autoescape=True))
    if sought.state is not None:
        query = query.where(Subscriber.state == sought.state)
    if sought.language:
        query = query.where(Subscriber.language == sought.language)
    open_one = (Subscription.subscriber_id == Subscriber.id, Subscription.ended_at.is_(None))
    if sought.cadence is not None:
        query = query.where(exists().where(*open_one, Subscription.cadence == sought.cadence))
    if sought.follows:
        by_rule = (
            select(Subscription.subscriber_id)
            .join(SubscriptionRule, SubscriptionRule.subscription_id == Subscription.id)
            .join(Rule, Rule.id == SubscriptionRule.rule_id)
            .where(Rule.key == sought.follows, Subscription.ended_at.is_(None))
        )
        by_situation = (
            select(Subscription.subscriber_id)
            .join(SubscriptionSituation, SubscriptionSituation.subscription_id == Subscription.id)
            .join(Situation, Situation.id == SubscriptionSituation.situation_id)
            .where(Situation.key == sought.follows, Subscription.ended_at.is_(None))
        )
        query = query.where(Subscriber.id.in_(by_rule) | Subscriber.id.in_(by_situation))
    return query


def _suppressed(
    tx: Connection,
    query: Select[*tuple[Any, ...]],
    limit: int,
    address_hashes: Callable[[str], tuple[str, ...]],
) -> Leaf:
    """The list of suppressions has no addresses: each reader's has to be hashed."""
    some = [Listed(*row) for row in tx.execute(query.limit(REACH))]
    hashes = {each.id: address_hashes(each.address) for each in some}
    known = suppressions.among(tx, {one for many in hashes.values() for one in many})
    found = [each for each in some if not known.isdisjoint(hashes[each.id])]
    people = found[:limit]
    if len(found) > limit:
        return Leaf(_with_cadences(tx, people), people[-1].address_key)
    return Leaf(_with_cadences(tx, people), some[-1].address_key if len(some) == REACH else "")


def _with_cadences(tx: Connection, people: Sequence[Listed]) -> tuple[Listed, ...]:
    ids = [each.id for each in people]
    query = select(Subscription.subscriber_id, Subscription.cadence).where(
        Subscription.subscriber_id.in_(ids), Subscription.ended_at.is_(None)
    )
    found: dict[int, list[Cadence]] = {}
    for subscriber_id, cadence in tx.execute(query.order_by(Subscription.id)):
        found.setdefault(subscriber_id, []).append(cadence)
    return tuple(replace(each, cadences=tuple(found.get(each.id, ()))) for each in people)


def counts(tx: Connection) -> dict[SubscriberState, int]:
    """How many readers there are in each state; every state is named, also at 0."""
    rows = tx.execute(select(Subscriber.state, func.count()).group_by(Subscriber.state))
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in SubscriberState}


def languages(tx: Connection) -> tuple[str, ...]:
    """Those that readers have."""
    return tuple(tx.scalars(select(Subscriber.language).distinct().order_by(Subscriber.language)))


# --- one of them --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Since:
    """When somebody came, and when they agreed."""

    created_at: datetime
    confirmed_at: datetime | None


def since(tx: Connection, subscriber_id: int) -> Since:
    query = select(Subscriber.created_at, Subscriber.confirmed_at).where(Subscriber.id == subscriber_id)
    return Since(*tx.execute(query).one())


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody asked for with the form, and when they pressed the button of the letter."""

    id: int
    asked_at: datetime
    confirmed_at: datetime | None
    text_version: str
    wish: Wish | None
    new_address: str | None


def consents(tx: Connection, subscriber_id: int, limit: int) -> tuple[Consent, ...]:
    """The newest first."""
    query = (
        select(
            Request.id,
            Request.created_at,
            Request.confirmed_at,
            Request.text_version,
            Request.wish,
            Request.new_address,
        )
        .where(Request.subscriber_id == subscriber_id)
        .order_by(Request.id.desc())
        .limit(limit)
    )
    return tuple(Consent(*row) for row in tx.execute(query))


@dataclass(frozen=True, slots=True)
class CameBack:
    """Something that came back; ``delivery_id`` is None when it proves to be about no mail of ours."""

    id: int
    received_at: datetime
    delivery_id: int | None
    subscriber_id: int | None
    returned: Returned


_CAME = (Return.id, Return.received_at, Return.delivery_id, Return.subscriber_id, Return.returned)


def came_back(
    tx: Connection,
    limit: int,
    *,
    subscriber_id: int | None = None,
    delivery_id: int | None = None,
    before: int | None = None,
) -> tuple[CameBack, ...]:
    """What came back about one reader or delivery, or any; the newest first, from before that one on."""
    query = select(*_CAME).order_by(Return.id.desc()).limit(limit)
    if subscriber_id is not None:
        query = query.where(Return.subscriber_id == subscriber_id)
    if delivery_id is not None:
        query = query.where(Return.delivery_id == delivery_id)
    if before is not None:
        query = query.where(Return.id < before)
    return tuple(CameBack(*row) for row in tx.execute(query))
