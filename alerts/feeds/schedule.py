"""When to ask a feed again: sooner while it posts, later while it is quiet, slower while it fails."""

from __future__ import annotations

LONGEST_BACKOFF_SECONDS = 24 * 3600


def next_interval(interval_seconds: int, new: int, *, minimum: int, maximum: int) -> int:
    """Seconds until the next poll after a success that brought ``new`` new items.

    News halves the interval towards ``minimum``; none stretches it by half towards ``maximum``.
    """
    wanted = interval_seconds // 2 if new else interval_seconds * 3 // 2
    return max(minimum, min(maximum, wanted))


def backoff(failures: int, retry_after_seconds: int | None, *, minimum: int) -> int:
    """Seconds until the next try after ``failures`` (≥ 1) failures in a row; never more than 24 hours.

    ``minimum`` doubles with each failure: a feed is never given up. A longer wait that the server
    asked for (Retry-After, RFC 9110 §10.2.3) is honoured.
    """
    # 2³² seconds are far beyond a day: no more doubling is needed, however long a feed has failed.
    wanted = minimum << min(max(failures, 0), 32)
    return max(1, min(LONGEST_BACKOFF_SECONDS, max(wanted, retry_after_seconds or 0)))
