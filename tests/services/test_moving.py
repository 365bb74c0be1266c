"""A change of address: nothing moves before the new one confirms, and nobody learns who is known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from asking_world import READER, kinds, leave, letters, people, reception
from small_world import Entry, World
from sqlalchemy import Engine

from alerts.errors import BadInput, NotFound
from alerts.mail.links import Confirmation
from alerts.model import Cadence, DeliveryState, LetterKind, Outcome, Sending, SuppressionKind
from alerts.services.moving import ask_to_move
from alerts.services.reception import CONFIRM_WITHIN, Stage
from alerts.services.requesting import confirm, look
from alerts.store import preferences, suppressions
from alerts.store.mail_schema import Delivery, Request
from alerts.store.unit import writing

NEW = "muna@new.example.org"


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def moving(world: World, person: int, address: str = NEW, network: str = "192.0.2.7") -> None:
    ask_to_move(reception(world), person, address, network, world.now)


def link(world: World) -> Confirmation:
    letter = next(each for _, each in reversed(letters(world)) if each.kind is LetterKind.MOVE)
    assert letter.until is not None
    return Confirmation(letter.target_id, letter.until)


def pressed(world: World, confirmation: Confirmation | None = None) -> Stage:
    return confirm(reception(world), confirmation or link(world), "192.0.2.7", world.now).stage


def test_the_new_address_confirms_and_the_old_one_is_told(world: World) -> None:
    person = world.person(READER, Cadence.WEEKLY)
    moving(world, person)
    ((address, letter),) = letters(world)
    assert (address, letter.kind, letter.until) == (NEW, LetterKind.MOVE, world.now + CONFIRM_WITHIN)
    standing = look(reception(world), link(world), world.now)
    assert (standing.stage, standing.address, standing.moves) == (Stage.OPEN, NEW, True)
    assert [each.address for each in people(world)] == [READER]
    assert [pressed(world) for _ in range(3)] == [Stage.CONFIRMED] * 3
    assert [each.address for each in people(world)] == [NEW]
    assert [(to, each.kind) for to, each in letters(world)] == [
        (NEW, LetterKind.MOVE),
        (READER, LetterKind.MOVED),
    ]


def test_mail_that_is_not_written_yet_goes_along_and_what_is_written_stays(world: World) -> None:
    person = world.person(READER, Cadence.IMMEDIATE)
    feed = world.add_feed()
    world.poll(feed)
    for key in ("first", "second"):
        world.wait(minutes=10)
        world.show("post", [Entry(key, f"Missile of {key} kind, {key} place")])
        world.poll(feed)
        if key == "first":
            world.transport.script = [Sending(Outcome.RETRY, "rcpt", 451, "later")]
            world.deliver()
    moving(world, person)
    pressed(world)
    addresses = dict(zip(world.column(Delivery.id), world.column(Delivery.address), strict=True))
    states = dict(zip(world.column(Delivery.id), world.column(Delivery.state), strict=True))
    assert [addresses[n] for n in sorted(addresses)][:2] == [READER, NEW]
    assert DeliveryState.SENT not in states.values()


@pytest.mark.parametrize("who", ["another reader", "somebody who left", "themselves", "refused"])
def test_an_address_that_is_known_or_refused_gets_no_letter_to_confirm(world: World, who: str) -> None:
    person = world.person(READER, Cadence.WEEKLY)
    address = READER if who == "themselves" else NEW
    if who in ("another reader", "somebody who left"):
        other = world.person(NEW)
        if who == "somebody who left":
            leave(world, other)
    if who == "refused":
        with writing(world.engine) as tx:
            suppressions.suppress(tx, world.address_hashes(NEW), SuppressionKind.COMPLAINED, "", world.now)
    moving(world, person, address)
    assert LetterKind.MOVE not in kinds(world)
    assert (LetterKind.PREFERENCES in kinds(world)) is (who != "refused"), "its owner learns of it"
    assert world.column(Request.new_address) == [None]


def test_who_left_by_that_address_long_ago_and_was_erased_can_move_there(world: World) -> None:
    person = world.person(READER, Cadence.WEEKLY)
    with writing(world.engine) as tx:
        suppressions.suppress(tx, world.address_hashes(NEW), SuppressionKind.UNSUBSCRIBED, "", world.now)
    moving(world, person)
    assert pressed(world) is Stage.CONFIRMED
    with writing(world.engine) as tx:
        assert not suppressions.is_suppressed(tx, world.address_hashes(NEW))


def test_a_link_ends_with_its_time_with_its_reader_and_when_somebody_else_has_the_address(
    world: World,
) -> None:
    person = world.person(READER, Cadence.WEEKLY)
    moving(world, person)
    first = link(world)
    other = world.person(NEW)
    assert pressed(world, first) is Stage.GONE
    assert look(reception(world), first, world.now + timedelta(days=7)).stage is Stage.EXPIRED
    leave(world, person)
    assert pressed(world, first) is Stage.LEFT
    assert {each.address for each in people(world) if each.id != other} == {READER}


def test_of_two_who_take_the_same_address_at_once_one_gets_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL each finds it free; the second must then be answered as if it had come later."""
    links = []
    for address in (READER, "omar@desk.example.org"):
        moving(world, world.person(address, Cadence.WEEKLY))
        links.append(link(world))
        world.wait(minutes=61)
    both, move = Barrier(2), preferences.move

    def at_once(*told: Any) -> bool:
        if world.engine.dialect.name == "postgresql":  # SQLite has one writer at a time
            both.wait(10)
        return move(*told)

    monkeypatch.setattr(preferences, "move", at_once)
    with ThreadPoolExecutor(2) as readers:
        stages = list(readers.map(lambda each: pressed(world, each), links))
    assert sorted(stages) == [Stage.CONFIRMED, Stage.GONE]
    assert [each.address for each in people(world)].count(NEW) == 1
    assert kinds(world).count(LetterKind.MOVED) == 1


def test_the_limits_are_those_of_signing_up(world: World) -> None:
    """R21: one letter an hour to an address, ten an hour from a network."""
    person = world.person(READER, Cadence.WEEKLY)
    for _ in range(3):
        moving(world, person)
    assert len(letters(world)) == 1
    for number in range(30):
        moving(world, person, f"r{number}@new.example.org")
    assert len(letters(world)) == 10


def test_what_is_no_address_and_who_is_no_reader_are_refused(world: World) -> None:
    person = world.person(READER, Cadence.WEEKLY)
    with pytest.raises(BadInput):
        moving(world, person, "no address")
    with pytest.raises(NotFound):
        moving(world, person + 1)
    leave(world, person)
    with pytest.raises(NotFound):
        moving(world, person)
