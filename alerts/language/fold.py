"""Folding: the form in which two spellings of one word are equal."""

from __future__ import annotations

import re
import unicodedata

_LATIN_GREEK_CYRILLIC_MARKS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)  # after canonical decomposition these stand on no other script

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


def _letters() -> dict[int, str | None]:
    table: dict[int, str | None] = dict.fromkeys(map(ord, _INVISIBLE))
    table |= dict.fromkeys(range(0xFE00, 0xFE10))  # variation selectors
    table |= dict.fromkeys([0x0640, 0x0670, *range(0x0610, 0x061B), *range(0x064B, 0x0660)])
    table |= dict.fromkeys([*range(0x06D6, 0x06DD), *range(0x06DF, 0x06E5), 0x06E7, 0x06E8])
    table |= dict.fromkeys(range(0x06EA, 0x06EE))
    table |= dict.fromkeys([*range(0x0591, 0x05BE), 0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, 0x05C7])
    for letters, plain in {
        "‘’‛ʼ′＇`´": "'",
        "‐‑‒–—―−": "-",
        "أإآٱ": "ا",
        "ىی": "ي",
        "ک": "ك",
        "ہ": "ه",
        "ة": "ه",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ħ": "h",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
    }.items():
        table |= {ord(letter): plain for letter in letters}
    for zero in (0x0660, 0x06F0, 0x0966, 0x09E6):
        table |= {zero + digit: str(digit) for digit in range(10)}
    return table


_LETTERS = _letters()


def lower(text: str) -> str:
    """Compatibility forms and letter case made equal; diacritics kept, as stemmers want them."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def fold(text: str) -> str:
    """The form for comparing whole terms; two spellings of one word give the same string.

    NFKC and full case folding; curly apostrophes and dashes plain; diacritics of Latin, Greek and
    Cyrillic dropped (й is и, ё is е); Arabic without tatweel and vowel marks, with one alef, one
    yeh and one kaf, and ة as ه; Hebrew without points; Arabic, Persian, Hindi and Bengali digits as
    European ones. Invisible characters go. May be shorter or longer than the text.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    decomposed = unicodedata.normalize("NFD", lower(text))
    bare = _LATIN_GREEK_CYRILLIC_MARKS.sub("", decomposed)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", bare).translate(_LETTERS))
