"""Many rules at once: the answers of ``evaluate``, without asking every rule.

Each rule demands keys of every text that it matches: one of those of each word, for AND what all parts
demand, for OR what one part does. It is filed under those of its rarest part (for OR: of all parts). A text
is asked for its keys; the rules filed under them whose whole demand is met are evaluated. A key may
therefore promise too much, never too little.

Keys: the exact form and the stem of a word, the first letters of ``word*``, two neighbouring characters
of a script without spaces, a few letters of a word of Arabic or Hebrew script.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from alerts.language.tokens import is_character, takes_clitics
from alerts.model import Hit, Item, Rule
from alerts.rules.evaluate import Analysed, analyse, applies, evaluate
from alerts.rules.query import And, Leaf, Node, Not, Or, parse
from alerts.rules.terms import AnalysedPassage, Meets, Piece, term

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


class _All(tuple["Demand", ...]):
    """Every part must be met. Met by any text when there are none."""


class _Either(tuple["Demand", ...]):
    """One part must be met."""


Demand: TypeAlias = Keys | _All | _Either


def _met(demand: Demand, carried: Set[str]) -> bool:
    if isinstance(demand, frozenset):
        return not demand.isdisjoint(carried)
    if isinstance(demand, _All):
        return all(_met(part, carried) for part in demand)
    return any(_met(part, carried) for part in demand)


@lru_cache(maxsize=1 << 16)
def _term_demand(leaf: Leaf, language: str) -> _All:
    pieces = term(leaf, language).pieces
    pairs = [
        frozenset((first.exact + second.exact,))
        for first, second in pairwise(pieces)
        if first.meets is second.meets is Meets.CHARACTER
    ]
    return _All((*map(_piece_keys, pieces), *pairs))


def _demand(node: Node, language: str) -> Demand:
    """What every text of this language that the node matches carries."""
    if isinstance(node, Not):
        return _All()
    if isinstance(node, And | Or):
        parts = [_demand(child, language) for child in node.children]
        return _All(parts) if isinstance(node, And) else _Either(parts)
    return _term_demand(node, language)


def _keys_of(demand: Demand) -> Iterator[str]:
    if isinstance(demand, frozenset):
        yield from demand
    else:
        for part in demand:
            yield from _keys_of(part)


def _commonness(keys: Keys, rules: Mapping[str, int]) -> float:
    """A guess, for want of a corpus: short keys are common in the news, and so is what many rules ask for."""
    return sum(rules[key] / len(key) ** 3 for key in keys)


def _rarest(demand: Demand, rules: Mapping[str, int]) -> Keys | None:
    """Keys of which a text that meets the demand carries one; None when it may carry anything.

    ``rules`` says how many rules ask for a key.
    """
    if isinstance(demand, frozenset):
        return demand
    parts = [_rarest(part, rules) for part in demand]
    asked = [keys for keys in parts if keys is not None]
    if isinstance(demand, _All):
        return min(asked, key=lambda keys: _commonness(keys, rules), default=None)
    return frozenset().union(*asked) if len(asked) == len(parts) else None


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


@dataclass(frozen=True, slots=True)
class _Filed:
    """All rules for texts of one language, by their numbers: what each demands, those filed under each
    key, and those to be looked at always."""

    demands: Sequence[Demand]
    by_key: Mapping[str, Sequence[int]]
    always: Sequence[int]


class RuleIndex:
    """All rules of a moment, ready to be asked about item after item.

    Raises QueryError when a query cannot be read. Not to be changed; make a new one.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple((rule, parse(rule.query)) for rule in rules)
        self._filed: dict[str, _Filed] = {}

    def _in(self, language: str) -> _Filed:
        if language not in self._filed:
            demands = tuple(_demand(node, language) for _, node in self._rules)
            asking = Counter(key for demand in demands for key in _keys_of(demand))
            by_key: dict[str, list[int]] = defaultdict(list)
            always: list[int] = []
            for number, demand in enumerate(demands):
                keys = _rarest(demand, asking)
                for key in keys or ():
                    by_key[key].append(number)
                if keys is None:
                    always.append(number)
            self._filed[language] = _Filed(demands, dict(by_key), always)
        return self._filed[language]

    def _candidates(self, analysed: Analysed) -> list[int]:
        filed = self._in(analysed.language)
        carried = {
            key
            for passage in (*((analysed.title,) if analysed.title else ()), *analysed.body)
            for key in _carried(passage)
        }
        numbers = set(filed.always)
        for key in carried & filed.by_key.keys():
            numbers.update(filed.by_key[key])
        return sorted(number for number in numbers if _met(filed.demands[number], carried))

    def match(self, item: Item) -> tuple[Hit, ...]:
        """The rules that match the item, in the order they were given, each with its evidence."""
        analysed = analyse(item)
        hits = []
        for number in self._candidates(analysed):
            rule, node = self._rules[number]
            if applies(rule, item) and (evidence := evaluate(node, analysed)) is not None:
                hits.append(Hit(rule, evidence))
        return tuple(hits)
