"""R25, R26: what comes back counts once, against the right reader, and only with proof."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from small_world import SECRET, Entry, World
from sqlalchemy import Engine

from alerts.mail.links import Signer
from alerts.mail.mailbox import open_mailbox
from alerts.model import DeliveryState, Grant, ReturnKind, Scope, SubscriberState, SuppressionKind
from alerts.services import returning as module
from alerts.services.personal_data import erase
from alerts.services.returning import LATEST, Returning, Worked, collect, work_on
from alerts.store import audit, mail_schema, subscribers, suppressions
from alerts.store.unit import reading, writing

ADDRESS = "duty@desk.example.org"
OTHER = "desk-two@desk.example.org"


class Desk:
    """One reader who has been sent one mail."""

    def __init__(self, engine: Engine) -> None:
        self.world = World(engine)
        self.person = self.world.person(ADDRESS)
        self.world.add_feed("post", [Entry("old", "Weather", hours=99)])
        self.world.poll()
        self.world.show("post", [Entry("a", "Missile over the strait", hours=0)])
        self.world.poll()
        self.world.deliver()
        (self.mail,) = self.world.outbox()
        self.signer = Signer([SECRET])

    @property
    def returning(self) -> Returning:
        world = self.world
        return Returning(world.engine, self.signer, world.address_hashes, world.message_id, world.clock)

    @property
    def verp(self) -> str:
        return f"bounces+b{self.signer.return_tag(self.mail.id)}@alerts.example.org"

    def bounce(
        self,
        status: str,
        *,
        to: str | None = None,
        recipient: str = ADDRESS,
        returned: str = "",
        number: int = 0,
    ) -> bytes:
        action = "delayed" if status.startswith("4") else "failed"
        return (
            f"Return-Path: <>\r\nTo: {to or self.verp}\r\nFrom: MAILER-DAEMON@mx.example\r\n"
            f"Subject: Undelivered ({number})\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
            f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
            f"--b\r\nContent-Type: message/rfc822\r\n\r\n{returned}Subject: Alert\r\n\r\n--b--\r\n"
        ).encode()

    def complaint(self) -> bytes:
        return (
            f"From: feedback@provider.example\r\nTo: {self.verp}\r\nSubject: Complaint\r\n"
            "MIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nA complaint.\r\n"
            "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n"
            f"User-Agent: Example/1\r\nOriginal-Rcpt-To: {ADDRESS}\r\n\r\n--b--\r\n"
        ).encode()

    def work(self, content: bytes) -> Worked:
        return work_on(content, self.returning)

    def suppressed(self, address: str = ADDRESS) -> bool:
        with reading(self.world.engine) as tx:
            return suppressions.is_suppressed(tx, self.world.address_hashes(address))

    def more_news(self) -> DeliveryState:
        """Where the next alert ends."""
        self.world.show("post", [Entry("b", "Missile hits a harbour far away", hours=0)])
        self.world.poll()
        self.world.deliver()
        return self.world.outbox()[-1].state


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


def test_a_mailbox_that_does_not_exist_is_written_to_no_more(desk: Desk) -> None:
    assert desk.work(desk.bounce("5.1.1")).suppressed
    assert desk.more_news() is DeliveryState.SUPPRESSED
    assert desk.world.column(mail_schema.Suppression.kind) == [SuppressionKind.BOUNCED]


def test_a_complaint_ends_mail_at_once(desk: Desk) -> None:
    assert desk.work(desk.complaint()).suppressed
    assert desk.world.column(mail_schema.Suppression.kind) == [SuppressionKind.COMPLAINED]


@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "5.4.4", "4.4.1"])
def test_one_soft_bounce_silences_nobody(desk: Desk, status: str) -> None:
    assert not desk.work(desk.bounce(status)).suppressed
    assert desk.more_news() is DeliveryState.SENT


def test_soft_bounces_on_five_days_do_and_many_on_one_day_do_not(desk: Desk) -> None:
    for number in range(20):
        assert not desk.work(desk.bounce("5.2.2", number=number)).suppressed
    for day in range(1, 4):
        desk.world.wait(days=1)
        assert not desk.work(desk.bounce("5.2.2", number=100 + day)).suppressed
    desk.world.wait(days=1)
    assert desk.work(desk.bounce("5.2.2", number=200)).suppressed


def test_what_bounces_of_somebody_erased_is_held_against_nobody_else(desk: Desk) -> None:
    world, verp = desk.world, desk.verp
    erase(world.engine, desk.person, address_hashes=world.address_hashes, actor="anna", now=world.now)
    world.person(OTHER)
    world.wait(hours=2)
    assert desk.more_news() is DeliveryState.SENT
    assert not desk.work(desk.bounce("5.1.1", to=verp)).suppressed
    assert not desk.suppressed(OTHER)


def test_the_same_mail_read_twice_counts_once(desk: Desk) -> None:
    for _ in range(3):
        desk.work(desk.bounce("5.2.2"))
    assert desk.work(desk.bounce("5.2.2")).known
    assert desk.world.count(mail_schema.Return) == 1


def test_a_forged_bounce_silences_nobody(desk: Desk) -> None:
    """Who knows an address but none of our secrets can end no alerts."""
    desk.world.person(OTHER)
    forged = desk.verp.replace("+b", "+ba")
    for to in (forged, "bounces@alerts.example.org", ADDRESS):
        assert not desk.work(desk.bounce("5.1.1", to=to)).suppressed
        assert not desk.work(desk.bounce("5.1.1", to=to, recipient=OTHER)).suppressed
    assert not desk.suppressed()
    assert not desk.suppressed(OTHER)
    assert desk.world.count(mail_schema.Return) == 6


def test_one_readers_signed_address_says_nothing_about_another(desk: Desk) -> None:
    desk.world.person(OTHER)
    desk.work(desk.bounce("5.1.1", recipient=OTHER))
    assert not desk.suppressed(OTHER)


def test_the_message_id_of_the_returned_mail_is_proof_too(desk: Desk) -> None:
    returned = f"Message-ID: {desk.mail.message_id}\r\n"
    content = desk.bounce("5.1.1", to="bounces@alerts.example.org", returned=returned)
    assert desk.work(content).suppressed


def test_what_comes_back_after_a_month_counts_no_more(desk: Desk) -> None:
    desk.world.clock.now += LATEST + timedelta(days=1)
    assert not desk.work(desk.bounce("5.1.1")).suppressed


def test_a_reply_by_a_machine_changes_nothing(desk: Desk) -> None:
    """R28"""
    reply = (
        f"From: {ADDRESS}\r\nTo: {desk.verp}\r\nSubject: Out of office\r\n"
        "Auto-Submitted: auto-replied\r\n\r\nAway.\r\n"
    ).encode()
    worked = desk.work(reply)
    assert [each.kind for each in worked.returned] == [ReturnKind.AUTO_REPLY]
    assert not worked.suppressed
    assert desk.more_news() is DeliveryState.SENT


def test_whatever_comes_back_is_never_answered(desk: Desk) -> None:
    """R28: not even what asks for an answer, so that two machines cannot write to each other for ever."""
    words = "Please answer.\r\n"
    asking = f"From: {ADDRESS}\r\nTo: {desk.verp}\r\nDisposition-Notification-To: {ADDRESS}\r\n\r\n{words}"
    machine = f"From: {ADDRESS}\r\nTo: {desk.verp}\r\nAuto-Submitted: auto-replied\r\n\r\n{words}"
    forged = f"From: {ADDRESS}\r\nTo: bounces+uaaaaaaaaaaaaaaaa@alerts.example.org\r\n\r\n{words}"
    before = desk.world.outbox()
    for content in (asking.encode(), machine.encode(), forged.encode(), b"", desk.bounce("4.2.2")):
        desk.work(content)
    desk.work(desk.bounce("5.1.1"))
    desk.work(desk.complaint())
    assert desk.world.outbox() == before


def _leaving(tag: str) -> bytes:
    to = f"bounces+u{tag}@alerts.example.org"
    return f"From: {ADDRESS}\r\nTo: {to}\r\nSubject: unsubscribe\r\n\r\n\r\n".encode()


def test_an_unsubscribe_mail_to_the_signed_address_ends_what_it_names(desk: Desk) -> None:
    tag = desk.signer.unsubscribe_tag(Grant(desk.person, Scope.EVERYTHING, 0))
    assert desk.work(_leaving(tag)).left
    with reading(desk.world.engine) as tx:
        person = subscribers.person(tx, desk.person)
    assert person is not None
    assert person.state is SubscriberState.UNSUBSCRIBED


def test_an_unsubscribe_mail_with_a_forged_tag_ends_nothing(desk: Desk) -> None:
    tag = desk.signer.return_tag(desk.person)
    assert not desk.work(_leaving(tag)).left
    assert desk.more_news() is DeliveryState.SENT


def test_the_mailbox_is_worked_through_once(desk: Desk, tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    for number in range(3):
        (tmp_path / "new" / f"{number}.mx").write_bytes(desk.bounce("5.2.2", number=number))
    assert len(collect(open_mailbox(f"maildir://{tmp_path}"), desk.returning)) == 3
    assert collect(open_mailbox(f"maildir://{tmp_path}"), desk.returning) == ()
    assert desk.world.count(mail_schema.Return) == 3


def test_a_mail_that_cannot_be_worked_on_keeps_no_other(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.mx").write_bytes(b"From: poison")
    (tmp_path / "new" / "2.mx").write_bytes(desk.bounce("5.1.1"))

    def poisoned(content: bytes, returning: Returning) -> Worked:
        if content == b"From: poison":
            raise RecursionError("too deep")
        return work_on(content, returning)

    monkeypatch.setattr(module, "work_on", poisoned)
    assert len(collect(open_mailbox(f"maildir://{tmp_path}"), desk.returning)) == 1
    assert desk.suppressed()
    with reading(desk.world.engine) as tx:
        assert "mail not understood" in [event.action for event in audit.latest(tx)]
    assert list((tmp_path / "new").iterdir()) == []


def test_who_left_and_then_complained_may_not_be_asked_again(desk: Desk) -> None:
    hashes = desk.world.address_hashes(ADDRESS)
    with writing(desk.world.engine) as tx:
        suppressions.suppress(tx, hashes, SuppressionKind.UNSUBSCRIBED, "left", desk.world.now)
    desk.work(desk.complaint())
    with reading(desk.world.engine) as tx:
        assert suppressions.is_suppressed(tx, hashes, but=(SuppressionKind.UNSUBSCRIBED,))
