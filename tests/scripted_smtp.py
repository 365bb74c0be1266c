"""A mail server on loopback that misbehaves exactly as a test tells it to."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

CERTIFICATE = Path(__file__).parent / "unit" / "mail" / "localhost.pem"  # for localhost and 127.0.0.1

GOOD = {
    "banner": b"220 test\r\n",
    "EHLO": b"250-test\r\n250 SIZE 1000000\r\n",
    "HELO": b"250 test\r\n",
    "AUTH": b"235 2.7.0 welcome\r\n",
    "STARTTLS": b"220 go on\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go on\r\n",
    "dot": b"250 2.0.0 kept\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


class Drop(Exception):
    """Close the connection now."""


def drop(_: socket.socket) -> None:
    raise Drop


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN, as a crashed machine does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    raise Drop


def hang(connection: socket.socket) -> None:
    """Say nothing for as long as the client stays."""
    while connection.recv(65536):
        pass
    raise Drop


def endless(piece: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    """Send ``piece`` again and again for as long as the client stays."""

    def send(connection: socket.socket) -> None:
        never = threading.Event()
        while True:
            connection.sendall(piece)
            never.wait(pause)

    return send


def slow(reply: bytes, seconds: float) -> Callable[[socket.socket], None]:
    """Byte by byte, over about ``seconds``."""

    def send(connection: socket.socket) -> None:
        never = threading.Event()
        for byte in reply:
            never.wait(seconds / len(reply))
            connection.sendall(bytes([byte]))

    return send


def then_drop(reply: bytes) -> Callable[[socket.socket], None]:
    def send(connection: socket.socket) -> None:
        connection.sendall(reply)
        raise Drop

    return send


def deaf(reply: bytes) -> Callable[[socket.socket], None]:
    """Answer, then read nothing more until the connection is shut."""

    def send(connection: socket.socket) -> None:
        connection.sendall(reply)
        shut = select.poll()
        shut.register(connection, select.POLLRDHUP)
        shut.poll()
        raise Drop

    return send


Action = bytes | Callable[[socket.socket], None]


class ScriptedServer:
    """Plays ``script``: for each step an action, or a list of them taken in turn (the last one stays).

    ``kept`` are the contents of mails answered with 2xx, unstuffed; ``mails`` all that reached the dot;
    ``commands`` every line received; ``connections`` how many were made.
    """

    def __init__(
        self, script: Mapping[str, Action | Sequence[Action]] | None = None, *, tls: bool = False
    ) -> None:
        self._script: dict[str, list[Action]] = {
            step: list(action) if isinstance(action, Sequence) and not isinstance(action, bytes) else [action]
            for step, action in {**GOOD, **(script or {})}.items()
        }
        self._tls = tls
        self.kept: list[bytes] = []
        self.mails: list[bytes] = []
        self.commands: list[str] = []
        self.connections = 0
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    def __enter__(self) -> ScriptedServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads.append(threading.Thread(target=self._accept))
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    @property
    def url(self) -> str:
        return f"{'smtps' if self._tls else 'smtp'}://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        current = [connection]
        try:
            if self._tls:
                current[0] = self._encrypted(connection)
            self._converse(current)
        except (Drop, OSError):
            pass
        finally:
            current[0].close()
            connection.close()

    def _encrypted(self, connection: socket.socket) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        encrypted = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._open.append(encrypted)
        try:
            encrypted.do_handshake()
        except OSError:
            encrypted.close()
            raise
        return encrypted

    def _play(self, step: str, connection: socket.socket) -> bytes:
        actions = self._script[step]
        action = actions.pop(0) if len(actions) > 1 else actions[0]
        if isinstance(action, bytes):
            if step == "dot" and action.startswith(b"2"):
                self.kept.append(self.mails[-1])
            connection.sendall(action)
            return action
        action(connection)
        return b""

    def _converse(self, current: list[socket.socket]) -> None:
        self._open.append(current[0])
        self._play("banner", current[0])
        unread = b""
        while True:
            while b"\r\n" not in unread:
                received = current[0].recv(65536)
                if not received:
                    return
                unread += received
            line, _, unread = unread.partition(b"\r\n")
            self.commands.append(line.decode("ascii"))
            step = line.split(b" ")[0].decode("ascii").upper()
            answer = self._play(step, current[0])
            if step == "STARTTLS" and answer.startswith(b"220"):
                current[0] = self._encrypted(current[0])
            elif step == "DATA" and answer.startswith(b"354"):
                while unread != b".\r\n" and not unread.endswith(b"\r\n.\r\n"):
                    received = current[0].recv(65536)
                    if not received:
                        return
                    unread += received
                self.mails.append(unread[:-3].replace(b"\r\n..", b"\r\n."))
                unread = b""
                self._play("dot", current[0])
            elif step == "QUIT":
                return
