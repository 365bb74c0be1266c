"""Finding the feeds of a site: ask the address itself, then what its page links to, then usual places."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from alerts.errors import FetchError
from alerts.feeds.discover import Found, guesses
from alerts.feeds.discover import discover as links_of
from alerts.feeds.fetch import ACCEPT
from alerts.model import ParsedFeed
from alerts.net.client import Client, Response

Parse = Callable[[bytes, str, str], ParsedFeed]
"""Reads a document (body, address, content type); raises FetchError, NotAFeed above all."""


async def discover(url: str, client: Client, parse: Parse) -> tuple[Found, ...]:
    """The feeds of a site, best first; () when there are none.

    An address that is a feed itself is the only answer. Feeds that a page links to are returned as the
    page names them, unread; of the usual places the first that holds a feed. At most 7 requests.

    Raises BlockedAddress, and FetchError when the address itself cannot be fetched.
    """
    page = await client.get(url, {"Accept": f"text/html, {ACCEPT}"})
    if page.status >= 300:
        raise FetchError("http", f"The server answered with status {page.status}", status=page.status)
    itself = await _as_feed(page, parse)
    if itself:
        return (itself,)
    content_type = page.headers.get("content-type", "")
    linked = await asyncio.to_thread(links_of, page.body, page.url, content_type)
    if linked:
        return linked
    for place in guesses(page.url):
        try:
            answer = await client.get(place, {"Accept": ACCEPT})
        except FetchError:
            continue
        found = await _as_feed(answer, parse) if answer.status < 300 else None
        if found:
            return (found,)
    return ()


async def _as_feed(answer: Response, parse: Parse) -> Found | None:
    try:
        content_type = answer.headers.get("content-type", "")
        # In a thread: reading a document can take seconds, and the loop has other requests to serve.
        read = await asyncio.to_thread(parse, answer.body, answer.url, content_type)
    except FetchError:  # no feed, or a document that no reader survives
        return None
    return Found(answer.moved_to or answer.url, read.title, read.format)
