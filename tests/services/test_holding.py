"""Held alerts: kept back for quiet hours, a pause or a crowd; told later, once, all of them (R29)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from small_world import NOW, Entry, World
from sqlalchemy import Connection, Engine, update

from alerts.model import Cadence, DeliveryState, Grant, Quiet, Rule, Scope, Severity, Wish
from alerts.services import why as asking
from alerts.services.subscribe import subscribe
from alerts.services.unsubscribe import unsubscribe
from alerts.store import ledger, mail_schema, subscribers
from alerts.store.unit import reading, writing

MISSILE = ("missile",)
RULES = (
    Rule("missile", "Missiles", "missile", Severity.HIGH),
    Rule("school", "Attacks on schools", "school", Severity.CRITICAL),
    Rule("sanctions", "Sanctions", "sanctions"),
)
NIGHT = Quiet(13, 17)  # the world's clock begins at 14:30
EVENING = datetime(NOW.year, NOW.month, NOW.day, 17, tzinfo=UTC)
TITLES = (
    "Weather",
    "Missile sinks a grain ship off Odelia",
    "Parliament debates the cost of missile defence",
    "Children hurt as missile lands on school yard in Karsin",
    "Museum shows first missile ever built",
    "Neighbours accuse Tarvo of selling missile parts",
    "Airport of Belmar shut after missile warning",
    "Missile test postponed because of storm",
    "Farmers find old missile under wheat field",
)


@pytest.fixture
def world(engine: Engine) -> World:
    world = World(engine, rules=RULES)
    world.add_feed("post", [Entry("old", "Weather", hours=99)])
    world.poll()
    return world


def _news(world: World, first: int, last: int) -> None:
    """Items of stories of their own, found now."""
    world.show("post", [Entry(str(n), TITLES[n], hours=0) for n in range(first, last + 1)])
    world.poll()


def _wish(world: World, **terms: object) -> None:
    wish = Wish("duty@desk.example.org", None, None, Cadence.IMMEDIATE, MISSILE, confirmed=True, **terms)  # type: ignore[arg-type]
    subscribe(
        world.engine,
        [wish],
        languages=("en",),
        address_hashes=world.address_hashes,
        actor="test",
        now=world.now,
    )


def _balance(world: World) -> ledger.Ledger:
    with reading(world.engine) as tx:
        return ledger.read(tx)


def test_quiet_hours_hold_every_alert_and_release_them_as_one_mail(world: World) -> None:
    world.person(rules=MISSILE, quiet=NIGHT)
    _news(world, 1, 1)
    fired = world.now
    world.wait(minutes=30)
    _news(world, 2, 3)
    assert world.outbox() == ()
    assert (_balance(world).waiting, _balance(world).merged) == (3, 0)
    world.clock.now = EVENING - timedelta(minutes=1)
    assert world.compose() == ()
    world.clock.now = EVENING
    world.compose()
    (mail,) = world.outbox()
    assert mail.cadence is Cadence.IMMEDIATE
    assert mail.digest.held_since == fired
    assert mail.digest.total == 3
    assert _balance(world).waiting == 0
    world.wait(minutes=5)
    _news(world, 4, 4)
    assert [each.digest.held_since for each in world.outbox()] == [fired, None]


def test_who_asks_why_learns_that_an_alert_is_held_and_until_when(world: World) -> None:
    world.person(rules=MISSILE, quiet=NIGHT)
    _news(world, 1, 1)
    with reading(world.engine) as tx:
        ((_, answers),) = asking.why(tx, "https://harbour.example/1")
    assert [(each.outcome, each.at) for each in answers if each.rule == "missile"] == [("held", EVENING)]


def test_what_joins_a_story_told_before_is_not_told_again_when_held_alerts_are_released(world: World) -> None:
    world.person(rules=MISSILE, quiet=Quiet(15, 17))
    _news(world, 1, 1)
    world.clock.now = NOW.replace(hour=15, minute=30)
    world.show("post", [Entry("again", TITLES[1], hours=0)])
    world.poll()
    _news(world, 2, 2)
    world.clock.now = EVENING
    world.compose()
    first, released = world.outbox()
    assert (first.digest.total, released.digest.total) == (1, 1)
    assert released.digest.entries[0].title.text == TITLES[2]
    assert _balance(world).merged == 1


def test_a_crowd_is_told_in_a_few_single_alerts_and_then_in_one_mail(world: World) -> None:
    world.per_hour = 4
    world.person(rules=MISSILE)
    _news(world, 1, 8)
    assert [each.digest.total for each in world.outbox()] == [1, 1]
    world.wait(minutes=29)
    assert world.compose() == ()
    world.wait(minutes=1)
    world.compose()
    assert [each.digest.total for each in world.outbox()] == [1, 1, 6]
    assert _balance(world).waiting == 0


def test_what_is_critical_does_not_wait_behind_a_crowd_of_what_is_not(world: World) -> None:
    world.per_hour = 4
    world.person(rules=("missile", "school"))
    _news(world, 4, 8)
    _news(world, 3, 3)
    assert [each.digest.total for each in world.outbox()] == [1, 1, 1]
    assert world.outbox()[-1].digest.entries[0].title.text == TITLES[3]
    world.wait(minutes=60)
    world.compose()
    assert [each.digest.total for each in world.outbox()] == [1, 1, 1, 3]


def test_one_readers_crowd_holds_up_nobody_else(world: World) -> None:
    world.per_hour = 2
    world.person(rules=MISSILE)
    _news(world, 1, 3)
    world.person("late@desk.example.org", rules=MISSILE)
    _news(world, 4, 4)
    assert [each.address for each in world.outbox()] == ["duty@desk.example.org", "late@desk.example.org"]


def test_a_pause_drops_nothing_and_its_end_brings_one_mail(world: World) -> None:
    world.person(rules=MISSILE, paused_until=NOW + timedelta(days=40))
    world.person("d@desk.example.org", Cadence.DAILY, MISSILE, paused_until=NOW + timedelta(days=40))
    for day in range(1, 6):
        _news(world, day, day)
        world.wait(days=1)
        world.compose()
        world.deliver()
    assert world.outbox() == ()
    world.clock.now = NOW + timedelta(days=40, minutes=1)
    world.compose()
    world.compose()
    assert {(each.cadence, each.digest.total) for each in world.outbox()} == {
        (Cadence.IMMEDIATE, 5),
        (Cadence.DAILY, 5),
    }
    assert not any(each.digest.late for each in world.outbox())


def test_ending_a_pause_early_releases_what_it_held_at_once(world: World) -> None:
    world.person(rules=MISSILE, paused_until=NOW + timedelta(days=9))
    _news(world, 1, 2)
    world.wait(hours=1)
    _wish(world, paused_until=world.now)
    world.compose()
    assert [each.digest.total for each in world.outbox()] == [2]


def test_a_digest_asked_for_within_quiet_hours_comes_at_its_hour_but_a_late_one_waits(world: World) -> None:
    world.person("d@desk.example.org", Cadence.DAILY, MISSILE, hour=16, quiet=Quiet(15, 23))
    world.person("e@desk.example.org", Cadence.DAILY, MISSILE, hour=14, quiet=Quiet(15, 23))
    _news(world, 1, 1)
    world.clock.now = NOW.replace(hour=16, minute=0)
    world.compose()
    assert [each.address for each in world.outbox()] == ["d@desk.example.org"]
    world.clock.now = NOW.replace(hour=15, minute=30) + timedelta(days=1)  # the service was down at 14:00
    world.compose()
    assert [each.address for each in world.outbox()] == ["d@desk.example.org"]
    world.clock.now = NOW.replace(hour=23, minute=0) + timedelta(days=1)
    world.compose()
    assert {each.address for each in world.outbox()} == {"d@desk.example.org", "e@desk.example.org"}


def test_who_leaves_while_alerts_are_held_gets_none_of_them(world: World) -> None:
    person = world.person(rules=MISSILE, quiet=NIGHT)
    _news(world, 1, 1)
    grant = Grant(person, Scope.EVERYTHING, 0)
    unsubscribe(
        world.engine,
        grant,
        address_hashes=world.address_hashes,
        message_id=world.message_id,
        actor="reader",
        now=world.now,
    )
    world.clock.now = EVENING
    assert world.compose() == ()
    assert world.count(mail_schema.DigestRow) == 0


def test_a_released_mail_is_made_once_however_many_workers_try(world: World) -> None:
    world.person(rules=MISSILE, quiet=NIGHT)
    _news(world, 1, 1)
    world.clock.now = EVENING
    world.compose()
    world.compose()
    world.deliver()
    assert [each.state for each in world.outbox()] == [DeliveryState.SENT]
    assert world.count(mail_schema.Told) == 1


def test_the_next_alert_about_a_story_answers_the_first_one(world: World) -> None:
    """R30: the root's Message-ID is kept for each subscription and story, and no later mail takes it."""
    world.person(rules=("missile", "sanctions"))
    world.show("post", [Entry("a", "Missile strikes the harbour of the capital", hours=0)])
    world.poll()
    world.wait(hours=1)
    world.show("post", [Entry("b", "Missile strikes the harbour of the capital, sanctions follow", hours=0)])
    world.poll()
    first, update = world.outbox()
    assert first.digest.root == ""
    assert update.digest.root == first.message_id != update.message_id


def test_an_empty_digest_comes_only_to_who_asked_for_it(world: World) -> None:
    world.person("d@desk.example.org", Cadence.DAILY, MISSILE)
    world.person("e@desk.example.org", Cadence.DAILY, MISSILE, tell_nothing=True)
    world.wait(days=1)
    world.compose()
    assert [(each.address, each.digest.total) for each in world.outbox()] == [("e@desk.example.org", 0)]


def test_a_digest_comes_at_its_minute(world: World) -> None:
    world.person("d@desk.example.org", Cadence.DAILY, MISSILE, hour=16, minute=45, tell_nothing=True)
    world.clock.now = NOW.replace(hour=16, minute=44)
    assert world.compose() == ()
    world.clock.now = NOW.replace(hour=16, minute=45)
    world.compose()
    assert len(world.outbox()) == 1


def test_a_zone_that_this_machine_does_not_know_holds_up_nobodys_alerts(world: World) -> None:
    world.person(rules=MISSILE, quiet=NIGHT)
    world.person("other@desk.example.org", rules=MISSILE)
    with writing(world.engine) as tx:
        lost = update(mail_schema.Subscriber).where(mail_schema.Subscriber.id == 1)
        tx.execute(lost.values(timezone="Mars/Olympus"))
    _news(world, 1, 1)
    assert len(world.outbox()) == 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_older_news_that_is_held_while_a_mail_is_made_is_told_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poll that began a second before the first held alert, and ends while that is being released."""
    world.person(rules=MISSILE, quiet=NIGHT)
    slow = world.add_feed("late", [Entry("old", "Weather", hours=99)])
    world.poll()
    began = world.wait(minutes=10)
    world.wait(seconds=1)
    _news(world, 1, 1)
    world.clock.now = EVENING
    read, late = subscribers.order, [TITLES[2]]

    def and_a_poll_ends(tx: Connection, subscription_id: int) -> subscribers.Order:
        found = read(tx, subscription_id)
        if late:
            world.clock.now = began
            world.show("late", [Entry("2", late.pop(), hours=0)])
            world.poll(slow)
            world.clock.now = EVENING
        return found

    monkeypatch.setattr(subscribers, "order", and_a_poll_ends)
    world.compose()
    monkeypatch.undo()
    world.compose()
    assert world.count(mail_schema.Told) == 2
