"""Reading what the catcher kept, for a page that shows it. Odd mail is shown oddly, never refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

ENVELOPES = "envelopes"  # beside the Maildir's own folders: who each mail was from and for, as JSON

_FOLDERS = ("new", "cur")


@dataclass(frozen=True, slots=True)
class Received:
    """One kept mail. ``sender`` and ``recipients`` are the envelope's, which no header need repeat; ``raw``
    is what came over the wire."""

    id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    raw: bytes

    @property
    def recipient(self) -> str:
        """The recipients as one line."""
        return ", ".join(self.recipients)


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail taken apart: its headers as written, decoded, and its two bodies (empty when it has none)."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


def inbox(maildir: Path) -> tuple[Received, ...]:
    """Everything kept so far, latest first; empty when there is no such Maildir yet."""
    mails = [_received(maildir, path) for folder in _FOLDERS for path in _files(maildir / folder)]
    return tuple(sorted((mail for mail in mails if mail), key=lambda m: (m.received_at, m.id), reverse=True))


def find(maildir: Path, id: str) -> Received | None:
    """The kept mail with this id, None when there is none. The id may come from anybody."""
    for folder in _FOLDERS:
        for path in _files(maildir / folder):
            if path.name == id:
                return _received(maildir, path)
    return None


def open_mail(raw: bytes) -> Opened:
    """Headers, text and html of a mail, as far as they can be made out. Never raises."""
    try:
        mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
        return Opened(_headers(mail), _body(mail, "plain"), _body(mail, "html"))
    except Exception:  # noqa: BLE001 - the parser is known to trip over hostile headers in many ways
        return Opened((), raw.decode("utf-8", "replace"), "")


def _received(maildir: Path, path: Path) -> Received | None:
    try:
        raw = path.read_bytes()
        changed_at = path.stat().st_mtime_ns
    except OSError:
        return None  # gone since the folder was listed
    name = path.name.partition(":")[0]
    sender, recipients = _envelope(maildir / ENVELOPES / f"{name}.json")
    received_at = datetime.fromtimestamp(_nanoseconds(name, changed_at) / 1e9, UTC)
    return Received(path.name, received_at, sender, recipients, _subject(raw), raw)


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from (path for path in folder.iterdir() if path.is_file())
    except OSError:
        return


def _envelope(path: Path) -> tuple[str, tuple[str, ...]]:
    try:
        record = json.loads(path.read_bytes())
        return str(record["sender"]), tuple(map(str, record["recipients"]))
    except (OSError, ValueError, KeyError, TypeError):
        return "", ()


def _nanoseconds(name: str, otherwise: int) -> int:
    """When the catcher named it, to the nanosecond; the file's own time for a mail that came another way."""
    stamp = name.partition(".")[0]
    return int(stamp) if len(stamp) == 19 and stamp.isdecimal() and stamp.isascii() else otherwise


def _subject(raw: bytes) -> str:
    headers = _headers(BytesHeaderParser(EmailMessage, policy=policy.default).parsebytes(raw))
    return next((value for name, value in headers if name.lower() == "subject"), "")


def _headers(mail: EmailMessage) -> tuple[tuple[str, str], ...]:
    return tuple((name, _readable(name, value)) for name, value in mail.raw_items())


def _readable(name: str, value: str) -> str:
    try:
        decoded = str(policy.default.header_fetch_parse(name, value))
    except Exception:  # noqa: BLE001 - see open_mail; what was written is better than nothing
        decoded = str(value)
    return decoded.encode("utf-8", "replace").decode("utf-8")


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    if part is None:
        return ""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        text = content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")
