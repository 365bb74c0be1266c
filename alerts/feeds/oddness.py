"""Does a text look like one? Enough to tell a right encoding from a wrong one, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_SAMPLE_CHARACTERS = 4_000
_NOT_ASCII = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+[\x00-\x7f]?")
_SYMBOLS = frozenset({"So", "Sk", "Sc", "No", "Sm"})
_NOTHING = frozenset({"Cc", "Co", "Cn", "Cs"})
_EAST_ASIAN = frozenset({"CJK", "KANA", "HANGUL"})
_CASED = frozenset({"LATIN", "CYRILLIC", "GREEK"})
_SCRIPTS = {"HIRAGANA": "KANA", "KATAKANA": "KANA", "FULLWIDTH": "CJK", "IDEOGRAPHIC": "CJK"}


def oddness(text: str) -> float:
    """How little the non-ASCII part of a text looks like one, from 0 (not at all odd) to about 1.

    Odd are: characters that stand for nothing, symbols inside of words, scripts that change inside of
    words, small letters before capital ones, and accented letters in a row.
    """
    odd = 0.0
    count = 0
    before = ""
    for character in _sample(text):
        kind = _kind(character)
        odd += _unlikely(before, kind)
        count += character > "\x7f"
        before = kind
    return odd / count if count else 0.0


def _sample(text: str) -> Iterator[str]:
    """The first non-ASCII characters, each row of them with its ASCII neighbours."""
    seen = 0
    for match in _NOT_ASCII.finditer(text):
        yield from match[0][:_SAMPLE_CHARACTERS]
        yield " "
        seen += len(match[0])
        if seen > _SAMPLE_CHARACTERS:
            return


def _unlikely(before: str, kind: str) -> float:
    """How odd a character of one kind is after one of another."""
    if kind == "bad":
        return 1.0
    if kind == "narrow":
        return 0.5
    if before in ("", "bad", "narrow") or not kind:
        return 0.0
    if "symbol" in (before, kind):
        return float(before != kind)
    return _unlikely_letters(before.removesuffix("+"), kind.removesuffix("+"), before[-1] + kind[-1])


def _unlikely_letters(before: str, script: str, ends: str) -> float:
    if "ascii" in (before, script):
        other = before if script == "ascii" else script
        if other in ("LATIN", "ascii"):
            return 0.0
        return 0.3 if other in _EAST_ASIAN else 1.0
    if before != script:
        return float(not {before, script} <= _EAST_ASIAN)
    if script in _CASED and ends[1] == "+" and ends[0] != "+":
        return 1.0
    return 0.7 if script == "LATIN" else 0.0


@lru_cache(maxsize=20_000)
def _kind(character: str) -> str:
    """'' for what may stand anywhere, else bad, narrow, symbol, ascii or a script ('+': a capital)."""
    if character < "\x80":
        return "ascii" if character.islower() else ""
    category = unicodedata.category(character)
    if character == "\ufffd" or category in _NOTHING:
        return "bad"
    if "\uff61" <= character <= "\uff9f":  # half-width katakana: one byte each in Shift_JIS
        return "narrow"
    if category in _SYMBOLS or character in "ªº":
        return "symbol"
    if not category.startswith("L"):
        return ""
    script = unicodedata.name(character, "?").split(" ")[0]
    return _SCRIPTS.get(script, script) + ("+" if category == "Lu" else "")
