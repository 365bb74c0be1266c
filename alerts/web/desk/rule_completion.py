"""What may be meant by the beginning of a word in a query: concepts, fields, operators, values. Pure.

A concept is found by the beginning of its key, of a word of its name, or of one of its terms in any
language, so that *rakete* and *صارو* lead to ``@missile``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest

from alerts.digests.times import Times
from alerts.feeds.facet_names import KIND_NAMES
from alerts.language.fold import fold
from alerts.model import Concept, Field
from alerts.rules.concepts import EVERY_LANGUAGE
from alerts.rules.country_codes import COUNTRY_CODES
from alerts.rules.lexicon import Concepts

SHOWN = 8
LONGEST = 4_000
"""Characters before the caret that are read."""

_FEWEST_LETTERS = 3
"""Of a plain word, before a concept is offered in its place."""

_TERMS_NAMED = 3
_QUOTES = re.compile('["“”„‟«»「」『』＂]')
_AT = re.compile(r"(place:\s*)?([@＠][\w-]*)\Z", re.IGNORECASE)
_VALUE = re.compile(r"\b(lang|type):\s*([\w-]*)\Z")
_OPERATOR = re.compile(r"(?<![\w@=:*-])([A-Z]{2,})\Z")
_WORD = re.compile(r"(?<![\w@=:*-])(\w[\w-]*)\Z")

_OPERATORS = {
    "AND": "both, in one passage; the same as writing them side by side",
    "OR": "one of them, or both",
    "NOT": "the first, where the second is absent",
    "NEAR/5": "at most 5 words apart, in any order",
    "ONEAR/5": "at most 5 words apart, in this order",
    "ATLEAST/2(": "so many of a list: ATLEAST/2(missile, launch, warning)",
    "SCORE>=10(": "weights that add up: SCORE>=10(@missile^6, launch^5)",
}
_FIELDS = {
    Field.TITLE: "in the title only",
    Field.SUMMARY: "in the summary only",
    Field.TEXT: "in the text only",
    Field.SOURCE: "who publishes",
    Field.FEED: "the title of the feed",
    Field.LANG: "the language of the item: lang:ar",
    Field.PLACE: "about a country, in its words or by its tag: place:@kp",
    Field.AUTHOR: "who wrote it",
    Field.URL: "in the address",
    Field.CATEGORY: "as its publisher files it",
    Field.TYPE: "the kind of publication: type:briefing",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What could stand in place of what was typed, and what it means in a few words."""

    text: str
    about: str


@dataclass(frozen=True, slots=True)
class Completion:
    """``typed`` is the end of the text that a suggestion takes the place of. ``sure``: it can only be the
    beginning of such a thing, so that Enter takes the first; a plain word may be meant as it stands."""

    typed: str = ""
    sure: bool = False
    suggestions: tuple[Suggestion, ...] = ()


def complete(text: str, caret: int, concepts: Concepts, languages: Sequence[str]) -> Completion:
    """What may be meant at the caret (0-based, in code points); nothing within a phrase or a word."""
    caret = min(max(caret, 0), len(text))
    before = text[max(0, caret - LONGEST) : caret]
    within = re.match(r"[\w-]", text[caret : caret + 1]) or len(_QUOTES.findall(before)) % 2
    if within:
        return Completion()
    if found := _AT.search(before):
        among = [concepts.by_key[key] for key in concepts.by_key if key in COUNTRY_CODES]
        chosen = tuple(among) if found[1] else tuple(concepts.by_key.values())
        return _completion(found[2], True, _concepts(found[2][1:], chosen, concepts))
    if found := _VALUE.search(before):
        values = _languages(languages) if found[1] == "lang" else _kinds()
        return _completion(found[2], True, (each for each in values if _begins(each, found[2])))
    if found := _OPERATOR.search(before):
        operators = (Suggestion(name, about) for name, about in _OPERATORS.items())
        return _completion(found[1], True, (each for each in operators if _begins(each, found[1])))
    if found := _WORD.search(before):
        return _completion(found[1], False, _for_word(found[1], concepts))
    return Completion()


def _completion(typed: str, sure: bool, suggestions: Iterator[Suggestion]) -> Completion:
    """What is all there already needs no suggestion, unless there is another that begins so."""
    found = tuple(suggestions)[:SHOWN]
    done = all(each.text == typed for each in found)
    return Completion() if done else Completion(typed, sure, found)


def _begins(suggestion: Suggestion, typed: str) -> bool:
    return suggestion.text.lower().startswith(typed.lower())


def _for_word(word: str, concepts: Concepts) -> Iterator[Suggestion]:
    if len(word) > 1:
        fields = (Suggestion(f"{name}:", about) for name, about in _FIELDS.items())
        yield from (each for each in fields if _begins(each, word))
    if len(word) >= _FEWEST_LETTERS or not word.isascii():
        yield from _concepts(word, tuple(concepts.by_key.values()), concepts)


def _languages(languages: Sequence[str]) -> Iterator[Suggestion]:
    names = Times("en", "UTC")
    return (Suggestion(code, names.language_name(code) or "") for code in languages)


def _kinds() -> Iterator[Suggestion]:
    return (Suggestion(kind, "kind of publication") for kind in KIND_NAMES)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A concept with what it is found by, folded."""

    concept: Concept
    key: str
    words: str
    terms: tuple[tuple[str, str], ...]


@lru_cache(maxsize=4)
def _entries(concepts: Concepts) -> dict[str, _Entry]:
    return {
        key: _Entry(
            concept,
            fold(key),
            f" {fold(concept.name)}".replace("-", " "),
            tuple((fold(bare), bare) for _, terms in concept.terms for bare in map(_bare, terms)),
        )
        for key, concept in concepts.by_key.items()
    }


def _bare(term: str) -> str:
    """A term without the signs of the language."""
    return term.strip('=*"')


def _concepts(typed: str, among: Sequence[Concept], concepts: Concepts) -> Iterator[Suggestion]:
    wanted, entries = fold(typed), _entries(concepts)
    ranked = (
        (rank, concept.key in COUNTRY_CODES, concept.key, term)
        for concept in among
        if (found := _rank(entries[concept.key], wanted)) is not None
        for rank, term in (found,)
    )
    best = nsmallest(SHOWN, ranked)
    first = best[0][0] if best else 0
    # A key that is there in full is perhaps the whole of it; a word within a term is a last resort.
    worst = 1 if first == 0 else 3 if first < 3 else 4
    for rank, _, key, term in best:
        if rank <= worst:
            yield Suggestion(f"@{key}", _about(concepts.by_key[key], term))


def _rank(entry: _Entry, wanted: str) -> tuple[int, str] | None:
    """How well it is meant, 0 the best, and the term that says so; None when it is not."""
    if entry.key == wanted:
        return 0, ""
    if entry.key.startswith(wanted):
        return 1, ""
    if f" {wanted}" in entry.words:
        return 2, ""
    if not wanted:
        return None
    found = (
        (3 + (not term.startswith(wanted)), bare) for term, bare in entry.terms if f" {wanted}" in f" {term}"
    )
    return min(found, default=None)


def _about(concept: Concept, term: str) -> str:
    """*Missiles: missile, ballistic projectile, ICBM; 19 languages*; the term by which it was found first."""
    lists = dict(concept.terms)
    said = (term, *map(_bare, (*lists.get("en", ()), *lists.get(EVERY_LANGUAGE, ()))))
    others = [each for each in dict.fromkeys(said) if each and fold(each) != fold(concept.name)]
    number = len([language for language, terms in concept.terms if terms and language != EVERY_LANGUAGE])
    reach = "" if concept.key in COUNTRY_CODES else f"; {number} language{'' if number == 1 else 's'}"
    named = ": " + ", ".join(others[:_TERMS_NAMED]) if others else ""
    return f"{concept.name}{named}{reach if number else ''}"
