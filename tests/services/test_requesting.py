"""Asking in public: nobody learns anything, nobody is flooded, and only a confirmed request counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asking_world import READER, asked, kinds, leave, letters, link, people, pressed, reception, retire, wish
from small_world import NOW, World
from sqlalchemy import Engine, select

from alerts.errors import BadInput, NotFound
from alerts.model import (
    Cadence,
    LetterKind,
    Message,
    Scope,
    SubscriberState,
    SuppressionKind,
)
from alerts.services.deliver import Rendered
from alerts.services.housekeep import retain
from alerts.services.preferring import Habits, change_habits
from alerts.services.reception import CONFIRM_WITHIN, FORGET_AFTER, Stage
from alerts.services.requesting import ask, ask_for_link, confirm, look
from alerts.store import requests, suppressions
from alerts.store.mail_schema import Delivery, Request, Subscriber, Subscription, Suppression
from alerts.store.unit import reading, writing


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


# --- double opt-in (R21) -------------------------------------------------------------------


def test_until_somebody_confirms_there_is_a_request_and_a_letter_and_nothing_else(world: World) -> None:
    """R21."""
    asked(world)
    assert world.count(Request) == 1
    assert world.count(Subscriber) == world.count(Subscription) == 0
    ((address, letter),) = letters(world)
    assert address == READER
    assert letter.kind is LetterKind.CONFIRM and letter.language == "ar" and letter.timezone == "Asia/Amman"
    assert letter.until == NOW + CONFIRM_WITHIN
    assert letter.plan is not None
    assert (letter.plan.rules, letter.plan.hour, letter.plan.weekday) == (("Missiles",), 7, 3)


def test_a_confirmed_request_gives_what_was_asked_for_once_however_often_it_is_confirmed(
    world: World,
) -> None:
    """R21: idempotent, and the row is the record of the consent."""
    asked(world)
    assert [pressed(world) for _ in range(3)] == [Stage.CONFIRMED] * 3
    (person,) = people(world)
    assert person.state is SubscriberState.CONFIRMED and person.language == "ar"
    assert kinds(world) == [LetterKind.CONFIRM, LetterKind.WELCOME]
    welcome = letters(world)[1][1]
    assert welcome.plan is not None
    assert (welcome.plan.rules, welcome.plan.hour, welcome.plan.weekday) == (("Missiles",), 7, 3)
    with reading(world.engine) as tx:
        row = tx.execute(select(Request)).one()
    assert row.confirmed_at == NOW and row.created_at == NOW and row.subscriber_id == person.id
    assert row.wish == wish() and row.text_version == "2 ar"
    assert "192.0.2.7" not in str(tuple(row)) and len(row.from_hash) == len(row.confirmed_from_hash) == 64


def test_no_alert_reaches_an_address_that_nobody_confirmed(world: World) -> None:
    """R21."""
    asked(world, cadence=Cadence.IMMEDIATE)
    world.add_feed("post")
    world.poll()
    assert kinds(world) == [LetterKind.CONFIRM]
    assert all(each.letter is not None for each in world.outbox())


def test_a_link_that_is_too_old_confirms_nothing_and_says_so(world: World) -> None:
    """R21."""
    asked(world)
    world.wait(days=7)
    assert look(reception(world), link(world), world.now).stage is Stage.EXPIRED
    assert pressed(world) is Stage.EXPIRED
    assert world.count(Subscriber) == 0


def test_what_is_no_longer_in_force_is_left_out_and_nothing_at_all_is_no_subscription(world: World) -> None:
    asked(world, rules=("missile", "truce"))
    retire(world, "truce")
    found = look(reception(world), link(world), world.now)
    assert found.stage is Stage.OPEN and found.plan is not None and found.plan.rules == ("Missiles",)
    retire(world, "missile")
    assert pressed(world) is Stage.GONE
    assert world.count(Subscriber) == 0


def test_a_request_nobody_confirmed_is_forgotten_after_a_month_and_a_confirmed_one_is_kept(
    world: World,
) -> None:
    asked(world)
    asked(world, "second@desk.example.org")
    pressed(world)
    retain(world.engine, world.wait(days=FORGET_AFTER.days, seconds=1), 365)
    with reading(world.engine) as tx:
        (row,) = tx.execute(select(Request)).all()
    assert row.wish.address == "second@desk.example.org"


def test_a_forgotten_request_can_no_longer_be_confirmed(world: World) -> None:
    asked(world)
    confirmation = link(world)
    with writing(world.engine) as tx:
        requests.forget_unconfirmed(tx, NOW + timedelta(days=1))
    assert confirm(reception(world), confirmation, "192.0.2.7", NOW).stage is Stage.GONE


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"address": "no address"}, BadInput),
        ({"rules": ()}, BadInput),
        ({"hour": 24}, BadInput),
        ({"rules": ("nothing-of-ours",)}, NotFound),
    ],
)
def test_a_wish_that_nobody_could_have_is_refused_and_leaves_no_trace(
    world: World, more: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        ask(reception(world), wish(**more), "192.0.2.7", NOW)
    assert world.count(Request) == world.count(Delivery) == 0


# --- who is known already ------------------------------------------------------------------


def test_a_subscriber_who_signs_up_again_gets_the_link_to_their_own_page(world: World) -> None:
    """R21: the same answer outside; inside, nothing of theirs is changed by a stranger."""
    person = world.person(READER)
    asked(world, "Muna@DESK.example.org", cadence=Cadence.DAILY)
    ((address, letter),) = letters(world)
    assert (address, letter.kind, letter.target_id) == (READER, LetterKind.PREFERENCES, person)
    assert letter.language == "en"
    assert world.column(Subscription.cadence) == [Cadence.IMMEDIATE]
    assert world.column(Request.wish) == [None]


def test_who_has_left_comes_back_by_confirming_anew(world: World) -> None:
    """R20, R22: leaving never blocks a confirmation that the person asks for."""
    person = world.person(READER)
    leave(world, person)
    assert world.count(Suppression) == 1
    asked(world)
    assert kinds(world) == [LetterKind.GOODBYE, LetterKind.CONFIRM]
    assert pressed(world) is Stage.CONFIRMED
    assert world.count(Suppression) == 0
    assert [each.state for each in people(world)] == [SubscriberState.CONFIRMED]
    ended = world.column(Subscription.ended_at)
    assert [at is None for at in ended] == [False, True], "only what was asked for now begins again"


def test_a_link_that_was_used_does_not_bring_back_who_has_left_since(world: World) -> None:
    """R22."""
    asked(world)
    pressed(world)
    leave(world, people(world)[0].id)
    assert pressed(world) is Stage.LEFT
    assert [each.state for each in people(world)] == [SubscriberState.UNSUBSCRIBED]
    assert world.count(Suppression) == 1


@pytest.mark.parametrize(
    "kind", [SuppressionKind.BOUNCED, SuppressionKind.COMPLAINED, SuppressionKind.OPERATOR]
)
def test_nothing_is_sent_where_mail_came_back_or_somebody_complained(
    world: World, kind: SuppressionKind
) -> None:
    """R22."""
    with writing(world.engine) as tx:
        suppressions.suppress(tx, world.address_hashes(READER), kind, "", NOW)
    asked(world)
    ask_for_link(reception(world), READER, "192.0.2.8", world.wait(hours=2))
    assert letters(world) == []
    assert world.column(Request.answered) == [False, False]


def test_a_suppression_between_asking_and_confirming_is_respected(world: World) -> None:
    """R22."""
    asked(world)
    with writing(world.engine) as tx:
        suppressions.suppress(tx, world.address_hashes(READER), SuppressionKind.COMPLAINED, "", NOW)
    assert pressed(world) is Stage.REFUSED
    assert world.count(Subscriber) == 0


def test_a_suppression_made_under_an_old_key_still_holds_and_is_lifted(world: World) -> None:
    """R18, R22: the hash outlives the key that made it."""
    old, new = world.address_hashes(READER)[0], "f" * 64
    with writing(world.engine) as tx:
        suppressions.suppress(tx, (old,), SuppressionKind.UNSUBSCRIBED, "", NOW)
        assert suppressions.is_suppressed(tx, (new, old))
        assert not suppressions.is_suppressed(tx, (new,))
        suppressions.suppress(tx, (new, old), SuppressionKind.UNSUBSCRIBED, "", NOW)
        assert suppressions.lift(tx, (new, old), SuppressionKind.UNSUBSCRIBED)
        assert not suppressions.is_suppressed(tx, (new, old))


# --- asking for the link -------------------------------------------------------------------


def test_the_link_to_the_own_page_goes_to_subscribers_also_to_those_who_left(world: World) -> None:
    person = world.person(READER)
    ask_for_link(reception(world), READER, "192.0.2.7", world.now)
    leave(world, person)
    ask_for_link(reception(world), READER, "192.0.2.7", world.wait(hours=2))
    assert kinds(world) == [LetterKind.PREFERENCES, LetterKind.GOODBYE, LetterKind.PREFERENCES]


def test_a_stranger_who_asks_for_a_link_gets_no_mail(world: World) -> None:
    ask_for_link(reception(world), READER, "192.0.2.7", world.now)
    assert letters(world) == []
    assert world.count(Request) == 1


# --- saying goodbye ------------------------------------------------------------------------


def test_who_leaves_a_digest_or_everything_is_told_what_has_ended_once(world: World) -> None:
    person = world.person(READER, Cadence.WEEKLY)
    (order,) = world.column(Subscription.id)
    for _ in range(2):
        leave(world, person, Scope.DIGEST, order)
    for _ in range(2):
        leave(world, person)
    (_, digest), (_, everything) = letters(world)
    assert digest.kind is everything.kind is LetterKind.GOODBYE
    assert digest.plan is not None and digest.plan.cadence is Cadence.WEEKLY
    assert digest.plan.rules == ("Missiles", "Sanctions", "Truces")
    assert everything.plan is None and everything.target_id == person


def test_a_goodbye_is_sent_although_the_address_is_on_the_suppression_list(world: World) -> None:
    """R22: they asked for it themselves."""
    leave(world, world.person(READER))
    world.render = lambda *_: Rendered(Message("en", "goodbye", "", ""), b"mail")
    world.deliver()
    assert [recipient for recipient, _ in world.transport.accepted] == [READER]


def test_who_left_during_a_pause_and_asks_again_is_not_paused_any_more(world: World) -> None:
    asked(world)
    pressed(world)
    (person,) = people(world)
    far = Habits("en", "UTC", paused_until=NOW + timedelta(days=9999))
    change_habits(world.engine, person.id, far, languages=("en",), now=world.now)
    leave(world, person.id)
    world.wait(days=2)
    asked(world)
    pressed(world)
    (person,) = people(world)
    assert person.paused_until is None
