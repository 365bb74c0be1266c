"""Which atoms a word carries: linguistics once for each distinct word of a language.

A *mark* is an atom or a piece of one: of a term of several words, each word is a piece, and the term stands
where its pieces stand in a row. The first time a word is seen its marks are worked out from its forms,
its beginnings, its ends and its parts; from then on they are looked up by the number of its *type*.
"""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import numpy as np

from alerts.language.forms import forms
from alerts.language.tokens import takes_clitics
from alerts.model import Field
from alerts.rules.filing import Numbers, starts_of
from alerts.rules.lexicon import Concepts, Lexicon
from alerts.rules.needs import Always, Atom, Blockers, Pair, Tag
from alerts.rules.terms import PROCLITICS, Meets, Piece, Run, Term, is_delicate, term
from alerts.rules.tree import ConceptRef, Phrase, Word

_EVERY_FIELD = (1 << len(Field)) - 1
_MOST_TYPES = 1 << 20
"""Distinct words remembered; then all are forgotten, so that years of names and misprints find an end."""


class _Tables:
    """Marks by what a word must be, begin with, end with or contain."""

    def __init__(self) -> None:
        self._by: dict[Meets, dict[str, list[int]]] = {meets: defaultdict(list) for meets in Meets}
        self._lengths: dict[Meets, Sequence[int]] = {}

    def add(self, piece: Piece, mark: int) -> None:
        self._by[piece.meets][piece.exact].append(mark)
        for stem in piece.forms[1:]:
            self._by[Meets.STEM][stem].append(mark)

    def close(self) -> None:
        """To be called when all marks are in."""
        for meets, table in self._by.items():
            self._by[meets] = dict(table)
            self._lengths[meets] = sorted({len(key) for key in table})

    def of(self, shapes: Sequence[str]) -> set[int]:
        """The marks of a word of these forms: the same answers as ``Piece.met_by``."""
        exact, by = shapes[0], self._by
        found: set[int] = set()
        for form in shapes:
            found.update(by[Meets.STEM].get(form, ()))
        found.update(by[Meets.EXACT].get(exact, ()), by[Meets.CHARACTER].get(exact, ()))
        for size in self._within(Meets.PREFIX, exact):
            found.update(by[Meets.PREFIX].get(exact[:size], ()))
        for size in self._within(Meets.SUFFIX, exact):
            found.update(by[Meets.SUFFIX].get(exact[-size:], ()))
        if takes_clitics(exact):
            for size in self._within(Meets.INSIDE, exact):
                for at in range(len(exact) - size + 1):
                    found.update(by[Meets.INSIDE].get(exact[at : at + size], ()))
            for small in PROCLITICS:
                if exact.startswith(small):
                    rest = exact[len(small) :]
                    found.update(by[Meets.WITH_CLITICS].get(rest, ()))
                    for size in self._within(Meets.CLITIC_PREFIX, rest):
                        found.update(by[Meets.CLITIC_PREFIX].get(rest[:size], ()))
        return found

    def _within(self, meets: Meets, exact: str) -> Iterator[int]:
        return (size for size in self._lengths[meets] if size <= len(exact))


@dataclass(frozen=True, slots=True)
class Runs:
    """Terms of several pieces, filed under their rarest piece.

    ``starts[mark]`` and ``counts[mark]`` are where those of a piece lie. Run ``r`` needs the marks
    ``pieces[first[r] : first[r] + length[r]]`` in a row, the one it is filed under as number ``place[r]``,
    and then gives the atom ``atoms[r]``; ``other[r]`` is another of its pieces, the next rarest.
    """

    starts: Numbers
    counts: Numbers
    pieces: Numbers
    first: Numbers
    length: Numbers
    place: Numbers
    other: Numbers
    atoms: Numbers


@dataclass(frozen=True, slots=True)
class Nears:
    """Pairs of words that must stand near one another, filed under the rarer one.

    ``starts[mark]`` and ``counts[mark]`` are where those of a word lie. Pair ``p`` needs ``other[p]`` at most
    ``before[p]`` places before it or ``after[p]`` behind it, and then gives the atom ``atoms[p]``.
    """

    starts: Numbers
    counts: Numbers
    other: Numbers
    before: Numbers
    after: Numbers
    atoms: Numbers


class Types(dict[str, int]):
    """Number of each distinct word seen, and its marks: ``marks[starts[n] : starts[n] + counts[n]]``.

    Type 0 is the gap between texts and has none. Safe for threads: what is written once stays.
    """

    def __init__(self, dialect: Dialect) -> None:
        super().__init__({"": 0})
        self._dialect, self._lock = dialect, Lock()
        self.starts: Numbers = np.zeros(1024, np.int32)
        self.counts: Numbers = np.zeros(1024, np.int32)
        self.marks: Numbers = np.zeros(1024, np.int32)
        self._marks_used = 0

    def __missing__(self, word: str) -> int:
        marks = self._dialect.marks(word)
        with self._lock:
            if word in self:
                return self[word]
            number, used = len(self), self._marks_used
            self.starts, self.counts = _with_room(self.starts, number), _with_room(self.counts, number)
            self.marks = _with_room(self.marks, used + len(marks))
            self.marks[used : used + len(marks)] = marks
            self.starts[number], self.counts[number] = used, len(marks)
            self._marks_used = used + len(marks)
            self[word] = number
            return number


def _with_room(numbers: Numbers, last: int) -> Numbers:
    """The same numbers in an array that reaches beyond ``last``; readers of the old one are not disturbed."""
    if last < len(numbers):
        return numbers
    grown = np.zeros(max(last + 1, 2 * len(numbers)), np.int32)
    grown[: len(numbers)] = numbers
    return grown


@contextmanager
def collecting_no_garbage() -> Iterator[None]:
    """Everything made while rules are compiled is kept: looking through it again and again for garbage
    takes as long as the compiling."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Dialect:
    """The atoms of some rules as texts of one language carry them.

    ``fields`` are those that each mark listens to; ``runs`` and ``nears`` are what pieces make together.
    """

    def __init__(self, atoms: Sequence[Atom], language: str, concepts: Concepts) -> None:
        self._language = language
        self._tables = _Tables()
        self._pieces: dict[Piece, int] = {}
        self._first_piece = len(atoms)
        runs: list[tuple[tuple[int, ...], int]] = []
        nears: list[tuple[int, int, Pair, int]] = []
        for number, atom in enumerate(atoms):
            if isinstance(atom.what, Pair):
                left, right = (self._only_piece(side, language) for side in (atom.what.left, atom.what.right))
                nears.append((left, right, atom.what, number))
            for run in _runs(atom, language, concepts):
                if len(run) == 1:
                    self._tables.add(run[0], number)
                else:
                    runs.append((tuple(map(self._piece, run)), number))
        self._tables.close()
        fields = [atom.fields for atom in atoms] + [_EVERY_FIELD] * len(self._pieces)
        self.fields = np.array(fields, np.uint16)
        self.runs = _filed_runs(runs, len(fields))
        self.nears = _filed_nears(nears, len(fields))
        self._types = Types(self)

    def _piece(self, piece: Piece) -> int:
        mark = self._pieces.get(piece)
        if mark is None:
            mark = self._pieces[piece] = self._first_piece + len(self._pieces)
            self._tables.add(piece, mark)
        return mark

    def _only_piece(self, word: Word, language: str) -> int:
        (run,) = term(word, language).runs
        (piece,) = run
        return self._piece(piece)

    def types(self) -> Types:
        """The words seen so far; to be held on to while a batch is read."""
        if len(self._types) > _MOST_TYPES:
            self._types = Types(self)
        return self._types

    def marks(self, word: str) -> list[int]:
        """The marks of a word as written, in ascending order."""
        shapes = forms(word, self._language)
        return sorted(self._tables.of(shapes)) if shapes else []


def _runs(atom: Atom, language: str, concepts: Concepts) -> Iterator[Run]:
    """The runs by which a text of this language has the atom, or perhaps has it."""
    match atom.what:
        case Word() | Phrase() as leaf:
            yield from term(leaf, language).runs
        case Tag(key):
            for member in concepts.family(key):
                yield from term(Word(member, exact=True), language).runs
        case ConceptRef(key):
            yield from _of_each(lexicon.terms for lexicon in _family(key, language, concepts))
        case Blockers(key):
            for lexicon in _family(key, language, concepts):
                yield from _of_each((lexicon.blockers,))
                yield from filter(is_delicate, _of_each((lexicon.terms,)))
        case Pair() | Always():
            return


def _family(key: str, language: str, concepts: Concepts) -> Iterator[Lexicon]:
    return (concepts.lexicon(member, language) for member in concepts.family(key))


def _of_each(several: Iterable[Iterable[Term]]) -> Iterator[Run]:
    return (run for terms in several for term in terms for run in term.runs)


def _filed_runs(runs: Sequence[tuple[tuple[int, ...], int]], marks: int) -> Runs:
    asked = Counter(piece for pieces, _ in runs for piece in pieces)
    rarest = [sorted(range(len(pieces)), key=lambda at: asked[pieces[at]])[:2] for pieces, _ in runs]
    order = sorted(range(len(runs)), key=lambda number: runs[number][0][rarest[number][0]])
    length = np.array([len(runs[number][0]) for number in order], np.int32)
    filed_under = np.array([runs[number][0][rarest[number][0]] for number in order], np.int32)
    counts = np.bincount(filed_under, minlength=marks).astype(np.int32)
    return Runs(
        starts=starts_of(counts),
        counts=counts,
        pieces=np.array([piece for number in order for piece in runs[number][0]], np.int32),
        first=starts_of(length),
        length=length,
        place=np.array([rarest[number][0] for number in order], np.int32),
        other=np.array([runs[number][0][rarest[number][1]] for number in order], np.int32),
        atoms=np.array([runs[number][1] for number in order], np.int32),
    )


def _filed_nears(pairs: Sequence[tuple[int, int, Pair, int]], marks: int) -> Nears:
    asked = Counter(mark for left, right, _, _ in pairs for mark in (left, right))
    filed = []
    for left, right, near, atom in pairs:
        reach = near.distance + 1
        behind = 0 if near.ordered else reach
        head = (left, right, behind, reach, atom)
        tail = (right, left, reach, behind, atom)
        filed.append(head if asked[left] <= asked[right] else tail)
    columns = np.array(sorted(filed), np.int32).reshape(-1, 5).T.copy()
    counts = np.bincount(columns[0], minlength=marks).astype(np.int32)
    return Nears(starts_of(counts), counts, *columns[1:])
