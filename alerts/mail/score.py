"""When to stop writing to an address for what came back from it. Pure.

One HARD answer or one complaint is enough. SOFT answers add up as mailing lists have long done it (Mailman):
a day counts once however many mails failed, and a run of failures that pauses for a week is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from alerts.model import ReturnKind

THRESHOLD = 5  # days with a soft bounce
STALE = timedelta(days=7)

_ENOUGH = (ReturnKind.HARD, ReturnKind.COMPLAINT)


def verdict(history: Sequence[tuple[datetime, ReturnKind]], now: datetime) -> bool:
    """Whether to suppress the address. ``history`` holds aware times, in any order; days are those of UTC.

    The caller leaves out what came before the reader last confirmed the address.
    """
    if any(kind in _ENOUGH for _, kind in history):
        return True
    score = 0
    latest: datetime | None = None
    for at in sorted(at for at, kind in history if kind is ReturnKind.SOFT):
        if latest is None or at - latest >= STALE:
            score = 1
        elif at.astimezone(UTC).date() != latest.astimezone(UTC).date():
            score += 1
        latest = at
    return latest is not None and now - latest < STALE and score >= THRESHOLD
