"""How one word, phrase or term of a concept meets the tokens of a text.

A term is a run of pieces that must meet a run of tokens. How a piece meets a token depends on the
script it is written in, not on the language of the text:

- words of alphabets meet by stem or by exact folded form (in quotation marks and after ``=`` by the
  exact form, before or after ``*`` by beginning or end; ``=US`` in capitals meets US and not us);
- words of Arabic and Hebrew script meet by their lemma, or with small words written onto them; from
  four letters on they meet anywhere inside a token;
- characters of scripts without spaces meet one by one, and nothing but white space may part them.

A word with hyphens is a run of its parts, or its joined form: *test-fire* also meets *testfire*.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from alerts.language.forms import CAPITALS, LEMMA, STEM
from alerts.language.tokens import Token, is_character, is_ideographic, joined, takes_clitics, tokens
from alerts.model import Field
from alerts.rules.tree import Leaf, Phrase, Word
from alerts.rules.writing import canonical

INSIDE_LETTERS = 4
"""From this length on a word of Arabic or Hebrew script is found anywhere inside a token."""

# "and", "so", "with", "to", "like", "will" and the article, alone and in the orders they are written
_ARABIC = ["", "ال", "لل", "ب", "ل", "ك", "س", "بال", "كال"]
_HEBREW = ["", "ה", "ב", "ל", "כ", "מ", "ש", "כש", "שה", "מה", "שב", "של", "שמ"]
PROCLITICS = frozenset(
    [link + small for link in ("", "و", "ف") for small in _ARABIC]
    + [link + small for link in ("", "ו") for small in _HEBREW]
)
"""What may stand written onto the front of an Arabic or Hebrew word, nothing included."""


class Meets(Enum):
    """By what a piece of a term meets a token."""

    STEM = "stem or exact form"
    EXACT = "exact form"
    PREFIX = "beginning"
    SUFFIX = "end"
    WITH_CLITICS = "exact form, small words before it"
    CLITIC_PREFIX = "beginning, small words before it"
    INSIDE = "anywhere inside"
    CHARACTER = "one character"


LEMMATISED = (Meets.STEM, Meets.INSIDE, Meets.WITH_CLITICS)
"""Ways of meeting that a shared stem or lemma satisfies too."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one token must be. ``forms`` are ``exact`` and the stems or lemmas by which it also meets."""

    exact: str
    forms: tuple[str, ...]
    meets: Meets

    def met_by(self, token: Token) -> bool:
        exact, wanted = token.exact, self.exact
        match self.meets:
            case Meets.STEM:
                return not set(self.forms).isdisjoint(token.forms)
            case Meets.EXACT | Meets.CHARACTER:
                return exact == wanted
            case Meets.PREFIX:
                return exact.startswith(wanted)
            case Meets.SUFFIX:
                return exact.endswith(wanted)
            case Meets.INSIDE:
                return wanted in exact or self._shares_lemma(token)
            case Meets.WITH_CLITICS:
                before = exact[: len(exact) - len(wanted)]
                return (exact.endswith(wanted) and before in PROCLITICS) or self._shares_lemma(token)
            case Meets.CLITIC_PREFIX:
                return any(exact.startswith(small + wanted) for small in PROCLITICS)

    def _shares_lemma(self, token: Token) -> bool:
        return not set(self.forms[1:]).isdisjoint(token.forms)


Run = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A leaf of a query, or a term of a concept, as it meets texts of one language.

    It stands wherever one of its ``runs`` does, with at most ``slop`` other tokens among the pieces.
    ``text`` is how it is written, ``concept`` the key of the concept it belongs to, or ''.
    """

    text: str
    runs: tuple[Run, ...]
    slop: int = 0
    concept: str = ""


Span = tuple[int, int]
"""Numbers of the first and the last token of a place in a passage."""


@dataclass(frozen=True, slots=True)
class AnalysedPassage:
    """One stretch of one field and its tokens; their offsets are those of ``text``, the whole field.

    ``places`` maps every form to where a word or a joined word of this form stands; ``clitic`` is where
    words in Arabic or Hebrew script stand, joined ones too; ``half_words`` is how many half words stand
    before each token and, at the end, in all: a character of a script without spaces is half a word.
    """

    field: Field
    text: str
    tokens: tuple[Token, ...]
    places: Mapping[str, Sequence[Span]]
    clitic: Sequence[tuple[Span, Token]]
    half_words: Sequence[int]


def analysed_passage(field: Field, text: str, start: int, end: int, language: str) -> AnalysedPassage:
    """``text[start:end]`` cut into tokens, ready to be asked for terms."""
    part = text[start:end]
    found = tokens(part, language)
    whole = joined(part, language)
    if start:
        found, whole = _moved(found, start), _moved(whole, start)
    places: dict[str, list[Span]] = {}
    half_words = [0]
    for at, token in enumerate(found):
        half_words.append(half_words[-1] + (1 if is_character(token.exact) else 2))
        for form in token.forms:
            places.setdefault(form, []).append((at, at))
    standing = [((at, at), token) for at, token in enumerate(found)]
    if whole:
        begins, ends = [token.start for token in found], [token.end for token in found]
        for token in whole:
            span = (bisect_right(ends, token.start), bisect_left(begins, token.end) - 1)
            standing.append((span, token))
            for form in token.forms:
                places.setdefault(form, []).append(span)
    clitic = tuple(stands for stands in standing if takes_clitics(stands[1].exact))
    return AnalysedPassage(field, text, found, places, clitic, half_words)


def _moved(found: tuple[Token, ...], by: int) -> tuple[Token, ...]:
    return tuple(Token(t.exact, t.forms, t.start + by, t.end + by, t.apart) for t in found)


def _without_article(exact: str, written: str) -> str:
    """Folding makes every alef one, so only the writing tells the article from ألمانيا (Germany)."""
    return exact[2:] if written.startswith("ال") and len(exact) >= 5 else exact


def _meets(leaf: Leaf, exact: str, first: bool, last: bool) -> Meets:
    if is_character(exact):
        return Meets.CHARACTER
    if isinstance(leaf, Phrase):
        return Meets.WITH_CLITICS if takes_clitics(exact) else Meets.EXACT
    if leaf.exact:
        return Meets.EXACT
    if leaf.prefix and last:
        return Meets.CLITIC_PREFIX if takes_clitics(exact) else Meets.PREFIX
    if leaf.suffix and first:
        return Meets.SUFFIX
    if takes_clitics(exact):
        return Meets.INSIDE if len(exact) >= INSIDE_LETTERS else Meets.WITH_CLITICS
    return Meets.STEM


def _run(leaf: Leaf, found: Sequence[Token]) -> Run:
    pieces = []
    literal = isinstance(leaf, Word) and leaf.exact
    if literal and len(found) == 1 and (capitals := [f for f in found[0].forms if f.startswith(CAPITALS)]):
        return (Piece(capitals[0], (capitals[0],), Meets.STEM),)
    for at, token in enumerate(found):
        written = leaf.text[token.start : token.end]
        core = token.exact if literal else _without_article(token.exact, written)
        meets = _meets(leaf, core, at == 0, at == len(found) - 1)
        lemmas = token.forms[1:] if meets in LEMMATISED and not isinstance(leaf, Phrase) else ()
        pieces.append(Piece(core, (core, *lemmas), meets))
    return tuple(pieces)


def leaf_runs(leaf: Leaf, language: str) -> tuple[Run, ...]:
    """The runs of a leaf analysed as texts of this language are: so a rule without language speaks all."""
    found = tokens(leaf.text, language)
    whole = joined(leaf.text, language)
    spans_all = [(w.start, w.end) for w in whole] == [(found[0].start, found[-1].end)]
    if spans_all and "." not in leaf.text:  # U.S. is no "us"
        return (_run(leaf, found), _run(leaf, whole))
    return (_run(leaf, found),)


@lru_cache(maxsize=1 << 15)
def term(leaf: Leaf, language: str) -> Term:
    """A word or phrase of a query as it meets texts of this language."""
    slop = leaf.slop if isinstance(leaf, Phrase) else 0
    return Term(canonical(leaf), leaf_runs(leaf, language), slop)


def concept_term(text: str, leaves: Sequence[Leaf], language: str, concept: str) -> Term:
    """A term of a concept, written as these leaves one after the other."""
    runs: tuple[Run, ...] = ((),)
    for leaf in leaves:
        runs = tuple(before + run for before in runs for run in leaf_runs(leaf, language))
    return Term(text, runs, 0, concept)


def is_delicate(run: Run) -> bool:
    """Whether the run is so short, in a script without spaces, that what touches it must be looked at.

    One character says too little as part of a longer word (核 is in 核心): it counts only where no
    character touches it. Two syllables that a space parts belong to two words (북한 is not in 전북 한우).
    """
    return len(run) <= 2 and all(piece.meets is Meets.CHARACTER for piece in run)


def _standing(piece: Piece, where: AnalysedPassage) -> Iterable[Span]:
    """Where a token, or a joined word, meets the piece."""
    places, exact = where.places, piece.exact
    match piece.meets:
        case Meets.STEM:
            found = [places.get(form, ()) for form in piece.forms]
            return found[0] if len(found) == 1 else set().union(*found)
        case Meets.EXACT | Meets.CHARACTER:
            return places.get(exact, ())
        case Meets.PREFIX:
            return set().union(*(at for form, at in places.items() if form.startswith(exact)))
        case Meets.SUFFIX:
            words = (
                (form, at) for form, at in places.items() if not form.startswith((STEM, LEMMA, CAPITALS))
            )
            return set().union(*(at for form, at in words if form.endswith(exact)))
        case _:
            inside = [span for span, token in where.clitic if piece.met_by(token)]
            return set(inside).union(*(places.get(lemma, ()) for lemma in piece.forms[1:]))


def _end(run: Run, where: AnalysedPassage, at: int, slop: int) -> int | None:
    """The number of the token that ends a run whose first piece is met at ``at``; None if none does."""
    found = where.tokens
    for before, piece in enumerate(run[1:]):
        previous, at = at, at + 1
        while at < len(found) and at - previous - 1 <= slop and not piece.met_by(found[at]):
            at += 1  # the nearest token that will do leaves the most words to spare for the rest
        skipped = at - previous - 1
        if at == len(found) or skipped > slop:
            return None
        slop -= skipped
        if not skipped and found[at].apart and piece.meets is run[before].meets is Meets.CHARACTER:
            return None
    return at


def _undisturbed(span: Span, found: Sequence[Token]) -> bool:
    """Whether a delicate run stands here as a word of its own."""
    first, last = span
    if first == last:
        after = found[last + 1] if last + 1 < len(found) else None
        return found[first].apart and (after is None or after.apart or not is_character(after.exact))
    return found[first].end == found[last].start or is_ideographic(found[last].exact)


def occurrences(wanted: Term, where: AnalysedPassage) -> list[Span]:
    """Where the term stands in this passage, in order, each place once."""
    places: set[Span] = set()
    for run in wanted.runs:
        begun = _standing(run[0], where)
        if len(run) > 1:
            ends = ((first, _end(run, where, first, wanted.slop)) for first, last in begun if first == last)
            begun = [(first, end) for first, end in ends if end is not None]
        if is_delicate(run):
            begun = [span for span in begun if _undisturbed(span, where.tokens)]
        places.update(begun)
    return sorted(places)
