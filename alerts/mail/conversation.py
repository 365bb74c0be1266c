"""Talking to a mail server, with an end: smtplib's commands, every wait and every reply bounded."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable

from alerts.mail.verdict import readable

_REPLY_BYTES = 8192  # RFC 5321 §4.5.3.1.5 allows 512 a line; a whole EHLO answer is far below this
_CHUNK = 16384  # one TLS record, so that the deadline is looked at between records


class BrokenReply(smtplib.SMTPServerDisconnected):
    """What came is no SMTP reply, so nothing later on this connection can be trusted."""


class Conversation(smtplib.SMTP):
    """smtplib's commands over a socket of ours: every wait ends at ``ends_at``, every reply is bounded."""

    def __init__(
        self, sock: socket.socket, hello: str, ends_at: float, heard: Callable[[int, bytes], None]
    ) -> None:
        super().__init__(local_hostname=hello)
        self.sock = sock
        self.ends_at = ends_at
        self._heard = heard
        self._unread = b""

    def greet(self) -> None:
        code, reply = self.ehlo()
        if 500 <= code <= 599:  # a server that knows no extensions (RFC 5321 §3.2)
            code, reply = self.helo()
        _lead_on(code, reply, 2)

    def ask(self, command: str, positive: int) -> None:
        """Say ``command``; raises SMTPResponseException unless the code begins with ``positive``."""
        _lead_on(*self.docmd(command), positive)

    def answer(self, positive: int) -> tuple[int, bytes]:
        """The next reply; raises SMTPResponseException unless the code begins with ``positive``."""
        code, reply = self.getreply()
        _lead_on(code, reply, positive)
        return code, reply

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        if self._unread:
            raise BrokenReply("the server sent text ahead of the encryption that it announced")
        sock = self._timed()
        self.sock = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        self.sock.do_handshake()

    def send(self, s: object) -> None:
        content = s.encode("ascii") if isinstance(s, str) else bytes(memoryview(s))  # type: ignore[arg-type]
        for start in range(0, len(content), _CHUNK):
            self._timed().sendall(content[start : start + _CHUNK])

    def getreply(self) -> tuple[int, bytes]:
        lines: list[bytes] = []
        size = 0
        while True:
            line = self._line()
            size += len(line)
            if not re.match(rb"[2-5]\d\d(?:[ -]|$)", line) or size > _REPLY_BYTES:
                raise BrokenReply(f"not an SMTP reply: {readable(line)}")
            lines.append(line[4:].strip())
            if line[3:4] != b"-":
                code, reply = int(line[:3]), b"\n".join(lines)
                self._heard(code, reply)
                return code, reply

    def _line(self) -> bytes:
        while b"\n" not in self._unread:
            if len(self._unread) > _REPLY_BYTES:
                raise BrokenReply(f"a reply without an end: {readable(self._unread)}")
            received = self._timed().recv(4096)
            if not received:
                raise smtplib.SMTPServerDisconnected("the server closed the connection")
            self._unread += received
        line, _, self._unread = self._unread.partition(b"\n")
        return line.rstrip(b"\r")

    def _timed(self) -> socket.socket:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for one mail is over")
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        self.sock.settimeout(left)
        return self.sock


def _lead_on(code: int, reply: bytes, positive: int) -> None:
    if code // 100 != positive:
        raise smtplib.SMTPResponseException(code, reply)


def connection_to(host: str, port: int, ends_at: float) -> socket.socket:
    """A connection to the first address that answers; the time left is shared among those not yet tried."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for place, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(max(ends_at - time.monotonic(), 0.001) / (len(addresses) - place))
            sock.connect(address)
        except OSError:
            sock.close()
            if place == len(addresses) - 1:
                raise
        else:
            # Without this the final dot waits for the server's delayed acknowledgement, 40 ms a mail.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    raise OSError(f"the name {host} has no address")
