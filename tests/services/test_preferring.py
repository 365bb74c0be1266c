"""A subscriber changes what comes: at once, without losing what was not told yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from small_world import NOW, Entry, World
from sqlalchemy import Engine

from alerts.errors import BadInput, NotFound
from alerts.model import Cadence, Grant, Level, Quiet, Scope
from alerts.services.preferring import Choice, Habits, change_habits, change_order
from alerts.store import preferences, subscribers
from alerts.store.mail_schema import Subscription, SubscriptionRule
from alerts.store.subscribers import Order, Person
from alerts.store.unit import reading, writing

LANGUAGES = ("en", "ar")


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def person_of(world: World, person_id: int) -> Person:
    with reading(world.engine) as tx:
        found = subscribers.person(tx, person_id)
    assert found is not None
    return found


def open_orders(world: World, person_id: int) -> list[Order]:
    with reading(world.engine) as tx:
        return [each for each in subscribers.orders_of(tx, person_id) if each.ended_at is None]


def habits(world: World, person_id: int, **more: Any) -> None:
    said = {"language": "en", "timezone": "UTC"} | more
    change_habits(world.engine, person_id, Habits(**said), languages=LANGUAGES, now=world.now)


def choice(cadence: Cadence = Cadence.WEEKLY, *rules: str, **more: Any) -> Choice:
    return Choice(cadence, rules or ("missile",), (), **more)


def test_language_zone_quiet_hours_and_a_pause_are_kept(world: World) -> None:
    person = world.person()
    until = datetime(2026, 4, 1, tzinfo=UTC)
    habits(world, person, language="ar", timezone="Asia/Amman", quiet=Quiet(22, 6), paused_until=until)
    found = person_of(world, person)
    assert (found.language, found.timezone, found.quiet, found.paused_until) == (
        "ar",
        "Asia/Amman",
        Quiet(22, 6),
        until,
    )
    habits(world, person)
    found = person_of(world, person)
    assert (found.quiet, found.paused_until) == (None, None), "both can be taken back"


def test_a_new_zone_moves_the_digest_to_its_hour_there(world: World) -> None:
    person = world.person(cadence=Cadence.DAILY, hour=8)
    habits(world, person, timezone="Asia/Seoul")
    (order,) = open_orders(world, person)
    assert order.next_due_at is not None
    assert order.next_due_at.astimezone(UTC).hour == 23  # 08:00 in Seoul


@pytest.mark.parametrize("wrong", [{"language": "tlh"}, {"timezone": "Mars/Olympus"}, {"quiet": Quiet(7, 7)}])
def test_what_cannot_be_is_refused_and_changes_nothing(world: World, wrong: dict[str, Any]) -> None:
    person = world.person()
    before = person_of(world, person)
    with pytest.raises(BadInput):
        habits(world, person, **wrong)
    assert person_of(world, person) == before


def test_a_subscription_becomes_exactly_what_was_chosen(world: World) -> None:
    person = world.person(cadence=Cadence.WEEKLY, hour=8, weekday=0)
    (order,) = open_orders(world, person)
    chosen = choice(
        Cadence.WEEKLY, "truce", hour=6, minute=45, weekday=4, surge_level=Level.URGENT, tell_nothing=True
    )
    change_order(world.engine, person, order.id, chosen, world.now)
    (order,) = open_orders(world, person)
    assert (order.hour, order.minute, order.weekday, order.surge_level, order.tell_nothing) == (
        6,
        45,
        4,
        Level.URGENT,
        True,
    )
    assert order.next_due_at == datetime(2026, 3, 13, 6, 45, tzinfo=UTC), "a day and more after the last one"
    with reading(world.engine) as tx:
        assert [rule.name.key for rule in subscribers.rules_of(tx, order.id)] == ["truce"]


def test_a_rule_that_stays_is_followed_since_when_it_was(world: World) -> None:
    person = world.person(cadence=Cadence.WEEKLY)
    (order,) = open_orders(world, person)
    change_order(world.engine, person, order.id, choice(Cadence.WEEKLY, "missile"), world.wait(hours=3))
    with reading(world.engine) as tx:
        added = tx.execute(SubscriptionRule.__table__.select()).all()
    assert [row.added_at for row in added] == [NOW]


def test_another_cadence_tells_what_the_old_one_had_not_told_yet(world: World) -> None:
    person = world.person(cadence=Cadence.WEEKLY, rules=["missile"])
    world.wait(days=1)
    world.add_feed("post", [Entry("a", "A missile in the harbour")])
    world.poll()
    (order,) = open_orders(world, person)
    change_order(world.engine, person, order.id, choice(Cadence.DAILY), world.now)
    (order,) = open_orders(world, person)
    assert order.cadence is Cadence.DAILY
    world.wait(days=1)
    world.compose()
    world.deliver()
    assert world.titles == ["A missile in the harbour"]


def test_who_turns_a_digest_into_alerts_gets_what_waited_at_once(world: World) -> None:
    person = world.person(cadence=Cadence.WEEKLY, rules=["missile"])
    world.wait(days=1)
    world.add_feed("post", [Entry("a", "A missile in the harbour")])
    world.poll()
    (order,) = open_orders(world, person)
    change_order(world.engine, person, order.id, choice(Cadence.IMMEDIATE), world.wait(minutes=1))
    world.compose()
    world.deliver()
    assert world.titles == ["A missile in the harbour"]


def test_alerts_turned_into_a_digest_are_not_told_again(world: World) -> None:
    person = world.person(rules=["missile"])
    world.add_feed("post", [Entry("a", "A missile in the harbour")])
    world.poll()
    world.deliver()
    (order,) = open_orders(world, person)
    change_order(world.engine, person, order.id, choice(Cadence.DAILY), world.wait(minutes=1))
    world.wait(days=1)
    world.compose()
    world.deliver()
    assert world.titles == ["A missile in the harbour"]


def test_a_second_subscription_is_added_beside_the_first(world: World) -> None:
    person = world.person(rules=["missile"])
    change_order(world.engine, person, None, choice(Cadence.MONTHLY, "truce"), world.now)
    assert [order.cadence for order in open_orders(world, person)] == [Cadence.IMMEDIATE, Cadence.MONTHLY]


def test_one_that_had_ended_begins_anew(world: World) -> None:
    person = world.person(cadence=Cadence.WEEKLY)
    (order,) = open_orders(world, person)
    with writing(world.engine) as tx:
        preferences.leave(tx, Grant(person, Scope.DIGEST, order.id), world.now)
    change_order(world.engine, person, None, choice(Cadence.WEEKLY, "truce"), world.wait(days=30))
    (again,) = open_orders(world, person)
    assert again.id == order.id
    assert again.covered_until == again.started_at == world.now


def test_two_of_one_cadence_nothing_at_all_and_those_of_others_are_refused(world: World) -> None:
    person, other = world.person(), world.person("other@desk.example.org", Cadence.DAILY)
    change_order(world.engine, person, None, choice(Cadence.DAILY), world.now)
    mine = open_orders(world, person)[0].id
    (theirs,) = open_orders(world, other)
    before = world.column(Subscription.cadence)
    with pytest.raises(BadInput):
        change_order(world.engine, person, mine, choice(Cadence.DAILY), world.now)
    with pytest.raises(BadInput):
        change_order(world.engine, person, mine, Choice(Cadence.IMMEDIATE, (), ()), world.now)
    with pytest.raises(NotFound):
        change_order(world.engine, person, theirs.id, choice(Cadence.MONTHLY), world.now)
    assert world.column(Subscription.cadence) == before


def test_an_old_page_does_not_bring_back_who_has_left(world: World) -> None:
    """R22."""
    person = world.person()
    with writing(world.engine) as tx:
        preferences.leave(tx, Grant(person, Scope.EVERYTHING, 0), world.now)
    with pytest.raises(NotFound):
        change_order(world.engine, person, None, choice(Cadence.DAILY), world.now)
    with pytest.raises(NotFound):
        habits(world, person)
    assert open_orders(world, person) == []


def test_leaving_a_situation_or_rule_drops_alerts_that_wait_to_be_sent(world: World) -> None:
    """R19: consent is checked when the mail is about to go."""
    person = world.person(rules=["missile"])
    world.add_feed("post", [Entry("a", "A missile in the harbour")])
    world.poll()
    with reading(world.engine) as tx:
        (rule,) = subscribers.rules_of(tx, open_orders(world, person)[0].id)
    with writing(world.engine) as tx:
        assert preferences.leave(
            tx, Grant(person, Scope.RULE, rule.rule_id), world.now + timedelta(seconds=1)
        )
    ((_, settled),) = world.deliver()
    assert settled.state.value == "suppressed"
    assert world.transport.accepted == []


@pytest.mark.parametrize(
    ("old", "new"), [(Cadence.IMMEDIATE, Cadence.DAILY), (Cadence.DAILY, Cadence.WEEKLY)]
)
def test_mail_that_waits_to_be_sent_goes_out_although_the_cadence_changes(
    world: World, old: Cadence, new: Cadence
) -> None:
    person = world.person(cadence=old, rules=["missile"])
    world.add_feed("post", [Entry("a", "A missile in the harbour")])
    world.poll()
    world.wait(days=1)
    world.compose()
    (order,) = open_orders(world, person)
    change_order(world.engine, person, order.id, choice(new), world.now)
    for _ in range(9):
        world.deliver()
        world.wait(days=1)
        world.compose()
    assert world.titles == ["A missile in the harbour"]


def test_an_alert_that_waits_is_dropped_with_its_rule_although_the_cadence_changes_too(world: World) -> None:
    person = world.person()
    world.show("post", [Entry("1", "Missile over the strait", hours=0)])
    world.poll()
    (order,) = open_orders(world, person)
    change_order(world.engine, person, order.id, choice(Cadence.DAILY, "truce"), world.now)
    world.deliver()
    assert world.titles == []
