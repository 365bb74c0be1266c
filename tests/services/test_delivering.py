"""The outbox: the same bytes on every try, nobody written to who has left, no mail lost or blocked."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from small_world import NOW, Entry, Killed, Recording, World, rendered
from sqlalchemy import Connection, Engine

from alerts.errors import BadInput
from alerts.model import Cadence, DeliveryState, Digest, Grant, Outcome, Scope, Sending, Window
from alerts.services.deliver import GIVE_UP, LEASE, MAX_RENDERS, Rendered, deliver, settle
from alerts.services.due import tick
from alerts.services.unsubscribe import unsubscribe
from alerts.store import ledger, mail_schema, preferences, suppressions
from alerts.store.deliveries import Claimed, Settled
from alerts.store.unit import reading, writing

UNREACHABLE = Sending(Outcome.UNREACHABLE, "connect", None, "refused")
NOT_NOW = Sending(Outcome.RETRY, "rcpt", 451, "greylisted")
BROKEN = Sending(Outcome.RETRY, "data", None, "connection lost")
DROPPED = Sending(Outcome.AMBIGUOUS, "dot", None, "connection lost")
SILENT = replace(DROPPED, silent=True)
REFUSED = Sending(Outcome.FAILED, "data", 554, "not wanted")
NO_MAILBOX = Sending(Outcome.SUPPRESS, "rcpt", 550, "no such user")

# --- where an attempt leaves a delivery: the table ----------------------------------------


def _claimed(put_off: int = 0, unsure: int = 0, age: timedelta = timedelta(0)) -> Claimed:
    digest = Digest(Cadence.DAILY, Window(NOW, NOW), (), 0, (), None)
    return Claimed(1, 1, 1, "a@example.org", "<1@x>", 9, put_off, unsure, NOW - age, b"", digest)


@pytest.mark.parametrize(
    ("claimed", "sending", "state", "waits", "unsure"),
    [
        (_claimed(), Sending(Outcome.SENT, "dot", 250, "ok"), DeliveryState.SENT, None, 0),
        (_claimed(unsure=2), Sending(Outcome.SENT, "dot", 250, "ok"), DeliveryState.SENT, None, 2),
        (_claimed(), REFUSED, DeliveryState.FAILED, None, 0),
        (_claimed(), NO_MAILBOX, DeliveryState.SUPPRESSED, None, 0),
        (_claimed(), UNREACHABLE, DeliveryState.DEFERRED, (20, 20), 0),
        (_claimed(age=10 * GIVE_UP), UNREACHABLE, DeliveryState.DEFERRED, (20, 20), 0),
        (_claimed(), NOT_NOW, DeliveryState.DEFERRED, (60, 72), 0),
        (_claimed(put_off=1), NOT_NOW, DeliveryState.DEFERRED, (300, 360), 0),
        (_claimed(put_off=50), NOT_NOW, DeliveryState.DEFERRED, (6 * 3600, 7.2 * 3600), 0),
        (_claimed(unsure=1), NOT_NOW, DeliveryState.DEFERRED, (60, 72), 1),
        (_claimed(), BROKEN, DeliveryState.DEFERRED, (20, 24), 0),
        (_claimed(), replace(BROKEN, silent=True), DeliveryState.DEFERRED, (60, 72), 0),
        (_claimed(put_off=50), BROKEN, DeliveryState.DEFERRED, (900, 1080), 0),
        (_claimed(age=GIVE_UP), NOT_NOW, DeliveryState.DEFERRED, (60, 72), 0),
        (_claimed(age=GIVE_UP + timedelta(seconds=1)), NOT_NOW, DeliveryState.FAILED, None, 0),
        (_claimed(), DROPPED, DeliveryState.AMBIGUOUS, (30, 30), 1),
        (_claimed(), SILENT, DeliveryState.AMBIGUOUS, (600, 600), 1),
        (_claimed(unsure=1), SILENT, DeliveryState.AMBIGUOUS, (600, 600), 2),
        (_claimed(unsure=2), DROPPED, DeliveryState.AMBIGUOUS, None, 3),
    ],
)
def test_where_an_attempt_leaves_a_delivery(
    claimed: Claimed,
    sending: Sending,
    state: DeliveryState,
    waits: tuple[float, float] | None,
    unsure: int,
) -> None:
    for seed in range(5):
        settled = settle(claimed, sending, NOW, Random(seed))
        assert (settled.state, settled.unsure) == (state, unsure)
        if waits is None:
            assert settled.send_after is None
        else:
            assert settled.send_after is not None
            assert waits[0] <= (settled.send_after - NOW).total_seconds() <= waits[1]


# --- for real -----------------------------------------------------------------------------


@pytest.fixture
def world(engine: Engine) -> World:
    """Three alerts in the outbox, for three readers."""
    world = World(engine)
    for name in "abc":
        world.person(f"{name}@desk.example.org", rules=["missile"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    return world


def _states(world: World) -> list[str]:
    return [delivery.state.value for delivery in world.outbox()]


def test_every_delivery_is_sent_once_and_recorded(world: World) -> None:
    assert [settled.state for _, settled in world.deliver()] == [DeliveryState.SENT] * 3
    assert world.deliver() == ()
    assert sorted(to for to, _ in world.transport.accepted) == [f"{name}@desk.example.org" for name in "abc"]
    assert world.column(mail_schema.Attempt.outcome) == ["sent"] * 3
    with reading(world.engine) as tx:
        assert ledger.read(tx).balanced


def test_every_try_sends_the_same_bytes_with_the_same_message_id(world: World) -> None:
    world.transport.script = [DROPPED, NOT_NOW, SILENT] * 2
    for _ in range(6):
        world.deliver()
        world.wait(minutes=20)
    kept = world.column(mail_schema.Mail.content)
    assert sorted(content for _, content in world.transport.accepted) == sorted(kept)
    assert len({delivery.message_id for delivery in world.outbox()}) == 3
    assert _states(world) == ["sent"] * 3


def test_a_delivery_whose_sender_dies_is_sent_again_with_the_same_bytes_but_never_a_fourth_time(
    world: World,
) -> None:
    """R29: between the server's 250 and writing that down. Receivers know a copy by its Message-ID."""
    first = world.outbox()[0]
    for deaths in range(1, 5):
        world.transport.script = [Killed()] if deaths < 4 else []
        if deaths == 1:  # while the first one is held, the next tick sends the others
            with pytest.raises(Killed):
                world.deliver()
            assert _states(world) == ["sending", "queued", "queued"]
            world.deliver()
            assert _states(world) == ["sending", "sent", "sent"]
        elif deaths < 4:
            with pytest.raises(Killed):
                world.deliver()
        world.clock.now += LEASE
    assert world.deliver() == ()
    copies = [content for to, content in world.transport.accepted if to == first.address]
    assert (len(copies), len(set(copies))) == (3, 1)
    assert _states(world) == ["ambiguous", "sent", "sent"]
    assert world.outbox()[0].reason == "its sender stopped in the middle three times"


def test_two_workers_with_the_same_deliveries_send_each_mail_once(engine: Engine) -> None:
    """R29."""
    world = World(engine)
    for number in range(30):
        world.person(f"reader@{number}.example.org", rules=["missile"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    ids = tick(world.engine, world.now).deliveries
    start = threading.Barrier(2)
    transports = [Recording(), Recording()]

    def work(own: Recording, seed: int) -> None:
        delivering = replace(world.delivering(), transport=own, randomness=Random(seed))
        start.wait()
        deliver(ids, delivering)

    threads = [threading.Thread(target=work, args=(own, seed)) for seed, own in enumerate(transports)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = [to for own in transports for to, _ in own.accepted]
    assert sorted(sent) == sorted(each.address for each in world.outbox())
    assert _states(world) == ["sent"] * 30


def test_who_unsubscribes_between_composing_and_sending_gets_nothing(world: World) -> None:
    """R19: nothing but the goodbye of whom it ends something for."""
    grants = (Grant(1, Scope.RULE, 1), Grant(2, Scope.DIGEST, 2), Grant(3, Scope.EVERYTHING, 0))
    ours = {"address_hashes": world.address_hashes, "message_id": world.message_id}
    for grant in grants:
        unsubscribe(world.engine, grant, **ours, actor="reader", now=world.now)
    assert [settled.reason for _, settled in world.deliver()][:3] == [
        "the subscriber has left this rule",
        "the subscription has ended",
        "the address is on the suppression list",
    ]
    assert _states(world)[:3] == ["suppressed"] * 3
    assert all(b"goodbye" in content for _, content in world.transport.accepted)


def test_an_address_without_a_mailbox_is_never_written_to_again(world: World) -> None:
    world.transport.script = [NO_MAILBOX]
    world.deliver()
    world.show("post", [Entry("1", "Missile fired"), Entry("2", "Missile again")])
    world.poll()
    world.deliver()
    assert _states(world) == ["suppressed", "sent", "sent"] * 2
    with reading(world.engine) as tx:
        assert suppressions.is_suppressed(tx, world.address_hashes("A@desk.example.org"))


def test_an_unreachable_server_is_asked_once_and_the_rest_stay_queued(world: World) -> None:
    world.transport.script = [UNREACHABLE]
    assert len(world.deliver()) == 1
    assert (world.transport.tried, _states(world)) == (1, ["deferred", "queued", "queued"])
    world.wait(seconds=20)
    world.deliver()
    assert _states(world) == ["sent"] * 3


def test_a_long_outage_does_not_make_the_first_refusal_after_it_a_long_wait(world: World) -> None:
    for _ in range(10):
        world.transport.script = [UNREACHABLE]
        world.deliver()
        world.wait(seconds=20)
    world.transport.script = [NOT_NOW] * 3
    for _, settled in world.deliver():
        assert settled.send_after is not None
        assert settled.send_after - world.now <= timedelta(seconds=72)


def test_mail_waits_until_a_broken_template_is_mended(world: World) -> None:
    def broken(*_: object) -> Rendered:
        raise BadInput("template broken, line 3")

    world.render = broken
    for _ in range(2 * MAX_RENDERS):
        world.deliver()
        assert _states(world) == ["deferred"] * 3
        world.wait(minutes=5)
    assert "line 3" in (world.outbox()[0].reason or "")
    world.render = rendered
    world.deliver()
    assert _states(world) == ["sent"] * 3


def test_a_delivery_that_cannot_be_rendered_fails_after_five_tries_while_the_others_go(world: World) -> None:
    error = ValueError("unforeseen")

    def broken(tx: Connection, claimed: Claimed, now: datetime) -> Rendered:
        if claimed.id == 1:
            raise error
        return rendered(tx, claimed, now)

    world.render = broken
    for tries in range(1, MAX_RENDERS + 2):
        world.deliver()
        assert _states(world) == ["deferred" if tries < MAX_RENDERS else "failed", "sent", "sent"]
        world.wait(minutes=1)
    assert world.outbox()[0].attempts == MAX_RENDERS
    assert str(error) in (world.outbox()[0].reason or "")


def test_who_dies_before_the_bytes_are_stored_leaves_the_delivery_as_it_was(world: World) -> None:
    def dies(*_: object) -> Rendered:
        raise Killed

    world.render = dies
    with pytest.raises(Killed):
        world.deliver()
    assert _states(world) == ["queued"] * 3
    assert world.count(mail_schema.Attempt) == 0


def test_a_digest_whose_rules_changed_meanwhile_is_still_sent(engine: Engine) -> None:
    world = World(engine)
    world.person("d@desk.example.org", Cadence.DAILY, ["missile", "truce"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    world.wait(days=1)
    world.compose()
    with writing(engine) as tx:
        preferences.leave(tx, Grant(1, Scope.RULE, 1), world.now)
    assert world.deliver() == ((1, Settled(DeliveryState.SENT)),)
