"""Asking for mail in public. Whoever asks gets the same answer; only who reads mail at the address goes on.

A request is a row and a letter with a link. Nothing else exists until somebody presses the button behind that
link; then the row is the record of their consent (double opt-in).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from alerts.mail.address import normalise_address
from alerts.mail.links import Confirmation
from alerts.model import Letter, LetterKind, Plan, SubscriberState, SuppressionKind, Wish
from alerts.services import moving, own_rules
from alerts.services.plans import in_force, plan_of
from alerts.services.reception import CONFIRM_WITHIN, Reception, Stage, Standing, is_refused, receive
from alerts.services.subscribe import check, subscribe_one, terms_of
from alerts.store import audit, deliveries, requests, rules, situations, subscribers, suppressions
from alerts.store.requests import Asked
from alerts.store.subscribers import Person
from alerts.store.unit import reading, writing

TEXT_VERSION = "2"
"""Which words people agree to; a new number whenever the letter or the page that asks says something else."""


def ask(reception: Reception, wish: Wish, network: str, now: datetime) -> None:
    """Somebody at that network address asks for this. Raises BadInput or NotFound for a wish that nobody
    could have; apart from that nothing tells what came of it."""
    check(wish, reception.languages)
    with writing(reception.engine) as tx:
        person = subscribers.find_if_any(tx, normalise_address(wish.address))
        plan = planned(tx, wish, person)
        version = f"{TEXT_VERSION} {wish.language or ''}".strip()
        received = receive(
            tx,
            reception,
            wish.address,
            network,
            now,
            asked=LetterKind.CONFIRM,
            wish=wish,
            text_version=version,
        )
        if received is None:
            return
        terms = terms_of(wish, received.owner, None)
        letter = Letter(
            LetterKind.CONFIRM,
            terms.language,
            terms.timezone,
            target_id=received.request_id,
            at=now,
            until=now + CONFIRM_WITHIN,
            plan=plan,
        )
        about = reception.message_id(f"request {received.request_id}")
        deliveries.post(tx, wish.address, letter, about, now)


def ask_for_link(reception: Reception, address: str, network: str, now: datetime) -> None:
    """The same for somebody who wants to change what comes. Raises BadInput for what is no address."""
    with writing(reception.engine) as tx:
        receive(tx, reception, address, network, now, asked=None)


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
        own_query=wish.own_query or "",
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
    if asked is not None and asked.new_address is not None:
        return moving.standing(tx, reception, asked, confirmation, now)
    if asked is None or asked.wish is None:
        return Standing(Stage.GONE)
    person = subscribers.find_if_any(tx, normalise_address(asked.wish.address))
    rest = _still_there(tx, asked.wish, None if asked.confirmed_at else person)
    plan = planned(tx, rest, person) if rest else None
    terms = terms_of(asked.wish, person, None)
    stage = _stage(tx, reception, asked, asked.wish, confirmation, person, now) if rest else Stage.GONE
    return Standing(
        stage, terms.language, terms.timezone, asked.wish.address, plan, person.id if person else None
    )


def _stage(
    tx: Connection,
    reception: Reception,
    asked: Asked,
    wish: Wish,
    confirmation: Confirmation,
    person: Person | None,
    now: datetime,
) -> Stage:
    if asked.confirmed_at is not None:
        here = person is not None and person.state is not SubscriberState.UNSUBSCRIBED
        return Stage.CONFIRMED if here else Stage.LEFT
    if now >= confirmation.until:
        return Stage.EXPIRED
    return Stage.REFUSED if is_refused(tx, reception, wish.address) else Stage.OPEN


def _still_there(tx: Connection, wish: Wish, person: Person | None) -> Wish | None:
    """The wish without what is no longer in force, and without an own rule that ``person`` may not have
    besides those they have; None when nothing is left of it."""
    rule_keys, situation_keys = in_force(tx, wish)
    own = wish.own_query if person is None or own_rules.has_room(tx, person.id) else None
    rest = replace(wish, rules=rule_keys, situations=situation_keys, own_query=own)
    return rest if rule_keys or situation_keys or own else None


def _fulfil(tx: Connection, reception: Reception, request_id: int, network_hash: str, now: datetime) -> None:
    asked = requests.find(tx, request_id)
    if asked is not None and asked.new_address is not None:
        moving.move(tx, reception, asked, now)
        return
    if asked is None or asked.wish is None:
        return
    person = subscribers.find_if_any(tx, normalise_address(asked.wish.address))
    if person is not None:
        subscribers.hold(tx, person.id)
    wish = _still_there(tx, asked.wish, person)
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
    if wish.own_query:
        own_rules.give(tx, person_id, order.id, wish.own_query, now)
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
