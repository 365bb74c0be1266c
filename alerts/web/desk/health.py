"""One sentence: does something wait for a person, and is the service doing its work? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from alerts.model import FeedState
from alerts.services.today import Critical
from alerts.store.feeds import FeedStand

OVERDUE_AFTER = timedelta(minutes=10)
"""Work that is due waits a few seconds; after this long, nobody is doing it."""


@dataclass(frozen=True, slots=True)
class Health:
    """``tone`` is ok, warn or bad."""

    sentence: str
    tone: str


def health(
    feeds: Sequence[FeedStand],
    mail_waits_since: datetime | None,
    now: datetime,
    stopped_at: datetime | None = None,
    critical: Critical = Critical(),  # noqa: B008 - it is frozen
) -> Health:
    """What matters first, then how the service is doing; the tone is that of the gravest.

    ``mail_waits_since`` is since when the most overdue delivery waits, None when none does; ``stopped_at``
    since when sending is stopped.
    """
    news = _of_feeds([feed for feed in feeds if feed.state is FeedState.ACTIVE], now)
    if critical.unseen:
        sentence = f"{news.sentence[0].lower()}{news.sentence[1:]}"
        news = Health(f"{_unseen(critical)}; {sentence}", "bad")
    if stopped_at is not None:
        return Health(f"{news.sentence}; no mail has been sent since {_time(stopped_at, now)}.", "bad")
    if mail_waits_since is None or now - mail_waits_since < OVERDUE_AFTER:
        return Health(f"{news.sentence}.", news.tone)
    return Health(f"{news.sentence}; mail has been waiting since {_time(mail_waits_since, now)}.", "bad")


def _unseen(critical: Critical) -> str:
    """*9 critical stories, none seen to*."""
    more = "" if critical.whole else "+"
    stories = f"{critical.total:,}{more} critical {'story' if critical.total == 1 else 'stories'}"
    if critical.unseen < critical.total:
        return f"{stories}, {critical.unseen:,} not seen to"
    return f"{stories}, {'not' if critical.total == 1 else 'none'} seen to"


def _of_feeds(active: Sequence[FeedStand], now: datetime) -> Health:
    count = len(active)
    if not count:
        return Health("No feed is being read yet", "warn")
    oldest_due = min(feed.next_poll_at for feed in active)
    if now - oldest_due > OVERDUE_AFTER:
        waiting = sum(now - feed.next_poll_at > OVERDUE_AFTER for feed in active)
        feeds = _part(waiting, count, "has", "have")
        return Health(f"{feeds} not been polled though due since {_time(oldest_due, now)}", "bad")
    if unreadable := sum(not feed.healthy for feed in active):
        return Health(f"{_part(unreadable, count, 'cannot', 'cannot')} be read", "bad")
    if failing := sum(feed.failures > 0 for feed in active):
        return Health(f"{_part(failing, count, 'was', 'were')} not read at the last try", "warn")
    if unread := sum(feed.last_success_at is None for feed in active):
        return Health(f"{_part(unread, count, 'has', 'have')} not been read yet", "warn")
    oldest = min(feed.last_success_at for feed in active if feed.last_success_at)
    hours = ceil((now - oldest) / timedelta(hours=1))
    span = "hour" if hours <= 1 else f"{hours} hours"
    which = "The one feed was" if count == 1 else f"All {count} feeds were"
    return Health(f"{which} read in the last {span}", "ok")


def _part(some: int, count: int, one: str, more: str) -> str:
    if count == 1:
        return f"The one feed {one}"
    return f"{some} of {count} feeds {one if some == 1 else more}"


def _time(at: datetime, now: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at:%H:%M} UTC" if now - at < timedelta(hours=20) else f"{at.day} {at:%B, %H:%M} UTC"
