"""What a single word of a query may look like, and how to mend one that it may not."""

from __future__ import annotations

import difflib
import re
import unicodedata

from alerts.errors import QueryError
from alerts.language.scripts import JOINERS
from alerts.language.tokens import is_character, tokens
from alerts.model import Field

MIN_PREFIX = 3
"""Letters that ``word*`` needs before its star."""

MIN_SUFFIX = 4
"""Letters that ``*word`` needs after its star: endings are shared by more words than beginnings."""

_IN_WORDS = "'’ʼ-‐‑－.·_" + JOINERS
_DASHES = "–—−‐‑－-"

_UNFINISHED = (
    (
        re.compile(r"(O?NEAR)(?:/.*|\d+)"),
        "E05",
        "the distance of {0} is a whole number from 1 to 30",
        "Write {0}/5 with a space after it, or only {0}.",
    ),
    (
        re.compile(r"(ATLEAST)(?:/.*|\d+)?"),
        "E12",
        "{0} needs a number and a list in brackets",
        'Write ATLEAST/2(missile, launch, warning), or "ATLEAST" for the word itself.',
    ),
    (
        re.compile(r"(SCORE)(?:[<>=≥/].*|\d+)?"),
        "E12",
        "{0} needs >=, a number and a list in brackets",
        'Write SCORE>=10(missile^6, launch^5), or "SCORE" for the word itself.',
    ),
)
_SMALL = re.compile(r"(?:o?near|atleast)(?=/)|score(?=[<>=≥])", re.IGNORECASE)

_MEANT = {
    "|": "Write OR between the two.",
    "&": 'Write AND between the two, or put a name in quotation marks: "AT&T".',
    "!": "Write NOT, or - directly before a word, to exclude it.",
    "+": "Leave the plus out: words side by side must all be present.",
    "?": "No sign stands for one letter; list the forms with OR, or write missil*.",
    "#": "Leave the # out.",
    ";": "Only commas part a list; elsewhere write OR.",
    "[": "Only round brackets group: ( ).",
    "]": "Only round brackets group: ( ).",
    "{": "Only round brackets group: ( ).",
    "}": "Only round brackets group: ( ).",
    "~": 'Only a phrase can be loose, and ~ touches its quotation mark: "ballistic launch"~3.',
    "=": "Put = directly before one word: =strike.",
    ":": "A colon follows a field only: title:missile. Put times and addresses in quotation marks.",
    "@": "Write a concept with a space before it: @missile. Put addresses in quotation marks.",
    "/": "There are no patterns between slashes. Write a space or OR, or use quotation marks.",
    ">": "Write SCORE>=10(…) for a score; leave the sign out otherwise.",
    "<": "Write SCORE>=10(…) for a score; leave the sign out otherwise.",
}


def quoted(text: str) -> str:
    """Foreign words inside a message: in quotation marks, not too long, nothing unprintable."""
    short = text if len(text) <= 40 else text[:39] + "…"
    return f"“{''.join(sign if sign.isprintable() else '�' for sign in short)}”"


def named(sign: str) -> str:
    """A character as a message can show it."""
    return sign if sign.isprintable() else f"U+{ord(sign):04X}"


def no_field(name: str, column: int) -> QueryError:
    """The error for a name before a colon that is no field."""
    if not name.isalpha():
        return QueryError("E01", column + len(name), "unexpected character :", _MEANT[":"])
    if name.lower() in ("http", "https"):
        hint = "Put the address in quotation marks; to look for it in links, write url: before them."
        return QueryError("E10", column, f"there is no field {name}:", hint)
    close = difflib.get_close_matches(name.lower(), list(Field), 1)
    fields = ", ".join(Field)
    hint = (
        f"Did you mean {close[0]}: ?"
        if close
        else f"Fields are {fields}. Use quotation marks if you mean the text."
    )
    return QueryError("E10", column, f"there is no field {quoted(name)}", hint)


def check_operator(chunk: str, column: int) -> None:
    """Raise QueryError when a chunk is an operator with something wrong about its number."""
    for pattern, code, message, hint in _UNFINISHED:
        if match := pattern.fullmatch(chunk):
            raise QueryError(code, column, message.format(match[1]), hint.format(match[1]))
    if match := _SMALL.match(chunk):
        example = {"s": "SCORE>=10(…)", "a": "ATLEAST/2(…)", "o": "ONEAR/5", "n": "NEAR/5"}[chunk[0].lower()]
        hint = f"Write operators in capitals: {example}."
        place = column + match.end()
        raise QueryError("E01", place, f"unexpected character {chunk[match.end()]}", hint)


def check_word(bare: str, column: int, *, exact: bool, prefix: bool, suffix: bool) -> None:
    """Raise QueryError when this is no word, or cannot have these marks.

    ``bare`` is the word without its marks; ``column`` is where the word with its marks begins.
    """
    begins = column + (exact or suffix)
    star = begins + len(bare)
    _check_signs(bare, begins)
    forms = [token.exact for token in tokens(bare, "und")]
    if not forms:
        message = f"{quoted(bare or '=')} has no letter or digit"
        raise QueryError("E03", begins, message, "Write a word, or remove this.")
    if prefix and (exact or suffix):
        sign = "=" if exact else "another *"
        hint = "Keep one of the two." if exact else "Keep one star; for both, list words with OR."
        raise QueryError("E13", star, f"{sign} and * exclude each other", hint)
    if prefix:
        _check_star(forms[-1], star, MIN_PREFIX, "before", "missil*")
    if suffix:
        _check_star(forms[0], column, MIN_SUFFIX, "after", "*rakete")


def _check_star(form: str, column: int, least: int, side: str, example: str) -> None:
    if is_character(form):
        hint = "Leave the star out: in this script a word is found inside longer ones already."
        raise QueryError("E13", column, "no star is needed here", hint)
    if len(form) < least:
        hint = f"Write at least {least} letters {side} the star: {example}."
        raise QueryError("E13", column, f"there are too few letters {side} the star", hint)


def _check_signs(bare: str, column: int) -> None:
    """Refuse, with the way to mend it, every sign that is no part of a word."""
    if bare.isalnum():
        return
    if bare[:1] in ("'", "’") and len(bare) > 1:
        hint = 'Phrases stand in double quotation marks: "air show".'
        raise QueryError("E01", column, f"unexpected {bare[0]} before a word", hint)
    for place, sign in enumerate(bare, column):
        in_words = sign.isalnum() or unicodedata.category(sign)[0] == "M" or sign in _IN_WORDS
        if in_words and (place > column or sign not in _DASHES):
            continue
        narrow = unicodedata.normalize("NFKC", sign)
        if narrow == "*":
            hint = "Put the star directly after the last letter, missil*, or before the first, *rakete."
            raise QueryError("E13", place, "a star can only begin or end a word", hint)
        if sign in _DASHES:
            hint = "Write - (hyphen) directly before a word to exclude it; leave the dash out otherwise."
            raise QueryError("E01", place, f"unexpected dash {sign}", hint)
        if narrow == ":":
            name = bare[: place - column]
            if name in list(Field):
                hint = f"Put the sign after the colon: {name}:=strike."
                raise QueryError("E01", place, "unexpected character :", hint)
            raise (
                no_field(name, column)
                if name.isalpha()
                else QueryError("E01", place, "unexpected character :", _MEANT[":"])
            )
        hint = _MEANT.get(
            narrow, "Separate words by a space or by OR; put a name with signs in quotation marks."
        )
        raise QueryError("E01", place, f"unexpected character {named(sign)}", hint)
