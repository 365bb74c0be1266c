"""What is previewed is what is sent, byte for byte, and looking changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from small_world import NOW, SECRET, Entry, World
from sqlalchemy import Engine

from alerts.digests.render import Renderer
from alerts.errors import BadInput
from alerts.mail.links import Signer
from alerts.mail.return_path import return_path
from alerts.model import Cadence, Grant, Quiet, Scope
from alerts.services.message import Writing, write_claimed
from alerts.services.preview import Preview, preview
from alerts.services.unsubscribe import unsubscribe

ROOT = Path(__file__).parents[2]
READER = "duty@desk.example.org"
WRITING = Writing(
    renderer=Renderer(ROOT / "templates" / "email", ROOT / "alerts" / "locale"),
    signer=Signer((SECRET,)),
    sender="Harbour Watch <alerts@example.org>",
    service="Harbour Watch",
    pages="https://alerts.example.org",
    return_path=return_path("bounces@example.org"),
)


@pytest.fixture
def world(engine: Engine) -> World:
    """A service that has read its feed once and sends mails of real words."""
    world = World(engine)
    world.render = lambda tx, claimed, now: write_claimed(tx, claimed, now, WRITING)
    world.add_feed("post", [Entry("old", "Weather", hours=99)])
    world.poll()
    return world


def _news(world: World, *titles: str) -> None:
    world.show("post", [Entry(title, title, hours=0) for title in titles])
    world.poll()


def _look(world: World, at: datetime, language: str | None = None) -> Preview | None:
    return preview(world.engine, READER, at, WRITING, world.message_id, language=language)


def _sent(world: World) -> list[bytes]:
    world.compose()
    world.deliver()
    return [content for _, content in world.transport.accepted]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=2), timedelta(days=3, minutes=7)])
def test_a_digest_is_previewed_byte_for_byte_even_one_that_comes_late(world: World, late: timedelta) -> None:
    world.person(cadence=Cadence.DAILY)
    _news(world, "Missile sinks a grain ship", "New sanctions on harbours")
    world.clock.now = datetime(NOW.year, NOW.month, NOW.day + 1, 8, tzinfo=UTC) + late
    before = world.outbox()
    seen = _look(world, world.now)
    assert seen is not None
    assert world.outbox() == before
    assert _sent(world) == [seen.content]
    assert seen.digest.late is (late > timedelta(hours=1))


def test_held_alerts_are_previewed_byte_for_byte(world: World) -> None:
    """R29."""
    world.person(quiet=Quiet(13, 17))
    _news(world, "Missile sinks a grain ship", "New sanctions on harbours")
    held_at = world.now
    world.clock.now = datetime(NOW.year, NOW.month, NOW.day, 17, tzinfo=UTC)
    seen = _look(world, world.now)
    assert seen is not None
    assert (seen.digest.held_since, seen.digest.total) == (held_at, 2)
    assert _sent(world) == [seen.content]
    assert _look(world, world.now) is None


def test_what_is_not_due_yet_is_shown_as_if_it_were_asked_for_now(world: World) -> None:
    world.person(quiet=Quiet(13, 17))
    _news(world, "Missile sinks a grain ship")
    seen = _look(world, world.wait(minutes=1))
    assert seen is not None
    assert "Missile" in seen.message.subject
    assert _sent(world) == []


def test_a_digest_of_nothing_is_shown_to_those_who_want_one(world: World) -> None:
    world.person(cadence=Cadence.DAILY)
    world.clock.now = datetime(NOW.year, NOW.month, NOW.day + 1, 8, tzinfo=UTC)
    assert _look(world, world.now) is None
    world.person(cadence=Cadence.DAILY, tell_nothing=True)
    seen = _look(world, world.now)
    assert seen is not None
    assert _sent(world) == [seen.content]


def test_another_language_and_another_way_to_write_the_time_change_no_more_than_they_say(
    world: World,
) -> None:
    world.person(cadence=Cadence.DAILY)
    _news(world, "Missile sinks a grain ship")
    due = datetime(NOW.year, NOW.month, NOW.day + 1, 8, tzinfo=UTC)
    plain, elsewhere = _look(world, due), _look(world, due.astimezone(timezone(timedelta(hours=5))))
    arabic = _look(world, due, "ar")
    assert plain and elsewhere and arabic
    assert plain.content == elsewhere.content
    assert (arabic.message.language, arabic.digest) == ("ar", plain.digest)


def test_who_has_alerts_alone_and_none_held_has_nothing_waiting_and_who_has_left_gets_nothing(
    world: World,
) -> None:
    person = world.person()
    assert _look(world, world.now) is None
    unsubscribe(
        world.engine,
        Grant(person, Scope.EVERYTHING, 0),
        address_hashes=world.address_hashes,
        message_id=world.message_id,
        actor="test",
        now=world.now,
    )
    with pytest.raises(BadInput, match="has left"):
        _look(world, world.now)
