"""Rules laid out as flat arrays, each filed under the rarest thing that it needs.

Every need of a rule is filed once for each pair of one atom of its rarest slot and one of the next, so that
looking at two masks decides most entries:

    entry   anchor | second | need          in the order of the anchors
    need    rule | further slots | doubts
    slot    atoms | absent
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from alerts.rules.needs import ANYTHING, LOOSE, Atom, Needs

Numbers = npt.NDArray[np.int32]
_MOST_PAIRS = 36
"""Pairs under which one need is filed at most; with more, only under the atoms of its rarest slot."""

_ANYTHING = (0,)


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of numbers laid end to end: list ``i`` is ``members[starts[i] : starts[i] + counts[i]]``."""

    starts: Numbers
    counts: Numbers
    members: Numbers

    @staticmethod
    def of(several: Sequence[Sequence[int]]) -> Lists:
        counts = np.fromiter(map(len, several), np.int32, len(several))
        members = np.fromiter(chain.from_iterable(several), np.int32, int(counts.sum()))
        return Lists(starts_of(counts), counts, members)


def starts_of(counts: Numbers) -> Numbers:
    """Where each of some lists begins when they lie end to end."""
    starts: Numbers = np.cumsum(counts, dtype=np.int32) - counts
    return starts


@dataclass(frozen=True, slots=True)
class Filed:
    """The needs of some rules. Atoms are known by their places in ``atoms``; the first is what every text
    has, the second what a loose text has.

    ``under`` says which entries are filed under each atom; an entry has a ``second`` atom and a ``need``,
    a need its ``rule``, ``slots`` and ``doubts``, a slot its ``slot_atoms`` and whether they must be
    ``absent``.
    """

    atoms: Sequence[Atom]
    under: Lists
    second: Numbers
    need: Numbers
    rule: Numbers
    slots: Lists
    slot_atoms: Lists
    absent: npt.NDArray[np.bool_]
    doubts: Lists


class _Atoms(dict[Atom, int]):
    """Numbers of atoms, given in the order in which they are first asked for."""

    def __missing__(self, atom: Atom) -> int:
        number = self[atom] = len(self)
        return number

    def all(self, atoms: Iterable[Atom]) -> list[int]:
        return [self[atom] for atom in atoms]


class _Need(NamedTuple):
    rule: int
    present: list[list[int]]
    absent: list[list[int]]
    doubts: list[int]


def filed(rules: Iterable[Needs]) -> Filed:
    """The rules as arrays; a rule's number is its place in the order given."""
    numbers = _Atoms({ANYTHING: 0, LOOSE: 1})
    needs = [
        _Need(
            rule,
            [numbers.all(slot.atoms) for slot in need.slots if not slot.absent],
            [numbers.all(slot.atoms) for slot in need.slots if slot.absent],
            numbers.all(need.doubts),
        )
        for rule, several in enumerate(rules)
        for need in several
    ]
    asked = [0] * len(numbers)  # a guess, for want of a corpus: what many rules ask for is common in the news
    for atom in chain.from_iterable(chain.from_iterable(need.present for need in needs)):
        asked[atom] += 1
    anchors: list[int] = []
    seconds: list[int] = []
    of_need: list[int] = []
    slots: list[list[int]] = []
    counts: list[int] = []
    for number, need in enumerate(needs):
        by_rarity = sorted(need.present, key=lambda slot: sum([asked[atom] for atom in slot]))
        first, second = [*by_rarity, _ANYTHING, _ANYTHING][:2]
        rest = by_rarity[2:]
        if len(first) * len(second) > _MOST_PAIRS:
            second, rest = _ANYTHING, by_rarity[1:]
        for anchor in first:
            for other in second:
                anchors.append(anchor)
                seconds.append(other)
                of_need.append(number)
        slots += (*rest, *need.absent)
        counts.append(len(rest))
    return _laid_out(list(numbers), needs, (anchors, seconds, of_need), slots, counts)


def _laid_out(
    atoms: Sequence[Atom],
    needs: Sequence[_Need],
    entries: tuple[list[int], list[int], list[int]],
    slots: Sequence[Sequence[int]],
    present: Sequence[int],
) -> Filed:
    """``slots`` are those of each need one after the other, first the ``present`` ones, then the others."""
    anchor, second, need = (np.array(column, np.int32) for column in entries)
    order = np.lexsort((second, anchor)).astype(np.int32)
    filed_under = np.bincount(anchor, minlength=len(atoms)).astype(np.int32)
    absent = np.fromiter((len(need.absent) for need in needs), np.int32, len(needs))
    both = np.array([present, absent], np.int32).reshape(2, -1)
    each = both.sum(axis=0, dtype=np.int32)
    return Filed(
        atoms=atoms,
        under=Lists(starts_of(filed_under), filed_under, order),
        second=second[order],
        need=need[order],
        rule=np.fromiter((need.rule for need in needs), np.int32, len(needs)),
        slots=Lists(starts_of(each), each, np.arange(len(slots), dtype=np.int32)),
        slot_atoms=Lists.of(slots),
        absent=np.repeat(np.tile(np.array([False, True]), len(needs)), both.T.ravel()),
        doubts=Lists.of([need.doubts for need in needs]),
    )
