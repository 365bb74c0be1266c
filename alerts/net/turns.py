"""Whose turn it is: few requests at once, fewer to one host, and those a moment apart."""

from __future__ import annotations

import asyncio

AT_ONCE = 100
AT_ONCE_PER_HOST = 4
APART_SECONDS = 0.2


class Turns:
    """Hands out turns: at most 100 at once and 4 per host.

    Of a ``spaced`` host, turns begin at least 0.2 s after one another. Whoever waits for a slow host
    takes no place that another host could use. Hosts are remembered for good, so keep it no longer
    than a batch of requests.
    """

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)
        self._hosts: dict[str, _Host] = {}

    async def take(self, host: str, *, spaced: bool) -> None:
        """Returns when the turn has come; it lasts until ``give_back``. May be cancelled at any time."""
        own = self._hosts.get(host) or self._hosts.setdefault(host, _Host())
        await own.places.acquire()
        try:
            async with own.door:
                if spaced:
                    await asyncio.sleep(own.next_at - _now())
                await self._places.acquire()
                own.next_at = _now() + APART_SECONDS
        except BaseException:
            own.places.release()
            raise

    def give_back(self, host: str) -> None:
        """Ends one turn of that host."""
        self._places.release()
        self._hosts[host].places.release()


class _Host:
    """One host's places; through its door one goes at a time."""

    def __init__(self) -> None:
        self.places = asyncio.Semaphore(AT_ONCE_PER_HOST)
        self.door = asyncio.Lock()
        self.next_at = 0.0


def _now() -> float:
    return asyncio.get_running_loop().time()
