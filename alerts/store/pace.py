"""How fast mail may leave, and whether it may at all: conditions for what is due and what is claimed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Subquery,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from alerts.model import DeliveryState, LetterKind
from alerts.store.mail_schema import Attempt, Brake, Delivery
from alerts.store.unit import take_turns

MINUTE = timedelta(minutes=1)

NOTICES = (
    LetterKind.DEAD_FEEDS,
    LetterKind.FAILED_DELIVERIES,
    LetterKind.COVERAGE,
    LetterKind.SENDING_STOPPED,
)
"""What operators are told; it goes out while everything else is stopped."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Of the mail to one domain: how many at once, and how many may be begun within a minute. 0: any."""

    connections: int = 0
    per_minute: int = 0


UNHURRIED = Pace()

_OTHER = aliased(Delivery)


def may_leave() -> ColumnElement[bool]:
    """True for every delivery while sending is not stopped, and for notices to operators always."""
    stopped = select(Brake.id).where(Brake.released_at.is_(None)).exists()
    kind = type_coerce(Delivery.letter, JSON)["kind"].as_string()
    return or_(~stopped, kind.in_([each.value for each in NOTICES]))


def room(tx: Connection, delivery_id: int, now: datetime, pace: Pace) -> tuple[ColumnElement[bool], ...]:
    """Conditions on a delivery that hold while its domain can take one more. Who asks has the turn at that
    domain until the transaction ends, so that two do not both take the last place."""
    if pace == UNHURRIED:
        return ()
    take_turns(tx, select(Delivery.domain).where(Delivery.id == delivery_id).scalar_subquery())
    places: list[ColumnElement[bool]] = []
    if pace.connections:
        sending = (_OTHER.state == DeliveryState.SENDING, _OTHER.claimed_until > now)
        under_way = select(func.count()).where(_OTHER.domain == Delivery.domain, *sending)
        places.append(under_way.scalar_subquery() < pace.connections)
    if pace.per_minute:
        begun = select(func.count(Attempt.id)).join(_OTHER, _OTHER.id == Attempt.delivery_id)
        begun = begun.where(_OTHER.domain == Delivery.domain, Attempt.started_at > now - MINUTE)
        places.append(begun.scalar_subquery() < pace.per_minute)
    return tuple(places)


def begun_lately(now: datetime) -> Subquery:
    """How many attempts were begun within the last minute, by domain: columns ``domain`` and ``number``."""
    return (
        select(Delivery.domain, func.count().label("number"))
        .join(Attempt, Attempt.delivery_id == Delivery.id)
        .where(Attempt.started_at > now - MINUTE)
        .group_by(Delivery.domain)
        .subquery()
    )
