"""The bytes on the wire, judged as bytes: what Python's own parser forgives, others do not."""

from __future__ import annotations

import base64
import dataclasses
import email
import email.policy
import hashlib
import re
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import BadInput
from alerts.mail.envelope import Envelope, _packed_length, envelope, message_id
from alerts.mail.header import clean
from alerts.mail.links import Signer
from alerts.model import Grant, Message, Scope

SECRET = b"a secret of the test"
TOKEN = Signer([SECRET]).token(Grant(2**40, Scope.RULE, 2**40))
ENGLISH = Message(
    "en", "3 alerts", "Three things happened.\n\n-- \nAlerts\n", "<p>Three things happened.</p>\n"
)
ARABIC_TEXT = "حدثت ثلاثة أمور اليوم في المنطقة.\n" * 20
ARABIC = Message("ar", "ثلاثة تنبيهات عن إطلاق صواريخ", ARABIC_TEXT, f"<p dir=rtl>{ARABIC_TEXT}</p>")
ENVELOPE = Envelope(
    sender="alerts@example.org",
    sender_name="Early Warning",
    recipient="reader@example.net",
    message_id=message_id("delivery 1", SECRET, "example.org"),
    date=datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=9))),
    list_id="weekly.alerts.example.org",
    unsubscribe_url=f"https://alerts.example.org/u/{TOKEN}",
    unsubscribe_mailto="leave@example.org",
    help_url="https://alerts.example.org/help",
)
NAMES = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Help",
    "Auto-Submitted",
    "Precedence",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]


def head_lines(mail: bytes) -> list[bytes]:
    return mail.partition(b"\r\n\r\n")[0].split(b"\r\n")


def parsed(mail: bytes) -> EmailMessage:
    return email.message_from_bytes(mail, EmailMessage, policy=email.policy.default)


def said(part: EmailMessage) -> str:
    return part.get_content().replace("\r\n", "\n")


def check_wire(mail: bytes, names: list[str] = NAMES) -> EmailMessage:
    """What holds for every mail whatever it says."""
    assert max(mail) < 128
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", mail)
    assert mail.endswith(b"--\r\n")
    assert max(map(len, mail.split(b"\r\n"))) <= 998
    assert [
        line.partition(b":")[0].decode() for line in head_lines(mail) if not line.startswith(b" ")
    ] == names
    for line in head_lines(mail):
        assert line.strip()
        assert len(line) <= 78 or line.count(b" ") <= 1  # only a token that cannot be cut is longer
        assert all(len(word) <= 75 for word in re.findall(rb"=\?\S*", line))
    message = parsed(mail)
    assert message.keys() == names
    parts = [message, *message.iter_parts()]
    assert [part.get_content_type() for part in parts] == ["multipart/alternative", "text/plain", "text/html"]
    assert [defect for part in parts for defect in part.defects] == []
    return message


@pytest.mark.parametrize("message", [ENGLISH, ARABIC], ids=["en", "ar"])
def test_a_mail_says_what_it_was_given(message):
    mail = check_wire(envelope(message, ENVELOPE))
    text, html = mail.iter_parts()
    assert (said(text), said(html)) == (message.text, message.html)
    assert {part["Content-Language"] for part in (text, html)} == {message.language}
    assert {part.get_content_charset() for part in (text, html)} == {"utf-8"}
    assert mail["Subject"] == message.subject
    assert mail["From"] == "Early Warning <alerts@example.org>"
    assert mail["To"] == "reader@example.net"
    assert mail["Date"] == "Sun, 01 Mar 2026 00:30:00 +0000"


def test_the_headers_for_lists_and_robots_are_plain_in_the_raw_bytes():
    lines = head_lines(envelope(ENGLISH, ENVELOPE))
    assert b'From: "Early Warning" <alerts@example.org>' in lines
    assert b"List-Id: <weekly.alerts.example.org>" in lines
    start = lines.index(f"List-Unsubscribe: <https://alerts.example.org/u/{TOKEN}>,".encode())
    assert lines[start + 1] == b" <mailto:leave@example.org?subject=unsubscribe>"
    assert lines[start + 2] == b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    assert b"List-Help: <https://alerts.example.org/help>" in lines
    assert b"Auto-Submitted: auto-generated" in lines
    assert b"Precedence: bulk" in lines
    assert b"X-Auto-Response-Suppress: All" in lines
    assert f"Message-ID: {ENVELOPE.message_id}".encode() in lines


def test_without_an_address_to_write_to_only_the_link_unsubscribes():
    env = dataclasses.replace(ENVELOPE, unsubscribe_mailto=None, help_url=None)
    mail = envelope(ENGLISH, env)
    assert f"List-Unsubscribe: <https://alerts.example.org/u/{TOKEN}>".encode() in head_lines(mail)
    assert b"mailto:" not in mail
    assert b"List-Help" not in mail


def test_a_mail_outside_every_subscription_offers_no_unsubscribing():
    env = dataclasses.replace(ENVELOPE, unsubscribe_url=None)
    names = [name for name in NAMES if not name.startswith("List-Unsubscribe")]
    check_wire(envelope(ENGLISH, env), names)


def test_a_very_long_address_of_ours_is_neither_folded_nor_encoded():
    env = dataclasses.replace(
        ENVELOPE,
        unsubscribe_url="https://alerts.example.org/" + "x" * 300,
        help_url="https://alerts.example.org/" + "h" * 300,
        message_id=f"<{'m' * 200}@example.org>",
        list_id=".".join(["weekly"] * 20) + ".example.org",
    )
    mail = envelope(ENGLISH, env)
    check_wire(mail)
    assert b"=?" not in mail.partition(b"\r\n\r\n")[0]
    assert ("<https://alerts.example.org/" + "x" * 300 + ">").encode() in mail


def test_the_shorter_transfer_encoding_is_chosen_and_never_8bit():
    english, arabic = envelope(ENGLISH, ENVELOPE), envelope(ARABIC, ENVELOPE)
    assert english.count(b"Content-Transfer-Encoding: quoted-printable") == 2
    assert arabic.count(b"Content-Transfer-Encoding: base64") == 2


def test_how_long_base64_is_is_known_without_writing_it():
    for length in range(400):
        written = base64.encodebytes(bytes(length)).rstrip(b"\n").replace(b"\n", b"\r\n")
        assert _packed_length(length) == len(written)


def test_the_signature_line_keeps_its_space():
    text = next(iter(parsed(envelope(ENGLISH, ENVELOPE)).iter_parts()))
    assert "\n-- \n" in said(text)
    assert b"\r\n--=20\r\n" in envelope(ENGLISH, ENVELOPE)


def test_the_same_arguments_give_the_same_bytes_on_every_python():
    digest = hashlib.sha256(envelope(ARABIC, ENVELOPE)).hexdigest()
    assert digest == "a159b167a5efab1fe67b8e574aecb3b2c9eb4282f8a61ccc54bc10f726908d20"


def test_a_body_that_quotes_another_mail_stays_a_body():
    quoted = envelope(ENGLISH, ENVELOPE).decode("ascii")
    mail = check_wire(envelope(Message("en", "quoted", quoted, quoted), ENVELOPE))
    assert [said(part) for part in mail.iter_parts()] == [quoted.replace("\r\n", "\n")] * 2


HOSTILE = [
    "",
    " ",
    "line\r\nBcc: victim@example.org",
    "line\nBcc: victim@example.org\n\nbody",
    "\r\n\r\nbody",
    "null\0byte",
    "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg",
    "=?utf-8?q?a=0D=0ABcc:_v@x.test?=",
    "=?utf-8?b?DQpCY2M6IHZAeC50ZXN0DQo=?=",
    "=\r\n?utf-8?q?a=0D=0ABcc:_v@x.test?=",
    "=\u2066?utf-8?q?a=0D=0ABcc:_v@x.test?=",
    "nuclear =?utf-8?q?=0D=0ABcc:_v@x.test?= صاروخ",
    "\u202eexe.gpj turned around",
    "\u2067never closed",
    "closed too often\u2069",
    "x" * 5000,
    "صاروخ" * 1000,
    "😀👩‍👩‍👧‍👦" * 50,
    "<script>alert(1)</script>",
    "lone \ud800 surrogate \udfff",
    "\udcff\udc80",
    '"quoted" \\ name <x@y.test>, other@z.test',
    "(comment) [brackets] ; : , .",
    "\t tab \t",
    "?= =? ?q? =?=?=?",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_never_add_a_header(words):
    env = dataclasses.replace(ENVELOPE, sender_name=words)
    mail = check_wire(envelope(Message("en", words, words, words), env))
    assert mail["Subject"] == clean(words)
    assert [address.addr_spec for address in mail["From"].addresses] == ["alerts@example.org"]


hostile_text = st.one_of(
    st.text(st.characters(categories=None), max_size=400),
    st.lists(
        st.sampled_from([*HOSTILE, "=?", "?=", "\r\n", " ", "é", "=0A", "Bcc: a@b.test"]), max_size=6
    ).map("".join),
)


@given(hostile_text, hostile_text, hostile_text)
def test_no_words_whatever_add_a_header_or_raise(subject, name, body):
    env = dataclasses.replace(ENVELOPE, sender_name=name)
    mail = check_wire(envelope(Message("ar", subject, body, body), env))
    assert mail["Subject"] == clean(subject)
    assert mail["To"] == "reader@example.net"


@given(st.text(max_size=300))
def test_a_body_arrives_as_it_left(body):
    mail = parsed(envelope(Message("en", "x", body, body), ENVELOPE))
    expected = body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    for part in mail.iter_parts():
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert payload.decode("utf-8").replace("\r\n", "\n") == expected


@pytest.mark.parametrize(
    "change",
    [
        {"recipient": "a@b.example, c@d.example"},
        {"recipient": "a@b.example\r\nBcc: c@d.example"},
        {"sender": "not an address"},
        {"unsubscribe_url": "https://example.org/\r\nBcc: x@y.example"},
        {"unsubscribe_url": "https://example.org/a b"},
        {"unsubscribe_url": "https://example.org/>,<https://other.example/"},
        {"unsubscribe_url": "javascript:alert(1)"},
        {"unsubscribe_url": "https://example.org/\u00e9"},
        {"unsubscribe_url": "https://example.org/" + "x" * 1000},
        {"unsubscribe_mailto": "not an address"},
        {"help_url": "ftp://example.org"},
        {"message_id": "no-brackets@example.org"},
        {"message_id": "<two@example.org> <ids@example.org>"},
        {"message_id": "<\ud800@example.org>"},
        {"list_id": "not a domain"},
    ],
)
def test_what_cannot_stand_in_a_header_is_refused(change):
    with pytest.raises(BadInput):
        envelope(ENGLISH, dataclasses.replace(ENVELOPE, **change))


@pytest.mark.parametrize("language", ["", "en\r\nX: y", "ar_EG", "\u00e9"])
def test_a_language_that_is_no_tag_is_refused(language):
    with pytest.raises(BadInput):
        envelope(dataclasses.replace(ENGLISH, language=language), ENVELOPE)


def test_a_date_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        envelope(ENGLISH, dataclasses.replace(ENVELOPE, date=datetime(2026, 3, 1)))  # noqa: DTZ001


def test_a_recipient_in_another_script_travels_in_ascii():
    mail = parsed(envelope(ENGLISH, dataclasses.replace(ENVELOPE, recipient="reader@b\u00fccher.example")))
    assert mail["To"] == "reader@xn--bcher-kva.example"


def test_a_message_id_names_one_delivery_and_nothing_else():
    first = message_id("delivery 1", SECRET, "Example.ORG")
    assert first == message_id("delivery 1", SECRET, "example.org")
    assert first != message_id("delivery 2", SECRET, "example.org")
    assert first != message_id("delivery 1", SECRET + b"!", "example.org")
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", first)
    with pytest.raises(BadInput):
        message_id("delivery 1", SECRET, "exa mple.org")


def test_dates_are_utc_whatever_zone_they_came_in():
    env = dataclasses.replace(ENVELOPE, date=datetime(2026, 12, 31, 23, 0, tzinfo=UTC))
    assert b"Date: Thu, 31 Dec 2026 23:00:00 +0000" in head_lines(envelope(ENGLISH, env))
