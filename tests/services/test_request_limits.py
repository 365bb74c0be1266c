"""Nobody can use us to fill the mailbox of somebody else, nor our tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from asking_world import asked, kinds, letters, pressed, reception, wish
from small_world import World
from sqlalchemy import Engine

from alerts.model import LetterKind
from alerts.services.reception import Stage
from alerts.services.requesting import ask
from alerts.store.mail_schema import Request, Subscriber, Subscription


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def test_one_mailbox_gets_one_letter_an_hour_and_three_a_day_however_it_is_written(world: World) -> None:
    """R21."""
    spellings = ("muna.h@desk.example.org", "Muna.H@desk.example.org", "munah+x@desk.example.org")
    for hour in range(24):
        for number, address in enumerate(spellings):
            asked(world, address, f"192.0.2.{hour * 3 + number}")
        world.wait(hours=1)
    assert len(letters(world)) == 3
    asked(world, spellings[0], "198.51.100.1")
    assert len(letters(world)) == 4


def test_one_network_address_is_answered_ten_times_an_hour_and_thirty_a_day(world: World) -> None:
    """R21; of IPv6 the /64 counts, for anybody has as many as they like in it."""
    for number in range(120):
        asked(world, f"reader{number}@desk.example.org", f"2001:db8::{number:x}")
        if number in (39, 79):
            world.wait(hours=1)
    assert len(letters(world)) == 30
    asked(world, "other@desk.example.org", "2001:db8:0:1::1")
    assert len(letters(world)) == 31
    world.wait(days=1)
    asked(world, "next@desk.example.org", "2001:db8::1")
    assert len(letters(world)) == 32


@pytest.mark.parametrize("networks", ["2001:db8:0:{:x}::1", "198.51.100.{}"])
def test_networks_side_by_side_are_answered_thirty_times_an_hour_and_ninety_a_day(
    world: World, networks: str
) -> None:
    """R21: who has a /48 has 65,536 networks, and must not use up what all others may ask for."""
    for hour in range(4):
        for number in range(40):
            asked(world, f"reader{hour}-{number}@desk.example.org", networks.format(number))
        world.wait(hours=1)
    assert len(letters(world)) == 90
    asked(world, "other@desk.example.org", "2001:db8:1::1")
    assert len(letters(world)) == 91


def test_all_together_are_answered_no_more_often_than_the_setting_allows(world: World) -> None:
    """R21."""
    for number in range(20):
        ask(reception(world, 5), wish(f"r{number}@desk.example.org"), f"192.0.2.{number}", world.now)
    assert len(letters(world)) == 5
    world.wait(hours=1)
    ask(reception(world, 5), wish("late@desk.example.org"), "192.0.2.99", world.now)
    assert len(letters(world)) == 6


def test_a_day_of_sign_ups_by_five_machines_leads_to_few_mails(world: World) -> None:
    """R21: what once hit a real service, here a tenth of it, and every row that it leaves is a mail."""
    for number in range(1810):
        asked(world, f"victim{number % 40}@desk{number % 7}.example.org", f"192.0.2.{number % 5}")
        world.wait(seconds=86400 / 1810)
    assert len(letters(world)) <= 5 * 30
    assert world.count(Request) == len(letters(world))


def test_a_refused_request_leaves_no_row(world: World) -> None:
    asked(world)
    asked(world)
    assert world.count(Request) == 1


def test_many_at_once_get_no_more_letters_than_one_after_another(world: World) -> None:
    """R21."""
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: asked(world, network=f"192.0.2.{n}"), range(12)))
    assert len(letters(world)) == 1


def test_confirmed_by_several_at_once_it_is_given_once(world: World) -> None:
    """R21: a person, and the program that looks through their mail."""
    asked(world)
    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(lambda _: pressed(world), range(12))) == {Stage.CONFIRMED}
    assert kinds(world) == [LetterKind.CONFIRM, LetterKind.WELCOME]
    assert world.count(Subscriber) == world.count(Subscription) == 1
