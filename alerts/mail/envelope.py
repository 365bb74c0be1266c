"""A rendered message and where it goes become the bytes that are stored and sent. Pure.

multipart/alternative with plain text before HTML, both UTF-8 in an ASCII transfer encoding, CRLF throughout:
any mail server takes it unchanged, with or without 8BITMIME. The same arguments give the same bytes on every
Python, so that a retry and a replay can be compared byte for byte.
"""

from __future__ import annotations

import base64
import binascii
import email.parser
import email.policy
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MultipartInvariantViolationDefect
from email.utils import format_datetime

from alerts.errors import BadInput
from alerts.mail.address import check_address, check_domain
from alerts.mail.header import fold, mailbox_field, text_field
from alerts.model import Message

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MESSAGE_ID = re.compile(r"<[^<>@]+@[^<>@]+>")
_URI = re.compile(r"(?:https?|mailto):[^<>]+")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything about one mail that is not its words.

    ``sender`` and ``recipient`` are one address each; ``date`` is aware. ``message_id`` comes with its angle
    brackets, ``list_id`` without (``weekly.example.org``, RFC 2919). ``unsubscribe_url`` must honour a POST
    without cookies (RFC 8058); it is None only for mail that belongs to no subscription, and https everywhere
    but in a local inbox. ``unsubscribe_mailto`` is an address; ``help_url`` fills List-Help.
    ``root`` is the id of the mail that this one answers (RFC 5322 §3.6.4).
    """

    sender: str
    sender_name: str
    recipient: str
    message_id: str
    date: datetime
    list_id: str
    unsubscribe_url: str | None
    unsubscribe_mailto: str | None = None
    help_url: str | None = None
    root: str | None = None


def message_id(seed: str, secret: bytes, domain: str) -> str:
    """``<…@domain>``, the same for the same seed and secret, and telling nothing about either.

    Receivers drop a repeated mail by it, so the seed names one delivery. Raises BadInput for a bad domain.
    """
    digest = hmac.new(secret, b"alerts message-id\0" + seed.encode("utf-8"), hashlib.sha256).hexdigest()
    return f"<{digest[:32]}@{check_domain(domain)}>"


def name_of(message_id: str) -> str:
    """What names a mail in an address of ours: its Message-ID without domain and brackets."""
    return message_id.strip("<>").partition("@")[0]


def envelope(message: Message, env: Envelope) -> bytes:
    """The mail in wire format: CRLF lines of at most 998 bytes, all bytes < 128.

    Whatever the words hold they add no header: the bytes are parsed again and refused when their header
    names differ from ours. Raises BadInput for an address, URL, id or language that cannot go into a header.
    """
    fields = _fields(message, env)
    boundary = "=_" + hashlib.sha256(env.message_id.encode("ascii")).hexdigest()[:32]
    fields.append(fold("Content-Type", ["multipart/alternative;", f'boundary="{boundary}"']))
    text = _part("text/plain", message.text, message.language)
    html = _part("text/html", message.html, message.language)
    # "=_" occurs in no base64 and, since "=" is followed by two hex digits there, in no quoted-printable.
    delimiter = f"--{boundary}".encode()
    head = "".join(f"{field}\r\n" for field in fields).encode("ascii")
    mail = b"\r\n".join([head, delimiter, text, delimiter, html, delimiter + b"--", b""])
    _check_headers(mail, [field.partition(":")[0] for field in fields])
    return mail


def _fields(message: Message, env: Envelope) -> list[str]:
    if env.date.tzinfo is None:
        raise ValueError("the date of a mail needs a time zone")
    fields = [
        mailbox_field("From", env.sender_name, check_address(env.sender)),
        mailbox_field("To", "", check_address(env.recipient)),
        text_field("Subject", message.subject),
        fold("Date", format_datetime(env.date.astimezone(UTC)).split(" ")),
        fold("Message-ID", [_matching(_MESSAGE_ID, env.message_id, "a message id")]),
        fold("List-Id", [f"<{check_domain(env.list_id)}>"]),
    ]
    if env.root is not None:
        answered = _matching(_MESSAGE_ID, env.root, "a message id")
        fields += [fold("In-Reply-To", [answered]), fold("References", [answered])]
    if env.unsubscribe_url is not None:
        ways = [f"<{_matching(_URI, env.unsubscribe_url, 'an unsubscribe address')}>"]
        if env.unsubscribe_mailto is not None:
            ways[0] += ","
            ways.append(f"<mailto:{check_address(env.unsubscribe_mailto)}?subject=unsubscribe>")
        fields.append(fold("List-Unsubscribe", ways))
        fields.append(fold("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]))
    if env.help_url is not None:
        fields.append(fold("List-Help", [f"<{_matching(_URI, env.help_url, 'a help address')}>"]))
    return [
        *fields,
        # No out-of-office answer, please: RFC 3834 §5, its older habit, and Exchange's own.
        fold("Auto-Submitted", ["auto-generated"]),
        fold("Precedence", ["bulk"]),
        fold("X-Auto-Response-Suppress", ["All"]),
        fold("MIME-Version", ["1.0"]),
    ]


def _matching(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not pattern.fullmatch(value):
        raise BadInput(f"{value[:200]!a} is not {what}")
    return value


def _part(kind: str, text: str, language: str) -> bytes:
    if not _LANGUAGE.fullmatch(language):
        raise BadInput(f"{language[:80]!a} is not a language tag such as ar or zh-Hans")
    encoding, body = _encoded(text)
    fields = [
        f'Content-Type: {kind}; charset="utf-8"',
        f"Content-Transfer-Encoding: {encoding}",
        f"Content-Language: {language}",
    ]
    return "\r\n".join([*fields, "", ""]).encode("ascii") + body


def _encoded(text: str) -> tuple[str, bytes]:
    """Transfer encoding and body, whichever is shorter: Arabic is in base64, English is not."""
    lines = re.sub("[\0\ud800-\udfff]", "\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    raw = lines.encode("utf-8")
    quoted = binascii.b2a_qp(raw, istext=True).replace(b"\n", b"\r\n")
    canonical = raw.replace(b"\n", b"\r\n")
    if len(quoted) <= _packed_length(len(canonical)):
        return "quoted-printable", quoted
    return "base64", base64.encodebytes(canonical).rstrip(b"\n").replace(b"\n", b"\r\n")


def _packed_length(length: int) -> int:
    """How long so many bytes are in base64: four for three, and a line end after each 57 but the last."""
    return -(-length // 3) * 4 + max(0, -(-length // 57) - 1) * 2


def _check_headers(mail: bytes, names: list[str]) -> None:
    head = mail[: mail.index(b"\r\n\r\n") + 4]  # as a reader finds its end, not as we meant it
    parsed = email.parser.BytesHeaderParser(policy=email.policy.default).parsebytes(head)
    # Before Python 3.11.4 a parser of headers alone misses the parts that it was told not to read.
    defects = [
        defect for defect in parsed.defects if not isinstance(defect, MultipartInvariantViolationDefect)
    ]
    if parsed.keys() != names or defects:
        raise BadInput(f"the mail would carry the headers {parsed.keys()} instead of {names}")
