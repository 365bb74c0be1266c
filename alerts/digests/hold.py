"""When an alert may go out: after quiet hours, after a pause, and not more of them than anybody can read.

What is held is told later, all of it in one mail; nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from alerts.digests.window import at_local
from alerts.model import Quiet

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_FAR = timedelta(days=3650)  # of a longer pause the end is looked at again then


def held_until(
    now: datetime,
    timezone: str,
    quiet: Quiet | None,
    paused_until: datetime | None,
    lately: Sequence[datetime],
    per_hour: int,
    *,
    critical: bool = False,
) -> datetime | None:
    """When an alert that is ready now may go out; None: at once.

    ``lately`` are the times of the alerts of the last hour, in order. Raises BadInput for an unknown zone.
    """
    free = crowded_until(now, lately, per_hour, critical=critical) or now
    if paused_until is not None:
        free = max(free, min(paused_until, now + _FAR))
    free = quiet_until(free, timezone, quiet) or free
    return free if free > now else None


def quiet_until(now: datetime, timezone: str, quiet: Quiet | None) -> datetime | None:
    """The end of the quiet hours that ``now`` lies in; None outside of them.

    Where the clocks skip the hour in which they begin or end, they do so as far after the gap as that would
    have been into it; where it comes twice, they begin and end with the first one. Raises BadInput for an
    unknown zone.
    """
    if quiet is None:
        return None
    # Quiet hours that began yesterday may reach into today.
    for day in (-_DAY, timedelta(0)):
        since = at_local(now, timezone, day, time(quiet.since))
        over_midnight = _DAY if quiet.until <= quiet.since else timedelta(0)
        until = at_local(now, timezone, day + over_midnight, time(quiet.until))
        if since <= now < until:
            return until
    return None


def crowded_until(
    now: datetime, lately: Sequence[datetime], per_hour: int, *, critical: bool = False
) -> datetime | None:
    """When the next alert may go out after those of the last hour; None: at once.

    Half of an hour's share goes out as it comes. The other half is spread evenly, so that what comes in a
    crowd waits some minutes for a mail that it shares, and never an hour. What is critical may use both
    halves at once. No hour sees more than ``per_hour``. Times yet to come are of a clock that was wrong, and
    hold nothing back.
    """
    lately = [at for at in lately if now - _HOUR < at <= now]
    burst = per_hour if critical else (per_hour + 1) // 2
    if len(lately) < burst:
        return None
    free = lately[-1] + _HOUR / max(per_hour - burst, 1)
    if len(lately) >= per_hour:
        free = max(free, lately[-per_hour] + _HOUR)
    return free if free > now else None
