"""Finding the feeds of a site: ask the address itself, then what its page links to, then usual places.

And reading those that were found, so that a person can choose among them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from alerts.errors import BadInput, FetchError
from alerts.feeds.discover import Found, guesses
from alerts.feeds.discover import discover as links_of
from alerts.feeds.fetch import ACCEPT
from alerts.model import Item, ParsedFeed
from alerts.net.client import Client, Response

Parse = Callable[[bytes, str, str], ParsedFeed]
"""Reads a document (body, address, content type); raises FetchError, NotAFeed above all."""

LOOK_SECONDS = 10.0
"""How long somebody waits for an answer about a site."""

MOST_READ = 6
"""Feeds of one site that are read before somebody chooses."""

_NEWEST = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed that somebody may add: what it shows now, or why it cannot be read (``problem``). Of one that
    was not read only what its site says of it."""

    url: str
    title: str
    language: str | None = None
    count: int = 0
    newest: tuple[Item, ...] = ()
    problem: str = ""


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


def complete_address(typed: str) -> str:
    """The address that somebody means who types ``example.org``. Raises BadInput for what is none."""
    typed = typed.strip()
    address = typed if "://" in typed else f"https://{typed}"
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise BadInput("this is no address; write one such as https://example.org/") from error
    usual = parts.scheme.lower() in ("http", "https") and parts.hostname and "@" not in parts.netloc
    if not usual or any(map(str.isspace, address)):
        raise BadInput("this is no address; write one such as https://example.org/")
    return address


async def look_for_feeds(url: str, client: Client, parse: Parse) -> tuple[Candidate, ...]:
    """The feeds of a site, best first, the first few of them read. All within LOOK_SECONDS.

    Raises BlockedAddress, and FetchError when the address itself cannot be fetched or time is over before
    anything was found.
    """
    read: dict[str, ParsedFeed] = {}

    def remembered(body: bytes, address: str, content_type: str) -> ParsedFeed:
        read[address] = feed = parse(body, address, content_type)
        return feed

    until = asyncio.get_running_loop().time() + LOOK_SECONDS
    try:
        async with asyncio.timeout_at(until):
            found = await discover(url, client, remembered)
    except TimeoutError:
        raise FetchError("timeout", f"No answer within {LOOK_SECONDS:g} seconds") from None
    one_reader = asyncio.Lock()  # the process that parses serves one caller at a time

    async def candidate(each: Found) -> Candidate:
        try:
            if each.url not in read:
                async with asyncio.timeout_at(until):
                    answer = await client.get(each.url, {"Accept": ACCEPT})
                    if answer.status >= 300:
                        why = f"The server answered with status {answer.status}"
                        raise FetchError("http", why, status=answer.status)
                    async with one_reader:
                        kind = answer.headers.get("content-type", "")
                        read[each.url] = await asyncio.to_thread(parse, answer.body, answer.url, kind)
        except TimeoutError:
            return Candidate(each.url, each.title, problem="No answer in time")
        except FetchError as error:
            return Candidate(each.url, each.title, problem=str(error))
        feed = read[each.url]
        return Candidate(
            each.url,
            feed.title or each.title,
            feed.language,
            len(feed.items),
            _newest(feed.items),
        )

    unread = (Candidate(each.url, each.title) for each in found[MOST_READ:])
    return (*await asyncio.gather(*map(candidate, found[:MOST_READ])), *unread)


def _newest(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The items of the latest dates, else those at the top."""
    dated = sorted((each for each in items if each.published_at), key=_date, reverse=True)
    return tuple(dated or items)[:_NEWEST]


def _date(item: Item) -> float:
    return item.published_at.timestamp() if item.published_at else 0.0


async def _as_feed(answer: Response, parse: Parse) -> Found | None:
    try:
        content_type = answer.headers.get("content-type", "")
        # In a thread: reading a document can take seconds, and the loop has other requests to serve.
        read = await asyncio.to_thread(parse, answer.body, answer.url, content_type)
    except FetchError:  # no feed, or a document that no reader survives
        return None
    return Found(answer.moved_to or answer.url, read.title, read.format)
