"""What a rule means.

A rule holds within one passage: the title, or one paragraph together with the title. So a page about
twenty countries does not join the missile of one to the launch of another. A word, phrase or concept
holds where it stands, and a phrase or NEAR lies within the title or within the paragraph; AND holds when
all its parts hold in the same passage, OR when one does, NOT when its part does not. When there are
paragraphs the title alone is not asked, or what NOT excludes could hide in the first paragraph.

``field:`` narrows its part to one field: to the title, or the paragraph when it is of that field, or to
what the item says of itself (source, author, …). ``place:`` also reads the words: a place is where the
text names it or the feed tags it.

The evidence is every place that made the rule true: the words and phrases of the parts that held, in
all passages in which the whole rule held.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from alerts.language.codes import primary
from alerts.language.passages import Passage, passages
from alerts.model import Evidence, Field, Item, Rule
from alerts.rules.lexicon import NO_CONCEPTS, Concepts, places_of
from alerts.rules.near import near
from alerts.rules.proof import Place, Proof, Together, shown, together
from alerts.rules.terms import AnalysedPassage, Span, analysed_passage, occurrences, term
from alerts.rules.tree import And, AtLeast, ConceptRef, InField, Near, Node, Not, Or, Phrase, Score, Word

WORDS = (Field.TITLE, Field.SUMMARY, Field.TEXT)
"""The fields that a term without ``field:`` reads."""


@dataclass(frozen=True)
class Analysed:
    """An item cut and folded, ready for any number of rules."""

    item: Item
    language: str

    @cached_property
    def units(self) -> tuple[tuple[AnalysedPassage, ...], ...]:
        """What a rule must hold within: the title and one paragraph, for each paragraph; else the title."""
        cut = [self._cut(passage) for passage in passages(self.item)]
        if len(cut) < 2 or cut[0].field is not Field.TITLE:
            return tuple((part,) for part in cut) or ((),)
        return tuple((cut[0], part) for part in cut[1:])

    def _cut(self, passage: Passage) -> AnalysedPassage:
        text = self.item[passage.field]
        return analysed_passage(passage.field, text, passage.start, passage.end, self.language)

    def said_of_itself(self, field: Field) -> tuple[AnalysedPassage, ...]:
        """The values of a field other than the words, each a passage."""
        known = self._values.get(field)
        if known is None:
            known = self._values[field] = tuple(self._value_passages(field))
        return known

    def _value_passages(self, field: Field) -> Iterable[AnalysedPassage]:
        text, at = self.item[field], 0
        for line in text.splitlines(keepends=True):
            yield analysed_passage(field, text, at, at + len(line), self.language)
            at += len(line)

    _values: dict[Field, tuple[AnalysedPassage, ...]] = field(default_factory=dict, compare=False, repr=False)


def language_of(item: Item) -> str:
    """ISO 639 code of the item's language, ``und`` when it has none."""
    return primary(item.language or "und")


def analyse(item: Item) -> Analysed:
    """Cut an item into passages and tokens, in the language it says it is in."""
    return Analysed(item, language_of(item))


def applies(rule: Rule, item: Item) -> bool:
    """Whether the rule looks at items of this language and source at all."""
    in_language = not rule.languages or language_of(item) in rule.languages
    return in_language and (not rule.sources or item.source in rule.sources)


_NOTHING = Together(())


class Reading:
    """One item while rules are asked of it; remembers where words and concepts stand."""

    def __init__(self, analysed: Analysed, concepts: Concepts) -> None:
        self._analysed = analysed
        self._concepts = concepts
        self._known: dict[tuple[Node, int], tuple[Sequence[Place], Proof | None]] = {}

    def evidence(self, node: Node) -> tuple[Evidence, ...] | None:
        """Why a rule matches, in reading order and each place once; None when it does not."""
        holding = [proof for unit in self._analysed.units if (proof := self.holds(node, unit)) is not None]
        return shown(together(holding)) if holding else None

    def holds(self, node: Node, where: Sequence[AnalysedPassage]) -> Proof | None:
        """What shows a node within these passages; None when it does not hold."""
        match node:
            case And():
                parts = []
                for child in node.children:
                    if (part := self.holds(child, where)) is None:
                        return None
                    parts.append(part)
                return together(parts)
            case Not():
                return _NOTHING if self.holds(node.child, where) is None else None
            case Or() | AtLeast():
                parts = [part for child in node.children if (part := self.holds(child, where)) is not None]
                return (
                    together(parts)
                    if len(parts) >= (node.count if isinstance(node, AtLeast) else 1)
                    else None
                )
            case Score():
                held = [
                    (part, w) for child, w in node.children if (part := self.holds(child, where)) is not None
                ]
                reached = sum(weight for _, weight in held) >= node.threshold
                return together([part for part, weight in held if weight > 0]) if reached else None
            case InField():
                return self.holds(node.child, self._narrowed(node.field, where))
            case _:
                parts = [proof for each in where if (proof := self._standing(node, each)[1]) is not None]
                return together(parts) if parts else None

    def _standing(self, node: Node, where: AnalysedPassage) -> tuple[Sequence[Place], Proof | None]:
        """Where a node stands in a passage, and what shows it: one proof for all units of the passage."""
        key = node, id(where)  # every passage lives as long as the item analysed
        known = self._known.get(key)
        if known is None:
            places = tuple(self._find(node, where))
            proof = together([place.proof for place in places]) if places else None
            known = self._known[key] = places, proof
        return known

    def _narrowed(self, field: Field, where: Sequence[AnalysedPassage]) -> Sequence[AnalysedPassage]:
        if field in WORDS:
            return [passage for passage in where if passage.field is field]
        said = self._analysed.said_of_itself(field)
        return (*where, *said) if field is Field.PLACE else said

    def places(self, node: Node, where: AnalysedPassage) -> Sequence[Place]:
        """Where a word, phrase, concept, NEAR, or OR of these stands in a passage."""
        return self._standing(node, where)[0]

    def _find(self, node: Node, where: AnalysedPassage) -> Iterable[Place]:
        match node:
            case Word() | Phrase():
                wanted = term(node, self._analysed.language)
                for span in occurrences(wanted, where):
                    yield _place(where, span, wanted.text)
            case ConceptRef():
                for key in self._concepts.family(node.key):
                    lexicon = self._concepts.lexicon(key, self._analysed.language)
                    for span, found in places_of(lexicon, where):
                        yield _place(where, span, found.text, key)
                    if where.field is Field.PLACE and [t.exact for t in where.tokens] == [key]:
                        yield _place(where, (0, 0), key, key)  # a feed tags places by their codes
            case Or():
                for child in node.children:
                    yield from self.places(child, where)
            case Near():
                yield from near(node, self.places(node.left, where), self.places(node.right, where), where)
            case _:
                raise TypeError(f"{type(node).__name__} has no place")  # the parser lets none through


def _place(where: AnalysedPassage, span: Span, wanted: str, concept: str = "") -> Place:
    start, end = where.tokens[span[0]].start, where.tokens[span[1]].end
    return Place(span, Evidence(where.field, start, end, where.text[start:end], wanted, concept))


def evaluate(node: Node, analysed: Analysed, concepts: Concepts = NO_CONCEPTS) -> tuple[Evidence, ...] | None:
    """Why the rule matches this item, in reading order and each place once; None when it does not."""
    return Reading(analysed, concepts).evidence(node)
