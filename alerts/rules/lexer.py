"""The words, marks and operators of a query, with their columns."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from alerts.errors import QueryError
from alerts.language.scripts import JOINERS
from alerts.language.tokens import tokens

# The fields of the whole rule language; none can be searched alone yet.
FIELDS = ("title", "summary", "text", "source", "feed", "lang", "place", "author", "url", "category", "type")


class Kind(Enum):
    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    WORD = "word"
    PHRASE = "phrase"
    END = "end"


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece of a query; ``text`` is the bare word or phrase, else the sign as written."""

    kind: Kind
    column: int
    text: str
    exact: bool = False
    prefix: bool = False


_QUOTES = '"“”„‟«»「」『』＂'
_OPEN = "(（"
_CLOSE = ")）"
_BLANK = "\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"  # invisible, and pasted with text
_SPACE = re.compile(f"[\\s{_BLANK}]+")
_CHUNK = re.compile(f"[^\\s{_BLANK}{_QUOTES}{_OPEN}{_CLOSE}]+")
_QUOTED = re.compile(f"[{_QUOTES}]([^{_QUOTES}]*)([{_QUOTES}]?)")
_IN_WORDS = "'’ʼ-‐‑.·_" + JOINERS
_DASHES = "–—−‐‑"
_MIN_PREFIX = 3
_OPERATORS = {kind.value: kind for kind in (Kind.AND, Kind.OR, Kind.NOT)}
_LATER = (
    (re.compile(r"(?:O?NEAR)(?:/.*)?$"), "E06", "NEAR", "Use AND, or put the words in quotation marks."),
    (re.compile(r"ATLEAST(?:/.*)?$"), "E12", "ATLEAST", "Use AND and OR."),
    (re.compile(r"SCORE(?:[><=].*)?$"), "E12", "SCORE", "Use AND and OR."),
)


def _later(code: str, column: int, what: str, instead: str) -> QueryError:
    return QueryError(code, column, f"{what} is not available yet", instead)


def lex(text: str) -> tuple[Lexeme, ...]:
    """The lexemes of a query; the last is always END. Raises QueryError."""
    found: list[Lexeme] = []
    at = 0
    while at < len(text):
        sign, column = text[at], at + 1
        if space := _SPACE.match(text, at):
            at = space.end()
        elif sign in _OPEN + _CLOSE:
            found.append(Lexeme(Kind.OPEN if sign in _OPEN else Kind.CLOSE, column, sign))
            at += 1
        elif quoted := _QUOTED.match(text, at):
            found.append(_phrase(quoted, column))
            at = quoted.end()
        elif sign == "-":
            if at + 1 == len(text) or _SPACE.match(text, at + 1):
                hint = "Write -word to exclude a word; leave the dash out otherwise."
                raise QueryError("E03", column, "nothing follows this minus", hint)
            found.append(Lexeme(Kind.NOT, column, "-"))
            at += 1
        elif chunk := _CHUNK.match(text, at):
            found.append(_word(chunk.group(), column))
            at = chunk.end()
    found.append(Lexeme(Kind.END, len(text) + 1, ""))
    return tuple(found)


def _phrase(quoted: re.Match[str], column: int) -> Lexeme:
    content, closed = quoted.groups()
    if not closed:
        hint = "Add a quotation mark where the phrase ends."
        raise QueryError("E08", column, "this quotation mark is never closed", hint)
    for place, sign in enumerate(content, column + 1):
        if sign == "*":
            hint = "Take the star out of the quotation marks, or list the forms with OR."
            raise QueryError("E13", place, "a star cannot stand inside quotation marks", hint)
        if unicodedata.category(sign) in ("Cc", "Cs") and not sign.isspace():
            raise QueryError("E01", place, f"unexpected character {_name(sign)}", "Remove it.")
    if not tokens(content, "und"):
        hint = "Write at least one word between the quotation marks."
        raise QueryError("E08", column, "this phrase has no words", hint)
    return Lexeme(Kind.PHRASE, column, " ".join(content.split()))


def _word(chunk: str, column: int) -> Lexeme:
    if chunk in _OPERATORS:
        return Lexeme(_OPERATORS[chunk], column, chunk)
    for pattern, code, what, instead in _LATER:
        if pattern.match(chunk):
            raise _later(code, column, what, instead)
    exact = chunk.startswith("=")
    bare = chunk[1:] if exact else chunk
    prefix = bare.endswith("*") and len(bare) > 1
    if prefix:
        bare = bare[:-1]
    begins = column + exact
    _check_signs(bare, begins)
    forms = [token.exact for token in tokens(bare, "und")]
    if not forms:
        raise QueryError("E03", begins, f"“{chunk}” has no letter or digit", "Write a word, or remove this.")
    star = begins + len(bare)
    if prefix and exact:
        raise QueryError("E13", star, "= and * exclude each other", "Keep one of the two.")
    if prefix and len(forms[-1]) < _MIN_PREFIX:
        hint = (
            f"Write at least {_MIN_PREFIX} letters before the star. Chinese, Japanese and Korean need none."
        )
        raise QueryError("E13", star, "the star follows too few letters", hint)
    return Lexeme(Kind.WORD, column, bare, exact, prefix)


def _check_signs(bare: str, column: int) -> None:
    """Refuse, with the way to mend it, every sign that is no part of a word."""
    for place, sign in enumerate(bare, column):
        if sign.isalnum() or unicodedata.category(sign)[0] == "M" or sign in _IN_WORDS:
            if place == column and sign in _DASHES:
                hint = "Write - (hyphen) directly before a word to exclude it."
                raise QueryError("E01", place, f"unexpected dash {sign}", hint)
            continue
        if sign == "*":
            hint = "Put the star after the last letter: missil*."
            raise QueryError("E13", place, "a star can only end a word", hint)
        if sign == "@":
            raise _later("E11", place, "a concept such as @missile", "List the words with OR.")
        if sign == "^":
            raise _later("E09", place, "a weight (^)", "Leave it out.")
        if sign == "~":
            raise _later("E01", place, "a loose phrase (~)", "Leave it out, or use AND.")
        if sign == ":":
            _refuse_field(bare[: place - column], column, place)
        if sign == "=":
            hint = "Put = directly before one word: =strike."
            raise QueryError("E01", place, "unexpected character =", hint)
        hint = "Separate words by a space or by OR; put a name with signs in quotation marks."
        raise QueryError("E01", place, f"unexpected character {_name(sign)}", hint)


def _refuse_field(name: str, column: int, place: int) -> None:
    if name in FIELDS:
        raise _later("E10", column, f"searching one field ({name}:)", "Leave the field out.")
    if name.isalpha():
        close = difflib.get_close_matches(name.lower(), FIELDS, 1)
        meant = f"did you mean {close[0]}: ? Fields are not available yet." if close else ""
        hint = f"{meant or 'Put it in quotation marks if you mean the text.'}"
        raise QueryError("E10", column, f"there is no field {name}:", hint[0].upper() + hint[1:])
    raise QueryError("E01", place, "unexpected character :", "Put times and addresses in quotation marks.")


def _name(sign: str) -> str:
    return sign if sign.isprintable() else f"U+{ord(sign):04X}"
