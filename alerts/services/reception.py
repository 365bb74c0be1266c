"""What is asked for in public, whatever it is: who is answered, how often, and where a request stands.

Whoever asks gets the same answer; only who reads mail at the address goes on. Rows are counted, so that
nobody can use us to fill the mailbox of somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from sqlalchemy import Connection, Engine

from alerts.mail.address import keyed_hash, normalise_address
from alerts.model import Letter, LetterKind, Plan, SubscriberState, SuppressionKind, Wish
from alerts.services.accounts import neighbourhood
from alerts.store import deliveries, requests, subscribers, suppressions
from alerts.store.subscribers import Person

CONFIRM_WITHIN = timedelta(days=7)
"""How long a confirm link works."""

FORGET_AFTER = timedelta(days=30)
"""When a request that nobody confirmed is deleted."""

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
FOR_ADDRESS = ((_HOUR, 1), (_DAY, 3))
FROM_NETWORK = ((_HOUR, 10), (_DAY, 30))
FROM_REGION = ((_HOUR, 30), (_DAY, 90))
"""How many requests are answered at most, within what time. Who has many networks has them side by side."""

_REGION_DIGITS = 32


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


def network_hash(address: str, secret: bytes) -> str:
    """64 hex digits for a network address: the first half is that of its region (of IPv4 the /24, of IPv6 the
    /48, which is what one customer gets), the second that of its neighbourhood."""
    region = keyed_hash("region", _region(address), secret)[:_REGION_DIGITS]
    return region + keyed_hash("network", neighbourhood(address), secret)[_REGION_DIGITS:]


def _region(address: str) -> str:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    return str(ip_network((parsed, 48 if isinstance(parsed, IPv6Address) else 24), strict=False))


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
    """A request as the page behind its link shows it. ``plan`` is None when there is nothing to confirm, or
    when what is confirmed is that somebody ``moves`` to this address."""

    stage: Stage
    language: str = ""
    timezone: str = "UTC"
    address: str = ""
    plan: Plan | None = None
    subscriber_id: int | None = None
    moves: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """A request that is answered with the letter that was asked for. ``owner`` has that address now."""

    request_id: int
    owner: Person | None


def receive(
    tx: Connection,
    reception: Reception,
    address: str,
    network: str,
    now: datetime,
    *,
    asked: LetterKind | None,
    wish: Wish | None = None,
    text_version: str = "",
    mover: int | None = None,
) -> Received | None:
    """Takes a request down, for the letter ``asked`` to this address (None: a link to the own page). None
    when that letter must not be sent; who has an address that we know is sent their link instead.

    ``mover`` is who asks for that to be their address.
    """
    mailbox_hash, from_hash = reception.mailbox_hash(address), reception.network_hash(network)
    requests.one_at_a_time(tx)
    owner = subscribers.find_if_any(tx, normalise_address(address))
    kind = _answer(tx, reception, address, owner, asked)
    granted = kind is not None and kind is asked
    if not _has_room(tx, mailbox_hash, from_hash, reception.an_hour, now, confirms=granted):
        return None
    request_id = requests.add(
        tx,
        address_hash=mailbox_hash,
        from_hash=from_hash,
        wish=wish if granted else None,
        new_address=address if granted and mover is not None else None,
        subscriber_id=mover if granted else None,
        text_version=text_version,
        answered=kind is not None,
        now=now,
    )
    if granted:
        return Received(request_id, owner)
    if kind is LetterKind.PREFERENCES and owner is not None:
        letter = Letter(kind, owner.language, owner.timezone, target_id=owner.id, at=now)
        deliveries.post(tx, owner.address, letter, reception.message_id(f"request {request_id}"), now)
    return None


def _has_room(
    tx: Connection, mailbox_hash: str, from_hash: str, an_hour: int, now: datetime, *, confirms: bool
) -> bool:
    """Whether one more is answered; one that is not leaves no trace, so that rows cannot pile up either.

    For an address the two kinds of letters are counted apart, and what its owner confirmed not at all: who
    has just left may come back.
    """

    def room(limits: Sequence[tuple[timedelta, int]], **counted: Any) -> bool:
        return all(requests.count(tx, now - time, now, **counted) < most for time, most in limits)

    return (
        room(FOR_ADDRESS, address_hash=mailbox_hash, confirms=confirms)
        and room(FROM_NETWORK, from_hash=from_hash)
        and room(FROM_REGION, from_hash=from_hash[:_REGION_DIGITS])
        and room(((_HOUR, an_hour),))
    )


def _answer(
    tx: Connection, reception: Reception, address: str, owner: Person | None, asked: LetterKind | None
) -> LetterKind | None:
    """The letter that this address gets, if any."""
    if is_refused(tx, reception, address):
        return None
    state = owner.state if owner is not None else SubscriberState.UNCONFIRMED
    if state is SubscriberState.CONFIRMED:
        return LetterKind.PREFERENCES
    if asked is LetterKind.CONFIRM or owner is None:
        return asked
    return LetterKind.PREFERENCES if state is SubscriberState.UNSUBSCRIBED else None


def is_refused(tx: Connection, reception: Reception, address: str) -> bool:
    """Whether mail to the address came back, or its owner complained; who merely left may come back."""
    hashes = reception.address_hashes(address)
    return suppressions.is_suppressed(tx, hashes, but=(SuppressionKind.UNSUBSCRIBED,))
