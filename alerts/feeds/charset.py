"""From bytes to text when nobody can be believed: servers and documents often name a wrong encoding.

The only owner of chardet. It decides for good claims and true UTF-8 nothing at all; for the rest it
offers one candidate, which has to look more like text than the claimed ones do.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import chardet

from alerts.feeds.oddness import oddness
from alerts.feeds.twice_encoded import undo

_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?\bencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_LABEL = re.compile(r"[A-Za-z][\w.:-]{0,39}")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_UNTIL_TEXT = re.compile(rb"^[\x00-\x7f]*")
_SAMPLE_BYTES = 200_000

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The first character of any document is "<" or "{"; four bytes tell how wide it is written.
_WIDE = (
    (re.compile(rb"[<{]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00\x00\x00[<{]"), "utf-32-be"),
    (re.compile(rb"[<{]\x00"), "utf-16-le"),
    (re.compile(rb"\x00[<{]"), "utf-16-be"),
)
_SEVEN_BITS = frozenset({"hz", "utf-7", "iso2022_kr", "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2"})
# What a name means in practice (https://encoding.spec.whatwg.org/#names-and-labels): Python's name of
# the narrow encoding → the larger one that is really written under that name.
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "johab": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_2",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
}
_ALIASES = {"sjis": "cp932", "windows-31j": "cp932", "ks_c_5601-1987": "cp949", "windows-874": "cp874"}
_TEXT = re.compile(
    r"(?:ascii|big5|cp\d|euc_|gb|hz$|iso(?:8859|2022)|johab|koi8|kz1048|mac|ptcp154|shift_|tis|utf)"
)
_SHOWN = {"cp949": "EUC-KR", "cp932": "Shift_JIS", "big5hkscs": "Big5", "cp874": "windows-874"}
# How much odder a reading may look than the others and still be taken, as a negative share: a guess from
# enough text is right more often than a claim, one from little text is not.
_DOUBT_OF_GUESS = -0.02
_DOUBT_OF_HASTY_GUESS = 0.05
_DOUBT_OF_UTF8 = 0.02
_DOUBT_OF_LATIN = 0.04  # what servers say when nobody told them
_DOUBT_OF_LAST_RESORT = 0.15
_ENOUGH_BYTES = 80


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document as text, without byte order mark; ``problem`` is a sentence when a claim was wrong."""

    text: str
    encoding: str
    problem: str | None = None


def decode(body: bytes, claimed: str = "") -> Decoded:
    """Read ``body``, whose server ``claimed`` a charset ('' for none); never fails.

    A byte order mark and valid UTF-8 win over every claim, as they do not come about by chance. Then
    the server's claim is believed, then the document's own, as long as the result looks like text.
    Bytes without a meaning become U+FFFD.
    """
    match = _DECLARED.match(body)
    claims = [
        codec for claim in (claimed, match[1].decode() if match else "") if claim and (codec := _codec(claim))
    ]
    certain = _certain(body, claims)
    codec, text = certain or _likeliest(body, claims)
    wrong = bool(claims) and codec != claims[0] and not _same_bytes(body, codec)
    unsaid = not claims and codec != "utf-8" and not codec.startswith(("utf-16", "utf-32"))
    said = "The encoding is not the declared one" if wrong else "The document does not say its encoding"
    problem = f"{said}; read as {_shown(codec)}" if wrong or unsaid else None
    if codec == "utf-8" and (meant := undo(text)):
        text, problem = meant, "The text was encoded twice; repaired"
    if "\ufffd" in text and not problem and not _meant(body):
        problem = f"Some characters are broken; read as {_shown(codec)}"
    return Decoded(text.removeprefix("\ufeff"), _shown(codec), problem)


def _certain(body: bytes, claims: list[str]) -> tuple[str, str] | None:
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return codec, _read(body.removeprefix(mark), codec)
    for start, codec in _WIDE:
        if start.match(body):
            return codec, body.decode(codec, "replace")
    if not _NOT_ASCII.search(body):
        return _seven_bits(body, claims)
    try:
        return "utf-8", body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _seven_bits(body: bytes, claims: list[str]) -> tuple[str, str]:
    shifting = ["iso2022_jp_2"] if b"\x1b$" in body else []
    for codec in (*(claim for claim in claims if claim in _SEVEN_BITS), *shifting):
        try:
            return codec, body.decode(codec)
        except UnicodeDecodeError:
            continue
    return "utf-8", body.decode("ascii")


def _likeliest(body: bytes, claims: list[str]) -> tuple[str, str]:
    doubts = {"cp1252": _DOUBT_OF_LAST_RESORT, "utf-8": _DOUBT_OF_UTF8}
    for claim in claims:
        if claim not in _SEVEN_BITS and not claim.startswith("utf"):
            doubts[claim] = _DOUBT_OF_LATIN if claim == "cp1252" else 0.0
    sample = _UNTIL_TEXT.sub(b"", body[: _SAMPLE_BYTES * 5], count=1)[:_SAMPLE_BYTES]
    found = chardet.detect(sample)["encoding"]  # of the text only: it must not know the claim
    guess = _codec(found) if found else None
    if guess:
        enough = len(_NOT_ASCII.findall(sample)) >= _ENOUGH_BYTES
        doubt = _DOUBT_OF_GUESS if enough else _DOUBT_OF_HASTY_GUESS
        doubts[guess] = min(doubt, doubts.get(guess, doubt))
    readings = {codec: _read(body, codec) for codec in doubts}
    best = min(readings, key=lambda codec: oddness(readings[codec]) + doubts[codec])
    return best, readings[best]


def _read(body: bytes, codec: str) -> str:
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        if codec != "utf-8":
            return body.decode(codec, "replace")
    # In a document that is mostly UTF-8, stray bytes of this range are quotation marks and dashes.
    return re.sub(
        "[\udc80-\udc9f]",
        lambda byte: bytes([ord(byte[0]) - 0xDC00]).decode("cp1252", "replace"),
        body.decode("utf-8", "surrogateescape"),
    ).translate(_LONE)


_LONE = {0xDC00 + byte: "\ufffd" for byte in range(0x80, 0x100)}


def _codec(label: str) -> str | None:
    """Python's name of the encoding that is meant, or None when the label names no text encoding."""
    if not _LABEL.fullmatch(label):
        return None
    # Forms that browsers and mail programs know and Python does not.
    label = re.sub(r"^(?:x-|cs(?=iso|euc|shift|koi|big))", "", label.lower()).removesuffix("-i")
    try:
        name = codecs.lookup(_ALIASES.get(label, label)).name
    except (LookupError, ValueError):
        return None
    # Python also calls rot13, zip and its own escapes codecs.
    return _WIDER.get(name, name) if _TEXT.match(name) else None


def _same_bytes(body: bytes, codec: str) -> bool:
    """Whether every encoding of our claims would read the same: nothing but ASCII is there."""
    return codec == "utf-8" and not _NOT_ASCII.search(body)


def _meant(body: bytes) -> bool:
    """Whether the document itself holds U+FFFD: someone else's loss."""
    return "\ufffd".encode() in body


def _shown(codec: str) -> str:
    return _SHOWN.get(codec, re.sub(r"^cp(?=125)", "windows-", codec))
