"""What was found is told, whatever editors do to its rule and its situation meanwhile, and whatever became of
the mail before it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from small_world import SENT, Entry, World
from sqlalchemy import Engine

from alerts.model import Feed, Fetched, Grant, Outcome, Quiet, Rule, Scope, Sending, Situation
from alerts.rules.index import RuleIndex
from alerts.services.rules import Edit, import_rules, retire_rule
from alerts.services.situations import import_situations, retire_situation
from alerts.store import digests, preferences
from alerts.store import schema as table
from alerts.store.unit import writing

FIRED = "North Korea fires ballistic missile over northern Japan, Tokyo says"
AGAIN = "North Korea fires ballistic missile over Japan, says Tokyo"
KOREA = Situation("korea", "Korea", ("kp",), ("missile", "sanctions"))
NOT_NOW = Sending(Outcome.RETRY, "rcpt", 451, "greylisted, try later")
OLD = [Entry("old", "Weather", hours=99)]


@pytest.fixture
def world(engine: Engine) -> World:
    world = World(engine)
    import_situations(engine, [KOREA], _by_ben(world), ("en",))
    world.add_feed("post", OLD)
    world.add_feed("wire", OLD)
    world.poll()
    return world


def _by_ben(world: World) -> Edit:
    return Edit("ben", world.now)


def _shows(world: World, title: str, feed: str = "post", hours: float | None = 0) -> None:
    world.show(feed, [*OLD, Entry(feed, title, hours=hours)])
    world.poll()


# --- editors ------------------------------------------------------------------------------


def _other_rules(world: World) -> None:
    import_situations(world.engine, [replace(KOREA, rules=("sanctions",))], _by_ben(world), ("en",))


def _no_rule(world: World) -> None:
    retire_rule(world.engine, "missile", _by_ben(world))


def _no_situation(world: World) -> None:
    retire_situation(world.engine, "korea", _by_ben(world))


@pytest.mark.parametrize("change", [_other_rules, _no_rule, _no_situation])
def test_what_an_editor_does_to_a_situation_stops_no_mail_about_it_that_waits(
    world: World, change: Callable[[World], None]
) -> None:
    world.person(rules=(), situations=("korea",))
    _shows(world, FIRED)
    world.transport.script = [NOT_NOW]
    world.deliver()
    change(world)
    world.wait(hours=1)
    world.deliver()
    assert world.titles == [FIRED]


def test_who_leaves_a_situation_gets_no_mail_about_it_that_waits(world: World) -> None:
    person = world.person(rules=("truce",), situations=("korea",))
    _shows(world, FIRED)
    with writing(world.engine) as tx:
        assert preferences.leave(tx, Grant(person, Scope.SITUATION, 1), world.now)
    world.deliver()
    assert world.titles == []
    assert [each.reason for each in world.outbox()] == ["the subscriber has left this rule"]


def test_an_alert_that_was_held_when_its_rule_was_retired_is_told(world: World) -> None:
    world.person(rules=(), situations=("korea",), quiet=Quiet(14, 16))
    _shows(world, FIRED)
    world.wait(minutes=5)
    _no_rule(world)
    world.wait(hours=2)
    world.compose()
    world.deliver()
    assert world.titles == [FIRED]


SUEZ = Rule("canal", "Canals", "suez")
HORMUZ = replace(SUEZ, query="hormuz")
CLOSED = "Strait of Hormuz is closed"


def test_a_rule_saved_while_feeds_are_fetched_finds_what_they_bring(world: World) -> None:
    import_rules(world.engine, [SUEZ], author="ben", now=world.now)
    world.person(rules=["canal"])
    world.show("post", [*OLD, Entry("1", CLOSED)])
    polling = world.polling()

    async def fetch(feed: Feed) -> Fetched:
        import_rules(world.engine, [HORMUZ], author="ben", now=world.now)
        return await polling.fetch(feed)

    world.poll(polling=replace(polling, fetch=fetch))
    world.deliver()
    assert world.titles == [CLOSED]


def test_a_rule_saved_while_a_document_is_matched_finds_what_it_brings(world: World) -> None:
    import_rules(world.engine, [SUEZ], author="ben", now=world.now)
    world.person(rules=["canal"])
    world.show("post", [*OLD, Entry("1", CLOSED)])
    begun: list[RuleIndex] = []

    def index() -> RuleIndex:
        begun.append(world.book.index())
        if len(begun) == 1:  # saved just after matching began with the old ones
            import_rules(world.engine, [HORMUZ], author="ben", now=world.now)
        return begun[-1]

    world.poll(1, polling=replace(world.polling(), index=index))
    world.deliver()
    assert world.titles == [CLOSED]
    assert world.column(table.Item.title, table.Item.feed_id == 1) == ["Weather", CLOSED]


# --- mail that was given up ---------------------------------------------------------------

FULL = Sending(Outcome.FAILED, "dot", 552, "mailbox full")
NOBODY = Sending(Outcome.SUPPRESS, "rcpt", 550, "5.1.1 no such user")
UNSURE = Sending(Outcome.AMBIGUOUS, "dot", None, "connection lost")


def test_after_an_alert_that_failed_the_next_item_of_its_story_is_told_and_answers_nothing(
    world: World,
) -> None:
    world.person()
    _shows(world, FIRED)
    world.transport.script = [FULL]
    world.deliver()
    world.wait(hours=20)
    _shows(world, AGAIN, "wire")
    world.deliver()
    assert world.titles == [AGAIN]
    digest = world.outbox()[-1].digest
    assert digest is not None and digest.root == ""


def test_after_an_alert_that_was_suppressed_the_next_item_of_its_story_makes_one(world: World) -> None:
    world.person()
    _shows(world, FIRED)
    world.transport.script = [NOBODY]
    world.deliver()
    _shows(world, AGAIN, "wire")
    assert len(world.outbox()) == 2


@pytest.mark.parametrize("answer", [SENT, NOT_NOW, UNSURE])
def test_an_alert_that_was_sent_waits_or_may_have_arrived_has_told_its_story(
    world: World, answer: Sending
) -> None:
    world.person()
    _shows(world, FIRED)
    world.transport.script = [answer]
    world.deliver()
    _shows(world, AGAIN, "wire")
    assert len(world.outbox()) == 1


def test_what_one_worker_saves_while_another_composes_held_alerts_is_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.person(quiet=Quiet(14, 16))
    _shows(world, FIRED)
    world.wait(hours=2)
    world.show("wire", [*OLD, Entry("2", AGAIN, hours=0)])
    composing, polled, save = threading.Event(), threading.Event(), digests.save

    def slowly(*given: object) -> object:
        made = save(*given)  # type: ignore[arg-type]
        if not composing.is_set():
            composing.set()
            polled.wait(1)  # it is not: it has to wait for this transaction to end
        return made

    monkeypatch.setattr(digests, "save", slowly)
    composer = threading.Thread(target=world.compose)
    composer.start()
    assert composing.wait(30)
    world.poll()
    polled.set()
    composer.join()
    world.deliver()
    assert world.titles == [FIRED]
