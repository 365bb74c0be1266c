"""Finding a site's feeds, and trying feeds, against a web server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import pytest

from alerts.errors import BlockedAddress, FetchError
from alerts.feeds.parse import parse
from alerts.net.address import Allow
from alerts.net.client import Client
from alerts.services.discover import discover
from alerts.services.feed_check import try_feeds

FEED = b"""<rss version="2.0"><channel><title>Wire</title><language>en</language>
<item><guid>1</guid><title>T</title></item></channel></rss>"""
PAGE = b"<!doctype html><title>Site</title><p>Hello"
Answer = TypeVar("Answer")


def response(body: bytes, kind: str = "text/html", status: str = "200 OK", more: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    )
    return f"{head}{more}\r\n".encode() + body


GONE = response(PAGE, status="404 Not Found")


def visiting(
    pages: Mapping[str, bytes], work: Callable[[Client, str], Awaitable[Answer]]
) -> tuple[Answer, list[str]]:
    """What ``work`` finds out about a site with these pages, and the paths it asked for."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        asked.append(path)
        writer.write(pages.get(path, GONE))
        await writer.drain()
        writer.close()

    async def scene() -> Answer:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server, Client(Allow.of("127.0.0.0/8"), "test/1") as client:
            return await work(client, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")

    return asyncio.run(scene()), asked


def discovered(pages: Mapping[str, bytes], path: str = "/") -> tuple[list[tuple[str, str, str]], list[str]]:
    async def work(client: Client, site: str) -> list[tuple[str, str, str]]:
        found = await discover(site + path, client, parse)
        return [(each.url.removeprefix(site), each.title, each.format) for each in found]

    return visiting(pages, work)


def test_an_address_that_is_a_feed_is_the_only_answer() -> None:
    assert discovered({"/": response(FEED, "text/html")}) == ([("/", "Wire", "rss20")], ["/"])


def test_the_links_of_the_page_that_was_reached_are_the_answer_and_nothing_more_is_asked() -> None:
    page = PAGE + b"<link rel=alternate type=application/rss+xml title=News href=news.xml>"
    pages = {"/": response(b"", status="302 Found", more="Location: /home/\r\n"), "/home/": response(page)}
    assert discovered(pages) == ([("/home/news.xml", "News", "rss")], ["/", "/home/"])


def test_usual_places_are_tried_until_one_really_holds_a_feed() -> None:
    pages = {"/": response(PAGE), "/feed/": response(PAGE), "/feed.xml": response(FEED, "text/xml")}
    assert discovered(pages) == (
        [("/feed.xml", "Wire", "rss20")],
        ["/", "/feed/", "/rss.xml", "/feed.xml"],
    )


def test_a_site_without_feeds_costs_seven_requests_at_most() -> None:
    found, asked = discovered({"/blog": response(PAGE)}, "/blog")
    assert found == []
    assert len(asked) == 7


def test_a_page_that_cannot_be_fetched_is_an_error_with_its_reason() -> None:
    with pytest.raises(FetchError, match="status 404"):
        discovered({})


def test_an_address_that_is_not_allowed_is_not_asked() -> None:
    with pytest.raises(BlockedAddress):
        visiting({}, lambda client, _: discover("http://10.0.0.1/", client, parse))


def test_feeds_are_tried_once_each_and_answer_in_order() -> None:
    pages = {"/a": response(FEED, "text/xml"), "/b": response(PAGE)}

    async def work(client: Client, site: str) -> list[tuple[Any, ...]]:
        tried = await try_feeds([f"{site}/b", f"{site}/a", f"{site}/c", "http://10.0.0.1/"], client, parse)
        return [(each.outcome, each.items, each.language) for each in tried]

    found, asked = visiting(pages, work)
    assert found == [("not-a-feed", 0, None), ("read", 1, "en"), ("http", 0, None), ("blocked", 0, None)]
    assert sorted(asked) == ["/a", "/b", "/c"]
