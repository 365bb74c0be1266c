"""Why a rule does not match: what is wrong with the passage that comes nearest, in words.

A *fault* is one condition of the rule that a passage does not meet. The passage with the fewest faults is
the nearest miss; an item with exactly one, and a part of the rule in it, is a near miss.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf

from babel import Locale

from alerts.model import Field, Item, Rule
from alerts.rules.absence import absence
from alerts.rules.evaluate import Reading, analyse, language_of
from alerts.rules.lexicon import Concepts, Lexicon
from alerts.rules.near import fewest_between
from alerts.rules.proof import Place, shown
from alerts.rules.terms import AnalysedPassage, occurrences
from alerts.rules.tree import And, AtLeast, ConceptRef, InField, Near, Node, Not, Or, Phrase, Score, Word
from alerts.rules.writing import canonical

Unit = Sequence[AnalysedPassage]

_NOWHERE = " is nowhere in "
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """A condition, as a query has it, and a sentence about how it fails, without capital and full stop.

    ``begun``: a part of what the rule asks for is there, so that the item is near and not just another.
    """

    condition: str
    message: str
    begun: bool = False


def out_of_scope(rule: Rule, item: Item, language: str) -> Fault | None:
    """Why the rule does not look at the item at all; None when it does."""
    if rule.languages and language not in rule.languages:
        listed = ", ".join(rule.languages)
        return Fault("languages", f"the rule looks at {listed} only, and this item is in {language}")
    if rule.sources and item.source not in rule.sources:
        return Fault("sources", f"the rule does not look at items of {item.source or 'no source'}")
    return None


def faults(rule: Rule, node: Node, item: Item, concepts: Concepts) -> tuple[Fault, ...]:
    """What fails in the passage of the item that comes nearest; () when the rule matches.

    An item that the rule does not look at has one fault: that.
    """
    analysed = analyse(item)
    scope = out_of_scope(rule, item, analysed.language)
    if scope is not None:
        return (scope,)
    asked = _Asked(analysed, concepts)
    nearest = [tuple(dict.fromkeys(asked.faults(node, unit))) for unit in analysed.units]
    return min(nearest, key=_distance_from_matching)


def _distance_from_matching(found: Sequence[Fault]) -> tuple[bool, int]:
    """What matches is nearest, then what has begun, then what fails least."""
    return bool(found) and not any(fault.begun for fault in found), len(found)


def told(found: Sequence[Fault]) -> str:
    """Faults as one line."""
    return "; ".join(fault.message for fault in found)


def language_name(item: Item) -> str:
    """The language that the item is read in, in English: a wrong guess explains many a miss."""
    return _language(language_of(item))


def relaxed(node: Node) -> tuple[Node, ...]:
    """The rule with one of its conditions taken away or made easier: what near misses match.

    What would then hold for every text is left out.
    """
    return tuple(easier for easier in dict.fromkeys(_relaxed(node)) if absence(easier) is None)


def _relaxed(node: Node) -> Iterator[Node]:
    match node:
        case And():
            for at, child in enumerate(node.children):
                before, after = node.children[:at], node.children[at + 1 :]
                others = (*before, *after)
                yield others[0] if len(others) == 1 else And(others)
                for easier in _relaxed(child):
                    yield And((*before, easier, *after))
        case Or():
            for child in node.children:
                yield from _relaxed(child)
        case Near():
            yield from (And((node.left, node.right)), node.left, node.right)
        case Phrase() if " " in node.text:
            yield And(tuple(Word(word) for word in node.text.split()))
        case Word(exact=True):
            yield Word(node.text)
        case InField():
            yield node.child
        case AtLeast() if node.count > 1:
            yield AtLeast(node.count - 1, node.children)
        case _:
            return


class _Asked(Reading):
    """The item while the rule is asked what fails."""

    def faults(self, node: Node, where: Unit, place: str = "this passage") -> list[Fault]:
        if self.holds(node, where) is not None:
            return []
        match node:
            case And():
                return self._all(node, where, place)
            case Or():
                return self._none(node, [self.faults(child, where, place) for child in node.children], place)
            case Not():
                return [self._excluded(node, where)]
            case Near():
                return self._apart(node, where, place)
            case AtLeast():
                there = [child for child in node.children if self.holds(child, where) is not None]
                said = f"{len(there)} of the {node.count} that are needed are in {place}"
                return [Fault(canonical(node), said, bool(there))] * (node.count - len(there))
            case Score():
                held = sum(w for child, w in node.children if self.holds(child, where) is not None)
                said = f"the score is {held}, and {node.threshold} are needed"
                return [Fault(canonical(node), said, held > 0)]
            case InField():
                named = "this passage or its places" if node.field is Field.PLACE else f"the {node.field}"
                return self.faults(node.child, self._narrowed(node.field, where), named)
            case _:
                return [self._missing(node, place, where)]

    def _all(self, node: And, where: Unit, place: str) -> list[Fault]:
        found = [fault for child in node.children for fault in self.faults(child, where, place)]
        if any(self.holds(child, where) for child in node.children):
            return [replace(fault, begun=True) for fault in found]
        return found

    def _none(self, node: Or, several: Sequence[list[Fault]], place: str) -> list[Fault]:
        """What fails of an OR: the alternative that comes nearest, when one does."""
        if all(len(found) == 1 and found[0].message.endswith(_NOWHERE + place) for found in several):
            return [Fault(canonical(node), f"{_listed(node)}{_NOWHERE}{place}", several[0][0].begun)]
        return min(several, key=_distance_from_matching)

    def _excluded(self, node: Not, where: Unit) -> Fault:
        proof = self.holds(node.child, where)
        first = next(iter(shown(proof)), None) if proof else None
        by = f"“{first.text}”" if first else canonical(node.child)
        return Fault(canonical(node), f"excluded by {by}", begun=True)

    def _missing(self, node: Node, place: str, where: Unit) -> Fault:
        name, language = _called(node), self._analysed.language
        if isinstance(node, Phrase) and self._scattered(node, where):
            return Fault(canonical(node), f"the words of {name} are there, but not so", begun=True)
        if not isinstance(node, ConceptRef):
            return Fault(canonical(node), f"{name}{_NOWHERE}{place}")
        family = [self._concepts.lexicon(key, language) for key in self._concepts.family(node.key)]
        why = "" if any(lexicon.terms for lexicon in family) else f" (no terms in {_language(language)})"
        for taken in (taken for lexicon in family for taken in _taken(lexicon, where)):
            return Fault(canonical(node), f"“{taken}” does not count as {name}", begun=True)
        return Fault(canonical(node), f"{name}{_NOWHERE}{place}{why}")

    def _scattered(self, node: Phrase, where: Unit) -> bool:
        several = [Word(word) for word in node.text.split() if any(map(str.isalnum, word))]
        return len(several) > 1 and all(self.holds(word, where) is not None for word in several)

    def _apart(self, node: Near, where: Unit, place: str) -> list[Fault]:
        left, right = _called(node.left), _called(node.right)
        here = [
            (passage, self.places(node.left, passage), self.places(node.right, passage)) for passage in where
        ]
        no_left = not any(lefts for _, lefts, _ in here)
        no_right = not any(rights for _, _, rights in here)
        if no_left and no_right:
            return [*self._none_of(node.left, where, place), *self._none_of(node.right, where, place)]
        if no_left or no_right:
            there, missing = (right, node.left) if no_left else (left, node.right)
            (fault,) = self._none_of(missing, where, place)[:1]
            return [Fault(fault.condition, f"{there} is there, {fault.message}", begun=True)]
        return [Fault(canonical(node), self._distance(node, here, left, right), begun=True)]

    def _none_of(self, node: Node, where: Unit, place: str) -> list[Fault]:
        """What is missing of a side of NEAR."""
        return self.faults(node, where, place) or [
            Fault(canonical(node), f"{_called(node)} is not in one place")
        ]

    def _distance(
        self,
        node: Near,
        here: Sequence[tuple[AnalysedPassage, Sequence[Place], Sequence[Place]]],
        left: str,
        right: str,
    ) -> str:
        name = f"{'ONEAR' if node.ordered else 'NEAR'}/{node.distance}"
        in_order = [fewest_between(lefts, rights, passage) for passage, lefts, rights in here]
        turned = [fewest_between(rights, lefts, passage) for passage, lefts, rights in here]
        if min(in_order + turned) == inf:
            lefts = next(passage.field for passage, found, _ in here if found)
            rights = next(passage.field for passage, _, found in here if found)
            if lefts == rights:
                return f"{left} and {right} are the same words here"
            return f"{left} is in the {lefts} and {right} in the {rights}; {name} wants them in one"
        fewest = min(in_order if node.ordered else in_order + turned)
        if fewest == inf:
            return f"{right} comes before {left}, and {name} wants it after"
        words = round(fewest)
        return f"no {right} near {left}: they are {words} words apart, {name} allows {node.distance}"


def _taken(lexicon: Lexicon, where: Unit) -> Iterator[str]:
    """Words in which a term of the concept stands, and that are something else."""
    for passage in where:
        if any(occurrences(term, passage) for term in lexicon.terms):
            for blocker in lexicon.blockers:
                for first, last in occurrences(blocker, passage):
                    yield passage.text[passage.tokens[first].start : passage.tokens[last].end]


def _listed(node: Or) -> str:
    """The alternatives, or how many more there are than one wants to read."""
    named = [_called(child) for child in node.children[:_MOST_NAMED]]
    more = len(node.children) - len(named)
    return " or ".join(named) + (f" or {more} more" if more else "")


def _called(node: Node) -> str:
    return f"“{node.text}”" if isinstance(node, Word) and node == Word(node.text) else canonical(node)


def _language(code: str) -> str:
    return str(Locale("en").languages.get(code, "an unknown language" if code == "und" else code))
