"""Deciding what matters: rules, concepts, situations, and the evidence of a match."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from alerts.model.kinds import Field, Polarity, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule: what it is called, and its query in the rule language.

    An empty ``languages`` or ``sources`` means all of them. ``polarity`` says what a match tells of a
    situation that follows the rule. ``owner`` answers for the rule, and from
    ``review_at`` on somebody should look at it again. ``version`` identifies the row that holds this
    text for ever, ``number`` says which of the texts of its key it is, from 1 on; both are 0 for a rule that
    lives only in a file.
    """

    key: str
    name: str
    query: str
    severity: Severity = Severity.MEDIUM
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    match: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()
    owner: str = ""
    review_at: date | None = None
    polarity: Polarity = Polarity.NEUTRAL
    version: int = 0
    number: int = field(default=0, compare=False)


Terms: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""Language (ISO 639, or ``mul`` for every language) and its terms, in the order they were written."""


@dataclass(frozen=True, slots=True)
class Concept:
    """One version of a named set of terms, written ``@key`` in a query.

    A term is a word or several that follow one another, met by their stems; ``=word`` and ``"words"``
    are met letter by letter, ``word*`` by its beginning, ``*word`` by its end. What ``exclude`` names
    never counts as the concept, whatever terms it contains. A concept also means every concept that
    names it as its ``parent``; children of one parent compete: where their terms overlap, the longer
    one takes the words. ``version`` and ``number`` are 0 for a concept that lives only in a file.
    """

    key: str
    name: str
    polarity: Polarity = Polarity.NEUTRAL
    parent: str = ""
    terms: Terms = ()
    exclude: Terms = ()
    version: int = 0
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Situation:
    """A place or crisis that is followed: keys of its place concepts and of its rules."""

    key: str
    name: str
    places: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    version: int = 0
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """Why a rule matched: ``item[field][start:end] == text``, found by ``term`` of the query.

    Offsets are code points, end exclusive. ``concept`` is the key of the concept that ``term``
    belongs to, '' when the query itself has the term.
    """

    field: Field
    start: int
    end: int
    text: str
    term: str
    concept: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """Item × rule version, with its evidence, before it is saved as a match."""

    rule: Rule
    evidence: tuple[Evidence, ...]
