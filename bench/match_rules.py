"""Random rules over the vocabulary of real headlines, and how each engine has them written.

The mix is that of editors who watch agencies: phrases, pairs, lists with lists, NEAR, exclusions, beginnings
of words, and long analyst rules. Words are drawn with their frequency to the power ¾, so common and rare ones
both occur; some are invented names that no headline has.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from alerts.language.tokens import tokens
from alerts.model import Field
from alerts.rules.query import canonical
from alerts.rules.tree import And, InField, Near, Node, Not, Or, Phrase, Word

_SHAPES = {
    "word": 5,
    "phrase": 20,
    "and": 20,
    "lists": 17,
    "near": 10,
    "but not": 12,
    "prefix": 4,
    "title": 6,
    "analyst": 6,
}


def invented(count: int, chosen: random.Random) -> list[str]:
    """Headlines of words whose frequency falls as in real ones (Zipf), for want of real ones."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    words = list(
        dict.fromkeys("".join(chosen.choices(syllables, k=chosen.randint(2, 4))) for _ in range(30_000))
    )
    weights = [1 / (place + 20) for place in range(len(words))]
    return [
        " ".join(chosen.choices(words, weights, k=chosen.randint(7, 14))).capitalize() for _ in range(count)
    ]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words to draw rules from, with their weights, and two-word phrases that really occur."""

    words: Sequence[str]
    weights: Sequence[float]
    phrases: Sequence[str]


def vocabulary(headlines: Sequence[str]) -> Vocabulary:
    """Words of up to 3 % of the headlines, and pairs of neighbouring words."""
    counts: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for headline in headlines:
        words = [token.exact for token in tokens(headline, "und")]
        counts.update(set(words))
        pairs.update(f"{a} {b}" for a, b in pairwise(words))
    common = max(2, len(headlines) * 3 // 100)
    kept = [
        (word, count)
        for word, count in counts.items()
        if 2 <= count <= common and len(word) >= 3 and word.isalpha()
    ]
    phrases = [
        pair
        for pair, count in pairs.items()
        if count >= 2 and all(len(w) > 1 and w.isalpha() for w in pair.split())
    ]
    return Vocabulary([w for w, _ in kept], [c**0.75 for _, c in kept], phrases)


class Rules:
    """An endless source of different rules; the same seed gives the same rules."""

    def __init__(self, words: Vocabulary, seed: int) -> None:
        self._vocabulary = words
        self._random = random.Random(seed)
        self._seen: set[str] = set()
        self._pool: list[str] = []

    def take(self, count: int) -> list[tuple[str, Node]]:
        """So many more rules: the query as written, and its tree."""
        found: list[tuple[str, Node]] = []
        while len(found) < count:
            node = self._rule()
            text = canonical(node)
            if text not in self._seen:
                self._seen.add(text)
                found.append((text, node))
        return found

    def _word(self) -> Word:
        if self._random.random() < 0.08:
            return Word(
                "".join(self._random.choices("bcdfgklmnprstvz", k=3))
                + "ovic"
                + str(self._random.randrange(99))
            )
        if not self._pool:
            self._pool = self._random.choices(self._vocabulary.words, self._vocabulary.weights, k=10_000)
        return Word(self._pool.pop())

    def _words(self, low: int, high: int) -> tuple[Word, ...]:
        return tuple(dict.fromkeys(self._word() for _ in range(self._random.randint(low, high))))

    def _phrase(self) -> Phrase:
        return Phrase(self._random.choice(self._vocabulary.phrases))

    def _any(self, low: int, high: int) -> Node:
        words = self._words(low, high)
        return words[0] if len(words) == 1 else Or(words)

    def _rule(self) -> Node:
        word = self._word
        match self._random.choices(list(_SHAPES), list(_SHAPES.values()))[0]:
            case "word":
                return word()
            case "phrase":
                return self._phrase()
            case "and":
                return self._all(self._words(2, 3))
            case "lists":
                return self._all((self._any(2, 4), self._any(2, 4)))
            case "near":
                return self._near(self._random.choice((3, 5, 10)))
            case "but not":
                return self._all((*self._words(2, 2), Not(word())))
            case "prefix":
                return self._all((Word(word().text[:5], prefix=True), word()))
            case "title":
                return InField(Field.TITLE, self._all(self._words(2, 2)))
            case _:
                terms = (*(self._phrase() for _ in range(2)), *self._words(3, 7))
                return self._all((Or(tuple(dict.fromkeys(terms))), self._any(2, 4), Not(self._any(2, 2))))

    def _near(self, distance: int) -> Node:
        a, b = word = (self._word(), self._word())
        return Near(a, b, distance) if a != b else word[0]

    def _all(self, parts: Sequence[Node]) -> Node:
        different = tuple(dict.fromkeys(parts))
        return different[0] if len(different) == 1 else And(different)
