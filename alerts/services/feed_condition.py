"""How each feed is doing: which cannot be read, and which can be read but have fallen silent. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from alerts.feeds.schedule import is_silent
from alerts.model import FeedState
from alerts.store.feeds import FeedStand


class Condition(StrEnum):
    """How a feed is doing, the gravest first; a feed is in one condition only."""

    FAILING = "failing"
    SILENT = "silent"
    RETRYING = "retrying"
    WAITING = "waiting"
    READ = "read"
    PAUSED = "paused"
    RETIRED = "retired"


TROUBLE = (Condition.FAILING, Condition.SILENT, Condition.RETRYING)
"""Conditions that somebody may have to look at."""

_ORDER = {condition: place for place, condition in enumerate(Condition)}
Stand = TypeVar("Stand", bound=FeedStand)
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def condition(feed: FeedStand) -> Condition:
    """The one condition of a feed. One that cannot be read is failing, however long its news is due:
    only a feed that answers can be silent."""
    if feed.state is not FeedState.ACTIVE:
        return Condition(feed.state.value)
    if not feed.healthy:
        return Condition.FAILING
    if _is_quiet(feed):
        return Condition.SILENT
    if feed.failures:
        return Condition.RETRYING
    return Condition.READ if feed.last_success_at else Condition.WAITING


def _is_quiet(feed: FeedStand) -> bool:
    """Whether its last answer came later after its last news than its habit allows.

    Measured up to that answer, not up to now: nobody knows what it has posted since, and after a stop
    of ours no feed is to blame.
    """
    read_at = feed.last_success_at
    return read_at is not None and is_silent(feed.last_new_at, feed.habit_seconds, read_at)


def silence(feed: FeedStand) -> timedelta:
    """How long a feed has answered without news; nothing when it never had any."""
    if feed.last_success_at is None or feed.last_new_at is None:
        return timedelta(0)
    return max(feed.last_success_at - feed.last_new_at, timedelta(0))


def by_trouble(feeds: Iterable[Stand]) -> list[Stand]:
    """The gravest first; of the same condition, what has lasted longest first."""

    def place(feed: FeedStand) -> tuple[int, datetime, str, int]:
        now = condition(feed)
        began = feed.last_new_at if now is Condition.SILENT else feed.last_success_at
        lasting = began or _EARLIEST if now in TROUBLE else _EARLIEST
        return _ORDER[now], lasting, feed.title.casefold(), feed.id

    return sorted(feeds, key=place)


def span(time: timedelta) -> str:
    """A length of time in its largest useful unit, rounded down: ``4 s``, ``45 min``, ``30 h``, ``3 d``."""
    seconds = int(time.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} d"
