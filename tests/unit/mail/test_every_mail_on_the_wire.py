"""Every kind of mail in every language and state, as the bytes that go to a server. Nothing here trusts the
parser that forgives: what is asked of bytes is asked of bytes."""

from __future__ import annotations

import email
import email.policy
import re
import unicodedata
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from specimens import CONTACT, LINKS, RENDERER, SPECIMENS, Specimen, State

from alerts.digests.fragment import clean
from alerts.digests.naming import called
from alerts.mail.envelope import Envelope, envelope

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
PAGES = "https://alerts.example.org/" + "watch/" * 45 + "end"
"""The address of the pages of a service that lives deep below another."""

MESSAGE_ID = "<0123456789abcdef0123456789abcdef@alerts.example.org>"
ROOT = "<fedcba9876543210fedcba9876543210@alerts.example.org>"
COLUMNS = 76

every_mail = pytest.mark.parametrize("specimen", SPECIMENS, ids=str)
mail_with_news = pytest.mark.parametrize(
    "specimen", [each for each in SPECIMENS if each.digest is not None], ids=str
)


_written: dict[str, bytes] = {}


def wire(specimen: Specimen) -> bytes:
    """The specimen as it is sent, answering another mail."""
    return _written.get(str(specimen)) or _written.setdefault(str(specimen), _write(specimen))


def _write(specimen: Specimen) -> bytes:
    return envelope(
        specimen.message,
        Envelope(
            sender="alerts@alerts.example.org",
            sender_name="Harbour Watch",
            recipient="reader@example.net",
            message_id=MESSAGE_ID,
            date=NOW,
            list_id="weekly-digest.alerts.example.org",
            unsubscribe_url=f"{PAGES}/u/AQcDuCm-ayLTYo5cBuwy_NFNegE",
            unsubscribe_mailto="bounces+uaehqha3yfgtnwirtz@alerts.example.org",
            help_url=f"{PAGES}/p",
            root=ROOT,
        ),
    )


def fields(mail: bytes) -> dict[bytes, bytes]:
    """The header fields by name, as they stand there, folds and all. A name that comes twice fails."""
    head = mail.partition(b"\r\n\r\n")[0]
    found = [field.partition(b":") for field in re.split(rb"\r\n(?![ \t])", head)]
    assert len({name.lower() for name, _, _ in found}) == len(found)
    return {name: value for name, _, value in found}


def parts(mail: bytes) -> list[EmailMessage]:
    parsed = email.message_from_bytes(mail, EmailMessage, policy=email.policy.default)
    found = [parsed, *parsed.iter_parts()]
    assert [each.defects for each in found] == [[], [], []]
    return found


def text_of(mail: bytes) -> str:
    payload = parts(mail)[1].get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode("utf-8").replace("\r\n", "\n")


def columns(line: str) -> int:
    """How wide a terminal shows it (UAX #11)."""
    return sum(
        0
        if unicodedata.category(each) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(each) in "WF"
        else 1
        for each in line
    )


def test_the_address_of_the_pages_is_as_long_as_addresses_get() -> None:
    """R3: what these tests try headers with."""
    assert len(PAGES) >= 300


@every_mail
def test_a_mail_is_text_and_then_html_in_plain_bytes(specimen: Specimen) -> None:
    """R1: both UTF-8 in quoted-printable or base64, all bytes below 128, CRLF, and no defects."""
    mail = wire(specimen)
    assert max(mail) < 128
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", mail)
    assert fields(mail)[b"Content-Type"].startswith(b" multipart/alternative;")
    heads = re.findall(
        rb'\r\nContent-Type: ([a-z/]+); charset="utf-8"\r\n'
        rb"Content-Transfer-Encoding: (?:quoted-printable|base64)\r\n",
        mail,
    )
    assert heads == [b"text/plain", b"text/html"]
    assert mail.count(b"\r\nContent-Type: ") == 3
    _, text, html = parts(mail)
    for part, said in ((text, specimen.message.text), (html, specimen.message.html)):
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert payload.decode("utf-8").replace("\r\n", "\n") == said


@every_mail
def test_no_line_and_no_encoded_word_is_too_long(specimen: Specimen) -> None:
    """R2: 998 bytes a line, 78 in the header but for one token that cannot be cut, 75 an encoded-word."""
    mail = wire(specimen)
    assert max(map(len, mail.split(b"\r\n"))) <= 998
    for line in mail.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        assert len(line) <= 78 or len(line.split()) <= 2, line
        assert all(len(word) <= 75 for word in re.findall(rb"=\?\S*", line))


@every_mail
def test_what_programs_read_is_never_encoded(specimen: Specimen) -> None:
    """R3: no encoded-word in what names lists, mails and machines, with addresses of 300 characters."""
    found = fields(wire(specimen))
    for name in (
        b"List-Id",
        b"List-Unsubscribe",
        b"List-Unsubscribe-Post",
        b"List-Help",
        b"Message-ID",
        b"In-Reply-To",
        b"References",
        b"Auto-Submitted",
    ):
        assert b"=?" not in found[name], name
    assert f"<{PAGES}/u/AQcDuCm-ayLTYo5cBuwy_NFNegE>".encode() in found[b"List-Unsubscribe"]
    assert found[b"In-Reply-To"].strip() == found[b"References"].strip() == ROOT.encode()


@every_mail
def test_a_mail_says_from_whom_to_which_one_reader_about_what_and_when(specimen: Specimen) -> None:
    """R4."""
    found = fields(wire(specimen))
    assert found[b"From"] == b' "Harbour Watch" <alerts@alerts.example.org>'
    assert found[b"To"] == b" reader@example.net"
    assert not {b"Bcc", b"Cc"} & found.keys()
    assert found[b"Date"] == b" Mon, 16 Nov 2026 12:00:00 +0000"
    assert found[b"Message-ID"].strip() == MESSAGE_ID.encode()
    assert found[b"MIME-Version"] == b" 1.0"
    assert parts(wire(specimen))[0]["Subject"] == specimen.message.subject != ""


@every_mail
def test_the_text_fits_a_terminal_and_breaks_no_address(specimen: Specimen) -> None:
    """R8: 76 columns where a wide letter takes two; not format=flowed; the signature mark keeps its space."""
    mail = wire(specimen)
    assert b"flowed" not in mail.lower()
    lines = text_of(mail).split("\n")
    for line in lines:
        assert columns(line) <= COLUMNS or "://" in line, line
    assert lines.count("-- ") == 1
    addresses = {url for url in specimen.page.xpath("//a/@href") if "://" in url}
    assert addresses <= {word.strip("()<>,;") for line in lines for word in line.split()}


@mail_with_news
def test_the_text_alone_tells_everything(specimen: Specimen) -> None:
    """R8: every headline, source and address that the HTML tells, why it comes, who sends it, each way to
    change or end it."""
    assert specimen.digest is not None
    text = re.sub("[\u2066-\u2069*]", "", text_of(wire(specimen)))
    said = "".join(text.split())
    shown = [each for each in specimen.digest.entries if each.url in specimen.page.xpath("//a/@href")]
    for entry in shown if specimen.state is State.OVERFLOW else specimen.digest.entries:
        assert "".join(clean(entry.title.text).split()) in said
        assert "".join(clean(entry.source).split()) in said
        if entry.url.startswith("https://"):
            assert f" {entry.url}\n" in text
    translations = RENDERER.translations(specimen.language)
    followed = [called(rule.name, "rule", translations) for rule in specimen.digest.rules]
    for words in (CONTACT, *followed):
        assert "".join(words.split()) in said
    for url in (LINKS.unsubscribe, LINKS.unsubscribe_everything, LINKS.preferences):
        assert url in text
