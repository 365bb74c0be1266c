"""When to ask a feed again: as often as it posts, as seldom as it asks, slower while it fails. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_BACKOFF_SECONDS = 24 * 3600
LONGEST_PASSING_SECONDS = 90 * 60
"""When trouble passes nobody tells us, and no news waits for hours because the days before were bad."""

LATEST_ITEMS = 20
"""How many of a feed's newest items tell how often it posts."""

USUAL_SILENCE = timedelta(hours=24)
HABITS = 3
"""A feed is silent when its last news is older than a day and than three of its own longest gaps."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The shortest and the longest time between two polls of a healthy feed, in seconds."""

    minimum: int
    maximum: int

    def clamp(self, seconds: float) -> int:
        return int(max(self.minimum, min(self.maximum, seconds)))


@dataclass(frozen=True, slots=True)
class Seen:
    """What one poll showed: how many items were new, how many known, and how often the feed posts
    (seconds between its latest items; None when they carry too few dates)."""

    new: int
    known: int
    posting_gap: float | None = None


def posting_gap(published: Sequence[datetime | None], now: datetime) -> float | None:
    """Mean seconds between the newest items of a document, the time since the last one included.

    None with fewer than three dates in the past.
    """
    dates = sorted((at for at in published if at is not None and at <= now), reverse=True)[:LATEST_ITEMS]
    return None if len(dates) < 3 else (now - dates[-1]).total_seconds() / len(dates)


def next_interval(interval_seconds: int, seen: Seen, hint_seconds: int, bounds: Bounds) -> int:
    """Seconds until the next poll after a success.

    A poll that finds nothing stretches the interval by half, one in which at least half is new halves
    it: there the feed may post more than it holds. It never grows beyond the feed's own posting gap.
    What publisher and server ask for (Cache-Control, Expires, ttl, sy:updatePeriod) makes it longer,
    within the bounds: a hint of a week must not silence a warning.
    """
    if not seen.new:
        wanted = interval_seconds * 1.5
    elif seen.new >= seen.known:
        wanted = interval_seconds / 2
    else:
        wanted = float(interval_seconds)
    if seen.posting_gap is not None:
        wanted = min(wanted, seen.posting_gap)
    return bounds.clamp(max(wanted, hint_seconds))


def outside_pause(
    at: datetime, skip_hours: frozenset[int], skip_days: frozenset[int], latest: datetime
) -> datetime:
    """The first full hour at or after ``at`` that the feed does not ask to be left alone in (RSS 2.0
    skipHours, 0–23 UTC, and skipDays, 0 is Monday), but not after ``latest``."""
    moment = at
    while moment < latest and (moment.hour in skip_hours or moment.weekday() in skip_days):
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return min(moment, max(at, latest))


def backoff(failures: int, retry_after_seconds: int | None, *, minimum: int, passing: bool = False) -> int:
    """Seconds until the next try after ``failures`` (≥ 1) failures in a row; never more than 24 hours.

    ``minimum`` doubles with each failure: a feed is never given up. Trouble that is ``passing`` (nobody
    answers, or a server that is broken itself) makes it no longer than 90 minutes, or ``minimum``. A longer
    wait that the server asked for (Retry-After, RFC 9110 §10.2.3) is honoured.
    """
    # 2³² seconds are far beyond a day: no more doubling is needed, however long a feed has failed.
    wanted = minimum << min(max(failures, 0), 32)
    if passing:
        wanted = min(wanted, max(minimum, LONGEST_PASSING_SECONDS))
    return max(1, min(LONGEST_BACKOFF_SECONDS, max(wanted, retry_after_seconds or 0)))


def habit(previous_seconds: int, gap: timedelta) -> int:
    """A feed's longest usual gap between news, in seconds: the longest seen, slowly forgotten."""
    return int(max(gap.total_seconds(), previous_seconds * 0.95))


def patience(habit_seconds: int) -> timedelta:
    """How long a feed of that habit may bring nothing before it counts as silent."""
    return max(USUAL_SILENCE, HABITS * timedelta(seconds=habit_seconds))


def is_silent(last_new_at: datetime | None, habit_seconds: int, now: datetime) -> bool:
    """Whether a feed that can be read has brought nothing for longer than its own habit."""
    return last_new_at is not None and now - last_new_at > patience(habit_seconds)
