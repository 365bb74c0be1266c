"""Near misses: kept items that fail one condition of a rule only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from alerts.model import Item, Rule
from alerts.rules.candidates import candidates, size
from alerts.rules.explain import faults, relaxed
from alerts.rules.lexicon import Concepts
from alerts.rules.tree import Node
from alerts.services.archive import words
from alerts.store import archive, items
from alerts.store.archive import ANY_ID, Ids

NEAR_MISSES = 5

_EASIER_TRIED = 12
_MOST_KEYS = 1_000
"""A condition of more keys, left alone, would be met by half of the archive."""

_NEAR_TRIED = 60
"""Items that are read for each condition, newest first."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An item that fails one condition of the rule only: which, and how."""

    id: int
    at: datetime
    item: Item
    condition: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the archive: what was news in that time, of all items or of some."""

    since: datetime
    until: datetime
    ids: Ids = ANY_ID


def near_misses(
    tx: Connection,
    rule: Rule,
    node: Node,
    known: Concepts,
    stretch: Stretch,
    matched: Collection[int],
    enough: Callable[[], bool] = lambda: False,
) -> Iterator[NearMiss]:
    """Near misses beside what the rule matches there, until there are NEAR_MISSES or ``enough`` says so."""
    spoken = archive.languages(tx)
    tried: dict[int, None] = {}
    for easier in relaxed(node)[:_EASIER_TRIED]:
        asked = candidates(easier, known, spoken)
        if asked is not None and size(asked) <= _MOST_KEYS and not enough():
            ids = archive.find(tx, asked, stretch.since, stretch.until, stretch.ids)
            others = (number for number in ids if number not in matched)
            tried.update(dict.fromkeys(islice(others, _NEAR_TRIED)))
    count = 0
    for number in tried:
        if count == NEAR_MISSES or enough():
            return
        (read,) = words(tx, [number], node)
        failed = faults(rule, node, read.item, known)
        if len(failed) == 1 and failed[0].begun:
            count += 1
            item = items.load(tx, [number])[number].item
            yield NearMiss(number, read.news_at, item, failed[0].condition, failed[0].message)
