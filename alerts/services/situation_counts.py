"""The stories of each day of all situations at once, for their overview.

To count them all takes long, so what is over is counted once a day and kept in the process: nothing is added
to a day that is over. Whether a story of today was counted before can be seen in a few days, for none is told
for longer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from threading import Lock
from typing import TypeAlias

from sqlalchemy import Connection

from alerts.model import Polarity, Rule
from alerts.services.assessing import of_polarity
from alerts.services.situation_days import SHOWN
from alerts.store import rules, situation_stories, situations
from alerts.store.following import Followed
from alerts.warning.stories import SPAN

KEPT = 20
"""Days that are kept: today, and the last ones of months that people look at."""

_A_DAY = timedelta(days=1)

Counts: TypeAlias = dict[tuple[int, bool], dict[date, int]]
"""Situation id, and whether it is escalation (else de-escalation) → day → stories first seen then."""


class Counted:
    """What one process has counted. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[tuple[object, ...], Counts] = {}

    def counts(
        self, tx: Connection, followed: Sequence[Followed], by_id: Mapping[int, Rule], today: date
    ) -> Counts:
        """The stories of the days of a timeline that ends with ``today``."""
        told = today, rules.stamp(tx), situations.kept.stamp(tx)
        with self._lock:
            over = self._kept.get(told)
        open_since = today - _A_DAY  # what was seen before midnight may be saved after it
        if over is None:
            over = _counted(tx, followed, by_id, today - SHOWN * _A_DAY, open_since - _A_DAY)
            with self._lock:
                self._kept = dict([*self._kept.items(), (told, over)][-KEPT:])
        fresh = _counted(tx, followed, by_id, open_since - SPAN - _A_DAY, today)
        return {
            key: over.get(key, {}) | {day: n for day, n in fresh.get(key, {}).items() if day >= open_since}
            for key in over.keys() | fresh.keys()
        }


def _counted(
    tx: Connection, followed: Sequence[Followed], by_id: Mapping[int, Rule], since: date, until: date
) -> Counts:
    """The stories of the days, both included. A story counts once, on the first day on which any of a
    situation's rules met it in any of its places."""
    asked: dict[tuple[int, str], list[tuple[int, bool]]] = defaultdict(list)
    for each in followed:
        war = of_polarity(each, by_id, lambda polarity: polarity.escalates)
        peace = of_polarity(each, by_id, lambda polarity: polarity is Polarity.DEESCALATION)
        for ids, escalates in ((war, True), (peace, False)):
            for name in product(ids, each.places):
                asked[name].append((each.id, escalates))
    first: dict[tuple[int, bool], dict[int, date]] = defaultdict(dict)
    rule_ids, places = {rule for rule, _ in asked}, {place for _, place in asked}
    for rule_id, place, story_id, day in situation_stories.sightings(tx, rule_ids, places, since, until):
        for key in asked.get((rule_id, place), ()):
            before = first[key].get(story_id)
            if before is None or day < before:
                first[key][story_id] = day
    counts: Counts = {key: defaultdict(int) for key in first}
    for key, stories in first.items():
        for day in stories.values():
            counts[key][day] += 1
    return counts
