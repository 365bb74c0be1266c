"""A mail server in another process that says yes to everything and keeps nothing.

It is as quick as a mail server can be, so what is measured is the sender.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_EHLO = b"250-sink.example\r\n250-SIZE 50000000\r\n250-PIPELINING\r\n250 8BITMIME\r\n"


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 sink.example ESMTP\r\n")
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while line := await reader.readline():
            match line[:4].upper():
                case b"EHLO":
                    writer.write(_EHLO)
                case b"DATA":
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    writer.write(b"250 2.0.0 taken\r\n")
                case b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"250 ok\r\n")
            await writer.drain()
    writer.close()


async def _serve() -> None:
    server = await asyncio.start_server(_converse, "127.0.0.1", 0, limit=64 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """A sink for the time of the block: the loopback port on which it listens."""
    root = Path(__file__).parent.parent
    with subprocess.Popen([sys.executable, "-m", "bench.sink"], cwd=root, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.kill()


if __name__ == "__main__":
    asyncio.run(_serve())
