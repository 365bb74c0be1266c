"""Bringing somebody in: a letter asks them, and only their own press of its button makes them a reader.

It is the same request as of somebody who fills in the form, but nobody counts how many an admin makes. Where
the consent is recorded elsewhere, and somebody says where, no letter is needed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from alerts.errors import BadInput, NotFound
from alerts.mail.address import check_address, normalise_address
from alerts.model import Letter, LetterKind, SubscriberState, SuppressionKind, Wish
from alerts.services.reception import CONFIRM_WITHIN, FOR_ADDRESS, Reception
from alerts.services.requesting import TEXT_VERSION, planned
from alerts.services.subscribe import check, subscribe_one, terms_of
from alerts.store import audit, deliveries, requests, subscribers, suppressions


class Became(StrEnum):
    """What became of somebody who was to be brought in."""

    ADDED = "added"
    ASKED = "asked"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``why`` is a sentence without its full stop; '' when there is nothing to say."""

    became: Became
    why: str = ""
    subscriber_id: int | None = None


_REFUSALS = {
    SuppressionKind.UNSUBSCRIBED: "they have left; only they themselves can come back",
    SuppressionKind.COMPLAINED: "they complained about our mail; only they themselves can come back",
    SuppressionKind.BOUNCED: "mail to this address came back",
    SuppressionKind.OPERATOR: "this address was put on the suppression list",
}


def bring_in(
    tx: Connection, reception: Reception, wish: Wish, consent: str, *, actor: str, now: datetime
) -> Outcome:
    """Adds somebody whose ``consent`` is recorded where that says, or asks somebody ('') for it.

    Whoever is a reader already is left as they are. Nothing raises but a fault of ours.
    """
    try:
        check(wish, reception.languages)
        known = subscribers.find_if_any(tx, normalise_address(wish.address))
        plan = planned(tx, wish, known)
    except (BadInput, NotFound) as error:
        return Outcome(Became.REFUSED, str(error))
    for held in suppressions.of_address(tx, reception.address_hashes(wish.address)):
        return Outcome(Became.REFUSED, _REFUSALS[held.kind])
    if known is not None and known.state is not SubscriberState.UNCONFIRMED:
        return Outcome(Became.KNOWN, f"already {known.state}", known.id)
    if consent:
        person_id = subscribe_one(tx, replace(wish, confirmed=True), actor, now)
        subject = f"subscriber {person_id}"
        audit.record(tx, at=now, actor=actor, action="consent recorded", subject=subject, detail=consent)
        return Outcome(Became.ADDED, subscriber_id=person_id)
    mailbox_hash = reception.mailbox_hash(wish.address)
    if any(
        requests.count(tx, now - time, now, address_hash=mailbox_hash, confirms=True) >= most
        for time, most in FOR_ADDRESS
    ):
        return Outcome(Became.KNOWN, "asked lately already, and has not answered yet")
    address, terms = check_address(wish.address), terms_of(wish, known, None)
    request_id = requests.add(
        tx,
        address_hash=mailbox_hash,
        from_hash=reception.network_hash(actor),
        wish=replace(wish, address=address),
        text_version=f"{TEXT_VERSION} {terms.language}",
        answered=True,
        now=now,
    )
    until = now + CONFIRM_WITHIN
    letter = Letter(
        LetterKind.CONFIRM, terms.language, terms.timezone, request_id, at=now, until=until, plan=plan
    )
    deliveries.post(tx, address, letter, reception.message_id(f"request {request_id}"), now)
    audit.record(tx, at=now, actor=actor, action="asked to confirm", subject=f"request {request_id}")
    return Outcome(Became.ASKED)
