"""Asking many feeds at once: every answer as it comes, and no failure stops another."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.errors import FetchError
from alerts.model import Feed, Fetched

FetchFeed = Callable[[Feed], Awaitable[Fetched]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking one feed."""

    feed: Feed
    started_at: datetime
    result: Fetched | FetchError


class Asking:
    """The requests of one poll; made where an event loop runs, and all begun at once."""

    def __init__(self, claimed: Sequence[Feed], fetch: FetchFeed, clock: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._arrived: asyncio.Queue[asyncio.Task[Answer]] = asyncio.Queue()
        self._under_way = {asyncio.create_task(self._ask(feed)) for feed in claimed}
        for task in tuple(self._under_way):
            task.add_done_callback(self._arrived.put_nowait)
            task.add_done_callback(self._under_way.discard)

    @property
    def over(self) -> bool:
        """Whether every answer has been handed out."""
        return not self._under_way and self._arrived.empty()

    async def answers(self, seconds: float | None) -> deque[Answer]:
        """Those that are there, in the order of feeds; waits for one, but at most so long."""
        found = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                found.append((await self._arrived.get()).result())
        while not self._arrived.empty():
            found.append(self._arrived.get_nowait().result())
        return deque(sorted(found, key=lambda answer: answer.feed.id))

    async def _ask(self, feed: Feed) -> Answer:
        started_at = self._clock()
        try:
            return Answer(feed, started_at, await self._fetch(feed))
        except FetchError as error:
            return Answer(feed, started_at, error)
        except Exception as error:  # noqa: BLE001 - a feed that trips us up must not stop the others
            return Answer(feed, started_at, fault(error))


def fault(error: Exception) -> FetchError:
    """A fault of ours that a feed brought to light, as that feed's outcome."""
    return FetchError("internal", f"{type(error).__name__}: {ascii(str(error))[1:-1][:300]}")
