"""Many rules at once: the answers of ``evaluate``, without asking every rule.

Rules are compiled into segments of flat arrays (see ``segment``, which has the drawing). Most rules are
decided there for 64 texts at once; of the others the segment says which texts they may match, and
``evaluate`` reads those. The same code asks many rules about one item and one rule about many items.

An index is never changed: ``edited`` gives a new one that shares the segments of the old. What is edited
goes into small segments, so that an edit is seen by the next item however many rules there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from alerts.model import Evidence, Hit, Item, Rule
from alerts.rules.batches import batches
from alerts.rules.dialect import collecting_no_garbage
from alerts.rules.evaluate import Reading, analyse, applies
from alerts.rules.lexicon import NO_CONCEPTS, Concepts
from alerts.rules.needs import needs
from alerts.rules.query import check_concepts, parse
from alerts.rules.segment import Batch, Masks, Places, Segment
from alerts.rules.tree import Node

_EDITS = 64
"""Rules in the last small segment: what an edit compiles again."""

_MANY_EDITS = 32
"""Small segments from which on reading them costs more than compiling everything anew."""

Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Met:
    """Pairs of an item and a rule, both by number, and whether that is sure; by item, each pair once."""

    items: Places
    rules: Places
    sure: Flags


@dataclass(frozen=True, slots=True)
class _Part:
    """A segment, its rules by their numbers there, those still in force, and those of some items only."""

    segment: Segment
    rules: npt.NDArray[np.object_]
    trees: Sequence[Node]
    numbers: Mapping[str, int]
    in_force: Flags
    scoped: Flags

    @staticmethod
    def of(rules: Sequence[Rule], concepts: Concepts) -> _Part:
        with collecting_no_garbage():
            return _Part._of(rules, concepts)

    @staticmethod
    def _of(rules: Sequence[Rule], concepts: Concepts) -> _Part:
        trees = [parse(rule.query) for rule in rules]
        for rule, tree in zip(rules, trees, strict=True):
            check_concepts(tree, concepts.by_key, rule.query)
        listed = np.empty(len(rules), np.object_)
        listed[:] = rules
        return _Part(
            segment=Segment(map(needs, trees), concepts),
            rules=listed,
            trees=trees,
            numbers={rule.key: number for number, rule in enumerate(rules)},
            in_force=np.ones(len(rules), np.bool_),
            scoped=np.array([bool(rule.languages or rule.sources) for rule in rules], np.bool_),
        )

    def without(self, keys: Collection[str]) -> _Part:
        """The part with the rules of these keys no longer in force."""
        leaving = [number for key in keys if (number := self.numbers.get(key)) is not None]
        if not leaving:
            return self
        in_force = self.in_force.copy()
        in_force[leaving] = False
        return replace(self, in_force=in_force)

    def met_by(self, read: Iterable[Batch]) -> _Met:
        """The rules in force that hold, or may hold, for items of these batches."""
        found: list[Places] = [np.zeros(0, np.intp)]
        for batch in read:
            met = self.segment.candidates(batch)
            entry, unit = _members(met.units)
            rule = met.rules[entry].astype(np.intp)
            pair = np.array(batch.items)[unit] * len(self.rules) + rule
            unsure = ~(met.sure[entry] >> unit.astype(np.uint64)) & np.uint64(1)
            found.append((pair * 2 + unsure.astype(np.intp))[self.in_force[rule]])
        pairs = np.sort(np.concatenate(found))  # of a pair found twice, sure comes first
        pairs = pairs[np.flatnonzero(np.diff(pairs >> 1, prepend=-1))]
        items, rules = np.divmod(pairs >> 1, max(1, len(self.rules)))
        return _Met(items, rules, pairs & 1 == 0)


def _members(sets: Masks) -> tuple[Places, Places]:
    """The members of sets of units: which set, and which unit."""
    octets = sets.astype("<u8").view(np.uint8).reshape(-1, 8)
    entry, unit = np.nonzero(np.unpackbits(octets, axis=1, bitorder="little"))
    return entry, unit


class RuleIndex:
    """All rules of a moment, ready to be asked about item after item. Safe for threads.

    Raises QueryError when a query cannot be read or names a concept that does not exist.
    """

    def __init__(self, rules: Iterable[Rule], concepts: Concepts = NO_CONCEPTS) -> None:
        self._concepts = concepts
        self._parts: tuple[_Part, ...] = (_Part.of(tuple(rules), concepts),)

    def edited(self, written: Iterable[Rule], gone: Iterable[str] = ()) -> RuleIndex:
        """The index after an edit: with rules written, in place of those of the same keys, and keys gone.

        Its cost does not grow with the number of rules, but for one byte each; after some thousand
        edits it compiles all of them once. Raises QueryError.
        """
        news = tuple(written)
        leaving = {*gone, *(rule.key for rule in news)}
        parts = tuple(part.without(leaving) for part in self._parts)
        again: tuple[_Part, ...] = ()
        if len(parts) > 1 and len(parts[-1].rules) + len(news) <= _EDITS:
            again = parts[-1:]
        elif len(parts) > _MANY_EDITS:
            again = parts
        kept = tuple(rule for part in again for rule in part.rules[part.in_force])
        index = RuleIndex((*kept, *news), self._concepts)
        index._parts = (*parts[: len(parts) - len(again)], *index._parts)
        return index

    def hits(self, items: Sequence[Item]) -> list[tuple[Hit, ...]]:
        """For each item the rules that match it, by key, each with its evidence."""
        hits: list[list[Hit]] = [[] for _ in items]
        for part, met in self._met(items):
            for number, rule, evidence in self._read(part, met, items):
                hits[number].append(Hit(rule, evidence))
        return [tuple(sorted(found, key=lambda hit: hit.rule.key)) for found in hits]

    def match(self, item: Item) -> tuple[Hit, ...]:
        """The rules that match the item, by key, each with its evidence."""
        return self.hits((item,))[0]

    def matches(self, items: Sequence[Item]) -> list[list[Rule]]:
        """For each item the rules that match it, in no particular order: the fast way, without evidence."""
        matches: list[list[Rule]] = [[] for _ in items]
        for part, met in self._met(items):
            certain = met.sure & ~part.scoped[met.rules]
            rules = part.rules[met.rules[certain]]
            bounds = np.searchsorted(met.items[certain], np.arange(len(items) + 1)).tolist()
            for found, begin, end in zip(matches, bounds, bounds[1:], strict=False):
                found += rules[begin:end].tolist()
            doubtful = _Met(met.items[~certain], met.rules[~certain], met.sure[~certain])
            for number, rule, _ in self._read(part, doubtful, items):
                matches[number].append(rule)
        return matches

    def _met(self, items: Sequence[Item]) -> Iterator[tuple[_Part, _Met]]:
        fields = 0
        for part in self._parts:
            fields |= part.segment.fields
        read = tuple(batches(items, fields))
        return ((part, part.met_by(read)) for part in self._parts)

    def _read(
        self, part: _Part, met: _Met, items: Sequence[Item]
    ) -> Iterator[tuple[int, Rule, tuple[Evidence, ...]]]:
        """Those of the pairs that ``evaluate`` finds to match, and why."""
        reading, of_item = None, -1
        for number, at in zip(met.items.tolist(), met.rules.tolist(), strict=True):
            if reading is None or number != of_item:
                reading, of_item = Reading(analyse(items[number]), self._concepts), number
            rule: Rule = part.rules[at]
            if applies(rule, items[number]) and (evidence := reading.evidence(part.trees[at])) is not None:
                yield number, rule, evidence
