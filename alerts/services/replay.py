"""Captured feeds, played again with the clock of their captures through every stage of the service.

Nothing here decides anything: it turns the clock and hands each feed what it showed at that time.
Same captures, rules and subscribers: same bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from alerts.errors import BadInput, FetchError
from alerts.model import Fetched, Validators

_NAME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Capture:
    """What one feed showed at one time."""

    at: datetime
    path: Path


@dataclass(frozen=True, slots=True)
class Captures:
    """All captures of a folder ``<feed>/<YYYYMMDDTHHMMSSZ>.xml``, by feed, in order of time."""

    by_feed: dict[str, tuple[Capture, ...]]

    @property
    def first_at(self) -> datetime:
        return min(captures[0].at for captures in self.by_feed.values())

    @property
    def last_at(self) -> datetime:
        return max(captures[-1].at for captures in self.by_feed.values())

    def at(self, url: str, now: datetime) -> Fetched:
        """What a feed showed at that time: its latest capture. Raises FetchError before its first one."""
        captures = self.by_feed[feed_of(url)]
        place = bisect_right(captures, now, key=lambda capture: capture.at)
        if place == 0:
            raise FetchError("connect", "not captured yet at this time")
        return Fetched(url, 200, captures[place - 1].path.read_bytes(), "", Validators())


def url_of(feed: str) -> str:
    """The address a captured feed goes by in a replay; nothing is ever fetched from it."""
    return f"https://{feed}.replay.invalid/feed.xml"


def feed_of(url: str) -> str:
    return url.removeprefix("https://").removesuffix(".replay.invalid/feed.xml")


def read_captures(folder: Path) -> Captures:
    """Raises BadInput when the folder holds no captures, or one whose name is no time."""
    by_feed: dict[str, tuple[Capture, ...]] = {}
    for place in sorted(path for path in folder.glob("*") if path.is_dir()):
        captures = tuple(_capture(path) for path in sorted(place.glob("*.xml")))
        if captures:
            by_feed[place.name] = captures
    if not by_feed:
        raise BadInput(f"{folder} holds no captures; a capture is <feed>/<YYYYMMDDTHHMMSSZ>.xml")
    return Captures(by_feed)


def _capture(path: Path) -> Capture:
    try:
        return Capture(datetime.strptime(path.stem, _NAME).replace(tzinfo=UTC), path)
    except ValueError as error:
        raise BadInput(f"{path}: the name is no time such as 20230308T060000Z.xml") from error


class Clock:
    """The time of the replay; it moves only when told to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def times(captures: Captures, step: timedelta, rest: timedelta) -> Iterator[tuple[datetime, bool]]:
    """Every time the clock is set to, and whether feeds are polled then: through the captures, and on
    for ``rest`` without polling, so that the last digests become due."""
    now, end = captures.first_at, captures.last_at
    while now < end:
        yield now, True
        now += step
    yield end, True
    if now == end:
        now += step
    while now < end + rest + step:
        yield now, False
        now += step


def play(
    clock: Clock,
    moments: Iterator[tuple[datetime, bool]],
    *,
    poll: Callable[[], None],
    watch: Callable[[], object],
    compose: Callable[[], None],
    deliver: Callable[[], None],
    due: Callable[[], datetime | None],
    progress: Callable[[datetime], None],
) -> None:
    """Turns the clock. One stage after the other at each moment, so that no order is left to chance; what
    becomes ``due`` between two moments is composed at its own time."""
    turns = list(moments)
    for (now, polling), (following, _) in pairwise([*turns, turns[-1]]):
        clock.now = now
        if polling:
            poll()
            watch()
        compose()
        deliver()
        while (at := due()) is not None and clock.now < at < following:
            clock.now = at
            compose()
            deliver()
        progress(now)


def longest(cadences: Sequence[str]) -> timedelta:
    """How long the clock must go on after the last capture until every digest has been due once."""
    days = {"immediate": 0, "daily": 1, "weekly": 7, "monthly": 31}
    return timedelta(days=max((days[cadence] for cadence in cadences), default=0))
