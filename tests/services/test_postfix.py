"""The outbox against the mail server that most relays run: Postfix accepts, defers, rejects and tarpits.

    ./run test tests/services/test_postfix.py

It is skipped where Postfix is not installed, or who runs the tests is not root.
"""

from __future__ import annotations

import email
import email.policy
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from postfix import REFUSED_SENDER, SIZE_LIMIT, TARPIT_SECONDS, Postfix, running_postfix
from small_world import Entry, World, rendered
from sqlalchemy import Connection, Engine

from alerts.mail.transport import SmtpTransport
from alerts.model import Outcome
from alerts.services.deliver import Rendered
from alerts.store import brakes
from alerts.store.deliveries import Claimed
from alerts.store.mail_schema import Mail
from alerts.store.unit import reading

DEADLINE_SECONDS = 2.0
STATES = {
    "kept.example.org": "sent",
    "busy.example.org": "deferred",
    "grey.example.org": "deferred",
    "closing.example.org": "deferred",
    "nobody.example.org": "suppressed",
    "full.example.org": "failed",
    "policy.example.org": "failed",
    "tarpit.example.org": "deferred",
    "also-kept.example.org": "sent",
}


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    with running_postfix() as server:
        yield server


@pytest.fixture
def world(migrated_file: Path, tmp_path: Path, opened: Callable[[str], Engine]) -> World:
    """On SQLite alone: what is new here is the mail server."""
    copy = tmp_path / "alerts.db"
    copy.write_bytes(migrated_file.read_bytes())
    return World(opened(f"sqlite:///{copy}"))


@pytest.fixture
def smtp(postfix: Postfix) -> Iterator[SmtpTransport]:
    transport = SmtpTransport(postfix.url, hello="alerts.example.org", deadline_seconds=DEADLINE_SECONDS)
    yield transport
    transport.close()


def test_postfix_accepts_defers_rejects_and_tarpits_and_each_mail_ends_where_it_should(
    world: World, smtp: SmtpTransport
) -> None:
    """R27. One run over one connection; the domain that is tarpitted holds up none of the others."""
    world.transport = smtp  # type: ignore[assignment]
    for domain in STATES:
        world.person(f"reader@{domain}", rules=["missile"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    began = time.monotonic()
    world.deliver()
    assert time.monotonic() - began < TARPIT_SECONDS
    assert {each.address.partition("@")[2]: each.state.value for each in world.outbox()} == STATES
    with reading(world.engine) as tx:
        assert brakes.in_force(tx) is None


def test_what_postfix_keeps_are_the_stored_bytes_under_the_returnable_sender(
    world: World, postfix: Postfix, smtp: SmtpTransport
) -> None:
    """R13: Return-Path names the delivery."""
    world.transport = smtp  # type: ignore[assignment]
    world.render = _with_sender
    world.person("reader@kept.example.org", rules=["missile"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    before = set(_kept(postfix))
    world.deliver()
    arrived = _wait_for(postfix, before)
    mail = email.message_from_bytes(arrived, policy=email.policy.default)
    assert mail["Return-Path"] == "<bounces+b1@alerts.example.org>"
    (stored,) = world.column(Mail.content)
    assert arrived.endswith(stored.replace(b"\r\n", b"\n"))


def test_a_sender_that_postfix_refuses_and_a_mail_that_is_too_big_are_not_the_readers_fault(
    smtp: SmtpTransport,
) -> None:
    """R27."""
    mail = b"Subject: x\r\n\r\nwords\r\n"
    refused = smtp.send(REFUSED_SENDER, "reader@kept.example.org", mail)
    assert (refused.outcome, refused.code) == (Outcome.FAILED, 550)
    big = smtp.send("alerts@alerts.example.org", "reader@kept.example.org", mail + b"words\r\n" * SIZE_LIMIT)
    assert (big.outcome, big.phase, big.code) == (Outcome.FAILED, "mail", 552)
    fine = smtp.send("alerts@alerts.example.org", "reader@kept.example.org", mail)
    assert fine.outcome is Outcome.SENT


def _with_sender(tx: Connection, claimed: Claimed, now: datetime) -> Rendered:
    made = rendered(tx, claimed, now)
    return Rendered(made.message, b"From: alerts@alerts.example.org\r\n" + made.content)


def _kept(postfix: Postfix) -> list[Path]:
    return sorted((postfix.maildir / "new").glob("*"))


def _wait_for(postfix: Postfix, before: set[Path]) -> bytes:
    """The mail that has come since: Postfix delivers after it has answered."""
    until = time.monotonic() + 20
    while not (new := [path for path in _kept(postfix) if path not in before]):
        assert time.monotonic() < until, "Postfix kept no mail"
        time.sleep(0.02)
    return new[0].read_bytes()
