"""What differs between two texts of a rule or concept: what was there, is gone, or is new. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Literal

from alerts.model import Concept, Rule, Terms

_LINES = {
    "languages": "Languages",
    "sources": "Sources",
    "match": "Must match",
    "no_match": "Must not match",
}
_WORDS = {"name": "Name", "query": "Query"}
_WHOLE = {"severity": "Severity", "polarity": "Polarity", "owner": "Owner", "review_at": "Review date"}
_PIECE = re.compile(r"[\w@*=/^~.-]+|\s+|.")


@dataclass(frozen=True, slots=True)
class Change:
    """A run that both texts have (``kept``), only the older (``gone``), or only the newer (``new``)."""

    text: str
    kind: Literal["kept", "gone", "new"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one field. ``lines``: each change is a line of its own; ``code``: it is a query."""

    label: str
    changes: tuple[Change, ...]
    lines: bool = False
    code: bool = False


def differences(old: Rule, new: Rule) -> tuple[Difference, ...]:
    """The fields that differ, each with its changes; nothing about keys and versions."""
    found: list[Difference] = []
    for name, label in (_WORDS | _WHOLE | _LINES).items():
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if name in _LINES:
            found.append(Difference(label, _changes(before, after), lines=True))
        elif name in _WORDS:
            changes = _changes(_PIECE.findall(before), _PIECE.findall(after))
            found.append(Difference(label, tuple(_words(changes)), code=name == "query"))
        else:
            whole = ([str(each)] if each else [] for each in (before, after))
            found.append(Difference(label, _changes(*whole), lines=True))
    return tuple(found)


def concept_differences(old: Concept | None, new: Concept) -> tuple[Difference, ...]:
    """The same for two texts of a concept, terms by language; everything is new when there was none."""
    found: list[Difference] = []
    for name, label in {"name": "Name", "polarity": "Polarity", "parent": "Parent"}.items():
        before, after = (str(getattr(each, name)) if each else "" for each in (old, new))
        if before != after:
            whole = ([each] if each else [] for each in (before, after))
            found.append(Difference(label, _changes(*whole), lines=True))
    for name, label in {"terms": "Terms", "exclude": "Exclusions"}.items():
        was, now = (dict[str, tuple[str, ...]](_terms(each, name)) for each in (old, new))
        for language in dict.fromkeys((*was, *now)):
            lines = was.get(language, ()), now.get(language, ())
            if lines[0] != lines[1]:
                found.append(Difference(f"{label}, {language}", _changes(*lines), lines=True))
    return tuple(found)


def _terms(concept: Concept | None, name: str) -> Terms:
    terms: Terms = getattr(concept, name) if concept else ()
    return terms


def _changes(before: Sequence[str], after: Sequence[str]) -> tuple[Change, ...]:
    """Each piece of both texts once, in reading order; of what was replaced, the old pieces first."""
    found: list[Change] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for what, low, high, from_, to in matcher.get_opcodes():
        if what == "equal":
            found += (Change(text, "kept") for text in before[low:high])
        else:
            found += (Change(text, "gone") for text in before[low:high])
            found += (Change(text, "new") for text in after[from_:to])
    return tuple(found)


def _words(changes: Iterable[Change]) -> Iterator[Change]:
    """Neighbours of one kind as one; words that were replaced one after the other as one run, with the space
    between them."""
    runs = [
        Change("".join(change.text for change in several), kind)
        for kind, several in groupby(changes, key=attrgetter("kind"))
    ]
    ends = {0, len(runs) - 1}
    stays = [run.kind == "kept" and (bool(run.text.strip()) or at in ends) for at, run in enumerate(runs)]
    for kept, several in groupby(zip(stays, runs, strict=True), key=itemgetter(0)):
        together = [run for _, run in several]
        gone = "".join(run.text for run in together if run.kind != "new")
        new = "".join(run.text for run in together if run.kind != "gone")
        if not kept and gone.strip() and new.strip():
            together = [Change(gone, "gone"), Change(new, "new")]
        yield from together
