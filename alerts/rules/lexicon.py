"""Concepts as they meet texts: the terms of each in a language, and what takes words away from them.

What never counts as a concept blocks it: its own exclusions, and longer terms of its siblings, so that
*Papua New Guinea* is no place of Guinea. A term is blocked where it lies within such a place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from alerts.model import Concept, Terms
from alerts.rules.concepts import EVERY_LANGUAGE, term_leaves
from alerts.rules.terms import AnalysedPassage, Meets, Piece, Run, Span, Term, concept_term, occurrences

_LOOKED_UP = (Meets.STEM, Meets.EXACT, Meets.CHARACTER)


@dataclass(frozen=True)
class Lexicon:
    """One concept, without its children, in one language."""

    terms: tuple[Term, ...]
    blockers: tuple[Term, ...]

    def possible(self, where: AnalysedPassage) -> Iterator[Term]:
        """The terms that may stand in a passage: a short one is not asked for thousands of terms."""
        first = self._by_first_form
        return map(self.terms.__getitem__, sorted(first[""].union(*(first.get(f, ()) for f in where.places))))

    @cached_property
    def _by_first_form(self) -> Mapping[str, set[int]]:
        """Numbers of terms by the forms of their first pieces; under "" those that no form tells."""
        numbers: dict[str, set[int]] = {"": set()}
        for number, term in enumerate(self.terms):
            for first in (run[0] for run in term.runs):
                for form in first.forms if first.meets in _LOOKED_UP else ("",):
                    numbers.setdefault(form, set()).add(number)
        return numbers


def _in(terms: Terms, language: str, concept: str) -> tuple[Term, ...]:
    found = dict(terms)
    return tuple(
        concept_term(text, term_leaves(text), language, concept)
        for spoken in dict.fromkeys((language, EVERY_LANGUAGE))
        for text in found.get(spoken, ())
    )


def _met_within(ours: Piece, theirs: Piece) -> bool:
    inside = ours.meets is Meets.INSIDE and ours.exact in theirs.exact
    return inside or not set(ours.forms).isdisjoint(theirs.forms)


def _longer(theirs: Run, ours: Run) -> bool:
    """Whether wherever ``theirs`` stands, ``ours`` may stand on a part of its words."""
    if theirs == ours or len(theirs) < len(ours) or (len(theirs) == len(ours) and len(ours) > 1):
        return False
    return any(
        all(map(_met_within, ours, theirs[at : at + len(ours)]))
        for at in range(len(theirs) - len(ours) + 1)
        if len(theirs) > len(ours) or len(theirs[0].exact) > len(ours[0].exact)
    )


class Concepts:
    """All concepts of a moment. Not to be changed; make a new one."""

    def __init__(self, concepts: Iterable[Concept] = ()) -> None:
        self._concepts = {concept.key: concept for concept in concepts}
        self._lexicons: dict[tuple[str, str], Lexicon] = {}
        self._longer_terms: dict[tuple[str, str], Mapping[str, list[Term]]] = {}

    @cached_property
    def by_key(self) -> Mapping[str, Concept]:
        return self._concepts

    @cached_property
    def _children(self) -> Mapping[str, list[str]]:
        children: dict[str, list[str]] = defaultdict(list)
        for concept in self._concepts.values():
            children[concept.parent].append(concept.key)
        return children

    def with_one(self, concept: Concept) -> Concepts:
        """The same with this concept in place of the one of its key. What was compiled of those that it does
        not compete with is kept."""
        then = Concepts({**self._concepts, concept.key: concept}.values())
        known = self._concepts.get(concept.key, concept)
        parents = {known.parent, concept.parent} - {""}
        for (key, language), lexicon in list(self._lexicons.items()):
            if key != concept.key and self._concepts[key].parent not in parents:
                then._lexicons[key, language] = lexicon
        return then

    def family(self, key: str) -> Iterator[str]:
        """The concept itself, then its children and theirs. Raises KeyError when there is no such concept."""
        waiting = [self._concepts[key].key]
        while waiting:
            member = waiting.pop()
            yield member
            waiting += reversed(self._children.get(member, ()))

    def lexicon(self, key: str, language: str) -> Lexicon:
        """The terms of one concept (its children apart) for texts of this language."""
        known = self._lexicons.get((key, language))
        if known is None:
            concept = self._concepts[key]
            terms = _in(concept.terms, language, key)
            blockers = (*_in(concept.exclude, language, key), *self._rivals(concept, terms, language))
            known = self._lexicons[key, language] = Lexicon(terms, blockers)
        return known

    def _rivals(self, concept: Concept, terms: tuple[Term, ...], language: str) -> Iterator[Term]:
        """Terms of siblings on whose words a term of this concept may stand."""
        if not concept.parent:
            return
        by_piece = self._pieces_of_siblings(concept.parent, language)
        seen: set[Term] = set()
        for run in (run for term in terms for run in term.runs):
            keys = [run[0].exact] if run[0].meets is Meets.INSIDE else run[0].forms
            for rival in (rival for key in keys for rival in by_piece.get(key, ())):
                other = rival.concept != concept.key and rival not in seen
                if other and any(_longer(theirs, run) for theirs in rival.runs):
                    seen.add(rival)
                    yield rival

    def _pieces_of_siblings(self, parent: str, language: str) -> Mapping[str, list[Term]]:
        """The terms of all children of a parent, by the forms of their pieces; for words that may stand
        inside others, by every part of them."""
        known = self._longer_terms.get((parent, language))
        if known is None:
            by_piece: dict[str, list[Term]] = defaultdict(list)
            for key in self._children[parent]:
                for term in _in(self._concepts[key].terms, language, key):
                    for form in {form for run in term.runs for piece in run for form in _found_by(piece)}:
                        by_piece[form].append(term)
            known = self._longer_terms[parent, language] = dict(by_piece)
        return known


NO_CONCEPTS = Concepts()


def _found_by(piece: Piece) -> Iterable[str]:
    if piece.meets is not Meets.INSIDE:
        return piece.forms
    exact = piece.exact
    parts = {exact[a:b] for a in range(len(exact)) for b in range(a + 1, len(exact) + 1)}
    return parts.union(piece.forms)


def places_of(lexicon: Lexicon, where: AnalysedPassage) -> list[tuple[Span, Term]]:
    """Where a concept stands in a passage: no blocked place, and of nested places the longest one."""
    found = [(span, term) for term in lexicon.possible(where) for span in occurrences(term, where)]
    if not found:
        return []
    taken = sorted((span for term in lexicon.blockers for span in occurrences(term, where)), reverse=True)
    taken_to = -1
    kept: list[tuple[Span, Term]] = []
    for (first, last), term in sorted(found, key=lambda place: (place[0][0], -place[0][1])):
        while taken and taken[-1][0] <= first:
            taken_to = max(taken_to, taken.pop()[1])
        inside = last <= taken_to
        nested = kept and kept[-1][0][0] <= first and last <= kept[-1][0][1]
        if not inside and not nested:
            kept.append(((first, last), term))
    return kept
