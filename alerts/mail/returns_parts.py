"""A mail that came back, taken apart: its fields, what it says to a person, its reports, our own mail. Pure.

Whoever knows our return address can send us anything, so this reads a bounded number of bytes, lines, parts
and levels, in time that grows with their number alone; and it takes a report for what it holds, not for what
its labels promise. The standard library's parser promises neither, so only its decoders are used.
"""

from __future__ import annotations

import binascii
import codecs
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value, getaddresses

READ_LIMIT = 256 * 1024  # bytes: a report stands before the mail it returns
RECIPIENTS_LIMIT = 100  # of one mail that are told: we write to one at a time
_PARTS, _LEVELS = 60, 6

Fields = Mapping[str, tuple[str, ...]]  # by lower-case name, in the order of the mail

ADDRESS = re.compile(r"[^\s<>;,\"()]{1,128}@[^\s<>;,\"()]{1,255}")
"""One in a field, in any script; reports write them in more ways than the grammar has."""

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,60})[ \t]*:[ \t]*(.*)")
_BREAK = re.compile(r"(?i)<(?:br|/p|/div|/tr|/li|/h\d|/pre)\b[^<>]{0,200}>")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_HIDDEN = ("style", "script", "head")
_NO_CHARSETS = ("punycode", "idna")  # codecs of Python's for names, whose time grows with the square


@dataclass(frozen=True, slots=True)
class Mail:
    """``text`` is what a person reads, in order. ``groups`` are those of delivery reports (RFC 3464), the
    first of each about the whole mail. ``feedback`` is a complaint (RFC 5965). ``original`` is the mail that
    we had sent, or its head, with ``original_fields``."""

    fields: Fields
    text: str = ""
    groups: tuple[Fields, ...] = ()
    feedback: Fields | None = None
    receipt: bool = False
    original: bytes = b""
    original_fields: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Part:
    kind: str
    body: bytes
    charset: str


def take_apart(content: bytes) -> Mail:
    """Never raises, whatever the bytes."""
    content = content[:READ_LIMIT].removeprefix(codecs.BOM_UTF8)
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n \t")
    if content.startswith((b"From ", b">From ")):
        content = content.partition(b"\n")[2]
    head, body = _split(content)
    fields = read_fields(decoded(head, ""))
    plain: list[str] = []
    marked_up: list[str] = []
    groups: list[Fields] = []
    feedback: Fields | None = None
    receipt = False
    original = b""
    for part in _walk(fields, body, _LEVELS):
        if part.kind.endswith("delivery-status"):
            groups += read_groups(decoded(part.body, part.charset))
        elif part.kind == "message/feedback-report":
            feedback = read_fields(decoded(part.body, part.charset).replace("\n\n", "\n"))
        elif part.kind.endswith("disposition-notification"):
            receipt = True
        elif part.kind in (
            "message/rfc822",
            "message/global",
            "text/rfc822-headers",
            "message/global-headers",
        ):
            original = original or part.body.lstrip(b"\n")
        elif part.kind == "text/html":
            marked_up.append(_without_markup(decoded(part.body, part.charset)))
        elif part.kind.startswith("text/"):
            plain.append(decoded(part.body, part.charset))
    text = "\n\n".join(plain if any(each.strip() for each in plain) else marked_up)
    return Mail(
        fields,
        text,
        tuple(groups),
        feedback,
        receipt,
        original,
        read_fields(decoded(_split(original)[0], "")),
    )


def first(fields: Fields, name: str) -> str:
    """The first value of a field, empty without one."""
    return fields.get(name, ("",))[0]


def sender(mail: Mail) -> str:
    """The address of From, empty without one."""
    return _parsed([first(mail.fields, "from")[:2000]])[0]


def addresses(values: Iterable[str]) -> list[str]:
    """The addresses in values of fields such as To, each once, of at most RECIPIENTS_LIMIT values."""
    some = [value[:4000] for value in list(values)[:RECIPIENTS_LIMIT]]
    return list({each.lower(): each for each in _parsed(some) if ADDRESS.fullmatch(each)}.values())


def _parsed(values: list[str]) -> list[str]:
    """The addresses as the standard library finds them, which goes as deep as brackets are nested."""
    try:
        return [address for _, address in getaddresses(values)] or [""]
    except RecursionError:
        return [""]


def read_groups(text: str) -> tuple[Fields, ...]:
    """Groups of fields with blank lines between them."""
    return tuple(fields for group in re.split(r"\n[ \t]*\n", text) if (fields := read_fields(group)))


def read_fields(text: str) -> Fields:
    """Fields of a head or a report; folded lines are joined, other lines are left out."""
    read: dict[str, list[list[str]]] = {}
    latest: list[str] | None = None
    for line in text.split("\n"):
        if line[:1] in (" ", "\t"):
            if latest is not None and line.strip():
                latest.append(line.strip())
            continue
        found = _FIELD.match(line.lstrip("\ufeff"))
        latest = [found[2].strip()] if found else None
        if found and latest is not None:
            read.setdefault(found[1].lower(), []).append(latest)
    return {name: tuple(_words(" ".join(lines)) for lines in values) for name, values in read.items()}


def decoded(content: bytes, charset: str) -> str:
    """Text of bytes whose charset may be unstated, unknown or wrong."""
    content = content.removeprefix(codecs.BOM_UTF8)
    guesses = (charset, "utf-8", "iso2022_jp" if b"\x1b$" in content else "", "cp1252")
    if not charset or charset.lower() in ("us-ascii", "ascii", "utf-8") or b"\x1b$" in content:
        guesses = (guesses[2], *guesses[:2], guesses[3])
    for guess in filter(None, guesses):
        if guess.lower() in _NO_CHARSETS:
            continue
        try:
            # Some codecs make lone surrogates, which nothing after us could store.
            return content.decode(guess).encode("utf-8", "replace").decode("utf-8")
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1")


def _words(value: str) -> str:
    """A field's value with its encoded-words (RFC 2047) decoded where they can be."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value[:4000])
    except (HeaderParseError, ValueError):
        return value
    return "".join(
        piece if isinstance(piece, str) else decoded(piece, charset or "") for piece, charset in pieces
    )


def _split(content: bytes) -> tuple[bytes, bytes]:
    if content.startswith(b"\n"):
        return b"", content[1:]
    head, _, body = content.partition(b"\n\n")
    return head, body


def _content_type(fields: Fields) -> tuple[str, Message]:
    message = Message()
    message["content-type"] = first(fields, "content-type")[:2000] or "text/plain"
    return message.get_content_type(), message


def _parameter(message: Message, name: str) -> str:
    value = message.get_param(name, "")
    try:
        return collapse_rfc2231_value(value).strip() if isinstance(value, str | tuple) else ""
    except ValueError:  # a charset that refuses everything
        return ""


def _walk(fields: Fields, body: bytes, levels: int) -> Iterator[_Part]:
    """The parts of a mail in order, those of nested multiparts in their places."""
    kind, message = _content_type(fields)
    if kind.startswith("multipart/") and levels:
        pieces = _pieces(body, _parameter(message, "boundary"))
        for piece in pieces[:_PARTS]:
            head, inner = _split(piece)
            if not _FIELD.match(decoded(head, "")):
                head, inner = b"", piece
            yield from _walk(read_fields(decoded(head, "")), inner, levels - 1)
        if pieces:
            return
        kind = "text/plain"
    charset = _parameter(message, "charset")
    yield _Part(kind, _transferred(body, first(fields, "content-transfer-encoding")), charset[:40])


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the boundaries; if the announced one never comes, the first that looks like one."""
    mark = b"--" + boundary.encode("utf-8", "replace")
    lines = body.split(b"\n")
    if not boundary or not any(line.startswith(mark) for line in lines):
        guess = next((line for line in lines if line.startswith(b"--") and b" " not in line.strip()), b"")
        if len(guess.strip()) < 6:
            return []
        mark = guess.strip()
    pieces: list[list[bytes]] = []
    for line in lines:
        if line.startswith(mark) and line[len(mark) :].strip() in (b"", b"--"):
            pieces.append([])
        elif pieces:
            pieces[-1].append(line)
    joined = [b"\n".join(piece) for piece in pieces]
    return [piece for piece in joined if piece.strip()]


def _transferred(body: bytes, encoding: str) -> bytes:
    match encoding.strip().lower():
        case "base64":
            letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
            letters = letters[: len(letters) // 4 * 4 + (len(letters) % 4 if len(letters) % 4 != 1 else 0)]
            return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
        case "quoted-printable":
            return binascii.a2b_qp(body)
    return body


def _without_markup(text: str) -> str:
    for name in _HIDDEN:
        kept, lowered, at = [], text.lower(), 0
        while (opens := lowered.find(f"<{name}", at)) >= 0:
            kept.append(text[at:opens])
            closes = lowered.find(f"</{name}", opens)
            at = closes if closes >= 0 else len(text)
        text = "".join([*kept, text[at:]]) if len(lowered) == len(text) else text
    return html.unescape(_TAG.sub(" ", _BREAK.sub("\n", text)))
