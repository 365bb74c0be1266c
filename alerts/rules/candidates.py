"""By which keys the archive finds the items that a rule may match: too many, never too few.

What a rule needs is turned into keys of ``alerts.language.keys``: for every slot any of its atoms, for an
atom any of its terms in any language of the archive, for a term all of its words. What must be absent, the
order of words and what a text says of itself are left to ``evaluate``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from operator import or_

from alerts.language.keys import (
    NO_KEY,
    Both,
    Either,
    Key,
    Sought,
    alone_key,
    ending_key,
    form_key,
    inside_keys,
    pair_key,
)
from alerts.model import Field
from alerts.rules.lexicon import NO_CONCEPTS, Concepts
from alerts.rules.needs import BITS, Always, Atom, Blockers, Need, Pair, Slot, Tag, needs
from alerts.rules.terms import INSIDE_LETTERS, LEMMATISED, PROCLITICS, Meets, Piece, Run, term
from alerts.rules.tree import ConceptRef, Node, Phrase, Word

KEYED = (Field.TITLE, Field.SUMMARY, Field.TEXT, Field.PLACE, Field.AUTHOR, Field.CATEGORY)
"""The fields whose words are among an item's keys."""

_KEYED_BITS = reduce(or_, (BITS[field] for field in KEYED))
_MOST_KEYS = 2_000
"""A slot of more keys than this costs the database more than it spares; another slot has to do."""


def candidates(node: Node, concepts: Concepts = NO_CONCEPTS, languages: Sequence[str] = ()) -> Sought | None:
    """What an item must have for the rule to match it; None when that cannot be said in keys.

    ``languages`` are all languages that items of the archive are in.
    """
    return _either(_need(need, concepts, languages) for need in needs(node))


def _either(parts: Iterable[Sought | None]) -> Sought | None:
    """Any of these; None when one of them cannot be said."""
    found: dict[Sought, None] = {}
    for part in parts:
        if part is None:
            return None
        found.update(dict.fromkeys(part.parts if isinstance(part, Either) else (part,)))
    return next(iter(found)) if len(found) == 1 else Either(tuple(found)) if found else None


def _both(parts: Iterable[Sought | None]) -> Sought | None:
    """All of these that can be said; None when none can."""
    found = dict.fromkeys(part for part in parts if part is not None)
    return next(iter(found)) if len(found) == 1 else Both(tuple(found)) if found else None


def size(sought: Sought) -> int:
    """How many keys it has."""
    return sum(map(size, sought.parts)) if isinstance(sought, Both | Either) else 1


def _need(need: Need, concepts: Concepts, languages: Sequence[str]) -> Sought | None:
    slots = [_slot(slot, concepts, languages) for slot in need.slots if not slot.absent]
    said = sorted((slot for slot in slots if slot is not None), key=size)
    return _both(slot for slot in said if size(slot) <= _MOST_KEYS)


def _slot(slot: Slot, concepts: Concepts, languages: Sequence[str]) -> Sought | None:
    return _either(_atom(atom, concepts, languages) for atom in slot.atoms)


def _atom(atom: Atom, concepts: Concepts, languages: Sequence[str]) -> Sought | None:
    if atom.fields & ~_KEYED_BITS:
        return None
    match atom.what:
        case Word() | Phrase() as leaf:
            terms = [term(leaf, language) for language in languages or ("und",)]
            return _either(_run(run, each.slop) for each in terms for run in each.runs)
        case Pair(left=left, right=right):
            return _both(_atom(Atom(side, atom.fields), concepts, languages) for side in (left, right))
        case ConceptRef(key=key):
            return _concept(key, concepts, tuple(languages))
        case Tag(key=key):
            return _either(form_key(member) for member in concepts.family(key))
        case Blockers() | Always():
            return None


@lru_cache(maxsize=256)
def _concept(key: str, concepts: Concepts, languages: tuple[str, ...]) -> Sought | None:
    """Kept, because whoever writes a rule asks for the same concepts again and again."""
    runs = list(_concept_runs(key, concepts, languages))
    return _either(_run(run, 0) for run in runs) if runs else Key(NO_KEY)


def _concept_runs(key: str, concepts: Concepts, languages: Sequence[str]) -> Iterator[Run]:
    for member in concepts.family(key):
        for language in languages or ("und",):
            for each in concepts.lexicon(member, language).terms:
                yield from each.runs


def _run(run: Run, slop: int) -> Sought | None:
    if len(run) == 1 and run[0].meets is Meets.CHARACTER:
        return alone_key(run[0].exact)
    parts: list[Sought | None] = []
    for piece, after in zip(run, (*run[1:], None), strict=True):
        if piece.meets is not Meets.CHARACTER:
            parts.append(_piece(piece))
        elif after is not None and after.meets is Meets.CHARACTER and not slop:
            parts.append(pair_key(piece.exact, after.exact))
    return _both(parts)


def _piece(piece: Piece) -> Sought | None:
    if piece.meets is Meets.STEM or piece.meets not in LEMMATISED:
        return _as_written(piece)
    return _either((_as_written(piece), *(form_key(lemma) for lemma in piece.forms[1:])))


def _as_written(piece: Piece) -> Sought | None:
    exact = piece.exact
    long = len(exact) >= INSIDE_LETTERS
    match piece.meets:
        case Meets.STEM:
            return _either(form_key(form) for form in piece.forms)
        case Meets.EXACT:
            return form_key(exact)
        case Meets.PREFIX:
            return form_key(exact, begins=True)
        case Meets.SUFFIX:
            return ending_key(exact) if long else None
        case Meets.INSIDE:
            return _both(inside_keys(exact))
        case Meets.WITH_CLITICS | Meets.CLITIC_PREFIX if long:
            return _both(inside_keys(exact))
        case Meets.WITH_CLITICS:
            return _either(form_key(small + exact) for small in sorted(PROCLITICS))
        case Meets.CLITIC_PREFIX:
            return _either(form_key(small + exact, begins=True) for small in sorted(PROCLITICS))
        case Meets.CHARACTER:
            return None
