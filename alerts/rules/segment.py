"""Many rules asked of 64 texts at once.

A *unit* is what a rule must hold within: a title with one paragraph. Up to 64 units are read together; a
set of units is one 64-bit number, bit ``u`` standing for unit ``u``, so that AND, OR and NOT of two
conditions over all units are one machine instruction each.

    words of 64 units       → types (dialect)  → marks      linguistics were done once per distinct word
    pieces in a row         → atoms                          "ballistic missile" stands here
    atoms                   → mask[atom]: units that have it

    rules as flat arrays, an *entry* for each pair of atoms that may come first:
        anchor | second | further slots … | doubts
        filed under its anchor, the rarest thing that the rule needs

    units = mask[anchor] & mask[second] & every slot: OR of mask[atom …], flipped when it must be absent
    sure  = units without a doubt; the others are read by ``evaluate``
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from alerts.rules.dialect import Dialect, Nears, Runs, collecting_no_garbage
from alerts.rules.filing import Numbers, filed, starts_of
from alerts.rules.lexicon import Concepts
from alerts.rules.needs import Needs

Masks = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]
_N = TypeVar("_N", Places, Numbers)
UNITS = 64
"""How many units are read together: the bits of one machine word."""

_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


@dataclass(frozen=True, slots=True)
class Batch:
    """The words of up to 64 units of one language: every text once, "" after each.

    ``items[u]`` is the number of the item that unit ``u`` is of. ``places[i]`` rises by one from word to word
    and by more than any NEAR reaches from text to text.
    ``units[i]`` are the units to which the text of word ``i`` belongs (a title belongs to all units of its
    item), ``fields[i]`` the field it stands in (see ``needs.BITS``); ``everything`` is all units,
    ``loose`` those with a text whose words do not lie one after the other.
    """

    language: str
    items: Sequence[int]
    words: Sequence[str]
    places: Places
    units: Masks
    fields: npt.NDArray[np.uint16]
    everything: np.uint64
    loose: np.uint64


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rules (their numbers in the segment) and the units in which they hold, or may when not ``sure``."""

    rules: Numbers
    units: Masks
    sure: Masks


def _members(starts: Numbers, counts: Numbers) -> Numbers:
    """The members of ranges given by start and length, range after range."""
    members = np.repeat(starts - starts_of(counts), counts)
    members += np.arange(len(members), dtype=np.int32)
    return members


def _owners(counts: Numbers, members: Places) -> Places:
    """The numbers of the ranges to which some members belong, known by their places among all."""
    return np.searchsorted(np.cumsum(counts), members, side="right")


def _any_of(masks: Masks, counts: Numbers) -> Masks:
    """OR of the masks of each group; groups of these sizes lie end to end, and none is empty."""
    found: Masks = np.bitwise_or.reduceat(masks, starts_of(counts))
    return found


class Segment:
    """Some rules, compiled. Not to be changed; safe for threads."""

    def __init__(self, rules: Iterable[Needs], concepts: Concepts) -> None:
        self._concepts = concepts
        self._filed = filed(rules)
        self._dialects: dict[str, Dialect] = {}
        self.fields = reduce(or_, (atom.fields for atom in self._filed.atoms))

    def _dialect(self, language: str) -> Dialect:
        known = self._dialects.get(language)
        if known is None:
            with collecting_no_garbage():
                known = Dialect(self._filed.atoms, language, self._concepts)
            self._dialects[language] = known
        return known

    def candidates(self, batch: Batch) -> Candidates:
        """The rules that hold in some unit of the batch, all of them, and those that may."""
        filed = self._filed
        mask, present = self._masks(batch, self._dialect(batch.language))
        counts = filed.under.counts[present]
        entry = _members(filed.under.starts[present], counts)
        units = mask[filed.second[entry]] & np.repeat(mask[present], counts)
        entry, units = _kept(entry, units)
        need = filed.need[entry]
        units &= self._rest(need, mask)
        need, units = _kept(need, units)
        doubtful = np.zeros(len(need), np.uint64)
        counts = filed.doubts.counts[need]
        unsure = np.flatnonzero(counts)
        if len(unsure):
            member = _members(filed.doubts.starts[need[unsure]], counts[unsure])
            doubtful[unsure] = _any_of(mask[filed.doubts.members[member]], counts[unsure])
        return Candidates(filed.rule[need], units, units & ~doubtful)

    def _masks(self, batch: Batch, dialect: Dialect) -> tuple[Masks, Numbers]:
        """The units that have each mark, and the atoms that any unit has."""
        types = dialect.types()
        numbers = np.fromiter(map(types.__getitem__, batch.words), np.int32, len(batch.words))
        counts = types.counts[numbers]
        marked = np.flatnonzero(counts)
        where = np.repeat(marked, counts[marked])
        marks = types.marks[_members(types.starts[numbers[marked]], counts[marked])]
        heard = np.flatnonzero(dialect.fields[marks] & batch.fields[where])
        where, marks = where[heard], marks[heard]
        places, units = batch.places[where], batch.units[where]
        mask = np.zeros(len(dialect.fields), np.uint64)
        np.bitwise_or.at(mask, marks, units)
        in_row, rows = _runs_in(dialect.runs, places, marks, units, mask)
        paired, pairs = _nears_in(dialect.nears, places, marks, units, mask, batch.loose)
        for found, atoms in ((in_row, rows), (paired, pairs)):
            listening = np.flatnonzero(dialect.fields[atoms] & batch.fields[where[found]])
            np.bitwise_or.at(mask, atoms[listening], units[found[listening]])
        mask[0], mask[1] = batch.everything, batch.loose
        always = np.array([0, 1], np.int32)
        atoms = np.concatenate((always, marks[marks < len(self._filed.atoms)], rows, pairs))
        return mask, _each_once(atoms, len(mask))

    def _rest(self, need: Numbers, mask: Masks) -> Masks:
        """The units in which every further slot of each need is met."""
        slots, atoms = self._filed.slots, self._filed.slot_atoms
        held = np.full(len(need), _ALL)
        counts = slots.counts[need]
        further = np.flatnonzero(counts)
        if len(further):
            counts = counts[further]
            slot = _members(slots.starts[need[further]], counts)
            sizes = atoms.counts[slot]
            member = _members(atoms.starts[slot], sizes)
            met = _any_of(mask[atoms.members[member]], sizes)
            met[self._filed.absent[slot]] ^= _ALL
            held[further] = np.bitwise_and.reduceat(met, starts_of(counts))
        return held


def _each_once(numbers: Numbers, limit: int) -> Numbers:
    """The numbers, all below ``limit``, without repetition: several times faster than ``np.unique``."""
    stamp = np.empty(limit, np.int32)
    order = np.arange(len(numbers), dtype=np.int32)
    stamp[numbers] = order
    once: Numbers = numbers[stamp[numbers] == order]
    return once


def _kept(numbers: _N, units: Masks) -> tuple[_N, Masks]:
    somewhere = np.flatnonzero(units)
    return numbers[somewhere], units[somewhere]


def _runs_in(runs: Runs, places: Places, marks: Numbers, units: Masks, mask: Masks) -> tuple[Places, Numbers]:
    """Which of the marks belong to a term of several pieces, as the piece it is filed under, and its atom.

    ``places`` and ``marks`` are in ascending order of both, so that place × mark can be looked up.
    """
    counts = runs.counts[marks]
    run = _members(runs.starts[marks], counts)
    together = np.flatnonzero(mask[runs.other[run]] & np.repeat(units, counts))
    head, run = _owners(counts, together), run[together]
    standing = places * len(mask) + marks
    begins = places[head] - runs.place[run]
    for offset in range(max(runs.length[run].tolist(), default=0)):
        within = np.minimum(offset, runs.length[run] - 1)
        piece = runs.pieces[runs.first[run] + within]
        wanted = (begins + within) * len(mask) + piece
        met = standing[np.minimum(np.searchsorted(standing, wanted), len(standing) - 1)] == wanted
        head, run, begins = head[met], run[met], begins[met]
    return head, runs.atoms[run]


def _nears_in(
    nears: Nears, places: Places, marks: Numbers, units: Masks, mask: Masks, loose: np.uint64
) -> tuple[Places, Numbers]:
    """Which of the marks have the other word of a pair near them, and the atom of the pair.

    In units whose words are ``loose`` a pair is said to stand if its words do at all.
    """
    counts = nears.counts[marks]
    pair = _members(nears.starts[marks], counts)
    both = mask[nears.other[pair]] & np.repeat(units, counts)
    together = np.flatnonzero(both)
    head, pair, both = _owners(counts, together), pair[together], both[together]
    if not len(pair):
        return head, nears.atoms[pair]
    wanted = np.zeros(len(mask), np.bool_)
    wanted[nears.other[pair]] = True
    others = np.flatnonzero(wanted[marks])
    width = int(places[-1]) + UNITS
    standing = np.append(np.sort(marks[others] * width + places[others]), np.iinfo(np.int64).max)
    here = nears.other[pair] * width + places[head]
    at = np.searchsorted(standing, here - nears.before[pair])
    at += standing[at] == here  # a word is not near itself
    near = (standing[at] >= here - nears.before[pair]) & (standing[at] <= here + nears.after[pair])
    near |= both & loose != 0
    return head[near], nears.atoms[pair[near]]
