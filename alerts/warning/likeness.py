"""How alike two items are, from their prints: a number from 0 to 1, and the words they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, hypot, sqrt

from alerts.language.tokens import is_character
from alerts.warning.prints import Print
from alerts.warning.weights import Weights

LEAD = 0.75
"""What a word of the summary counts beside one of the title."""

NAME = 1.5
"""What a name or number counts beside another word."""

TITLE = 0.3
"""The part of likeness that is about the titles alone; the rest is about title and summary together."""

COPY = 0.85
"""From this likeness on one item repeats the words of the other."""

_LEAST_COMMON = 2  # words
_COPIED_WORDS = 5  # fewer words in common are a formula, not a text
_EVIDENCE = 13.0  # nats: what the shared words must tell together, as two names or three words do


@dataclass(frozen=True, slots=True)
class Weighed:
    """A print with the weight of each of its words, and the lengths of these as vectors."""

    print: Print
    title: frozenset[str]
    vector: Mapping[str, float]
    length: float
    title_length: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """Of two items: 0 (no word in common) to 1 (the same words), and whether one repeats the other."""

    score: float
    copy: bool = False


_UNLIKE = Likeness(0.0)


def weigh(print_: Print, weights: Weights) -> Weighed:
    """What a print is compared by; made once and used for every comparison."""
    values, title = weights.of(print_), print_.title
    values[title:] = [value * LEAD for value in values[title:]]
    vector = dict(zip(print_.words, values, strict=True))
    for name in print_.names:
        vector[name] *= NAME
    values = list(vector.values())
    return Weighed(print_, frozenset(print_.words[:title]), vector, hypot(*values), hypot(*values[:title]))


def likeness(one: Weighed, other: Weighed) -> Likeness:
    """Symmetric. Items of two languages, and items that share too little to tell, are not alike at all."""
    if one.print.language != other.print.language:
        return _UNLIKE
    common = one.vector.keys() & other.vector.keys()
    if len(common) < _LEAST_COMMON:
        return _UNLIKE
    if fsum(_evidence(word, min(one.vector[word], other.vector[word])) for word in common) < _EVIDENCE:
        return _UNLIKE
    whole = fsum(one.vector[word] * other.vector[word] for word in common) / (one.length * other.length)
    if one.title and other.title:
        titles = fsum(one.vector[word] * other.vector[word] for word in common & one.title & other.title)
        whole = TITLE * titles / (one.title_length * other.title_length) + (1 - TITLE) * whole
    score = min(1.0, whole)
    return Likeness(score, score >= COPY and len(common) >= _COPIED_WORDS)


def may_be_alike(one: Weighed, other: Print) -> bool:
    """False when ``likeness`` would find them not alike at all, however much the other's words weigh: true of
    most that share a key, and told without weighing their words."""
    if one.print.language != other.language:
        return False
    common = [word for word in other.words if word in one.vector]
    return (
        len(common) >= _LEAST_COMMON
        and fsum(_evidence(word, one.vector[word]) for word in common) >= _EVIDENCE
    )


def _evidence(word: str, weight: float) -> float:
    """What sharing this word tells. Two characters are half a word: the next two overlap with them."""
    return weight / 2 if is_character(word) else weight


def core_likeness(one: Weighed, members: Sequence[Weighed]) -> float:
    """How like an item is to what several have in common, 0 to 1: the cosine to the middle of them."""
    if len(members) == 1:
        other = members[0]
        common = one.vector.keys() & other.vector.keys()
        shared = fsum(one.vector[word] * other.vector[word] for word in common)
        return min(1.0, shared / (one.length * other.length)) if common else 0.0
    middle: dict[str, list[float]] = {}
    for member in members:
        for word, value in member.vector.items():
            middle.setdefault(word, []).append(value / member.length)
    values = {word: fsum(parts) for word, parts in middle.items()}
    length = sqrt(fsum(value * value for value in values.values())) * one.length
    shared = fsum(value * values[word] for word, value in one.vector.items() if word in values)
    return min(1.0, shared / length) if length else 0.0
