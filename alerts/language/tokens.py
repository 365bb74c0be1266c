"""Tokens: the pieces of a text that a rule compares, each with its place in the original.

In scripts with spaces a token is a word. In Chinese, Japanese, Korean, Thai, Lao, Khmer and
Burmese it is one character with its marks, and a word of a rule is a run of such tokens: no
dictionary has to know the word. Which one applies is a matter of the script, so a Chinese headline
about NATO has both kinds, and where a text is cut does not depend on its language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from alerts.language.forms import forms
from alerts.language.scripts import (
    CHARACTERS,
    CLITIC,
    CLITIC_LETTERS,
    HAN,
    JOINERS,
    KANA,
    LETTERS,
    MARKS,
    UNSPACED,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a text, ``text[start:end]``: code points of the original, end exclusive, never empty.

    ``exact`` is the folded piece and ``forms`` what ``alerts.language.forms`` makes of it, ``exact``
    first. ``apart`` is said of characters of scripts without spaces only: that no such character comes
    before it, or that something other than white space stands between them.
    """

    exact: str
    forms: tuple[str, ...]
    start: int
    end: int
    apart: bool


_APOSTROPHES = "'’‘ʼ＇`´"
_CYRILLIC, _HEBREW = "\u0400-\u052f", "\u05d0-\u05ea"
# In Ukrainian the apostrophe is a letter of the word. So are, in Hebrew, the geresh, and the gershayim
# before the last letter of an acronym; both are mostly typed as quotation marks.
_IN_CYRILLIC = f"[{_APOSTROPHES}](?<=[{_CYRILLIC}].)(?=[{_CYRILLIC}])"
_IN_HEBREW = (
    f"[{_APOSTROPHES}\u05f3](?<=[{_HEBREW}].)(?=[{_HEBREW}])"
    f'|["”\u05f4](?<=[{_HEBREW}].)(?=[{_HEBREW}](?![{_HEBREW}]))'
)
_MARK = f"[{MARKS}{JOINERS}\uff9e\uff9f]"
_WORD = f"[{LETTERS}][{LETTERS}{MARKS}{JOINERS}]*(?:{_IN_CYRILLIC}[{LETTERS}{MARKS}{JOINERS}]*)*"
_IN_CLITIC = f"[{CLITIC_LETTERS}{MARKS}{JOINERS}\u0640]*"
_CLITIC_WORD = f"[{CLITIC_LETTERS}]{_IN_CLITIC}(?:(?:{_IN_HEBREW}){_IN_CLITIC})*"
_SYLLABLE = f"[\u1100-\u115f]+[\u1160-\u11ff]*{_MARK}*"  # Korean, decomposed
_ONE_CHARACTER = f"{_SYLLABLE}|[{CHARACTERS}]{_MARK}*"
_BETWEEN = f"[^\\w\\s{LETTERS}{CLITIC_LETTERS}{CHARACTERS}{MARKS}{JOINERS}\u200b\u200e\u200f\u2060\ufeff]|_"
"""What parts two characters: not the white space and the invisible marks between them."""

_ASCII_PIECE = re.compile("[A-Za-z0-9]+")
_SPACED_PIECE = re.compile(f"{_WORD}|{_CLITIC_WORD}")
_PIECE = re.compile(f"{_WORD}|{_CLITIC_WORD}|{_ONE_CHARACTER}")
_PIECE_OR_GAP = re.compile(f"{_PIECE.pattern}|{_BETWEEN}")
_GAP = re.compile(_BETWEEN)
_POSSESSIVE = re.compile(f"[{_APOSTROPHES}][sS](?![\\w{MARKS}])")
_CHARACTER = re.compile(f"[{CHARACTERS}]")
_FOLDED_CHARACTER = re.compile(f"[{UNSPACED}{CHARACTERS}]")  # folding parts ำ, so that a mark comes first
_CLITIC = re.compile(f"[{CLITIC}]")
_IDEOGRAPHIC = re.compile(f"[{HAN}{KANA}]")

_INITIALS = "(?<![A-Za-z0-9])[A-Z]{1,2}(?:\\.[A-Z]{1,2})+(?![A-Za-z0-9])"
_ASCII_JOINED = re.compile(f"\\b[A-Za-z0-9]++(?:-[A-Za-z0-9]+)+|{_INITIALS}")
_PART = f"(?:{_WORD}|{_CLITIC_WORD})"
_JOINED = re.compile(f"{_PART}(?:[-‐‑]{_PART})+|{_INITIALS}")
_JOINT = re.compile("[-‐‑]|[A-Z]\\.[A-Z]")
_JOINS = str.maketrans("", "", "-‐‑.")


def is_character(exact: str) -> bool:
    """Whether this folded token is a character of a script without spaces, not a word."""
    return _FOLDED_CHARACTER.match(exact) is not None


def is_spaced(text: str) -> bool:
    """Whether no character of a script without spaces is in the text."""
    return _CHARACTER.search(text) is None


def takes_clitics(exact: str) -> bool:
    """Whether this folded token is of a script that writes *the*, *and*, *to* onto the word."""
    return _CLITIC.match(exact) is not None


def is_ideographic(exact: str) -> bool:
    """Whether this folded token is a Chinese character or kana."""
    return _IDEOGRAPHIC.match(exact) is not None


def _blanked(text: str) -> str:
    """The text with the English possessive *'s* as white space; nothing moves."""
    if "'" in text or "’" in text or not text.isascii():
        return _POSSESSIVE.sub("  ", text)
    return text


def tokens(text: str, language: str) -> tuple[Token, ...]:
    """The tokens of a text in reading order, none overlapping.

    Hyphens and apostrophes part words (*test-fire* is two, *l'accord* is two), an English
    possessive *'s* is dropped, and a word parts where Arabic or Hebrew meets another script.
    ``language`` is an ISO 639 code; for one that we know nothing of, forms are the exact form alone.
    """
    if text.isascii() and text.isalnum():  # one word, as most terms of rules are
        shapes = forms(text, language)
        return (Token(shapes[0], shapes, 0, len(text), False),)
    text = _blanked(text)
    found: list[Token] = []
    pattern = _ASCII_PIECE if text.isascii() else _PIECE
    before: int | None = None  # where the character ended that is the token before
    for match in pattern.finditer(text):
        start, end = match.span()
        shapes = forms(match.group(), language)
        if not shapes:
            continue
        exact = shapes[0]
        character = is_character(exact)
        apart = character and (before is None or _GAP.search(text, before, start) is not None)
        found.append(Token(exact, shapes, start, end, apart))
        before = end if character else None
    return tuple(found)


def _joined(text: str) -> Iterator[tuple[str, int, int]]:
    if text.isascii():
        for match in _ASCII_JOINED.finditer(text):
            yield match.group().translate(_JOINS), match.start(), match.end()
        return
    if _JOINT.search(text) is None:
        return
    for match in _JOINED.finditer(text):
        word = match.group().translate(_JOINS)
        if _PIECE.fullmatch(word):  # not half Arabic, half Latin
            yield word, match.start(), match.end()


def joined(text: str, language: str) -> tuple[Token, ...]:
    """Words written in parts, as one: *test-fire* as testfire, *U.S.* as us, over the whole span."""
    found = []
    for word, start, end in _joined(_blanked(text)):
        if shapes := forms(word, language):
            found.append(Token(shapes[0], shapes, start, end, False))
    return tuple(found)


def surfaces(text: str) -> list[str]:
    """The pieces of ``tokens`` as written, then "" and those of ``joined`` when there are any.

    "" also stands before a character that is apart from a character before it, so that neighbours in
    the list are neighbours in the text. Says the same as those two for every language, and is fast.
    """
    text = _blanked(text)
    if text.isascii():
        found = _ASCII_PIECE.findall(text)
        if "-" not in text and "." not in text:
            return found
    elif _CHARACTER.search(text) is None:
        found = _SPACED_PIECE.findall(text)
    else:
        found, after_character, gap = [], False, False
        for piece in _PIECE_OR_GAP.findall(text):
            character = _CHARACTER.match(piece) is not None
            if not character and _GAP.match(piece):
                gap = True
                continue
            if gap and character and after_character:
                found.append("")
            found.append(piece)
            after_character, gap = character, False
    parts = [part for part, _, _ in _joined(text)]
    return [*found, "", *parts] if parts else found
