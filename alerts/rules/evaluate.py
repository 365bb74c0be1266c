"""What a rule means.

A rule holds within one passage: the title, or one paragraph together with the title. So a page about
twenty countries does not join the missile of one to the launch of another. A word or phrase holds where
it stands, and a phrase lies within the title or within the paragraph; AND holds when all its parts hold
in the same passage, OR when one does, NOT when its part does not. When there are paragraphs the title
alone is not asked, or what NOT excludes could hide in the first paragraph.

The evidence is every place that made the rule true: the words and phrases of the parts that held, in
all passages in which the whole rule held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from alerts.language.passages import Passage, passages
from alerts.language.tokens import Token, takes_clitics, tokens
from alerts.model import Evidence, Field, Item, Rule
from alerts.rules.query import And, Leaf, Node, Not, Or
from alerts.rules.terms import AnalysedPassage, occurrences, term

_READING_ORDER = {field: place for place, field in enumerate(Field)}


@dataclass(frozen=True, slots=True)
class Analysed:
    """An item cut and folded, ready for any number of rules."""

    item: Item
    language: str
    title: AnalysedPassage | None
    body: tuple[AnalysedPassage, ...]


def language_of(item: Item) -> str:
    """ISO 639 code of the item's language, ``und`` when it has none."""
    return (item.language or "und").replace("_", "-").partition("-")[0].lower()


def _analysed(item: Item, passage: Passage, language: str) -> AnalysedPassage:
    text, shift = item[passage.field], passage.start
    found = tokens(text[passage.start : passage.end], language)
    if shift:
        found = tuple(Token(t.exact, t.stem, t.start + shift, t.end + shift) for t in found)
    places: dict[str, list[int]] = defaultdict(list)
    for at, token in enumerate(found):
        places[token.exact].append(at)
        if token.stem != token.exact:
            places[token.stem].append(at)
    clitic = tuple(at for at, token in enumerate(found) if takes_clitics(token.exact))
    return AnalysedPassage(passage, text, found, dict(places), clitic)


def analyse(item: Item) -> Analysed:
    """Cut an item into passages and tokens, in the language it says it is in."""
    language = language_of(item)
    cut = [_analysed(item, passage, language) for passage in passages(item)]
    title = cut[0] if cut and cut[0].passage.field is Field.TITLE else None
    return Analysed(item, language, title, tuple(cut[1:] if title else cut))


def applies(rule: Rule, item: Item) -> bool:
    """Whether the rule looks at items of this language and source at all."""
    in_language = not rule.languages or language_of(item) in rule.languages
    return in_language and (not rule.sources or item.source in rule.sources)


class _Reading:
    """One item while one rule is asked of it; remembers what the title holds, as every passage asks."""

    def __init__(self, analysed: Analysed) -> None:
        self._analysed = analysed
        self._in_title: dict[Leaf, frozenset[Evidence]] = {}

    def holds(self, node: Node, where: Sequence[AnalysedPassage]) -> frozenset[Evidence] | None:
        """The evidence for a node in one passage and the title; None when it does not hold."""
        if isinstance(node, And):
            found: frozenset[Evidence] = frozenset()
            for child in node.children:
                part = self.holds(child, where)
                if part is None:
                    return None
                found |= part
            return found
        if isinstance(node, Or):
            parts = [part for child in node.children if (part := self.holds(child, where)) is not None]
            return frozenset().union(*parts) if parts else None
        if isinstance(node, Not):
            return frozenset() if self.holds(node.child, where) is None else None
        places = [found for passage in where if (found := self._places(node, passage))]
        return frozenset().union(*places) if places else None

    def _places(self, leaf: Leaf, where: AnalysedPassage) -> frozenset[Evidence]:
        if where is self._analysed.title and leaf in self._in_title:
            return self._in_title[leaf]
        wanted = term(leaf, self._analysed.language)
        places = frozenset(
            Evidence(where.passage.field, start, end, where.text[start:end], wanted.text)
            for start, end in occurrences(wanted, where)
        )
        if where is self._analysed.title:
            self._in_title[leaf] = places
        return places


def evaluate(node: Node, analysed: Analysed) -> tuple[Evidence, ...] | None:
    """Why the rule matches this item, in reading order and each place once; None when it does not."""
    reading = _Reading(analysed)
    title = (analysed.title,) if analysed.title else ()
    passages_to_ask = [(*title, part) for part in analysed.body] or [title]
    holding = [found for where in passages_to_ask if (found := reading.holds(node, where)) is not None]
    if not holding:
        return None
    evidence = frozenset().union(*holding)
    return tuple(sorted(evidence, key=lambda e: (_READING_ORDER[e.field], e.start, e.end, e.term)))
