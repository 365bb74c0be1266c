"""A mail server that keeps everything and delivers nothing: the local inbox of the demo and of tests.

Each mail becomes one file of a Maildir with the received bytes unchanged. Who it was for is not in those
bytes, so it is kept beside them, in ``envelopes/<the file's name>.json``, written first: a mail that can be
seen always has its envelope. Both are on disk before the sender hears 250.

    python -m alerts.embedded.catcher --port 2525 --maildir var/mailbox
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from alerts.embedded.inbox import ENVELOPES

_serial = itertools.count(1)


class Keeper:
    """Writes what aiosmtpd received to a Maildir."""

    def __init__(self, maildir: Path) -> None:
        self._maildir = maildir
        for name in ("tmp", "new", "cur", ENVELOPES):
            (maildir / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002
        """aiosmtpd's hook for a received mail; its answer is the reply to the dot."""
        try:
            name = self._keep(envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b"")
        except OSError as failed:
            print(f"a mail could not be kept: {failed}", flush=True)
            return "452 4.3.1 the mail could not be kept"
        return f"250 2.0.0 kept as {name}"

    def _keep(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        # The Maildir convention: unique by time, process and count.
        name = f"{time.time_ns()}.P{os.getpid()}Q{next(_serial)}.localhost"
        record = {"sender": sender, "recipients": list(recipients)}
        _write(self._maildir / "tmp" / name, json.dumps(record).encode("ascii"))
        (self._maildir / "tmp" / name).rename(self._maildir / ENVELOPES / f"{name}.json")
        _sync_folder(self._maildir / ENVELOPES)
        _write(self._maildir / "tmp" / name, content)
        (self._maildir / "tmp" / name).rename(self._maildir / "new" / name)
        _sync_folder(self._maildir / "new")
        return name


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def serve(host: str, port: int, maildir: Path) -> None:
    """Take mail until SIGTERM or SIGINT. Prints one line when it can be called; port 0 finds a free one.

    Raises OSError when the port is taken or the Maildir cannot be made.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    keeper = Keeper(maildir)
    # The host name is given because aiosmtpd would otherwise ask the resolver for it at every connection.
    server = await loop.create_server(lambda: SMTP(keeper, hostname="localhost", loop=loop), host, port)
    actual = server.sockets[0].getsockname()[1]
    print(f"catching mail on {host}:{actual}, kept in {maildir}", flush=True)
    await stop.wait()
    server.close()


def answers(port: int, *, host: str = "127.0.0.1", timeout_seconds: float = 1.0) -> bool:
    """Whether a mail server greets on this port."""
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds) as connection:
            return connection.recv(4) == b"220 "
    except OSError:
        return False


def main() -> int:
    """Run the catcher; returns the exit code."""
    parser = argparse.ArgumentParser("python -m alerts.embedded.catcher", description="Keep mail, send none.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--maildir", type=Path, required=True)
    chosen = parser.parse_args()
    try:
        asyncio.run(serve(chosen.host, chosen.port, chosen.maildir))
    except OSError as failed:
        print(f"the mail catcher cannot run: {failed}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
