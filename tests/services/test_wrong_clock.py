"""A clock that was weeks ahead for a moment must not silence the service until then."""

from __future__ import annotations

from datetime import timedelta

from small_world import Entry, World
from sqlalchemy import Engine, select

from alerts.model import Cadence
from alerts.services.due import tick
from alerts.store import audit
from alerts.store.mail_schema import Subscription
from alerts.store.pace import Pace
from alerts.store.schema import Feed
from alerts.store.unit import reading


def test_times_of_a_clock_gone_wrong_are_brought_back_and_audited(engine: Engine) -> None:
    world = World(engine)
    world.person(cadence=Cadence.DAILY)
    feed_id = world.add_feed(entries=())
    true_now = world.now
    world.wait(weeks=3)
    world.poll(feed_id)
    world.compose()
    world.clock.now = true_now
    tick(engine, true_now)
    with reading(engine) as tx:
        assert all(at <= true_now + timedelta(hours=28) for at in tx.scalars(select(Feed.next_poll_at)))
        assert all(at <= true_now for at in tx.scalars(select(Subscription.covered_until)))
        assert [event.action for event in audit.latest(tx, 1)] == ["times brought back"]
    tick(engine, true_now)
    with reading(engine) as tx:
        assert sum(event.action == "times brought back" for event in audit.latest(tx)) == 1


def test_what_was_made_while_the_clock_was_ahead_keeps_nothing_back_afterwards(engine: Engine) -> None:
    world = World(engine)
    world.per_hour, world.pace = 4, Pace(per_minute=2)
    world.person(rules=["missile"])
    true_now = world.now
    world.add_feed("post", [Entry("0", "Weather")])
    world.poll()
    world.wait(weeks=50)
    for number, title in enumerate(("Missile sinks a grain ship off Odelia", "Missile hits school yard")):
        world.show("post", [Entry(f"a{number}", title, hours=0)])
        world.poll()
        world.deliver()
    world.clock.now = true_now + timedelta(minutes=5)
    world.show("post", [Entry("b", "Parliament debates the cost of missile defence", hours=0)])
    world.poll()
    world.deliver()
    assert len(world.titles) == 3
