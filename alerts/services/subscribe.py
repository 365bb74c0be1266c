"""Asking for mail, and leaving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from alerts.digests.window import next_due
from alerts.errors import BadInput
from alerts.mail.address import check_address, normalise_address
from alerts.model import Cadence, Grant, Scope
from alerts.store import audit, rules, subscribers
from alerts.store.unit import writing


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for. ``hour`` 0–23 and ``weekday`` (0 is Monday) in their own zone."""

    address: str
    language: str
    timezone: str
    cadence: Cadence
    rules: tuple[str, ...]
    hour: int = 8
    weekday: int = 0
    monthday: int = 1
    confirmed: bool = False


def check(wish: Wish, languages: Sequence[str]) -> None:
    """Raises BadInput that names what is wrong and what would be right."""
    if wish.language not in languages:
        raise BadInput(
            f"language {wish.language!r} is not one we can write; choose one of: {', '.join(languages)}"
        )
    try:
        ZoneInfo(wish.timezone)
    except (KeyError, ValueError, OSError) as error:
        raise BadInput(
            f"time zone {wish.timezone!r} is unknown; write an IANA name such as Asia/Amman or Europe/Paris"
        ) from error
    for name, value, top in (("hour", wish.hour, 23), ("weekday", wish.weekday, 6)):
        if not 0 <= value <= top:
            raise BadInput(f"{name} {value} is not possible; write 0 to {top}")
    if not 1 <= wish.monthday <= 28:
        raise BadInput(f"day of the month {wish.monthday} is not possible; write 1 to 28")
    check_address(wish.address)
    if not wish.rules:
        raise BadInput("no rule was named; see: alerts rules list")


def subscribe(
    engine: Engine,
    wishes: Sequence[Wish],
    *,
    languages: Sequence[str],
    address_hash: Callable[[str], str],
    actor: str,
    now: datetime,
) -> tuple[int, ...]:
    """Adds subscribers and what they ask for: all of them or none. The subscriber ids, in order.

    Asking again adds rules and changes language, zone and hour. Raises BadInput or NotFound; also for
    an address on the suppression list, which only its owner can take back.
    """
    ids = []
    for wish in wishes:
        check(wish, languages)
    with writing(engine) as tx:
        for wish in wishes:
            if subscribers.is_suppressed(tx, address_hash(wish.address)):
                raise BadInput(f"{wish.address} asked never to be written to again, or cannot receive mail")
            rule_ids = rules.ids(tx, wish.rules)
            person = subscribers.put_person(
                tx,
                address=check_address(wish.address),
                address_key=normalise_address(wish.address),
                language=wish.language,
                timezone=wish.timezone,
                confirmed=wish.confirmed,
                now=now,
            )
            due_at = None
            if wish.cadence is not Cadence.IMMEDIATE:
                slot = (wish.timezone, wish.hour, wish.weekday, wish.monthday)
                due_at = next_due(wish.cadence, now, *slot)
            subscribers.put_order(
                tx,
                person,
                cadence=wish.cadence,
                hour=wish.hour,
                weekday=wish.weekday,
                monthday=wish.monthday,
                rule_ids=[rule_ids[key] for key in wish.rules],
                next_due_at=due_at,
                now=now,
            )
            consent = "with recorded consent" if wish.confirmed else "unconfirmed"
            audit.record(
                tx,
                at=now,
                actor=actor,
                action="subscribed",
                subject=f"subscriber {person}",
                detail=f"{wish.cadence}: {', '.join(wish.rules)} ({consent})",
            )
            ids.append(person)
    return tuple(ids)


def unsubscribe(
    engine: Engine, grant: Grant, *, address_hash: Callable[[str], str], actor: str, now: datetime
) -> bool:
    """Ends what the grant names, at once. Doing it again changes nothing and is no error.

    Leaving everything also puts the address on the suppression list, so that a later import cannot
    bring it back. True when something ended.
    """
    with writing(engine) as tx:
        changed = subscribers.leave(tx, grant, now)
        if changed:
            person = subscribers.person(tx, grant.subscriber_id)
            if grant.scope is Scope.EVERYTHING and person is not None:
                subscribers.suppress(tx, address_hash(person.address), "unsubscribed", now)
            audit.record(
                tx,
                at=now,
                actor=actor,
                action=f"unsubscribed from {grant.scope}",
                subject=f"subscriber {grant.subscriber_id}",
                detail=str(grant.target_id),
            )
    return changed
