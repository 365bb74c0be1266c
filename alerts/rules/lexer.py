"""The words, marks and operators of a query, with their columns.

What Chinese and Japanese keyboards write wide is read like the narrow sign; curly quotation marks and
invisible characters are tolerated too. A word keeps the spelling in which it was typed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from alerts.errors import QueryError
from alerts.language.tokens import tokens
from alerts.model import Field
from alerts.rules.tree import NEAR_DISTANCE
from alerts.rules.words import check_operator, check_word, named, no_field, quoted

MAX_DISTANCE = 30
"""How many words may at most stand between the sides of NEAR, or within a loose phrase."""

MAX_NUMBER = 10_000
"""The largest threshold of SCORE, and the largest weight either way."""


class Kind(Enum):
    OPEN = "("
    CLOSE = ")"
    COMMA = ","
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    NEAR = "NEAR"
    ONEAR = "ONEAR"
    ATLEAST = "ATLEAST"
    SCORE = "SCORE"
    WEIGHT = "^"
    FIELD = "field"
    CONCEPT = "@"
    WORD = "word"
    PHRASE = "phrase"
    END = "end"


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece of a query.

    ``text`` is the bare word, phrase, concept key or field name, else the sign as written. ``number`` is
    the distance, slop, count, threshold or weight.
    """

    kind: Kind
    column: int
    text: str
    number: int = 0
    exact: bool = False
    prefix: bool = False
    suffix: bool = False


_WIDE = str.maketrans("（）＂，、،：＊＝＠／＾～＞－", '()",,,:*=@/^~>-')  # one for one: columns stay
_QUOTES = '"“”„‟«»「」『』'
_BLANK = "\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"  # invisible, and pasted with text
_SPACE = re.compile(f"[\\s{_BLANK}]+")
_GAP = f"[\\s{_BLANK}]*"
_ENDS_CHUNK = f"\\s{_BLANK}{_QUOTES}(),^"
_END = f"(?=[{_ENDS_CHUNK}]|\\Z)"
_CHUNK = re.compile(f"[^{_ENDS_CHUNK}]+")
_QUOTED = re.compile(f"[{_QUOTES}]([^{_QUOTES}]*)([{_QUOTES}]?)")
_SLOP = re.compile(r"~(\d*)")
_WEIGHT = re.compile(f"\\^{_GAP}([+\\-–−]?)(\\d+){_END}")
_FIELD = re.compile(r"(\w+):")
_CONCEPT = re.compile(f"@([A-Za-z0-9][A-Za-z0-9-]{{0,63}}){_END}")
_NEAR = re.compile(f"(O?NEAR)(?:{_GAP}/{_GAP}(\\d+))?{_END}")
_AT_LEAST = re.compile(f"ATLEAST{_GAP}/{_GAP}(\\d+){_END}")
_SCORE = re.compile(f"SCORE{_GAP}(?:>=|≥){_GAP}(\\d+){_END}")
_PLAIN = re.compile(r"(AND|OR|NOT)(?=[\s(),]|$)|[a-z0-9]+(?=[\s(),]|$)")
_SIGNS = {kind.value: kind for kind in (Kind.OPEN, Kind.CLOSE, Kind.COMMA)}
_OPERATORS = {kind.value: kind for kind in (Kind.AND, Kind.OR, Kind.NOT)}


def lex(text: str) -> tuple[Lexeme, ...]:
    """The lexemes of a query; the last is always END. Raises QueryError."""
    return _Reading(text).lexemes()


def _number(digits: str) -> int:
    """The number, or one that is too large for everything: Python refuses to read endless digits."""
    return int(digits) if len(digits) <= 9 else 10**9


class _Reading:
    """One pass over a query. ``_signs`` is the text with its wide signs made narrow."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._signs = text.translate(_WIDE)
        self._at = 0

    def lexemes(self) -> tuple[Lexeme, ...]:
        found: list[Lexeme] = []
        while self._at < len(self._text):
            if space := _SPACE.match(self._signs, self._at):
                self._at = space.end()
            else:
                found.append(self._one())
        found.append(Lexeme(Kind.END, len(self._text) + 1, ""))
        return tuple(found)

    def _one(self) -> Lexeme:
        sign, column = self._signs[self._at], self._at + 1
        if plain := _PLAIN.match(self._signs, self._at):  # most of a rule, and nothing to be checked about it
            start, self._at = plain.span()
            kind = _OPERATORS[plain[1]] if plain[1] else Kind.WORD
            return Lexeme(kind, column, self._text[start : self._at])
        if sign in _SIGNS:
            self._at += 1
            return Lexeme(_SIGNS[sign], column, sign)
        if sign in _QUOTES:
            return self._phrase(column)
        if sign == "-":
            return self._minus(column)
        if sign == "^":
            return self._weight(column)
        if sign == "@":
            return self._concept(column)
        return self._operator(column) or self._field(column) or self._word(column)

    def _minus(self, column: int) -> Lexeme:
        if self._at + 1 == len(self._text) or _SPACE.match(self._signs, self._at + 1):
            hint = "Write -word to exclude a word; leave the dash out otherwise."
            raise QueryError("E03", column, "nothing follows this minus", hint)
        self._at += 1
        return Lexeme(Kind.NOT, column, "-")

    def _phrase(self, column: int) -> Lexeme:
        match = _QUOTED.match(self._signs, self._at)
        if match is None or not match[2]:
            hint = "Add a quotation mark where the phrase ends."
            raise QueryError("E08", column, "this quotation mark is never closed", hint)
        content = self._text[match.start(1) : match.end(1)]
        for place, sign in enumerate(content, column + 1):
            if sign == "*":
                hint = "Take the star out of the quotation marks, or list the forms with OR."
                raise QueryError("E13", place, "a star cannot stand inside quotation marks", hint)
            if unicodedata.category(sign) in ("Cc", "Cs") and not sign.isspace():
                raise QueryError("E01", place, f"unexpected character {named(sign)}", "Remove it.")
        if not tokens(content, "und"):
            hint = "Write at least one word between the quotation marks."
            raise QueryError("E08", column, "this phrase has no words", hint)
        self._at = match.end()
        return Lexeme(Kind.PHRASE, column, " ".join(content.split()), self._slop())

    def _slop(self) -> int:
        match = _SLOP.match(self._signs, self._at)
        if match is None:
            return 0
        column, self._at = self._at + 1, match.end()
        slop = _number(match[1] or "0")
        if not 1 <= slop <= MAX_DISTANCE:
            message = f"after ~ comes a number from 1 to {MAX_DISTANCE}"
            hint = 'Write how many other words may stand among these: "ballistic launch"~3.'
            raise QueryError("E05", column, message, hint)
        return slop

    def _weight(self, column: int) -> Lexeme:
        match = _WEIGHT.match(self._signs, self._at)
        if match is None:
            hint = 'A weight is a whole number: @missile^6, or "missile defence"^-8.'
            raise QueryError("E09", column, "no whole number follows this ^", hint)
        self._at = match.end()
        weight = _number(match[2]) * (-1 if match[1] in ("-", "–", "−") else 1)
        if abs(weight) > MAX_NUMBER:
            hint = f"Weights go from -{MAX_NUMBER} to {MAX_NUMBER}; what counts is how they compare."
            raise QueryError("E12", column, "this weight is too large", hint)
        return Lexeme(Kind.WEIGHT, column, f"^{weight}", weight)

    def _concept(self, column: int) -> Lexeme:
        if match := _CONCEPT.match(self._signs, self._at):
            self._at = match.end()
            return Lexeme(Kind.CONCEPT, column, match[1].lower())
        chunk = _CHUNK.match(self._signs, self._at)
        written = chunk.group() if chunk else "@"
        if written == "@":
            hint = "Write the key of a concept directly after it: @missile."
            raise QueryError("E03", column, "nothing follows this @", hint)
        if written.endswith("*"):
            hint = "Leave the star out; a concept has all its forms already."
            raise QueryError("E13", column + len(written) - 1, "a star cannot follow a concept", hint)
        hint = "A concept has letters a to z, digits and hyphens, and a space follows: @missile launch."
        raise QueryError("E11", column, f"there is no concept {quoted(written)}", hint)

    def _operator(self, column: int) -> Lexeme | None:
        if match := _NEAR.match(self._signs, self._at):
            self._at = match.end()
            distance = NEAR_DISTANCE if match[2] is None else _number(match[2])
            if not 1 <= distance <= MAX_DISTANCE:
                message = f"the distance of {match[1]} is a number from 1 to {MAX_DISTANCE}"
                hint = f"Write {match[1]}/{NEAR_DISTANCE}, or AND when the distance does not matter."
                raise QueryError("E05", column, message, hint)
            return Lexeme(Kind(match[1]), column, match[1], distance)
        for kind, pattern in ((Kind.ATLEAST, _AT_LEAST), (Kind.SCORE, _SCORE)):
            if match := pattern.match(self._signs, self._at):
                self._at = match.end()
                return Lexeme(kind, column, kind.value, _number(match[1]))
        return None

    def _field(self, column: int) -> Lexeme | None:
        match = _FIELD.match(self._signs, self._at)
        if match is None:
            return None
        if match[1] not in list(Field):
            raise no_field(match[1], column)
        self._at = match.end()
        return Lexeme(Kind.FIELD, column, match[1])

    def _word(self, column: int) -> Lexeme:
        match = next(_CHUNK.finditer(self._signs, self._at))  # what ends a chunk was asked for before
        start, self._at = match.span()
        signs = match.group()
        if signs in _OPERATORS:
            return Lexeme(_OPERATORS[signs], column, signs)
        check_operator(signs, column)
        exact, suffix = signs[0] == "=", signs[0] == "*" and len(signs) > 1
        prefix = signs[-1] == "*" and len(signs) > 1 + (exact or suffix)
        bare = self._text[start + (exact or suffix) : match.end() - prefix]
        check_word(bare, column, exact=exact, prefix=prefix, suffix=suffix)
        return Lexeme(Kind.WORD, column, bare, 0, exact, prefix, suffix)
