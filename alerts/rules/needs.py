"""What a rule needs: the same rule as sets of atoms that a text must or must not have.

An *atom* is a word, phrase or concept in certain fields; a text either has it or not. A need is a set of
*slots*, each met by one of its atoms (or, when it says *absent*, by none). The slots never ask more than
the rule does. They ask less where the rule says how things stand to one another (NEAR, SCORE, a concept
that longer words take away); such a need names its *doubts*: a text without any of these atoms matches
exactly when the slots are met, a text with one must be read by ``evaluate``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from operator import or_
from typing import TypeAlias

from alerts.language.tokens import is_character, tokens
from alerts.model import Field
from alerts.rules.evaluate import WORDS
from alerts.rules.terms import Meets, is_delicate, term
from alerts.rules.tree import And, AtLeast, ConceptRef, InField, Near, Node, Not, Or, Phrase, Score, Word

BITS = {field: 1 << place for place, field in enumerate(Field)}
"""The fields an atom listens to, as a set of bits."""

ALL_WORDS = reduce(or_, (BITS[field] for field in WORDS))
_MOST_ALTERNATIVES = 32
_MOST_TOGETHER = 64
"""Pairs of words of one NEAR that are atoms; more are left to ``evaluate``."""


@dataclass(frozen=True, slots=True)
class Blockers:
    """Whatever takes words away from a concept."""

    key: str


@dataclass(frozen=True, slots=True)
class Tag:
    """The key of a place concept, or of a child of it, among the places that a feed gives an item."""

    key: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two words with at most ``distance`` words between them; ``ordered``: the left one first."""

    left: Word
    right: Word
    distance: int
    ordered: bool


class Always(Enum):
    """What a text has whatever its words are."""

    ANYTHING = "every text"
    LOOSE = "a text whose words do not lie one after the other: with joined words, or characters"


@dataclass(frozen=True, slots=True)
class Atom:
    """Something a text has or has not, in one of the fields of ``fields`` (see BITS)."""

    what: Word | Phrase | Pair | ConceptRef | Blockers | Tag | Always
    fields: int


ANYTHING = Atom(Always.ANYTHING, 0)
LOOSE = Atom(Always.LOOSE, 0)


@dataclass(frozen=True, slots=True)
class Slot:
    """Met by a text that has one of the atoms; when ``absent``, by one that has none of them."""

    atoms: frozenset[Atom]
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """What a text must have for the rule to hold, and what makes that uncertain."""

    slots: tuple[Slot, ...]
    doubts: frozenset[Atom] = frozenset()


_SURE: frozenset[Atom] = frozenset()
_UNSURE = frozenset((ANYTHING,))
Needs: TypeAlias = tuple[Need, ...]


def needs(node: Node, fields: int = ALL_WORDS) -> Needs:
    """The needs of a rule, of which one must be met for it to hold."""
    if isinstance(node, InField):
        return needs(node.child, _narrowed(fields, node.field))
    if isinstance(node, Or) and _either(whole := [_need(child, fields) for child in node.children]) is None:
        several = tuple(part for child in node.children for part in needs(child, fields))
        return several if len(several) <= _MOST_ALTERNATIVES else (_one_of(whole),)
    return (_need(node, fields),)


def _narrowed(fields: int, field: Field) -> int:
    if field in WORDS:
        return fields & BITS[field]
    return (fields | BITS[field]) if field is Field.PLACE else BITS[field]


def _need(node: Node, fields: int) -> Need:
    match node:
        case Word() | Phrase():
            return _leaf(node, fields)
        case ConceptRef():
            return _concept(node, fields)
        case InField():
            return _need(node.child, _narrowed(fields, node.field))
        case And():
            return _all([_need(child, fields) for child in node.children])
        case Near():
            return _near(node, fields)
        case Not():
            return _absent(_need(node.child, fields))
        case Or():
            return _one_of([_need(child, fields) for child in node.children])
        case AtLeast():
            parts = [_need(child, fields) for child in node.children]
            return _all(parts) if node.count == len(parts) else _superset(parts)
        case Score() if node.threshold <= 0:
            return Need((), _UNSURE)  # nothing need be there
        case Score():
            return _superset([_need(child, fields) for child, weight in node.children if weight > 0])


def _leaf(leaf: Word | Phrase, fields: int) -> Need:
    if isinstance(leaf, Phrase) and leaf.slop:
        runs = term(leaf, "und").runs
        pieces = [piece for piece in runs[0] if piece.meets is not Meets.CHARACTER and len(runs) == 1]
        single = (piece.exact for piece in pieces if _is_single(piece.exact))  # ½ folds to three
        words = (frozenset((Atom(Phrase(exact), fields),)) for exact in single)
        return Need(tuple(map(Slot, words)), _UNSURE)
    atom = frozenset((Atom(leaf, fields),))
    delicate = not leaf.text.isascii() and any(map(is_delicate, term(leaf, "und").runs))
    return Need((Slot(atom),), atom if delicate else _SURE)


def _concept(ref: ConceptRef, fields: int) -> Need:
    atoms = {Atom(ref, fields)}
    doubts = {Atom(Blockers(ref.key), fields)}
    if fields & BITS[Field.PLACE]:
        tagged = Atom(Tag(ref.key), BITS[Field.PLACE])
        atoms.add(tagged)
        doubts.add(tagged)
    return Need((Slot(frozenset(atoms)),), frozenset(doubts))


def _near(node: Near, fields: int) -> Need:
    """Sure for single words, but where one text's words do not lie one after the other."""
    left, right = _single_words(node.left), _single_words(node.right)
    if left is None or right is None or len(left) * len(right) > _MOST_TOGETHER:
        both = _all([_need(child, fields) for child in (node.left, node.right)])
        return Need(both.slots, _UNSURE)
    pairs = (Pair(a, b, node.distance, node.ordered) for a in left for b in right)
    return Need((Slot(frozenset(Atom(pair, fields) for pair in pairs)),), frozenset((LOOSE,)))


def _single_words(node: Node) -> list[Word] | None:
    """The words of one word, or of an OR of them; None when a term has several pieces or characters."""
    leaves = node.children if isinstance(node, Or) else (node,)
    words = [leaf for leaf in leaves if isinstance(leaf, Word) and _is_single(leaf.text)]
    return words if len(words) == len(leaves) else None


def _is_single(text: str) -> bool:
    if text.isascii() and text.isalnum():
        return True
    found = tokens(text, "und")
    return len(found) == 1 and not is_character(found[0].exact)


def _all(parts: Sequence[Need]) -> Need:
    slots = dict.fromkeys(slot for part in parts for slot in part.slots)
    return Need(tuple(slots), _SURE.union(*(part.doubts for part in parts)))


def _present(need: Need) -> Slot | None:
    """One slot that needs something present, that of the fewest atoms."""
    return min(
        (slot for slot in need.slots if not slot.absent), key=lambda slot: len(slot.atoms), default=None
    )


def _either(parts: Sequence[Need]) -> Need | None:
    """Any of parts that are each a single slot of things present, as one slot; None when they are not."""
    if any(len(part.slots) != 1 or part.slots[0].absent for part in parts):
        return None
    atoms = frozenset(atom for part in parts for atom in part.slots[0].atoms)
    return Need((Slot(atoms),), _SURE.union(*(part.doubts for part in parts)))


def _superset(parts: Sequence[Need]) -> Need:
    """What any of the parts needs: one slot with something of each."""
    slots = [_present(part) for part in parts]
    if any(slot is None for slot in slots):
        return Need((), _UNSURE)
    return Need((Slot(frozenset(atom for slot in slots if slot for atom in slot.atoms)),), _UNSURE)


def _one_of(parts: Sequence[Need]) -> Need:
    return _either(parts) or _superset(parts)


def _absent(need: Need) -> Need:
    slot = _present(need)
    if slot is None:
        return Need((), _UNSURE)
    if need.slots == (slot,) and not need.doubts:
        return Need((Slot(slot.atoms, absent=True),))
    return Need((), slot.atoms)
