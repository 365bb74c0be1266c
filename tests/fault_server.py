"""A web server on loopback that is as bad as the web: one way to misbehave per address.

    python tests/fault_server.py

It prints its ports as one line of JSON and serves until its stdin ends. ``/feed/N`` is a healthy feed with
an ETag; everything else is one of ``faults.BEHAVIOURS``, each at ``/NAME``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from faults import BEHAVIOURS, hang_for_ever, healthy, make_bombs, reply, reset_connection

CERTIFICATE = Path(__file__).parent / "unit" / "mail" / "localhost.pem"


@dataclass(frozen=True, slots=True)
class Ports:
    """HTTP, HTTPS, one that speaks first, one that never speaks, one that hangs up, one without a server."""

    plain: int
    tls: int
    greeting: int
    silent: int
    reset: int
    closed: int

    def url(self, name: str, host: str) -> str:
        """Where that behaviour is met, at that host."""
        it = BEHAVIOURS[name]
        return f"{it.scheme}://{it.host or host}:{getattr(self, it.door)}/{name}"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        path = head.split()[1].partition("?")[0]
        if path.startswith("/feed/"):
            writer.write(healthy(path, head))
        elif path[1:] in BEHAVIOURS:
            await BEHAVIOURS[path[1:]].answer(writer)
        else:
            # The steps between of redirect-0-too-many, which are no behaviours of their own.
            following = int(path.split("-")[1]) + 1
            writer.write(reply(b"", f"Location: /redirect-{following}-too-many", status=302))
        await writer.drain()
    with contextlib.suppress(ConnectionError):
        writer.close()
        await writer.wait_closed()


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n" * 10)
    await reader.read()
    writer.close()


async def _say_nothing(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    await hang_for_ever()


async def _hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset_connection(writer)


async def main() -> None:
    make_bombs()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    doors = ((_serve, None), (_serve, context), (_greet, None), (_say_nothing, None), (_hang_up, None))
    servers = [
        await asyncio.start_server(converse, "127.0.0.1", 0, ssl=how, backlog=1_000)
        for converse, how in doors
    ]
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))  # taken, so that nobody else listens there
    sockets = [*(server.sockets[0] for server in servers), closed]
    print(json.dumps([each.getsockname()[1] for each in sockets]), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


@contextlib.contextmanager
def faults() -> Iterator[Ports]:
    """The server in a process of its own, for the length of the block."""
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            yield Ports(*json.loads(server.stdout.readline()))
        finally:
            server.kill()


if __name__ == "__main__":
    asyncio.run(main())
