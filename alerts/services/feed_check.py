"""Trying feeds without remembering anything: one request each, read and counted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from alerts.errors import FetchError
from alerts.feeds.fetch import fetch
from alerts.model import Validators
from alerts.net.client import Client
from alerts.services.discover import Parse

_AT_ONCE = 20
_NEVER = ("not-a-feed", "parse", "too-large", "encoding", "redirects")
"""What a server answers when it has something else than a feed there."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What one address gave: ``outcome`` is ``read`` or the reason of the failure, as in a feed's history.

    ``later``: it could not be read, but another time it may be.
    """

    url: str
    outcome: str
    items: int
    language: str | None
    note: str
    later: bool = False


async def try_feeds(urls: Iterable[str], client: Client, parse: Parse) -> tuple[Tried, ...]:
    """Fetches and reads each address once, 20 at a time; the answers in the order of ``urls``."""
    places = asyncio.Semaphore(_AT_ONCE)
    one_reader = asyncio.Lock()  # the process that parses serves one caller at a time

    async def tried(url: str) -> Tried:
        async with places:
            try:
                fetched = await fetch(client, url, Validators())
                async with one_reader:
                    feed = await asyncio.to_thread(parse, fetched.body, fetched.url, fetched.content_type)
            except FetchError as error:
                later = error.transient and error.reason not in _NEVER
                return Tried(url, error.reason, 0, None, str(error), later)
        moved = f"; moved to {fetched.moved_to}" if fetched.moved_to else ""
        return Tried(url, "read", len(feed.items), feed.language, f"{feed.title} ({feed.format}){moved}")

    return tuple(await asyncio.gather(*(tried(url) for url in urls)))
