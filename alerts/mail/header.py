"""Header fields, written by hand: what goes in is what a reader sees, and nothing else can come out. Pure.

The standard library's generator folds a long ``<URL>`` into encoded-words and, before 3.12.5, could be made
to write extra headers by an encoded-word in a title (CVE-2024-6923). Fields are few and their rules are
short, so we write them ourselves: the same bytes on every Python.
"""

from __future__ import annotations

import base64
import re
import unicodedata

from alerts.errors import BadInput

LINE_WIDTH = 78  # RFC 5322 §2.1.1: lines should not be longer, except for one token that cannot be cut
LINE_LIMIT = 998  # … and must not be longer than this
TEXT_LIMIT = 250  # characters of a subject or name that are worth showing

_ENCODED_WORD = 64  # RFC 2047 allows 75; this leaves room for "Subject: " in a line of 76
_PAYLOAD = _ENCODED_WORD - len("=?utf-8?q??=")
_BASE64_BYTES = _PAYLOAD // 4 * 3

_OVERRIDES = re.compile("[\u202a-\u202e]")  # bidi embeddings and overrides, which turn what follows around
_ISOLATES = re.compile("[\u2066-\u2069]")
_TOKEN = re.compile(r"[\x21-\x7e]+")


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """One line of plain text: safe as a subject or display name, and looking like the original.

    Controls and separators become one space, lone surrogates U+FFFD; bidi overrides go, and isolates
    too unless they are balanced; ``=?`` is parted so that no program decodes the text a second time.
    Text beyond ``limit`` characters ends in "…". Never raises.
    """
    line = _single_spaces("".join(_plain(char) for char in _OVERRIDES.sub("", text)))
    if len(line) > limit:
        line = line[: limit - 1] + "…"
    if not _balanced(line):
        line = _single_spaces(_ISOLATES.sub("", line))
    return line.replace("=?", "= ?")


def text_field(name: str, text: str) -> str:
    """An unstructured field (RFC 5322 §2.2.1) such as Subject, as folded lines without the final CRLF."""
    line = clean(text)
    plain = line.isascii() and all(len(word) <= _ENCODED_WORD for word in line.split(" "))
    return fold(name, line.split(" ") if plain else encoded_words(line))


def mailbox_field(name: str, display_name: str, address: str) -> str:
    """A field with one mailbox: ``"Display Name" <address>``, or the bare address without a name."""
    shown = clean(display_name, limit=100)
    if not shown:
        return fold(name, [address])
    if shown.isascii():
        escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
        return fold(name, [*f'"{escaped}"'.split(" "), f"<{address}>"])
    return fold(name, [*encoded_words(shown), f"<{address}>"])


def fold(name: str, words: list[str]) -> str:
    """``Name: word word …`` broken before words at LINE_WIDTH; a word is never cut nor encoded.

    Raises BadInput when a word cannot stand in a header: not printable ASCII, or beyond LINE_LIMIT.
    """
    lines = [f"{name}:"]
    for place, word in enumerate(words):
        if word and not _TOKEN.fullmatch(word):
            raise BadInput(f"{name}: {word[:80]!a} has characters that a mail header cannot carry")
        if place and len(lines[-1]) + 1 + len(word) > LINE_WIDTH:
            lines.append("")
        lines[-1] += " " + word
    if max(map(len, lines)) > LINE_LIMIT:
        raise BadInput(f"{name}: a part of it is longer than the {LINE_LIMIT} characters of a line")
    return "\r\n".join(lines)


def encoded_words(text: str) -> list[str]:
    """RFC 2047 encoded-words of whole characters, in Q or B encoding, whichever is shorter for the text."""
    quoted = [_quote(char) for char in text]
    size = len(text.encode("utf-8"))
    if sum(map(len, quoted)) <= -(-size // 3) * 4:
        return [f"=?utf-8?q?{part}?=" for part in _packed(quoted, [len(part) for part in quoted], _PAYLOAD)]
    parts = _packed(list(text), [len(char.encode("utf-8")) for char in text], _BASE64_BYTES)
    return [f"=?utf-8?b?{base64.b64encode(part.encode('utf-8')).decode('ascii')}?=" for part in parts]


def _packed(pieces: list[str], sizes: list[int], limit: int) -> list[str]:
    packed, room = [""], limit
    for piece, size in zip(pieces, sizes, strict=True):
        if size > room:
            packed.append("")
            room = limit
        packed[-1] += piece
        room -= size
    return packed


def _quote(char: str) -> str:
    """The alphabet that is safe in a display name too (RFC 2047 §5 rule 3)."""
    if char == " ":
        return "_"
    if char.isascii() and (char.isalnum() or char in "!*+-/"):
        return char
    return "".join(f"={byte:02X}" for byte in char.encode("utf-8"))


def _single_spaces(text: str) -> str:
    return re.sub(" {2,}", " ", text).strip(" ")


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cs":
        return "\ufffd"
    return " " if category in ("Cc", "Zl", "Zp") else char


def _balanced(text: str) -> bool:
    depth = 0
    for mark in _ISOLATES.findall(text):
        depth += -1 if mark == "\u2069" else 1
        if depth < 0:
            return False
    return depth == 0
