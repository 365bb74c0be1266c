"""Tags of broken mark-up: what a page or list means where no parser of HTML or XML gets through.

Reads in linear time whatever is written: every tag ends at the latest where the next one begins.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LONGEST_TAG = 100_000
_LONGEST_WORDS = 300

_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BARE_AMPERSAND = re.compile(rf"&(?!{_REFERENCE.pattern[1:]})")
_PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
# One attribute, the end of the tag, or one character that belongs to neither.
_PIECE = re.compile(
    r"""\s*(?:(?P<name>[\w:.-]{1,40})\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'>]*))"""
    r"""|(?P<end>/?\s*>)|(?P<else>[^>]))"""
)


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag. Attribute names are in lower case, values without character references.

    ``line`` is 1-based; ``words`` is the text up to the next tag of any kind, at most 300 characters;
    ``faults`` says what had to be guessed.
    """

    name: str
    line: int
    attributes: Mapping[str, str]
    closing: bool = False
    empty: bool = False
    words: str = ""
    faults: tuple[str, ...] = ()


def tags(text: str, names: str, *, unread: str = "") -> Iterator[Tag]:
    """Tags of these names (separated by ``|``, any case) in order, outside of comments.

    The content of elements named in ``unread`` is passed over.
    """
    wanted = rf"(?P<close>/?)(?P<name>{names})(?=[\s/>])"
    skipped = rf"|(?P<unread>{unread})(?=[\s/>])" if unread else ""
    start = re.compile(rf"<(?:(?P<comment>!--)|(?P<data>!\[CDATA\[)|{wanted}{skipped})", re.IGNORECASE)
    ends: dict[str, int] = {}
    line, counted, position = 1, 0, 0
    match = start.search(text)
    while match:
        position = match.end()
        line += text.count("\n", counted, match.start())
        counted = match.start()
        if match["name"] is None:
            position = _behind(text, _closing_of(match), position, ends)
            match = start.search(text, position)
            continue
        following = start.search(text, position)
        until = min(following.start() if following else len(text), position + LONGEST_TAG)
        yield _tag(match, line, text[position:until])
        match = following


def _closing_of(match: re.Match[str]) -> str:
    if match["comment"]:
        return "-->"
    return "]]>" if match["data"] else f"</{match['unread'].lower()}"


def _behind(text: str, closing: str, position: int, ends: dict[str, int]) -> int:
    """Where the passage ends; one that never does is no passage. ``ends`` remembers what was found."""
    if ends.get(closing, -1) < position:
        found = re.compile(re.escape(closing), re.IGNORECASE).search(text, position)
        ends[closing] = found.end() if found else len(text) + 1
    return ends[closing] if ends[closing] <= len(text) else position


def _tag(match: re.Match[str], line: int, rest: str) -> Tag:
    name, closing = match["name"].lower(), bool(match["close"])
    attributes: dict[str, str] = {}
    faults: dict[str, None] = {}
    position, end = 0, ""
    while not end and (piece := _PIECE.match(rest, position)):
        position = piece.end()
        end = piece["end"] or ""
        if piece["name"]:
            raw = next(
                value for value in (piece["double"], piece["single"], piece["bare"]) if value is not None
            )
            faults |= dict.fromkeys(_faults(piece, raw))
            attributes.setdefault(piece["name"].lower(), unescaped(raw))
        elif piece["else"] and piece["else"] != "/":
            faults["characters between the attributes that belong to none"] = None
    if not end and not closing:
        faults["the tag does not end"] = None
    words = "" if closing or not end else unescaped(rest[position : position + _LONGEST_WORDS].split("<")[0])
    return Tag(name, line, attributes, closing, "/" in end or not end, words, tuple(faults))


def _faults(piece: re.Match[str], raw: str) -> Iterator[str]:
    if piece["bare"] is not None:
        yield f"the value of {piece['name']} is not in quotes"
    if _BARE_AMPERSAND.search(raw):
        yield "an & is not written as &amp;"
    if "<" in raw:
        yield "a < is not written as &lt;"
    if any(name not in _PREDEFINED for name in _NAMED.findall(raw)):
        yield "a name such as &eacute; that XML does not know"


def unescaped(text: str) -> str:
    """The text without character references; one without its semicolon stays as it is (``?a=1&copy=2``)."""
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text)
