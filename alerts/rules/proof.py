"""What shows that a rule holds: single pieces of evidence, and proofs put together of proofs.

A proof is shared by all that it helps to prove and read out once, at the end. To unite the evidence of every
part of a rule in every passage would cost the product of them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from alerts.model import Evidence, Field
from alerts.rules.terms import Span

_READING_ORDER = {field: place for place, field in enumerate(Field)}


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Several proofs; told apart by identity, so that the parts are not compared."""

    parts: tuple[Proof, ...]


Proof: TypeAlias = Evidence | Together
"""What shows that a node holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a word, phrase, concept or NEAR stands in a passage, and what shows it."""

    span: Span
    proof: Proof


def together(parts: Sequence[Proof]) -> Proof:
    """Several proofs as one."""
    return parts[0] if len(parts) == 1 else Together(tuple(parts))


def shown(proof: Proof) -> tuple[Evidence, ...]:
    """All evidence of a proof, in reading order and each place once. Each part is asked once."""
    found: set[Proof] = {proof}
    waiting: list[Proof] = [proof]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Together):
            news = [part for part in each.parts if part not in found]
            found.update(news)
            waiting += news
    evidence = [each for each in found if isinstance(each, Evidence)]
    evidence.sort(key=lambda e: (_READING_ORDER[e.field], e.start, e.end, e.concept, e.term))
    return tuple(evidence)
