"""R27: when servers refuse what we send, sending stops, somebody is told, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asking_world import asked
from small_world import NOW, OPERATORS, SENT, Entry, World
from sqlalchemy import Engine

from alerts.model import Outcome, Sending
from alerts.services.brake import FEWEST, reason_to_stop, resume
from alerts.store import audit, brakes, deliveries, ledger, mail_schema
from alerts.store.unit import reading, writing

SPOOFED = Sending(Outcome.FAILED, "dot", 550, "5.7.26 unauthenticated mail")
DENIED = Sending(Outcome.FAILED, "rcpt", 550, "5.7.515 access denied")
BLOCKED = Sending(Outcome.FAILED, "rcpt", 554, "client host blocked")
OUR_SENDER = Sending(Outcome.FAILED, "mail", 550, "5.1.8 bad sender")
NO_MAILBOX = Sending(Outcome.SUPPRESS, "rcpt", 550, "5.1.1 no such user")
FULL = Sending(Outcome.FAILED, "rcpt", 552, "5.2.2 mailbox full")
LATER = Sending(Outcome.RETRY, "rcpt", 451, "4.7.1 later")


@pytest.mark.parametrize("refusal", [SPOOFED, DENIED, BLOCKED, OUR_SENDER, NO_MAILBOX, FULL])
@pytest.mark.parametrize(
    ("refused", "sent", "stops"),
    [(20, 0, True), (19, 0, False), (10, 10, True), (9, 11, False), (25, 25, True), (24, 26, False)],
)
def test_half_of_the_latest_twenty_or_more_refused_is_reason_to_stop(
    refusal: Sending, refused: int, sent: int, stops: bool
) -> None:
    """R27."""
    reason = reason_to_stop([refusal] * refused + [SENT] * sent)
    assert bool(reason) is stops
    if reason:
        assert reason.startswith(f"{refused} of the last {refused + sent} mails were refused")
        assert refusal.reply in reason


def test_the_reason_quotes_a_refusal_that_is_about_us_when_there_is_one() -> None:
    reason = reason_to_stop([NO_MAILBOX] * 15 + [SPOOFED] * 5) or ""
    assert "20 mails were refused, 5 of them for our sender, policy, reputation" in reason
    assert SPOOFED.reply in reason


# --- for real -----------------------------------------------------------------------------


@pytest.fixture
def world(engine: Engine) -> World:
    """Alerts in the outbox for thirty readers of as many domains."""
    world = World(engine)
    for number in range(30):
        world.person(f"reader@{number}.example.org", rules=["missile"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    return world


def _stop(world: World) -> brakes.Stop | None:
    with reading(world.engine) as tx:
        return brakes.in_force(tx)


def _states(world: World) -> list[str]:
    return [each.state.value for each in world.outbox()]


@pytest.mark.parametrize("refusal", [SPOOFED, OUR_SENDER])
def test_when_servers_refuse_us_sending_stops_and_the_rest_stays_queued(
    world: World, refusal: Sending
) -> None:
    """R27."""
    world.transport.script = [refusal] * 100
    world.deliver()
    assert world.transport.tried == FEWEST
    assert _states(world) == ["failed"] * FEWEST + ["queued"] * 10 + ["queued"]  # the last: the letter
    stop = _stop(world)
    assert stop is not None
    assert refusal.reply in stop.reason
    with reading(world.engine) as tx:
        assert audit.latest(tx, 1)[0].action == "sending stopped"
        sums = ledger.read(tx)
    assert (sums.balanced, sums.letters, sums.sending_stopped_at) == (True, 1, stop.pulled_at)


def test_while_sending_is_stopped_operators_and_nobody_else_get_mail(world: World) -> None:
    """R27."""
    world.transport.script = [SPOOFED] * FEWEST
    world.deliver()
    world.show("post", [Entry("2", "Missile again")])
    world.poll()
    for _ in range(3):
        world.wait(hours=1)
        world.deliver()
    ((recipient, content),) = world.transport.accepted
    assert recipient == OPERATORS[0]
    assert b"sending-stopped" in content
    assert _states(world).count("queued") == 10 + 30


def test_a_worker_that_has_ids_already_claims_none_of_them_once_sending_is_stopped(world: World) -> None:
    with writing(world.engine) as tx:
        due = deliveries.due(tx, world.now, 99)
        assert brakes.pull(tx, "enough", world.now)
        assert brakes.pull(tx, "enough again", world.now) is None
        until = world.now + timedelta(minutes=1)
        assert deliveries.claim(tx, due[0], now=world.now, until=until, token="t") is None
        assert deliveries.due(tx, world.now, 99) == ()


def test_after_a_person_resumes_it_everything_goes_out_and_only_new_refusals_count(world: World) -> None:
    """R27."""
    world.transport.script = [SPOOFED] * (FEWEST + 1)
    world.deliver()
    world.wait(minutes=1)
    stop = resume(world.engine, actor="cli:duty", now=world.now)
    assert stop is not None
    assert resume(world.engine, actor="cli:duty", now=world.now) is None
    with writing(world.engine) as tx:
        assert audit.latest(tx, 1)[0].action == "sending resumed"
        assert deliveries.retry(tx, world.now) == FEWEST
    world.wait(seconds=1)
    world.deliver()  # its first answer is one more refusal
    assert _stop(world) is None
    assert _states(world).count("sent") == 30


def test_refusals_of_an_hour_ago_and_mails_put_off_do_not_stop_sending(world: World) -> None:
    world.transport.script = [SPOOFED] * (FEWEST - 1) + [LATER] * 11
    world.deliver()
    assert _stop(world) is None
    world.wait(hours=1)
    world.transport.script = [SPOOFED]
    world.deliver()
    assert _stop(world) is None


def test_the_letter_to_operators_is_queued_once_for_each_of_them(world: World) -> None:
    world.transport.script = [SPOOFED] * 100
    world.deliver()
    letters = world.column(mail_schema.Delivery.address, mail_schema.Delivery.letter.is_not(None))
    assert letters == list(OPERATORS)
    (letter,) = world.column(mail_schema.Delivery.letter, mail_schema.Delivery.letter.is_not(None))
    (trouble,) = letter.troubles
    assert trouble.name == "20 of the last 20 mails were refused"
    assert SPOOFED.reply in trouble.detail
    assert letter.at == NOW


def test_addresses_that_strangers_typed_stop_nobodys_mail(engine: Engine) -> None:
    """Whoever owns a server that refuses us could else silence the service with twenty forms."""
    world = World(engine)
    for number in range(30):
        asked(world, f"reader{number}@refusing.example.org", f"192.0.2.{number}")
    world.transport.script = [DENIED] * 30
    for _ in range(3):
        world.deliver()
    assert world.transport.tried == 30
    assert _stop(world) is None


def test_one_full_mailbox_stops_nobodys_mail(engine: Engine) -> None:
    world = World(engine)
    world.person(rules=["missile"])
    world.add_feed("post", [Entry("old", "Weather", hours=99)])
    world.poll()
    for number in range(25):
        words = " ".join(f"{word}{number * 7}" for word in ("harbour", "school", "bridge", "field"))
        world.show("post", [Entry(str(number), f"Missile {words}", hours=0)])
        world.poll()
    world.transport.script = [FULL] * 25
    for _ in range(3):
        world.deliver()
    assert world.transport.tried == 25
    assert _stop(world) is None
