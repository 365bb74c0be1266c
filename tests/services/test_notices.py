"""Operators are told of each trouble once, of a kind once a day, and of nothing when nothing is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from small_world import NOW, Entry, World
from sqlalchemy import Engine

from alerts.errors import FetchError
from alerts.model import Coverage, FeedState, Letter, LetterKind, Message, Outcome, Sending, SilentFeed
from alerts.services.deliver import Rendered
from alerts.services.notices import about_coverage, not_told, notices
from alerts.store import feed_changes
from alerts.store.troubles import DeadFeed
from alerts.store.unit import writing

OPERATORS = ("duty@ops.example.org", "desk@ops.example.org")
DOWN = FetchError("timeout", "no answer in 30 s")


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def told(world: World) -> list[tuple[str, Letter]]:
    """What a look now adds to the outbox."""
    before = len(world.outbox())
    ids = notices(world.engine, OPERATORS, "en", world.now, world.message_id)
    new = [(each.address, each.letter) for each in world.outbox()[before:] if each.letter is not None]
    assert len(ids) == len(new)
    return new


def fail(world: World, name: str) -> None:
    world.web[f"https://{name}.example/feed"] = DOWN
    world.poll()


def test_nothing_wrong_is_nothing_said(world: World) -> None:
    world.add_feed("post", [Entry("a", "Calm seas")])
    world.poll()
    assert told(world) == []
    assert notices(world.engine, (), "en", world.wait(days=3), world.message_id) == ()


def test_a_feed_that_cannot_be_read_for_a_day_is_told_once_an_outage(world: World) -> None:
    for name in ("post", "wire", "lake", "cape", "bay", "isle"):
        world.add_feed(name, [Entry("a", "Calm seas")])
    world.poll()
    world.wait(hours=23)
    fail(world, "post")
    assert told(world) == []
    world.wait(hours=2)
    world.poll()
    (first, second) = told(world)
    assert (first[0], second[0]) == OPERATORS
    letter = first[1]
    assert letter.kind is LetterKind.DEAD_FEEDS and letter.count == 1 and letter.at == world.now
    assert letter.troubles[0].name == "Post" and letter.troubles[0].since == NOW
    assert "timeout" in letter.troubles[0].detail
    for _ in range(3):
        world.wait(days=1)
        world.poll()
        assert told(world) == []
    world.show("post", [Entry("b", "Back again")])
    world.poll()
    world.wait(days=1)
    fail(world, "post")
    assert [address for address, _ in told(world)] == list(OPERATORS), "a new outage is new"


def test_a_feed_that_its_server_calls_gone_is_told_once_as_one_that_is_not_tried_again(world: World) -> None:
    for name in ("post", "wire", "lake", "cape", "bay", "isle"):
        world.add_feed(name, [Entry("a", "Calm seas")])
    world.poll()
    world.wait(hours=1)
    world.web["https://post.example/feed"] = FetchError("http", "status 410", transient=False, status=410)
    world.poll()
    assert told(world) == []
    world.wait(days=1)
    world.poll()
    (letter, _) = (letter for _, letter in told(world))
    assert letter.kind is LetterKind.DEAD_FEEDS
    assert [(each.name, each.detail) for each in letter.troubles] == [
        ("Post", "http: status 410: not tried again until somebody resumes it")
    ]
    world.wait(days=1)
    world.poll()
    assert told(world) == []


def test_a_feed_that_somebody_removed_is_no_trouble(world: World) -> None:
    for name in ("post", "wire", "lake", "cape", "bay", "isle"):
        world.add_feed(name, [Entry("a", "Calm seas")])
    world.poll()
    fail(world, "post")
    with writing(world.engine) as tx:
        feed_changes.set_states(tx, [1], FeedState.RETIRED)
    world.wait(days=2)
    world.poll()
    assert told(world) == []


def test_feeds_that_die_on_one_day_share_one_letter(world: World) -> None:
    for name in ("post", "wire", "lake", "cape", "bay", "isle", "reef", "quay", "dock", "pier"):
        world.add_feed(name, [Entry("a", "Calm seas")])
    world.poll()
    for name in ("post", "wire"):
        fail(world, name)
    world.wait(hours=25)
    world.poll()
    (letter, _) = (letter for _, letter in told(world))
    assert [trouble.name for trouble in letter.troubles] == ["Post", "Wire"]


def test_mail_that_was_given_up_is_told_by_its_reasons_without_addresses(world: World) -> None:
    for number in range(3):
        world.person(f"reader{number}@desk.example.org")
    world.add_feed("post", [Entry("a", "A missile in the harbour")])
    world.poll()
    refused = Sending(Outcome.FAILED, "rcpt", 554, "not today")
    world.transport.script = [refused, refused]
    world.deliver()
    (letter, _) = (letter for _, letter in told(world))
    assert letter.kind is LetterKind.FAILED_DELIVERIES and letter.count == 2
    ((trouble),) = letter.troubles
    assert trouble.count == 2 and "554 not today" in trouble.detail
    assert "desk.example.org" not in repr(letter)
    assert told(world) == []
    world.wait(days=1)
    assert told(world) == [], "nothing new has failed"


def test_a_letter_to_an_operator_that_fails_is_no_reason_for_another(world: World) -> None:
    world.person()
    world.add_feed("post", [Entry("a", "A missile in the harbour")])
    world.poll()
    world.transport.script = [Sending(Outcome.FAILED, "rcpt", 554, "no")]
    world.deliver()
    assert len(told(world)) == 2
    world.render = lambda *_: Rendered(Message("en", "letter", "", ""), b"mail")
    world.transport.script = [Sending(Outcome.FAILED, "rcpt", 554, "no")] * 2
    world.deliver()
    world.wait(days=1)
    assert told(world) == []


def test_low_coverage_is_told_once_a_day_while_it_lasts(world: World) -> None:
    for name in ("post", "wire", "lake"):
        world.add_feed(name, [Entry("a", "Calm seas")])
    world.poll()
    fail(world, "post")
    world.wait(hours=25)
    world.poll()
    kinds = {letter.kind for _, letter in told(world)}
    assert kinds == {LetterKind.DEAD_FEEDS, LetterKind.COVERAGE}
    assert told(world) == []
    world.wait(days=1)
    world.poll()
    again = told(world)
    assert {letter.kind for _, letter in again} == {LetterKind.COVERAGE}
    assert (again[0][1].count, again[0][1].of) == (2, 3)


def test_feeds_that_are_new_do_not_lower_the_coverage(world: World) -> None:
    for name in ("post", "wire", "lake"):
        world.add_feed(name)
    assert told(world) == []


@pytest.mark.parametrize(("read", "of", "low"), [(0, 0, False), (8, 10, False), (7, 10, True), (0, 1, True)])
def test_below_four_in_five_the_coverage_is_low(read: int, of: int, low: bool) -> None:
    letter = about_coverage(Coverage(of, read, tuple(SilentFeed(str(n), None) for n in range(of - read))))
    assert (letter is not None) == low


def test_an_outage_was_told_when_somebody_was_told_since_the_feed_could_last_be_read() -> None:
    feed = DeadFeed(7, "Post", NOW, "timeout")
    assert not_told([feed], {}) == (feed,)
    assert not_told([feed], {"feed 7": NOW - timedelta(hours=1)}) == (feed,)
    assert not_told([feed], {"feed 7": NOW + timedelta(hours=30)}) == ()
