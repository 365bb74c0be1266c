"""From names to addresses, for the HTTP client: each address is checked before anything connects to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

from alerts.net.address import LOOPBACK, Allow, check_ip, is_localhost

Resolve = Callable[[str], Awaitable[tuple[str, ...]]]
"""A name's IP addresses; raises OSError when there are none."""


class SystemNames:
    """The operating system's name resolution, off the event loop."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads

    async def __call__(self, name: str) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _addresses, name)


def _addresses(name: str) -> tuple[str, ...]:
    answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))


class CheckedResolver(AbstractResolver):
    """Lets aiohttp connect only to addresses that passed the check: no second look-up, no rebinding."""

    def __init__(self, resolve: Resolve, allow: Allow) -> None:
        self._resolve = resolve
        self._allow = allow

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """All addresses of ``host``; a single one that is not allowed condemns the name."""
        addresses = (LOOPBACK,) if is_localhost(host) else await self._resolve(host)
        if not addresses:
            raise OSError(f"no addresses for {host}")
        for address in addresses:
            check_ip(address, self._allow, port)
        wanted = [
            (address, socket.AF_INET6 if ":" in address else socket.AF_INET)
            for address in addresses
            if family in (socket.AF_UNSPEC, socket.AF_INET6 if ":" in address else socket.AF_INET)
        ]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address, kind in wanted
        ]

    async def close(self) -> None:
        """Nothing is held."""
