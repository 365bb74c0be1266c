"""Many rules at once: the answers of ``evaluate``, without asking every rule.

Each rule is filed under keys, at least one of which every text that it matches must carry. For AND
those of its rarest part are enough; for OR those of all parts are needed. A text is asked for its keys,
and only the rules filed under them are evaluated. A key may therefore promise too much, never too little.

Keys: the exact form and the stem of a word, the first letters of ``word*``, two neighbouring characters
of a script without spaces, a few letters of a word of Arabic or Hebrew script.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

from alerts.language.tokens import is_character, takes_clitics
from alerts.model import Hit, Item, Rule
from alerts.rules.evaluate import Analysed, analyse, applies, evaluate
from alerts.rules.query import And, Leaf, Node, Not, Or, parse
from alerts.rules.terms import AnalysedPassage, Meets, Piece, Term, term

Keys = frozenset[str]
_PREFIX = 3
_INSIDE = (1, 2, 4)


def _letters(exact: str) -> str:
    """The key of a word that may stand inside another: its first one, two or four letters."""
    size = max(size for size in _INSIDE if size <= len(exact))
    return f"~{exact[:size]}"


def _piece_keys(piece: Piece) -> Keys:
    if piece.meets in (Meets.STEM, Meets.EXACT, Meets.CHARACTER):
        return frozenset((piece.exact, piece.stem) if piece.meets is Meets.STEM else (piece.exact,))
    if piece.meets is Meets.PREFIX:
        return frozenset((f"{piece.exact[:_PREFIX]}*",))
    return frozenset((_letters(piece.exact),))


def _commonness(keys: Keys) -> float:
    """A guess, for want of a corpus: short keys are common, and many keys more so than few."""
    return sum(1 / len(key) ** 3 for key in keys)


def _term_keys(wanted: Term) -> Keys:
    pieces = wanted.pieces
    pairs = [
        frozenset((first.exact + second.exact,))
        for first, second in pairwise(pieces)
        if first.meets is second.meets is Meets.CHARACTER
    ]
    return min(pairs or map(_piece_keys, pieces), key=_commonness)


def _required(node: Node, language: str) -> Keys | None:
    """Keys of which every matching text carries one; None when the node asks for nothing."""
    if isinstance(node, Not):
        return None
    if isinstance(node, And | Or):
        parts = [_required(child, language) for child in node.children]
        asked = [keys for keys in parts if keys is not None]
        if isinstance(node, And):
            return min(asked, key=_commonness, default=None)
        return frozenset().union(*asked) if len(asked) == len(parts) else None
    return _leaf_keys(node, language)


@lru_cache(maxsize=1 << 16)
def _leaf_keys(leaf: Leaf, language: str) -> Keys:
    return _term_keys(term(leaf, language))


@lru_cache(maxsize=1 << 16)
def _word_keys(exact: str) -> tuple[str, ...]:
    """The keys by which a word is found from its parts."""
    if not any(map(takes_clitics, exact)):
        return (f"{exact[:_PREFIX]}*",)
    return (
        f"{exact[:_PREFIX]}*",
        *{f"~{exact[at : at + size]}" for size in _INSIDE for at in range(len(exact) - size + 1)},
    )


def _carried(passage: AnalysedPassage) -> Iterator[str]:
    yield from passage.places
    previous = None
    for token in passage.tokens:
        yield from _word_keys(token.exact)
        character = is_character(token.exact)
        if character and previous:
            yield previous + token.exact
        previous = token.exact if character else None


class RuleIndex:
    """All rules of a moment, ready to be asked about item after item.

    Raises QueryError when a query cannot be read. Not to be changed; make a new one.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple((rule, parse(rule.query)) for rule in rules)
        self._filed: dict[str, tuple[Mapping[str, list[int]], list[int]]] = {}

    def _in(self, language: str) -> tuple[Mapping[str, list[int]], list[int]]:
        """Rule numbers by key for texts of this language, and those to be asked always."""
        if language not in self._filed:
            by_key: dict[str, list[int]] = defaultdict(list)
            always: list[int] = []
            for number, (_, node) in enumerate(self._rules):
                keys = _required(node, language)
                for key in keys or ():
                    by_key[key].append(number)
                if keys is None:
                    always.append(number)
            self._filed[language] = dict(by_key), always
        return self._filed[language]

    def _candidates(self, analysed: Analysed) -> list[int]:
        by_key, always = self._in(analysed.language)
        numbers = set(always)
        for passage in (*((analysed.title,) if analysed.title else ()), *analysed.body):
            for key in _carried(passage):
                if key in by_key:
                    numbers.update(by_key[key])
        return sorted(numbers)

    def match(self, item: Item) -> tuple[Hit, ...]:
        """The rules that match the item, in the order they were given, each with its evidence."""
        analysed = analyse(item)
        hits = []
        for number in self._candidates(analysed):
            rule, node = self._rules[number]
            if applies(rule, item) and (evidence := evaluate(node, analysed)) is not None:
                hits.append(Hit(rule, evidence))
        return tuple(hits)
