"""How much of what a rule draws on was collected on a day, so that counts can be compared between days.

Counts of news go up when more feeds are read and down when they fail, and neither is news. An exposure is
the number of items that were collected, in units that stay the same for as long as a rule is watched: an
item of a feed that joined later counts for as many as its feed gives matches, compared with the others in
the same days. So a feed about nothing but missiles raises the exposure of missiles by all that it brings,
and is no surge; and a feed that fails lowers it, and is no calm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SETTLED_DAYS = 28
"""For so long a new feed is compared with the others; then it keeps its weight."""

_DOUBT = 0.25
"""Matches that a new feed is taken to have brought, and to have been expected, before any were."""


@dataclass(frozen=True, slots=True)
class Yield:
    """What feeds brought in some days: items, and those of them that matched the rule."""

    items: int
    matches: int


def weight(new: Yield, others: Yield) -> float:
    """What an item of a new feed counts, where one of the others counts 1.

    Both brought what they brought in the same days, which are those of the new feed so far. Above 0; 1
    when nothing is known.
    """
    expected = new.items * others.matches / others.items if others.items else new.matches
    return (new.matches + _DOUBT) / (expected + _DOUBT)


def exposure(collected: Iterable[tuple[int, float]]) -> float:
    """Of the items and the weight of each feed that a rule draws on. 0 when nothing was collected."""
    return sum(items * each for items, each in collected)
