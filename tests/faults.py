"""All the ways in which web servers misbehave, by name; ``fault_server`` serves them."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from random import Random

import brotli

ITEMS = 10
ENDLESS = b"x" * 65_536
BOMB = (b"<rss>", *[bytes(1_000_000)] * 300)

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """``outcomes`` are what a poll may make of it, ``door`` is one of the ports, ``host`` may be any name."""

    answer: Answer
    outcomes: frozenset[str]
    scheme: str = "http"
    door: str = "plain"
    host: str | None = None


BEHAVIOURS: dict[str, Behaviour] = {}


def behaviour(*outcomes: str, **where: str) -> Callable[[Answer], Answer]:
    """Enters the function below under its name, with hyphens."""

    def enter(answer: Answer) -> Answer:
        name = answer.__name__.strip("_").replace("_", "-")
        BEHAVIOURS[name] = Behaviour(answer, frozenset(outcomes), **where)
        return answer

    return enter


def fixed(name: str, content: bytes, *outcomes: str, **where: str) -> None:
    """Enters a behaviour that is nothing but bytes."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(content)

    BEHAVIOURS[name] = Behaviour(answer, frozenset(outcomes), **where)


def reply(body: bytes = b"", *headers: str, status: int = 200, length: int | None = -1) -> bytes:
    """An answer of HTTP/1.1 that ends the connection; without Content-Length when ``length`` is None."""
    lines = [f"HTTP/1.1 {status} Whatever", "Connection: close", *headers]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length < 0 else length}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def rss(items: str = "", *, head: str = "<?xml version='1.0' encoding='UTF-8'?>") -> str:
    return f"{head}<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"


def item(key: str, title: str, more: str = "") -> str:
    return (
        f"<item><guid>{key}</guid><title>{title}</title><link>https://news.example/{key}</link>{more}</item>"
    )


GOOD = rss("".join(item(f"good-{n}", f"Missile number {n}") for n in range(ITEMS))).encode()
KOREAN = rss(item("ko", "북한 탄도 미사일 발사"))
TYPE = "Content-Type: application/rss+xml; charset=utf-8"


def healthy(path: str, head: str) -> bytes:
    """One of the feeds that nothing is wrong with. Its headlines are about towns of its own: comparing
    thousands that are all alike would take most of the time."""
    number = path.rpartition("/")[2]
    tag = f'ETag: "{number}"'
    if f'"{number}"' in head:
        return reply(b"", tag, status=304, length=None)
    letters = Random(number)
    towns = ["".join(letters.choices("abdegiklmnorstuvz", k=9)).title() for _ in range(3 * ITEMS)]
    titles = [f"Missile near {towns[0]}", *(" ".join(towns[3 * n : 3 * n + 3]) for n in range(1, ITEMS))]
    items = (item(f"{number}-{n}", title) for n, title in enumerate(titles))
    return reply(rss("".join(items)).encode(), TYPE, tag)


async def hang_for_ever() -> None:
    await asyncio.sleep(3600)  # not on an event: nobody would refer to it, and it would be collected


# --- it never ends --------------------------------------------------------------------------


@behaviour("timeout")
async def hang_before_headers(_: asyncio.StreamWriter) -> None:
    await hang_for_ever()


@behaviour("timeout")
async def hang_in_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/x")
    await hang_for_ever()


@behaviour("timeout")
async def hang_after_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(reply(length=5_000))
    await hang_for_ever()


@behaviour("timeout")
async def hang_before_the_last_byte(writer: asyncio.StreamWriter) -> None:
    writer.write(reply(GOOD[:-1], TYPE, length=len(GOOD)))
    await hang_for_ever()


async def _drip(writer: asyncio.StreamWriter, content: bytes) -> None:
    for start in range(len(content)):
        writer.write(content[start : start + 1])
        await writer.drain()
        await asyncio.sleep(1)


@behaviour("read")
async def interim_answers_first(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3 + reply(GOOD, TYPE))


@behaviour("timeout")
async def one_byte_a_second(writer: asyncio.StreamWriter) -> None:
    writer.write(reply(TYPE.encode(), length=len(GOOD))[:-1])
    await _drip(writer, GOOD)


@behaviour("timeout")
async def headers_a_byte_a_second(writer: asyncio.StreamWriter) -> None:
    await _drip(writer, reply(GOOD, TYPE))


async def _repeat(writer: asyncio.StreamWriter, piece: bytes) -> None:
    while True:
        writer.write(piece)
        await writer.drain()


@behaviour("too-large")
async def endless_body(writer: asyncio.StreamWriter) -> None:
    writer.write(reply(TYPE.encode(), length=None))
    await _repeat(writer, ENDLESS)


@behaviour("too-large")
async def endless_chunks(writer: asyncio.StreamWriter) -> None:
    writer.write(reply(b"", TYPE, "Transfer-Encoding: chunked", length=None))
    await _repeat(writer, b"10000\r\n" + ENDLESS + b"\r\n")


@behaviour("http")
async def endless_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await _repeat(writer, b"X-News: none\r\n" * 1_000)


@behaviour("http")
async def endless_header_line(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-News: ")
    await _repeat(writer, ENDLESS)


@behaviour("http")
async def flood_of_interim_answers(writer: asyncio.StreamWriter) -> None:
    await _repeat(writer, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 1_000)


# --- bombs and lies about encoding and length -------------------------------------------------


@cache
def _bomb(encoding: str) -> bytes:
    """A small answer that is 300 MB when its encoding is undone."""
    if encoding == "br":
        stream = brotli.Compressor(quality=1)
        bomb = b"".join(map(stream.process, BOMB)) + stream.finish()
    else:
        pouring = zlib.compressobj(wbits=zlib.MAX_WBITS + 16 * (encoding == "gzip"))
        bomb = b"".join(map(pouring.compress, BOMB)) + pouring.flush()
    return reply(bomb, TYPE, f"Content-Encoding: {encoding}")


def make_bombs() -> None:
    """Takes a second or two: before anybody waits for an answer."""
    for encoding in ("gzip", "deflate", "br"):
        _bomb(encoding)


@behaviour("too-large")
async def gzip_bomb(writer: asyncio.StreamWriter) -> None:
    writer.write(_bomb("gzip"))


@behaviour("too-large")
async def deflate_bomb(writer: asyncio.StreamWriter) -> None:
    writer.write(_bomb("deflate"))


@behaviour("too-large")
async def brotli_bomb(writer: asyncio.StreamWriter) -> None:
    writer.write(_bomb("br"))


@behaviour("too-large")
async def gzip_bomb_in_gzip(writer: asyncio.StreamWriter) -> None:
    twice = gzip.compress(_bomb("gzip").partition(b"\r\n\r\n")[2])
    assert len(twice) < 2_000
    writer.write(reply(twice, TYPE, "Content-Encoding: gzip"))


PLAIN = gzip.compress(GOOD)
fixed("gzip-in-gzip", reply(gzip.compress(PLAIN), TYPE, "Content-Encoding: gzip, gzip"), "encoding")
fixed("gzip-cut-short", reply(PLAIN[:-20], TYPE, "Content-Encoding: gzip"), "encoding")
fixed("gzip-that-is-none", reply(GOOD, TYPE, "Content-Encoding: gzip"), "encoding")
fixed("encoding-unknown", reply(GOOD, TYPE, "Content-Encoding: zstd"), "encoding")
fixed("length-too-long", reply(GOOD, TYPE, length=len(GOOD) + 500), "connect")
fixed("length-too-short", reply(GOOD, TYPE, length=len(GOOD) - 500), "read", "not-a-feed", "http")
fixed("length-of-ten-gigabytes", reply(GOOD, TYPE, length=10_000_000_000), "too-large")
fixed(
    "chunks-cut-short",
    reply(b"ffff\r\n" + GOOD, TYPE, "Transfer-Encoding: chunked", length=None),
    "connect",
)
fixed(
    "chunks-of-nonsense",
    reply(b"zz\r\n" + GOOD, TYPE, "Transfer-Encoding: chunked", length=None),
    "connect",
    "http",
)


# --- redirects --------------------------------------------------------------------------------


def _redirect(name: str, location: str, outcome: str, *, status: int = 302) -> None:
    headers = [f"Location: {location}"] if location else []
    fixed(name, reply(b"", *headers, status=status), outcome)


_redirect("redirect-loop", "/redirect-loop", "redirects")
_redirect("redirect-nowhere", "", "redirects")
_redirect("redirect-to-a-private-address", "http://10.0.0.1/feed", "blocked", status=301)
_redirect("redirect-to-metadata", "http://169.254.169.254/latest/", "blocked")
_redirect("redirect-to-a-file", "file:///etc/hostname", "blocked", status=308)
_redirect("redirect-to-one-that-hangs", "/hang-before-headers", "timeout")
_redirect("redirect-0-too-many", "/redirect-1-too-many", "redirects")


# --- connections ------------------------------------------------------------------------------

fixed("tls-that-is-plain", b"", "tls", scheme="https", door="greeting")
fixed("tls-that-hangs", b"", "timeout", scheme="https", door="silent")
fixed("tls-self-signed", reply(GOOD, TYPE), "tls", scheme="https", door="tls", host="localhost")
fixed("tls-of-another-host", reply(GOOD, TYPE), "tls", scheme="https", door="tls")
fixed("nobody-listens", b"", "connect", door="closed")
fixed("reset-at-once", b"", "connect", door="reset")
fixed("hang-up-without-an-answer", b"", "connect")
fixed("unknown-name", b"", "dns", host="nowhere.example")


def reset_connection(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@behaviour("connect")
async def reset_in_the_middle(writer: asyncio.StreamWriter) -> None:
    writer.write(reply(GOOD[:500], TYPE, length=len(GOOD)))
    await writer.drain()
    reset_connection(writer)


# --- statuses and headers ---------------------------------------------------------------------

for status in (304, 404, 410, 500, 503):
    body = b"" if status == 304 else b"sorry"
    fixed(f"status-{status}", reply(body, status=status, length=None), "http")
fixed("status-204", reply(b"", status=204, length=None), "not-a-feed")
fixed("retry-in-seconds", reply(b"", "Retry-After: 7200", status=429), "http")
fixed(
    "retry-at-a-date",
    reply(
        b"",
        "Date: Thu, 05 Mar 2026 14:30:00 GMT",
        "Retry-After: Thu, 05 Mar 2026 17:30:00 GMT",
        status=429,
    ),
    "http",
)
fixed("garbage-for-a-status", b"HTTP/1.1 twohundred Sure\r\n\r\n" + GOOD, "http")
fixed("interim-answer-and-no-other", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "connect", "http")
fixed(
    "switch-to-another-protocol",
    b"HTTP/1.1 101 Whatever\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "not-a-feed",
    "http",
)
fixed("no-http-at-all", b"220 mail.example ESMTP\r\n", "http")
fixed("huge-cookies", reply(GOOD, TYPE, *(f"Set-Cookie: a{n}={'b' * 4_000}" for n in range(60))), "read")
fixed("huge-header", reply(GOOD, TYPE, f"X-News: {'b' * 70_000}"), "http")


# --- documents --------------------------------------------------------------------------------


def _document(name: str, body: bytes, *outcomes: str, type_: str = TYPE) -> None:
    fixed(name, reply(body, type_), *outcomes)


def _nested(depth: int) -> bytes:
    return rss(f"<item><title>Deep</title>{'<a>' * depth}{'</a>' * depth}</item>").encode()


_document("html-error-page", b"<!doctype html><html><body><h1>Down</h1></body></html>", "not-a-feed")
_document("empty", b"", "not-a-feed")
_document("json-of-another-kind", b'{"error": "none"}', "not-a-feed")
_document("binary-noise", Random(3).randbytes(500_000), "not-a-feed")
_document("only-nul-bytes", bytes(100_000), "not-a-feed")
_document("nul-bytes-within", GOOD.replace(b"Missile", b"Mis\0sile"), "read")
_document("korean-that-claims-utf-8", KOREAN.encode("euc-kr"), "read")
_document("type-of-an-image", GOOD, "read", type_="Content-Type: image/png")
_document("nested-deeply", _nested(50_000), "read", "not-a-feed", "parse")
_document(
    "author-of-96-kilobytes",
    rss(item("a", "b", f"<author>{'a' * 96_000}</author>")).encode(),
    "read",
    "parse",
)
_document(
    "fifty-thousand-attributes",
    rss(item("a", "b", "<x " + " ".join(f"a{n}='1'" for n in range(50_000)) + "/>")).encode(),
    "read",
    "parse",
)
_document(
    "billion-laughs",
    (
        "<!DOCTYPE rss [<!ENTITY a0 'ha'>"
        + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
        + "]>"
        + rss(item("a", "&a9;"), head="")
    ).encode(),
    "read",
    "not-a-feed",
    "parse",
)
