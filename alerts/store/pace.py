"""How fast mail may leave, and whether it may at all: conditions for what is due and what is claimed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    JSON,
    ColumnElement,
    Subquery,
    and_,
    bindparam,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from alerts.model import DeliveryState, LetterKind
from alerts.store.columns import UtcTime
from alerts.store.mail_schema import Attempt, Brake, Delivery

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
NOW = bindparam("now", type_=UtcTime)
_LATELY = and_(
    Attempt.started_at > bindparam("a_minute_ago", type_=UtcTime),
    # What lies further ahead is of a clock that was wrong.
    Attempt.started_at <= bindparam("in_a_minute", type_=UtcTime),
)


def may_leave() -> ColumnElement[bool]:
    """True for every delivery while sending is not stopped, and for notices to operators always."""
    stopped = select(Brake.id).where(Brake.released_at.is_(None)).exists()
    kind = type_coerce(Delivery.letter, JSON)["kind"].as_string()
    return or_(~stopped, kind.in_([each.value for each in NOTICES]))


def moments(now: datetime) -> dict[str, datetime]:
    """What ``NOW``, ``room`` and ``begun_lately`` are told when their statement is executed."""
    return {"now": now, "a_minute_ago": now - MINUTE, "in_a_minute": now + MINUTE}


def room(pace: Pace) -> tuple[ColumnElement[bool], ...]:
    """Conditions on a delivery that hold while its domain can take one more. Who asks needs the turn at that
    domain, so that two do not both take the last place."""
    places: list[ColumnElement[bool]] = []
    if pace.connections:
        sending = (_OTHER.state == DeliveryState.SENDING, _OTHER.claimed_until > NOW)
        under_way = select(func.count()).where(_OTHER.domain == Delivery.domain, *sending)
        places.append(under_way.scalar_subquery() < pace.connections)
    if pace.per_minute:
        begun = select(func.count(Attempt.id)).join(_OTHER, _OTHER.id == Attempt.delivery_id)
        begun = begun.where(_OTHER.domain == Delivery.domain, _LATELY)
        places.append(begun.scalar_subquery() < pace.per_minute)
    return tuple(places)


def begun_lately() -> Subquery:
    """How many attempts were begun within the last minute, by domain: columns ``domain`` and ``number``."""
    return (
        select(Delivery.domain, func.count().label("number"))
        .join(Attempt, Attempt.delivery_id == Delivery.id)
        .where(_LATELY)
        .group_by(Delivery.domain)
        .subquery()
    )
