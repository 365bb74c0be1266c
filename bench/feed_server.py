"""A web server of many feeds in another process, as quick as one can be in Python.

``/tag/N`` answers 304 to who knows its ETag, ``/plain/N`` has nothing to ask with and always sends the
same bytes. It listens on one port of many addresses of the loopback network, as if they were hosts.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.invented import World, wires

HOSTS = 100
ITEMS = 50
_DOCUMENTS = 100
_WRITTEN = datetime(2024, 1, 2, tzinfo=UTC)


class _Talk(asyncio.Protocol):
    """One connection: a request, an answer, and no more."""

    def __init__(self, documents: Sequence[bytes]) -> None:
        self._documents = documents
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._head += data
        if not self._head.endswith(b"\r\n\r\n"):
            return
        kind, number = self._head.split(b" ", 2)[1].strip(b"/").split(b"/")
        tag = b'ETag: "%s"\r\n' % number if kind == b"tag" else b""
        if tag and b'"%s"' % number in self._head:
            answer = b"HTTP/1.1 304 Not Modified\r\n%sConnection: close\r\n\r\n" % tag
        else:
            body = self._documents[int(number) % len(self._documents)]
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n%sContent-Length: %d\r\n"
            answer = head % (tag, len(body)) + b"Connection: close\r\n\r\n" + body
        self._transport.write(answer)
        self._transport.close()


def _listening() -> list[socket.socket]:
    """Sockets on as many addresses, all at one port."""
    while True:
        sockets: list[socket.socket] = []
        port = 0
        try:
            for host in range(1, HOSTS + 1):
                sockets.append(socket.create_server((f"127.0.0.{host}", port), backlog=1_000))
                port = sockets[0].getsockname()[1]
        except OSError:  # somebody has that port on one of the addresses
            for each in sockets:
                each.close()
            if not sockets:
                raise
        else:
            return sockets


async def _serve() -> None:
    world = World(seed=5)
    documents = [wire.go_on(ITEMS, _WRITTEN, length=ITEMS) for wire in wires(world, _DOCUMENTS)]
    loop = asyncio.get_running_loop()
    sockets = _listening()
    servers = [await loop.create_server(lambda: _Talk(documents), sock=each) for each in sockets]
    size = sum(map(len, documents)) // len(documents)
    print(json.dumps([sockets[0].getsockname()[1], size]), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def address(kind: str, number: int, port: int) -> str:
    """Where that feed is."""
    return f"http://127.0.0.{number % HOSTS + 1}:{port}/{kind}/{number}"


@contextlib.contextmanager
def feed_server() -> Iterator[tuple[int, int]]:
    """The server for the time of the block: its port, and the mean size of a feed in bytes."""
    root = Path(__file__).parent.parent
    command = [sys.executable, "-m", "bench.feed_server"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            port, size = json.loads(server.stdout.readline())
            yield port, size
        finally:
            server.kill()


if __name__ == "__main__":
    asyncio.run(_serve())
