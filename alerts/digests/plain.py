"""The plain-text part of a mail: lines of at most 76 columns, foreign words kept in their own direction.

Columns are counted as a terminal shows them (UAX #11: East Asian wide = 2, combining = 0). A foreign
run of words stands between FSI (U+2068) and PDI (U+2069), UAX #9 §2.7; LRI or RLI replaces FSI where
the first letter would mislead it, as in an Arabic headline that begins with a Latin name. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from alerts.digests.fragment import Direction, Fragment, extends, strength

COLUMNS = 76
MOST_BARS = 12

_FSI, _LRI, _RLI, _PDI = "\u2068", "\u2066", "\u2067", "\u2069"
_OPENERS = (_FSI, _LRI, _RLI)
# No line begins with these, or ends with those (the common part of UAX #14 CL, CP, EX, NS and OP).
_NEVER_FIRST = frozenset("、。，．：；？！）」』】〕》〉’”％・ー…!?,.:;)]}»" + _PDI)
_NEVER_LAST = frozenset("（「『【〔《〈‘“([{«" + "".join(_OPENERS))


def width(text: str) -> int:
    """How many columns a terminal needs for a text."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def isolate(text: str, way: Direction, page: Direction) -> str:
    """The text as it can stand in a page of that direction without disturbing what is around it."""
    ways = {strength(character) for character in text} - {None}
    if way == page and ways <= {page}:
        return text
    return f"{_opener(text, way)}{text}{_PDI}"


def starred(words: Fragment) -> str:
    """The fragment's text with *marked* words between asterisks."""
    return "".join(f"*{piece.text}*" if piece.marked else piece.text for piece in words.pieces)


def bar(percent: int) -> str:
    """A bar of so many percent, at the end of a line that has said how much; nothing for nothing."""
    return " " + "▇" * max(1, round(percent / 100 * MOST_BARS)) if percent else ""


def wrap(text: str) -> str:
    """The text with every line wrapped; continuation lines keep the indent of their first line.

    Addresses are never broken. Trailing white space goes, except in the signature mark ``-- ``; more
    than one empty line becomes one.
    """
    lines: list[str] = []
    for line in text.strip("\n").split("\n"):
        if line == "-- ":
            lines.append(line)
        elif line.strip(" "):
            lines += _reopened(_wrapped(line.rstrip(" ")))
        elif lines and lines[-1]:
            lines.append("")
    return "\n".join(lines) + "\n"


def _wrapped(line: str) -> list[str]:
    if width(line) <= COLUMNS:
        return [line]
    bullet = re.match(r" *(?:- )?", line)
    first = bullet.group() if bullet else ""
    indent = " " * len(first)
    lines: list[str] = []
    current, used, empty = first, len(first), True
    for space, chunk in _chunks(line[len(first) :], COLUMNS - len(first)):
        needed = len(space) + width(chunk)
        if not empty and used + needed > COLUMNS:
            lines.append(current)
            current, used, empty = indent, len(indent), True
        if not empty:
            current += space
            used += len(space)
        current, used, empty = current + chunk, used + width(chunk), False
    return [*lines, current]


def _chunks(text: str, room: int) -> Iterator[tuple[str, str]]:
    """The unbreakable parts of a line, each with the space before it."""
    for word in re.finditer(r"( *)([^ ]+)", text):
        space, rest = word.groups()
        if "://" in rest:
            yield space, rest
            continue
        for chunk in (rest,) if rest.isascii() else _ideographs(rest):
            for part in _parts(chunk, room):
                yield space, part
                space = ""


def _ideographs(word: str) -> Iterator[str]:
    """A word cut where a script without spaces allows it. Hangul has spaces and is left alone."""
    start = 0
    for position in range(1, len(word)):
        before, after = word[position - 1], word[position]
        breakable = _is_ideograph(before) or _is_ideograph(after)
        if (
            breakable
            and before not in _NEVER_LAST
            and after not in _NEVER_FIRST
            and not _joined(word, position)
        ):
            yield word[start:position]
            start = position
    yield word[start:]


def _parts(chunk: str, room: int) -> Iterator[str]:
    """A chunk, cut where it must be when it is too wide for any line."""
    if width(chunk) <= room:
        yield chunk
        return
    start, used = 0, 0
    for position, character in enumerate(chunk):
        columns = _columns(character)
        if used + columns > room and not _joined(chunk, position):
            yield chunk[start:position]
            start, used = position, 0
        used += columns
    yield chunk[start:]


def _joined(word: str, position: int) -> bool:
    return extends(word[position]) or word[position - 1] == "\u200d"


def _is_ideograph(character: str) -> bool:
    return _columns(character) == 2 and not unicodedata.name(character, "").startswith("HANGUL")


@lru_cache(maxsize=8192)
def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _reopened(lines: list[str]) -> list[str]:
    """Lines that each close the isolates they open: the end of a line ends them all (UAX #9 X8)."""
    whole = "".join(lines)
    if not any(opener in whole for opener in _OPENERS):
        return lines
    offset = 0
    open_ways: list[Direction] = []
    result: list[str] = []
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        body = line[indent:]
        opened = "".join(_opener(body, way) for way in open_ways)
        for position, character in enumerate(line, start=offset):
            if character in _OPENERS:
                open_ways.append(_opened_way(whole, position))
            elif character == _PDI and open_ways:
                open_ways.pop()
        offset += len(line)
        result.append(line[:indent] + opened + body + _PDI * len(open_ways))
    return result


def _opener(text: str, way: Direction) -> str:
    if _first_way(text) == way:
        return _FSI
    return _RLI if way == "rtl" else _LRI


def _opened_way(text: str, position: int) -> Direction:
    if text[position] == _FSI:
        return _first_way(text[position:]) or "ltr"
    return "rtl" if text[position] == _RLI else "ltr"


def _first_way(text: str) -> Direction | None:
    return next((way for character in text if (way := strength(character))), None)
