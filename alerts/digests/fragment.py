"""Words of others inside a page of ours: cleaned, clipped, with a language and a direction. Pure.

Titles and quotes come from the open internet. Nothing in them may break a line, hide text or turn
the direction of what follows.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Literal

from alerts.model import Marked

Direction = Literal["ltr", "rtl"]

# ISO 639 codes whose usual script runs from right to left.
_RTL_LANGUAGES = frozenset(
    (
        "ar",
        "azb",
        "bal",
        "ckb",
        "dv",
        "fa",
        "glk",
        "he",
        "ks",
        "lrc",
        "mzn",
        "pnb",
        "prs",
        "ps",
        "sd",
        "ug",
        "ur",
        "yi",
    )
)
_RTL_SCRIPTS = frozenset(("adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"))
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")
# Format characters that carry meaning: joiners (Persian, Indic, emoji) and Arabic number signs.
_KEPT_FORMATS = frozenset("\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u08e2")
# French and Russian have these within a sentence, and figures between their digits.
_NO_BREAK_SPACES = frozenset("\u00a0\u202f")
_SPACES = _NO_BREAK_SPACES | {" "}
_ELLIPSIS = "…"

NAME_LIMIT = 100
"""How many code points of a proper name are printed."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters that matched (``marked``) or did not."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Fragment:
    """One cleaned line of foreign words. ``language`` is a BCP 47 tag, ``und`` when unknown."""

    pieces: tuple[Piece, ...]
    language: str
    direction: Direction

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    def __bool__(self) -> bool:
        return bool(self.pieces)


def fragment(marked: Marked | str, language: str, limit: int) -> Fragment:
    """The fragment for a text in a language, at most about ``limit`` code points long.

    A longer text is cut at a word and ends in an ellipsis; when its first marked words lie beyond
    the limit, it is cut on both sides of them.
    """
    if isinstance(marked, str):
        marked = Marked(marked)
    characters = _clip(_clean(marked), limit)
    runs = groupby(characters, key=itemgetter(1))
    pieces = tuple(Piece("".join(character for character, _ in run), is_marked) for is_marked, run in runs)
    tag = language if _LANGUAGE_TAG.match(language) else "und"
    text = "".join(character for character, _ in characters)
    return Fragment(pieces, tag, direction(text, tag))


@lru_cache(maxsize=4096)
def proper_name(text: str, language: str, page: str) -> Fragment:
    """A proper name in a page, of which nobody says in which language it is: plain ASCII counts as English
    in a page of another direction and as the page's own elsewhere."""
    name = fragment(text, language, NAME_LIMIT)
    if name.text.isascii():
        named = "en" if language_direction(page) != name.direction else page
    else:
        named = name.language if language_direction(name.language) == name.direction else "und"
    return Fragment(name.pieces, named, name.direction)


def clean(text: str) -> str:
    """One line without control, direction-turning or invisible characters; white space collapsed.

    A no-break space stays one.
    """
    return "".join(character for character, _ in _clean(Marked(text)))


def direction(text: str, language: str) -> Direction:
    """Which way a text runs: as its language's script does, unless it has no letter of that script."""
    strong = [way for character in text if (way := strength(character))]
    if language == "und":
        return strong[0] if strong else "ltr"
    expected = language_direction(language)
    return expected if not strong or expected in strong else strong[0]


def language_direction(language: str) -> Direction:
    """The direction of a language's script, from its BCP 47 tag."""
    primary, *subtags = language.lower().replace("_", "-").split("-")
    script = next((tag for tag in subtags if len(tag) == 4 and tag.isalpha()), None)
    rtl = script in _RTL_SCRIPTS if script else primary in _RTL_LANGUAGES
    return "rtl" if rtl else "ltr"


@lru_cache(maxsize=8192)
def strength(character: str) -> Direction | None:
    """The direction of a letter; None for digits, punctuation and white space (UAX #9)."""
    bidi_class = unicodedata.bidirectional(character)
    return "ltr" if bidi_class == "L" else "rtl" if bidi_class in ("R", "AL") else None


def _clean(marked: Marked) -> list[tuple[str, bool]]:
    """The characters that stay, each with whether it is marked."""
    kept: list[tuple[str, bool]] = []
    spans = iter(marked.spans)
    start, end = next(spans, (-1, -1))
    for position, character in enumerate(marked.text):
        while 0 <= end <= position:
            start, end = next(spans, (-1, -1))
        is_marked = start <= position < end
        category = unicodedata.category(character)
        if character.isspace() or category in ("Cc", "Zl", "Zp"):
            if kept and kept[-1][0] not in _SPACES:
                kept.append((character if character in _NO_BREAK_SPACES else " ", is_marked))
        elif category == "Cs":
            kept.append(("\ufffd", is_marked))
        elif category != "Cf" or character in _KEPT_FORMATS:
            kept.append((character, is_marked))
    while kept and kept[-1][0] in _SPACES:
        kept.pop()
    return kept


def _clip(characters: list[tuple[str, bool]], limit: int) -> list[tuple[str, bool]]:
    if len(characters) <= limit:
        return characters
    first = next((i for i, (_, is_marked) in enumerate(characters) if is_marked), 0)
    start = 0
    if first > limit // 2:
        start = _word_start(characters, first - limit // 3)
    end = min(start + limit, len(characters))
    if end < len(characters):
        end = _word_end(characters, end, at_least=max(first, end - 30))
    before = [(_ELLIPSIS, False)] if start else []
    after = [(_ELLIPSIS, False)] if end < len(characters) else []
    return before + characters[start:end] + after


def _word_start(characters: list[tuple[str, bool]], wanted: int) -> int:
    for position in range(wanted, min(wanted + 30, len(characters))):
        if characters[position - 1][0] == " ":
            return position
    while wanted and _continues(characters, wanted):
        wanted -= 1
    return wanted


def _word_end(characters: list[tuple[str, bool]], wanted: int, at_least: int) -> int:
    for position in range(wanted, at_least, -1):
        if characters[position][0] == " ":
            return position
    while wanted > at_least and _continues(characters, wanted):
        wanted -= 1
    return wanted


def _continues(characters: list[tuple[str, bool]], position: int) -> bool:
    """Whether a cut at this position would separate a character from its marks or joiner."""
    return extends(characters[position][0]) or characters[position - 1][0] == "\u200d"


def extends(character: str) -> bool:
    """Whether a character belongs to the one before it: combining marks, joiners, emoji modifiers."""
    return unicodedata.category(character) in ("Mn", "Me", "Mc", "Cf") or "🏻" <= character <= "🏿"
