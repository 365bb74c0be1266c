"""How one word or phrase of a query meets the tokens of a text.

A term is a run of pieces that must meet a run of tokens. How a piece meets a token depends on the
script it is written in, not on the language of the text:

- words of alphabets meet by stem or by exact folded form (in quotation marks and after ``=`` by the
  exact form, before ``*`` by the beginning);
- words of Arabic and Hebrew script meet with small words written onto them; from four letters on they
  meet anywhere inside a token;
- characters of scripts without spaces meet one by one, and must touch as they touch in the query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from alerts.language.passages import Passage
from alerts.language.tokens import Token, is_character, is_ideographic, takes_clitics, tokens
from alerts.rules.query import Leaf, Phrase, canonical

INSIDE_LETTERS = 4
"""From this length on a word of Arabic or Hebrew script is found anywhere inside a token."""

# "and", "so", "with", "to", "like", "will" and the article, alone and in the orders they are written
_ARABIC = ["", "ال", "لل", "ب", "ل", "ك", "س", "بال", "كال"]
_HEBREW = ["", "ה", "ב", "ל", "כ", "מ", "ש", "כש", "שה", "מה", "שב", "של", "שמ"]
_PROCLITICS = frozenset(
    [link + small for link in ("", "و", "ف") for small in _ARABIC]
    + [link + small for link in ("", "ו") for small in _HEBREW]
)


class Meets(Enum):
    """By what a piece of a term meets a token."""

    STEM = "stem or exact form"
    EXACT = "exact form"
    PREFIX = "beginning"
    WITH_CLITICS = "exact form, small words before it"
    CLITIC_PREFIX = "beginning, small words before it"
    INSIDE = "anywhere inside"
    CHARACTER = "one character"


@dataclass(frozen=True, slots=True)
class Piece:
    """What one token must be. ``touching``: no gap between it and the token before."""

    exact: str
    stem: str
    meets: Meets
    touching: bool

    def met_by(self, token: Token) -> bool:
        meets, exact = self.meets, token.exact
        if meets is Meets.STEM:
            return exact == self.exact or token.stem == self.stem
        if meets is Meets.EXACT or meets is Meets.CHARACTER:
            return exact == self.exact
        if meets is Meets.PREFIX:
            return exact.startswith(self.exact)
        if meets is Meets.INSIDE:
            return self.exact in exact
        if meets is Meets.WITH_CLITICS:
            return exact.endswith(self.exact) and exact[: len(exact) - len(self.exact)] in _PROCLITICS
        return any(exact.startswith(small + self.exact) for small in _PROCLITICS)


@dataclass(frozen=True, slots=True)
class Term:
    """A leaf of a query as it meets texts of one language. ``text`` is its canonical writing."""

    text: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class AnalysedPassage:
    """One passage and its tokens; their offsets are those of ``text``, the whole field.

    ``places`` maps every exact form and every stem to the numbers of its tokens; ``clitic`` are the
    numbers of the tokens in Arabic or Hebrew script.
    """

    passage: Passage
    text: str
    tokens: tuple[Token, ...]
    places: Mapping[str, Sequence[int]]
    clitic: Sequence[int]


def _without_article(exact: str) -> str:
    return exact[2:] if exact.startswith("ال") and len(exact) >= 5 else exact


def _meets(leaf: Leaf, exact: str, last: bool) -> Meets:
    if is_character(exact):
        return Meets.CHARACTER
    if isinstance(leaf, Phrase):
        return Meets.WITH_CLITICS if takes_clitics(exact) else Meets.EXACT
    if leaf.exact:
        return Meets.EXACT
    if leaf.prefix and last:
        return Meets.CLITIC_PREFIX if takes_clitics(exact) else Meets.PREFIX
    if takes_clitics(exact):
        return Meets.INSIDE if len(exact) >= INSIDE_LETTERS else Meets.WITH_CLITICS
    return Meets.STEM


@lru_cache(maxsize=1 << 16)
def term(leaf: Leaf, language: str) -> Term:
    """The leaf analysed as texts of this language are; this is how a rule without language speaks all."""
    found = tokens(leaf.text, language)
    pieces = []
    for place, token in enumerate(found):
        literal = not isinstance(leaf, Phrase) and leaf.exact
        core = token.exact if literal else _without_article(token.exact)
        stem = token.stem if core == token.exact else core
        touching = place > 0 and found[place - 1].end == token.start
        pieces.append(Piece(core, stem, _meets(leaf, core, place == len(found) - 1), touching))
    return Term(canonical(leaf), tuple(pieces))


def _fits(wanted: Term, text: str, found: Sequence[Token], at: int) -> bool:
    pieces = wanted.pieces
    if at + len(pieces) > len(found):
        return False
    for offset, piece in enumerate(pieces):
        token = found[at + offset]
        if not piece.met_by(token):
            return False
        if piece.touching and found[at + offset - 1].end != token.start:
            gap = text[found[at + offset - 1].end : token.start]
            if not (gap.isspace() and is_ideographic(token.exact)):
                return False
    if len(pieces) == 1 and pieces[0].meets is Meets.CHARACTER:
        # one character says too little inside a longer word (核 is in 核心): it must stand alone
        stands_after = at == 0 or found[at - 1].end < found[at].start
        return stands_after and (at + 1 == len(found) or found[at].end < found[at + 1].start)
    return True


def _starts(first: Piece, where: AnalysedPassage) -> set[int]:
    """Numbers of the tokens that may begin the term: all that do, and perhaps more."""
    if first.meets is Meets.PREFIX:
        begun = [numbers for form, numbers in where.places.items() if form.startswith(first.exact)]
        return set().union(*begun)
    if first.meets in (Meets.STEM, Meets.EXACT, Meets.CHARACTER):
        return {*where.places.get(first.exact, ()), *where.places.get(first.stem, ())}
    return set(where.clitic)


def occurrences(wanted: Term, where: AnalysedPassage) -> list[tuple[int, int]]:
    """Spans of the text at which the term stands in this passage, in order."""
    starts = _starts(wanted.pieces[0], where)
    if not starts:
        return []
    found, last = where.tokens, len(wanted.pieces) - 1
    fitting = (at for at in sorted(starts) if _fits(wanted, where.text, found, at))
    return [(found[at].start, found[at + last].end) for at in fitting]
