"""Somebody who asks in public: what they send, what comes, and the button they press."""

from __future__ import annotations

from typing import Any

from small_world import SECRET, World

from alerts.mail.address import keyed_hash, mailbox
from alerts.mail.links import Confirmation
from alerts.model import Cadence, Grant, Letter, LetterKind, Scope, Wish
from alerts.services.reception import Reception, Stage, network_hash
from alerts.services.requesting import ask, confirm
from alerts.services.rules import retire_rule
from alerts.services.texts import Edit
from alerts.services.unsubscribe import unsubscribe
from alerts.store import subscribers
from alerts.store.unit import reading

READER = "muna@desk.example.org"


def reception(world: World, an_hour: int = 100) -> Reception:
    return Reception(
        engine=world.engine,
        languages=("en", "ar"),
        address_hashes=world.address_hashes,
        mailbox_hash=lambda address: keyed_hash("request", mailbox(address), SECRET),
        network_hash=lambda network: network_hash(network, SECRET),
        message_id=world.message_id,
        an_hour=an_hour,
    )


def wish(address: str = READER, **more: Any) -> Wish:
    said: dict[str, Any] = {"rules": ("missile",), "cadence": Cadence.WEEKLY, "hour": 7, "weekday": 3} | more
    return Wish(address, "ar", "Asia/Amman", **said)


def asked(world: World, address: str = READER, network: str = "192.0.2.7", **more: Any) -> None:
    ask(reception(world), wish(address, **more), network, world.now)


def letters(world: World) -> list[tuple[str, Letter]]:
    return [(each.address, each.letter) for each in world.outbox() if each.letter is not None]


def kinds(world: World) -> list[LetterKind]:
    return [letter.kind for _, letter in letters(world)]


def link(world: World) -> Confirmation:
    """What the newest confirm letter says."""
    letter = next(each for _, each in reversed(letters(world)) if each.kind is LetterKind.CONFIRM)
    assert letter.until is not None
    return Confirmation(letter.target_id, letter.until)


def pressed(world: World, network: str = "192.0.2.7") -> Stage:
    return confirm(reception(world), link(world), network, world.now).stage


def people(world: World) -> tuple[subscribers.Person, ...]:
    with reading(world.engine) as tx:
        return subscribers.everyone(tx)


def leave(world: World, person: int, scope: Scope = Scope.EVERYTHING, target: int = 0) -> None:
    unsubscribe(
        world.engine,
        Grant(person, scope, target),
        address_hashes=world.address_hashes,
        message_id=world.message_id,
        actor="test",
        now=world.now,
    )


def retire(world: World, key: str) -> None:
    retire_rule(world.engine, key, Edit("test", world.now))
