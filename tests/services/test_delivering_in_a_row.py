"""A mail's outcome and the next one's claim are one transaction, and no mail pays for another's trouble."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from small_world import Entry, Killed, World
from sqlalchemy import Engine

from alerts.errors import Unavailable
from alerts.model import DeliveryState, Outcome, Sending
from alerts.services import deliver as service
from alerts.store import deliveries

NOT_NOW = Sending(Outcome.RETRY, "rcpt", 451, "greylisted")


@pytest.fixture
def world(engine: Engine) -> World:
    """Three alerts in the outbox, rendered and put off once."""
    world = World(engine)
    for name in "abc":
        world.person(f"{name}@desk.example.org", rules=["missile"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    world.transport.script = [NOT_NOW] * 3
    world.deliver()
    world.wait(minutes=2)
    return world


def _states(world: World) -> list[str]:
    return [delivery.state.value for delivery in world.outbox()]


def test_who_dies_over_a_mail_has_recorded_the_one_before(world: World) -> None:
    """R29."""
    world.transport.script = [Sending(Outcome.SENT, "dot", 250, "ok"), Killed()]
    with pytest.raises(Killed):
        world.deliver()
    assert sorted(_states(world)) == ["deferred", "sending", "sent"]


@pytest.mark.parametrize("error", [Unavailable("locked"), ValueError("a row that cannot be read")])
def test_a_mail_that_cannot_be_claimed_takes_no_record_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """R29: what a server has taken is never sent again because of another mail."""
    real: Callable[..., deliveries.Claimed | None] = deliveries.claim
    claims = 0

    def claim(*given: object, **more: object) -> deliveries.Claimed | None:
        nonlocal claims
        claims += 1
        if claims > 1:
            raise error
        return real(*given, **more)

    monkeypatch.setattr(service.deliveries, "claim", claim)
    with pytest.raises(type(error)):
        world.deliver()
    assert sorted(_states(world)) == ["deferred", "deferred", "sent"]
    monkeypatch.undo()
    assert [settled.state for _, settled in world.deliver()] == [DeliveryState.SENT] * 2


def test_what_is_rendered_first_is_claimed_only_when_the_mail_before_is_recorded(engine: Engine) -> None:
    """Rendering takes long; who dies in it must not have an accepted mail sent again."""
    world = World(engine)
    for name in "ab":
        world.person(f"{name}@desk.example.org", rules=["missile"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    render, rendered = world.render, 0

    def dies_at_the_second(*given: object) -> object:
        nonlocal rendered
        rendered += 1
        if rendered > 1:
            raise Killed
        return render(*given)  # type: ignore[arg-type]

    world.render = dies_at_the_second  # type: ignore[assignment]
    with pytest.raises(Killed):
        world.deliver()
    assert _states(world) == ["sent", "queued"]
