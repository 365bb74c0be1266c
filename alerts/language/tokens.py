"""Tokens: the pieces of a text that a rule compares, each with its place in the original.

In scripts with spaces a token is a word. In Chinese, Japanese, Korean, Thai, Lao, Khmer and
Burmese it is one character with its marks, and a word of a rule is a run of such tokens: no
dictionary has to know the word. Which one applies is a matter of the script, so a Chinese headline
about NATO has both kinds.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from alerts.language.fold import fold, lower
from alerts.language.scripts import CLITIC, HAN, JOINERS, KANA, MARKS, UNSPACED


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a text: ``text[start:end]`` folded, and its stem (folded too).

    ``start`` and ``end`` are code points of the original text, end exclusive; never empty.
    """

    exact: str
    stem: str
    start: int
    end: int


_WORD = re.compile(f"\\w[\\w{MARKS}{JOINERS}]*")
_CHARACTER = re.compile(f"[{UNSPACED}]")
_NEEDS_CUTTING = re.compile(f"[{UNSPACED}{CLITIC}]")
_MARK = f"[{MARKS}{JOINERS}\uff9e\uff9f]*"
_PIECE = re.compile(
    # decomposed Hangul | one character | Arabic or Hebrew | a word of other scripts; each with its marks
    f"[\u1100-\u115f]+[\u1160-\u11ff]*{_MARK}|[{UNSPACED}]{_MARK}"
    f"|[{CLITIC}{MARKS}{JOINERS}]+|[^{UNSPACED}{CLITIC}]+{_MARK}"
)
_CLITIC = re.compile(f"[{CLITIC}]")
_IDEOGRAPHIC = re.compile(f"[{HAN}{KANA}]")

# Snowball algorithms that we use. Arabic and Persian are matched inside the word instead, because the
# stemmer cuts roots away; Turkish is left out because it finds none of the inflected names of news.
_ALGORITHMS = {
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
}
_own = threading.local()  # a Stemmer may not be used by two threads at once


def is_character(exact: str) -> bool:
    """Whether this folded token is a character of a script without spaces, not a word."""
    return _CHARACTER.match(exact) is not None


def takes_clitics(exact: str) -> bool:
    """Whether this folded token is of a script that writes *the*, *and*, *to* onto the word."""
    return _CLITIC.match(exact) is not None


def is_ideographic(exact: str) -> bool:
    """Whether this folded token is a Chinese character or kana."""
    return _IDEOGRAPHIC.match(exact) is not None


def _stemmer(language: str) -> Callable[[str], str] | None:
    stemmers: dict[str, Callable[[str], str] | None] = _own.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        algorithm = _ALGORITHMS.get(language)
        known = algorithm is not None and algorithm in Stemmer.algorithms()
        stemmers[language] = Stemmer.Stemmer(algorithm).stemWord if known else None
    return stemmers[language]


@lru_cache(maxsize=1 << 16)
def _forms(word: str, language: str) -> tuple[str, str]:
    """The folded word and its folded stem. Empty when nothing is left to compare."""
    exact = fold(word)
    stemmer = _stemmer(language)
    if stemmer is None or is_character(exact) or takes_clitics(exact):
        return exact, exact
    return exact, fold(stemmer(lower(word))) or exact


def tokens(text: str, language: str) -> tuple[Token, ...]:
    """The tokens of a text in reading order, none overlapping.

    Hyphens and apostrophes part words (*test-fire* is two, *l'accord* is two), an English
    possessive *'s* is dropped, and a word parts where Arabic or Hebrew meets another script.
    ``language`` is an ISO 639 code; for one without a stemmer, the stem is the exact form.
    """
    found: list[Token] = []
    for match in _WORD.finditer(text.replace("_", " ")):
        start, end = match.span()
        word = match.group()
        if word in ("s", "S") and start and text[start - 1] in "'’":
            continue
        if word.isascii() or _NEEDS_CUTTING.search(word) is None:
            exact, stem = _forms(word, language)
            if exact:
                found.append(Token(exact, stem, start, end))
            continue
        for piece in _PIECE.finditer(word):
            exact, stem = _forms(piece.group(), language)
            if exact:
                found.append(Token(exact, stem, start + piece.start(), start + piece.end()))
    return tuple(found)
