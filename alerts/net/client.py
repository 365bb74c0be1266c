"""The one HTTP client: every address it connects to has passed the one address check.

Nothing else in the program opens an outgoing HTTP connection. Redirects are followed here, hop by
hop, because each hop is a new address to be checked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urljoin

import aiohttp
from aiohttp import StreamReader
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError, RawResponseMessage
from yarl import URL

from alerts.errors import BlockedAddress, FetchError, NotAsked
from alerts.net.address import Allow, Place, allowed_by_name, locate
from alerts.net.decoding import ACCEPTED, Decoder
from alerts.net.resolving import CheckedResolver, Resolve, SystemNames
from alerts.net.turns import Turns

MOST_REDIRECTS = 5
PATIENCE_SECONDS = 35.0
"""Longer than one deadline: behind four requests that hang, the next four of their host still get a turn."""

_RESOLVING_THREADS = 32
_PIECE = 65_536
_MOST_ANSWERS = 20
_LONGEST_HEADER = 32_768
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


@dataclass(slots=True)
class _Left:
    """What is left of one call's time, in seconds; it begins with ``whole``."""

    whole: float
    deadline: float
    patience: float


@dataclass(frozen=True, slots=True)
class Response:
    """The answer at the end of all redirects.

    Header names are in lower case; of a repeated header the first counts. ``body`` is decoded, and
    left unread (empty) for a status of 400 or more. ``moved_to`` is the final address when there was
    a redirect and every one was permanent (301, 308).
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    moved_to: str | None = None


class Client:
    """Fetches over HTTP(S); use as ``async with Client(…) as client``, one for each batch.

    At most 100 requests at once and 4 per host, and those 0.2 s apart unless the operator allows the
    host as one of its own network. No cookies, no proxies from the environment, no credentials.
    ``resolve`` replaces the system's name resolution.

    The deadline is wall-clock time for all that others do in one call: names, all hops, the whole
    body. Waiting for our own turn is not a server's fault and has a limit of its own, patience.
    """

    def __init__(
        self,
        allow: Allow,
        user_agent: str,
        *,
        resolve: Resolve | None = None,
        deadline_seconds: float = 30,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._allow = allow
        self._user_agent = user_agent
        self._resolve = resolve
        self._limits = _Left(deadline_seconds, deadline_seconds, patience_seconds)
        self._turns = Turns()
        self._threads: ThreadPoolExecutor | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        resolve = self._resolve
        if resolve is None:
            # Own threads: a slow name server must not fill the loop's few default ones, and leaving
            # the loop must not wait for it.
            self._threads = ThreadPoolExecutor(_RESOLVING_THREADS, thread_name_prefix="resolve")
            resolve = SystemNames(self._threads)
        connector = _Connector(
            resolver=CheckedResolver(resolve, self._allow),
            use_dns_cache=False,
            limit=0,  # turns are the limit
            force_close=True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent, "Accept-Encoding": ACCEPTED},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # asyncio.timeout is the deadline
            auto_decompress=False,
            trust_env=False,
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    async def get(self, url: str, headers: Mapping[str, str], *, max_bytes: int = 10_000_000) -> Response:
        """GET ``url``, following at most 5 redirects; any final status is an answer.

        It ends within the client's deadline and patience together. ``max_bytes`` bounds the body both
        as sent and as decoded.

        Raises BlockedAddress, NotAsked when patience ends, or FetchError with reason dns, connect, tls,
        timeout, http, too-large, encoding or redirects.
        """
        place = locate(url, self._allow)
        left = replace(self._limits)
        permanent = True
        for hop in range(MOST_REDIRECTS + 1):
            answer = await self._in_turn(place, headers, max_bytes, left)
            if answer.status not in _REDIRECTS:
                return replace(answer, moved_to=place.url) if hop and permanent else answer
            location = answer.headers.get("location", "").strip(" \t")
            if not location:
                raise FetchError("redirects", f"{place.url} redirects ({answer.status}) without saying where")
            permanent = permanent and answer.status in _PERMANENT
            place = locate(_joined(place.url, location), self._allow)
        raise FetchError("redirects", f"More than {MOST_REDIRECTS} redirects, the last to {place.url}")

    async def _in_turn(
        self, place: Place, headers: Mapping[str, str], max_bytes: int, left: _Left
    ) -> Response:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(left.patience):
                await self._turns.take(place.host, spaced=not allowed_by_name(place.host, self._allow))
        except TimeoutError:
            raise NotAsked(f"{place.host} was not asked: our requests before it took too long") from None
        asked = clock()
        left.patience -= asked - began
        try:
            async with asyncio.timeout(left.deadline):
                return await self._ask(place, headers, max_bytes)
        except TimeoutError:
            raise FetchError("timeout", f"No complete answer within {left.whole:g} seconds") from None
        finally:
            left.deadline -= clock() - asked
            self._turns.give_back(place.host)

    async def _ask(self, place: Place, headers: Mapping[str, str], max_bytes: int) -> Response:
        if self._session is None:
            raise RuntimeError("the client is used outside its 'async with' block")
        try:
            async with self._session.get(_one_way(place), headers=headers, allow_redirects=False) as answer:
                names: dict[str, str] = {}
                for name, value in answer.headers.items():
                    names.setdefault(name.lower(), value)
                readable = answer.status < 300
                body = await _read(answer, names, max_bytes) if readable else b""
                return Response(place.url, answer.status, names, body)
        except (aiohttp.ClientError, OSError) as error:
            raise _explained(error, place) from error


@lru_cache(maxsize=5_000)
def _one_way(place: Place) -> URL:
    """The address as aiohttp reads it, which has to be as we do."""
    url = URL(place.url, encoded=True)
    if url.raw_host != place.host or url.port != place.port:
        raise BlockedAddress(f"{place.url} can be read in more than one way")
    return url


async def _read(answer: aiohttp.ClientResponse, headers: Mapping[str, str], max_bytes: int) -> bytes:
    if answer.content_length is not None and answer.content_length > max_bytes:
        raise FetchError("too-large", f"The answer is larger than {max_bytes:,} bytes")
    decoder = Decoder(headers.get("content-encoding", ""), max_bytes)
    pieces = [decoder.feed(piece) async for piece in answer.content.iter_chunked(_PIECE)]
    decoder.finish()
    return b"".join(pieces)


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:
        raise BlockedAddress("The redirect leads to an address that cannot be read") from None


def _explained(error: aiohttp.ClientError | OSError, place: Place) -> Exception:
    """The library's error as ours: a reason to count and a sentence to show."""
    host = place.host
    match error:
        case TimeoutError():
            return FetchError("timeout", f"{host} did not answer in time")
        case aiohttp.ClientConnectorDNSError():
            return FetchError("dns", f"The name {host} cannot be resolved")
        case aiohttp.ClientConnectorCertificateError():
            return FetchError("tls", f"{host} shows a certificate we cannot trust: {error.certificate_error}")
        case aiohttp.ClientSSLError():
            return FetchError("tls", f"No secure connection to {host}")
        case aiohttp.ClientResponseError() | aiohttp.InvalidURL():
            return FetchError("http", f"{host} does not answer in HTTP that we understand")
        case aiohttp.ClientPayloadError():
            return FetchError("connect", f"{host} broke off in the middle of its answer")
        case aiohttp.ServerDisconnectedError():
            return FetchError("connect", f"{host} hung up without an answer")
        case _:
            return FetchError("connect", f"No connection to {host}")


class _Protocol(ResponseHandler):
    """Hangs up on a server that sends interim answers (1xx, RFC 9110 §15.2) without end: the library
    would read them all, at the cost of real ones, and leave no time for other servers."""

    _answers = 0

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        self._answers += 1
        if self._answers <= _MOST_ANSWERS:
            super().feed_data(data, size)
        elif self._answers == _MOST_ANSWERS + 1:
            self.set_exception(HttpProcessingError(message="too many interim answers"))


class _Connector(aiohttp.TCPConnector):
    """Connects with ``_Protocol``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory = cast("partial[ResponseHandler]", partial(_Protocol, loop=asyncio.get_running_loop()))
