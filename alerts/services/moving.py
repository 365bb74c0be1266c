"""A change of address: a letter to the new one, a button there, and a word to the old one afterwards.

Whoever has somebody's page could write any address into it; so nothing moves before the new one confirms, the
limits are those of signing up, and the answer never tells whether an address is known.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from alerts.mail.address import check_address, normalise_address
from alerts.mail.links import Confirmation
from alerts.model import Letter, LetterKind, SubscriberState, SuppressionKind
from alerts.services.preferring import reader
from alerts.services.reception import CONFIRM_WITHIN, Reception, Stage, Standing, is_refused, receive
from alerts.store import audit, deliveries, preferences, subscribers, suppressions
from alerts.store.requests import Asked
from alerts.store.unit import writing


def ask_to_move(reception: Reception, subscriber_id: int, address: str, network: str, now: datetime) -> None:
    """A subscriber asks for their mail to go to that address. Raises BadInput for what is no address, and
    NotFound for who is no subscriber; apart from that nothing tells what came of it."""
    check_address(address)
    with writing(reception.engine) as tx:
        person = reader(tx, subscriber_id)
        asked = LetterKind.MOVE
        received = receive(tx, reception, address, network, now, asked=asked, mover=subscriber_id)
        if received is None:
            return
        number = received.request_id
        until = now + CONFIRM_WITHIN
        letter = Letter(asked, person.language, person.timezone, target_id=number, at=now, until=until)
        deliveries.post(tx, address, letter, reception.message_id(f"request {number}"), now)


def standing(
    tx: Connection, reception: Reception, asked: Asked, confirmation: Confirmation, now: datetime
) -> Standing:
    """Where it stands; changes nothing."""
    person = subscribers.person(tx, asked.subscriber_id) if asked.subscriber_id is not None else None
    address = asked.new_address or ""
    if person is None:
        return Standing(Stage.GONE)
    owner = subscribers.find_if_any(tx, normalise_address(address))
    if asked.confirmed_at is not None:
        stage = Stage.CONFIRMED if owner is not None and owner.id == person.id else Stage.GONE
    elif now >= confirmation.until:
        stage = Stage.EXPIRED
    elif is_refused(tx, reception, address):
        stage = Stage.REFUSED
    else:
        stage = Stage.OPEN if owner is None else Stage.GONE
    if person.state is SubscriberState.UNSUBSCRIBED:
        stage = Stage.LEFT
    return Standing(stage, person.language, person.timezone, address, subscriber_id=person.id, moves=True)


def move(tx: Connection, reception: Reception, asked: Asked, now: datetime) -> None:
    """Makes the new address theirs, and tells the old one.

    Mail that waits and is not written yet goes to the new address; what is written may have been accepted at
    the old one already, and is tried again there.
    """
    person = subscribers.person(tx, asked.subscriber_id) if asked.subscriber_id is not None else None
    if person is None or asked.new_address is None:
        return
    if not preferences.move(tx, person.id, asked.new_address, normalise_address(asked.new_address)):
        return
    suppressions.lift(tx, reception.address_hashes(asked.new_address), SuppressionKind.UNSUBSCRIBED)
    letter = Letter(LetterKind.MOVED, person.language, person.timezone, target_id=person.id, at=now)
    deliveries.post(tx, person.address, letter, reception.message_id(f"moved {asked.id}"), now)
    audit.record(
        tx,
        at=now,
        actor="subscriber, confirm link",
        action="address changed",
        subject=f"subscriber {person.id}",
        detail=f"request {asked.id}",
    )
