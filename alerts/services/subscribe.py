"""Asking for mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import Connection, Engine

from alerts.digests.window import next_due
from alerts.errors import BadInput
from alerts.mail.address import check_address, normalise_address
from alerts.model import (
    Cadence,
    Level,
    Quiet,
    SubscriberState,
    Wish,
)
from alerts.store import (
    audit,
    following,
    preferences,
    rules,
    situations,
    subscribers,
    suppressions,
)
from alerts.store.subscribers import Order, Person
from alerts.store.unit import writing


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything about a subscription that has a value of its own."""

    language: str = "en"
    timezone: str = "UTC"
    hour: int = 8
    weekday: int = 0
    monthday: int = 1
    surge_level: Level | None = None
    minute: int = 0
    tell_nothing: bool = False
    quiet: Quiet | None = None
    paused_until: datetime | None = None


DEFAULTS = Terms()

_A_DAY = timedelta(days=1)
_A_MOMENT = timedelta(seconds=1)
_LONGEST_GAP = {
    Cadence.DAILY: timedelta(days=2),
    Cadence.WEEKLY: timedelta(days=8),
    Cadence.MONTHLY: timedelta(days=35),
}


def terms_of(wish: Wish, person: Person | None, order: Order | None) -> Terms:
    """What holds after a wish: what it says, else what was asked before, else ``DEFAULTS``. Pure."""

    def chosen(name: str, *before: object) -> Any:
        values = (getattr(wish, name), *(getattr(each, name) for each in before if each is not None))
        return next((value for value in values if value is not None), getattr(DEFAULTS, name))

    left = person is not None and person.state is SubscriberState.UNSUBSCRIBED
    return Terms(
        language=chosen("language", person),
        timezone=chosen("timezone", person),
        hour=chosen("hour", order),
        weekday=chosen("weekday", order),
        monthday=chosen("monthday", order),
        surge_level=_surge_level(wish, order),
        minute=chosen("minute", order),
        tell_nothing=chosen("tell_nothing", order),
        quiet=None if wish.quiet == "none" else chosen("quiet", person),
        # Who comes back asks for mail: a pause of before they left is over.
        paused_until=chosen("paused_until", *([] if left else [person])),
    )


def _surge_level(wish: Wish, order: Order | None) -> Level | None:
    if wish.surges is not None:
        return None if wish.surges == "none" else Level(wish.surges)
    before = order.surge_level if order is not None and order.ended_at is None else None
    return before or (Level.WARNING if wish.situations else None)


def check(wish: Wish, languages: Sequence[str]) -> None:
    """Raises BadInput that names what is wrong and what would be right."""
    if wish.language is not None and wish.language not in languages:
        raise BadInput(
            f"language {wish.language!r} is not one we can write; choose one of: {', '.join(languages)}"
        )
    if wish.timezone is not None:
        check_zone(wish.timezone)
    slots = (
        ("hour", wish.hour, 0, 23),
        ("minute", wish.minute, 0, 59),
        ("weekday", wish.weekday, 0, 6),
        ("day of the month", wish.monthday, 1, 28),
    )
    for name, value, least, most in slots:
        if value is not None and not least <= value <= most:
            raise BadInput(f"{name} {value} is not possible; write {least} to {most}")
    if isinstance(wish.quiet, Quiet):
        check_quiet(wish.quiet)
    check_address(wish.address)
    if not wish.rules and not wish.situations and not wish.own_query:
        raise BadInput("no rule or situation was named; see: alerts rules list, alerts situations list")


def check_zone(timezone: str) -> None:
    """Raises BadInput for what is no name of a zone, such as a path under which a system keeps one."""
    if timezone not in _zones():
        raise BadInput(
            f"time zone {timezone!r} is unknown; write an IANA name such as Asia/Amman or Europe/Paris"
        )


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"Factory"})


def check_quiet(quiet: Quiet) -> None:
    """Raises BadInput."""
    if not (0 <= quiet.since <= 23 and 0 <= quiet.until <= 23) or quiet.since == quiet.until:
        raise BadInput(
            f"quiet hours {quiet.since}-{quiet.until} are not possible; write two hours such as 22-7"
        )


def check_pause(until: datetime | None, now: datetime) -> None:
    """Raises BadInput for a pause that would be over already."""
    if until is not None and until <= now:
        raise BadInput(f"a pause until {until:%Y-%m-%d} is over already; write a day to come")


def subscribe(
    engine: Engine,
    wishes: Sequence[Wish],
    *,
    languages: Sequence[str],
    address_hashes: Callable[[str], tuple[str, ...]],
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
            if suppressions.is_suppressed(tx, address_hashes(wish.address)):
                raise BadInput(f"{wish.address} asked never to be written to again, or cannot receive mail")
            ids.append(subscribe_one(tx, wish, actor, now))
    return tuple(ids)


def subscribe_one(tx: Connection, wish: Wish, actor: str, now: datetime) -> int:
    """The same of one, within a transaction. Whether we may write to the address is the caller's to know."""
    rule_ids = rules.ids(tx, wish.rules)
    situation_ids = situations.kept.ids(tx, wish.situations)
    address_key = normalise_address(wish.address)
    person = subscribers.find_if_any(tx, address_key)
    orders = subscribers.orders_of(tx, person.id) if person is not None else ()
    order = next((each for each in orders if each.cadence is wish.cadence), None)
    _refuse_return(wish, person, order)
    terms = terms_of(wish, person, order)
    person_id = subscribers.put_person(
        tx,
        address=check_address(wish.address),
        address_key=address_key,
        language=terms.language,
        timezone=terms.timezone,
        quiet=terms.quiet,
        paused_until=terms.paused_until,
        confirmed=wish.confirmed,
        now=now,
    )
    order_id = subscribers.put_order(
        tx,
        person_id,
        cadence=wish.cadence,
        hour=terms.hour,
        minute=terms.minute,
        weekday=terms.weekday,
        monthday=terms.monthday,
        tell_nothing=terms.tell_nothing,
        rule_ids=[rule_ids[key] for key in wish.rules],
        surge_level=terms.surge_level,
        next_due_at=_next_due(wish.cadence, terms, order, now),
        now=now,
    )
    following.follow(tx, order_id, [situation_ids[key] for key in wish.situations], now)
    for other in orders:
        if other.cadence is not wish.cadence and other.next_due_at is not None:
            kept = replace(
                terms, hour=other.hour, minute=other.minute, weekday=other.weekday, monthday=other.monthday
            )
            preferences.set_due(tx, other.id, reschedule(other, kept, now))
    if wish.confirmed and person is not None and person.state is not SubscriberState.CONFIRMED:
        # Nothing that matched before they agreed is theirs to be told.
        preferences.start_now(tx, person_id, now)
    audit.record(
        tx,
        at=now,
        actor=actor,
        action="subscribed",
        subject=f"subscriber {person_id}",
        detail=f"{wish.cadence}: {', '.join((*wish.rules, *wish.situations))}"
        f" ({'with recorded consent' if wish.confirmed else 'no new consent'})",
    )
    return person_id


def _refuse_return(wish: Wish, person: Person | None, order: Order | None) -> None:
    """Who has left comes back by asking again, never because somebody added a rule."""
    if wish.confirmed or person is None:
        return
    if person.state is SubscriberState.UNSUBSCRIBED:
        raise BadInput(f"{wish.address} has left; add --confirmed only if this person asked again")
    if order is not None and order.ended_at is not None:
        raise BadInput(
            f"{wish.address} ended the {wish.cadence} mail on {order.ended_at:%Y-%m-%d}; "
            "add --confirmed only if this person asked again"
        )


def _next_due(cadence: Cadence, terms: Terms, order: Order | None, now: datetime) -> datetime | None:
    if order is None or order.ended_at is not None:
        if cadence is Cadence.IMMEDIATE:
            return None
        slot = (terms.timezone, terms.hour, terms.weekday, terms.monthday, terms.minute)
        return next_due(cadence, now, *slot)
    return reschedule(order, terms, now)


def reschedule(order: Order, terms: Terms, now: datetime) -> datetime | None:
    """When the next digest comes once its slot or zone has changed. Pure.

    An overdue digest stays due: it is on its way. The first digest of the new slot comes at least a day
    after the last one; where that would leave too long a gap, the old slot is served once more. Whether
    alerts are still to be held is looked at again at once.
    """
    if order.next_due_at is None:
        return None
    if order.cadence is Cadence.IMMEDIATE:
        return now
    same = (order.timezone, order.hour, order.weekday, order.monthday, order.minute)
    slot = (terms.timezone, terms.hour, terms.weekday, terms.monthday, terms.minute)
    if order.next_due_at <= now or slot == same:
        return order.next_due_at
    first = next_due(order.cadence, max(now, order.covered_until + _A_DAY - _A_MOMENT), *slot)
    too_late = first - order.covered_until > _LONGEST_GAP[order.cadence]
    return min(first, order.next_due_at) if too_late else first
