"""Asking for mail in public. Whoever asks gets the same answer; only who reads mail at the address goes on.

A request is a row and a letter with a link. Nothing else exists until somebody presses the button behind that
link; then the row is the record of their consent (double opt-in). Rows are counted, so that nobody can use us
to fill the mailbox of somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, Engine

from alerts.mail.address import normalise_address
from alerts.mail.links import Confirmation
from alerts.model import Letter, LetterKind, Plan, SubscriberState, SuppressionKind, Wish
from alerts.services.plans import in_force, plan_of
from alerts.services.subscribe import check, subscribe_one, terms_of
from alerts.store import audit, deliveries, requests, rules, situations, subscribers, suppressions
from alerts.store.requests import Asked
from alerts.store.subscribers import Person
from alerts.store.unit import reading, writing

CONFIRM_WITHIN = timedelta(days=7)
"""How long a confirm link works."""

FORGET_AFTER = timedelta(days=30)
"""When a request that nobody confirmed is deleted."""

TEXT_VERSION = "1"
"""Which words people agree to; a new number whenever the letter or the page that asks says something else."""

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
FOR_ADDRESS = ((_HOUR, 1), (_DAY, 3))
FROM_NETWORK = ((_HOUR, 10), (_DAY, 30))
"""How many requests are answered at most, within what time."""


@dataclass(frozen=True, slots=True)
class Reception:
    """What asking in public needs from outside. ``address_hashes`` are those of the suppression list;
    ``mailbox_hash`` and ``network_hash`` are what requests are counted by. ``an_hour`` letters in all."""

    engine: Engine
    languages: Sequence[str]
    address_hashes: Callable[[str], tuple[str, ...]]
    mailbox_hash: Callable[[str], str]
    network_hash: Callable[[str], str]
    message_id: Callable[[str], str]
    an_hour: int


class Stage(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    LEFT = "left"
    """It was confirmed, and the person has left since."""
    GONE = "gone"
    """Forgotten, or nothing that was asked for exists any more."""
    REFUSED = "refused"
    """Mail to the address came back, or its owner complained."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A request as the page behind its link shows it. ``plan`` is None when there is nothing to confirm."""

    stage: Stage
    language: str = ""
    timezone: str = "UTC"
    address: str = ""
    plan: Plan | None = None
    subscriber_id: int | None = None


def ask(reception: Reception, wish: Wish, network: str, now: datetime) -> None:
    """Somebody at that network address asks for this. Raises BadInput or NotFound for a wish that nobody
    could have; apart from that nothing tells what came of it."""
    check(wish, reception.languages)
    with writing(reception.engine) as tx:
        _receive(tx, reception, wish.address, wish, network, now)


def ask_for_link(reception: Reception, address: str, network: str, now: datetime) -> None:
    """The same for somebody who wants to change what comes. Raises BadInput for what is no address."""
    with writing(reception.engine) as tx:
        _receive(tx, reception, address, None, network, now)


def _receive(
    tx: Connection, reception: Reception, address: str, wish: Wish | None, network: str, now: datetime
) -> None:
    mailbox_hash, network_hash = reception.mailbox_hash(address), reception.network_hash(network)
    requests.one_at_a_time(tx)
    person = subscribers.find_if_any(tx, normalise_address(address))
    kind = _answer(tx, reception, address, wish, person)
    confirms = kind is LetterKind.CONFIRM
    if not _has_room(tx, mailbox_hash, network_hash, reception.an_hour, now, confirms=confirms):
        return
    plan = planned(tx, wish, person) if wish is not None else None
    request_id = requests.add(
        tx,
        address_hash=mailbox_hash,
        from_hash=network_hash,
        wish=wish if kind is LetterKind.CONFIRM else None,
        text_version=f"{TEXT_VERSION} {wish.language or ''}".strip() if wish else "",
        answered=kind is not None,
        now=now,
    )
    about = reception.message_id(f"request {request_id}")
    if kind is LetterKind.CONFIRM and wish is not None:
        terms = terms_of(wish, person, None)
        letter = Letter(
            kind,
            terms.language,
            terms.timezone,
            target_id=request_id,
            at=now,
            until=now + CONFIRM_WITHIN,
            plan=plan,
        )
        deliveries.post(tx, address, letter, about, now)
    elif kind is LetterKind.PREFERENCES and person is not None:
        letter = Letter(kind, person.language, person.timezone, target_id=person.id, at=now)
        deliveries.post(tx, person.address, letter, about, now)


def _has_room(
    tx: Connection, mailbox_hash: str, network_hash: str, an_hour: int, now: datetime, *, confirms: bool
) -> bool:
    """Whether one more is answered; one that is not leaves no trace, so that rows cannot pile up either.

    For an address the two kinds of letters are counted apart, and what its owner confirmed not at all: who
    has just left may come back.
    """
    return (
        all(
            requests.count(tx, now - time, now, address_hash=mailbox_hash, confirms=confirms) < most
            for time, most in FOR_ADDRESS
        )
        and all(
            requests.count(tx, now - time, now, from_hash=network_hash) < most for time, most in FROM_NETWORK
        )
        and requests.count(tx, now - _HOUR, now) < an_hour
    )


def _answer(
    tx: Connection, reception: Reception, address: str, wish: Wish | None, person: Person | None
) -> LetterKind | None:
    """The letter that this address gets, if any."""
    hashes = reception.address_hashes(address)
    if suppressions.is_suppressed(tx, hashes, but=(SuppressionKind.UNSUBSCRIBED,)):
        return None
    state = person.state if person is not None else SubscriberState.UNCONFIRMED
    if state is SubscriberState.CONFIRMED:
        return LetterKind.PREFERENCES
    if wish is not None:
        return LetterKind.CONFIRM
    return LetterKind.PREFERENCES if state is SubscriberState.UNSUBSCRIBED else None


def planned(tx: Connection, wish: Wish, person: Person | None) -> Plan:
    """What a wish comes to. Raises NotFound."""
    terms = terms_of(wish, person, None)
    return Plan(
        cadence=wish.cadence,
        hour=terms.hour,
        minute=terms.minute,
        weekday=terms.weekday,
        monthday=terms.monthday,
        situations=tuple(situations.kept.get(tx, key).name or key for key in wish.situations),
        rules=tuple(rules.kept.get(tx, key).name or key for key in wish.rules),
        surge_level=terms.surge_level,
    )


# --- confirming ----------------------------------------------------------------------------


def look(reception: Reception, confirmation: Confirmation, now: datetime) -> Standing:
    """Where the request behind a confirm link stands; changes nothing."""
    with reading(reception.engine) as tx:
        return _standing(tx, reception, confirmation, now)


def confirm(reception: Reception, confirmation: Confirmation, network: str, now: datetime) -> Standing:
    """Gives what was asked for, if it still can be had: once, however often it is confirmed."""
    with writing(reception.engine) as tx:
        before = _standing(tx, reception, confirmation, now)
        request_id, network_hash = confirmation.request_id, reception.network_hash(network)
        if before.stage is Stage.OPEN and requests.confirm(tx, request_id, network_hash, now):
            _fulfil(tx, reception, request_id, network_hash, now)
        return _standing(tx, reception, confirmation, now)


def _standing(tx: Connection, reception: Reception, confirmation: Confirmation, now: datetime) -> Standing:
    asked = requests.find(tx, confirmation.request_id)
    if asked is None or asked.wish is None:
        return Standing(Stage.GONE)
    rest = _still_there(tx, asked.wish)
    person = subscribers.find_if_any(tx, normalise_address(asked.wish.address))
    plan = planned(tx, rest, person) if rest else None
    terms = terms_of(asked.wish, person, None)
    stage = _stage(tx, reception, asked, confirmation, person, now) if rest else Stage.GONE
    return Standing(
        stage, terms.language, terms.timezone, asked.wish.address, plan, person.id if person else None
    )


def _stage(
    tx: Connection,
    reception: Reception,
    asked: Asked,
    confirmation: Confirmation,
    person: Person | None,
    now: datetime,
) -> Stage:
    if asked.confirmed_at is not None:
        here = person is not None and person.state is not SubscriberState.UNSUBSCRIBED
        return Stage.CONFIRMED if here else Stage.LEFT
    if now >= confirmation.until:
        return Stage.EXPIRED
    hashes = reception.address_hashes(asked.wish.address if asked.wish else "")
    if suppressions.is_suppressed(tx, hashes, but=(SuppressionKind.UNSUBSCRIBED,)):
        return Stage.REFUSED
    return Stage.OPEN


def _still_there(tx: Connection, wish: Wish) -> Wish | None:
    """The wish without what is no longer in force; None when nothing is left of it."""
    rule_keys, situation_keys = in_force(tx, wish)
    rest = replace(wish, rules=rule_keys, situations=situation_keys)
    return rest if rule_keys or situation_keys else None


def _fulfil(tx: Connection, reception: Reception, request_id: int, network_hash: str, now: datetime) -> None:
    asked = requests.find(tx, request_id)
    wish = _still_there(tx, asked.wish) if asked and asked.wish else None
    if wish is None:
        return
    suppressions.lift(tx, reception.address_hashes(wish.address), SuppressionKind.UNSUBSCRIBED)
    person_id = subscribe_one(tx, replace(wish, confirmed=True), "subscriber, confirm link", now)
    requests.belongs_to(tx, request_id, person_id)
    audit.record(
        tx,
        at=now,
        actor="subscriber, confirm link",
        action="consent confirmed",
        subject=f"subscriber {person_id}",
        detail=f"request {request_id}, from {network_hash[:12]}",
    )
    (order,) = (each for each in subscribers.orders_of(tx, person_id) if each.cadence is wish.cadence)
    letter = Letter(
        LetterKind.WELCOME,
        order.language,
        order.timezone,
        target_id=person_id,
        subscription_id=order.id,
        at=now,
        plan=plan_of(tx, order),
    )
    deliveries.post(tx, order.address, letter, reception.message_id(f"welcome {request_id}"), now)
