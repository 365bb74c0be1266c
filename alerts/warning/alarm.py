"""When a small probability is an alarm, and when an alarm is news."""

from __future__ import annotations

from datetime import date

from alerts.model import Level

LEVELS = ((Level.URGENT, 0.003), (Level.WARNING, 0.01), (Level.WATCH, 0.03))
"""Each level with the probability below which it is reached."""

LEAST_STORIES = 3
"""Stories in three days: with fewer, nothing has happened yet."""

LEAST_SOURCES = 2
"""Independent publishers in three days: one alone may be wrong."""

COOL_DOWN = 7
"""Days for which an alarm is not given again unless its level rises."""


def level(p: float, stories: int, sources: int | None) -> Level | None:
    """The level that p reaches with so many stories from so many independent publishers (None: not known,
    the rule is not applied) in three days; None when it is no alarm."""
    if stories < LEAST_STORIES or (sources is not None and sources < LEAST_SOURCES):
        return None
    return next((level for level, below in LEVELS if p < below), None)


def is_news(reached: Level | None, on: date, last: Level | None, last_on: date | None) -> bool:
    """Whether a level reached on a day has to be told, after the alarm that was told last."""
    if reached is None or last is None or last_on is None:
        return reached is not None
    return (on - last_on).days >= COOL_DOWN or reached.rank > last.rank
