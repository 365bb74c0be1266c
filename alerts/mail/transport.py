"""How mail leaves: one mail to one recipient, and exactly what became of it.

A transport never raises for what a server, a network or a disk does: it answers with a Sending. smtplib's own
``sendmail`` cannot say whether a lost connection came before or after the final dot, and its time-out starts
anew with every byte, so the steps are taken here one by one against one wall-clock end.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from typing import Protocol

from alerts.errors import BadInput, Unavailable
from alerts.mail.address import check_address
from alerts.mail.server import read_server
from alerts.mail.verdict import readable, silence, verdict
from alerts.model import Outcome, Sending

Heard = Callable[[str, int, str], None]
"""Is told a reply: the phase, the code and the server's words."""

_REPLY_BYTES = 8192  # RFC 5321 §4.5.3.1.5 allows 512 a line; a whole EHLO answer is far below this
_CHUNK = 16384  # one TLS record, so that the deadline is looked at between records
_GOODBYE_SECONDS = 2.0
_BARE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class Transport(Protocol):
    """Takes stored bytes to one mailbox."""

    def send(self, sender: str, recipient: str, content: bytes) -> Sending:
        """Hand over ``content`` (wire format, CRLF) unchanged; returns what became of it."""

    def close(self) -> None:
        """Let go of connections. The transport can be used again."""


class SmtpTransport:
    """SMTP to one server, over a connection that is kept between mails. For one thread at a time."""

    def __init__(
        self,
        url: str,
        *,
        hello: str,
        deadline_seconds: float = 45.0,
        heard: Heard | None = None,
    ) -> None:
        """``url`` as in ``read_server``; ``hello`` is the host name we give ourselves.

        ``deadline_seconds`` bounds one ``send``, from connecting to the last reply (looking up the server's
        name is bounded by the system's resolver). ``heard`` is told each reply as it comes.
        Nothing is connected yet. Raises BadInput for a URL or a name that cannot be used.
        """
        self._server = read_server(url)
        if not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", hello):
            raise BadInput(f"{hello!a} is not a name to greet a mail server with: write a host name")
        self._hello = hello
        self._deadline_seconds = deadline_seconds
        self._heard = heard
        self._conversation: _Conversation | None = None
        self._phase = "connect"
        self._reset_first = False

    def send(self, sender: str, recipient: str, content: bytes) -> Sending:
        """See Transport. A connection that the server closed since the last mail is silently replaced."""
        try:
            sender, recipient = check_address(sender), check_address(recipient)
        except BadInput as wrong:
            return Sending(Outcome.FAILED, "connect", None, str(wrong))
        if _BARE_LINE_END.search(content):
            return Sending(Outcome.FAILED, "connect", None, "a line of the stored mail does not end in CRLF")
        ends_at = time.monotonic() + self._deadline_seconds
        kept = self._conversation is not None
        sending = self._attempt(sender, recipient, content, ends_at)
        closed = kept and self._conversation is None and sending.phase == "mail"
        if closed and time.monotonic() < ends_at:
            sending = self._attempt(sender, recipient, content, ends_at)
        return sending

    def check(self) -> str:
        """Connects, greets, and logs in where that is asked for. What was found, in a few words.

        Raises Unavailable with the server's own words.
        """
        self._phase = "connect"
        try:
            self._connect(time.monotonic() + self._deadline_seconds)
        except (smtplib.SMTPException, OSError, UnicodeError) as lost:
            self._drop()
            where = f"{self._server.host}:{self._server.port}"
            raise Unavailable(f"the mail server {where} fails at {self._phase}: {lost}") from lost
        return "answers, and takes the login" if self._server.user else "answers"

    def close(self) -> None:
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            self._phase = "quit"
            conversation.ends_at = time.monotonic() + _GOODBYE_SECONDS
            try:
                conversation.docmd("QUIT")
            except (smtplib.SMTPException, OSError):
                pass  # whatever was sent stays sent
            finally:
                conversation.close()

    def _attempt(self, sender: str, recipient: str, content: bytes, ends_at: float) -> Sending:
        self._phase = "connect"
        try:
            code, reply = self._transaction(sender, recipient, content, ends_at)
        except smtplib.SMTPResponseException as refused:
            words = readable(refused.smtp_error)
            outcome = verdict(self._phase, refused.smtp_code, words)
            closing = refused.smtp_code == 421  # RFC 5321 §3.8
            if closing or outcome is Outcome.UNREACHABLE or not 400 <= refused.smtp_code <= 599:
                self._drop()
            self._reset_first = True
            return Sending(outcome, self._phase, refused.smtp_code, words)
        except (smtplib.SMTPException, OSError, UnicodeError) as lost:
            self._drop()
            words = readable(f"{type(lost).__name__}: {lost}")
            silent = isinstance(lost, TimeoutError)
            return Sending(silence(self._phase), self._phase, None, words, silent)
        self._reset_first = False
        return Sending(Outcome.SENT, self._phase, code, readable(reply))

    def _transaction(self, sender: str, recipient: str, content: bytes, ends_at: float) -> tuple[int, bytes]:
        """The reply to the dot. Raises SMTPResponseException for the first reply that does not lead on."""
        to = self._conversation or self._connect(ends_at)
        to.ends_at = ends_at
        self._phase = "mail"
        if self._reset_first and to.docmd("RSET")[0] != 250:
            raise smtplib.SMTPServerDisconnected("the server would not start anew")
        size = f" SIZE={len(content)}" if to.has_extn("size") else ""
        to.ask(f"MAIL FROM:<{sender}>{size}", 2)
        self._phase = "rcpt"
        to.ask(f"RCPT TO:<{recipient}>", 2)
        self._phase = "data"
        to.ask("DATA", 3)
        self._phase = "body"
        to.send(re.sub(rb"(?m)^\.", b"..", content))
        # If this fails, the dot has not left us whole: the server cannot have taken the mail.
        to.send(b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")
        self._phase = "dot"
        return to.answer(2)

    def _connect(self, ends_at: float) -> _Conversation:
        server = self._server
        self._reset_first = False
        sock = _open(server.host, server.port, ends_at)
        to = self._conversation = _Conversation(sock, self._hello, ends_at, self._hear)
        if server.tls:
            to.encrypt(ssl.create_default_context(), server.host)
        to.answer(2)
        self._phase = "hello"
        to.greet()
        if not server.tls and server.starttls != "never":
            self._start_tls(to, required=server.starttls == "required")
        if server.user:
            self._phase = "login"
            to.login(server.user, server.password)
        return to

    def _start_tls(self, to: _Conversation, *, required: bool) -> None:
        if not to.has_extn("starttls"):
            if required:
                raise smtplib.SMTPNotSupportedError("the server offers no STARTTLS, which is required")
            return
        to.ask("STARTTLS", 2)
        context = ssl.create_default_context()
        if not required:  # RFC 7435: unchecked encryption beats none, and none is what we would settle for
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        to.encrypt(context, self._server.host)
        to.greet()

    def _hear(self, code: int, reply: bytes) -> None:
        if self._heard is not None:
            self._heard(self._phase, code, readable(reply))

    def _drop(self) -> None:
        if self._conversation is not None:
            self._conversation.close()
            self._conversation = None


class _BrokenReply(smtplib.SMTPServerDisconnected):
    """What came is no SMTP reply, so nothing later on this connection can be trusted."""


class _Conversation(smtplib.SMTP):
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
            raise _BrokenReply("the server sent text ahead of the encryption that it announced")
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
                raise _BrokenReply(f"not an SMTP reply: {readable(line)}")
            lines.append(line[4:].strip())
            if line[3:4] != b"-":
                code, reply = int(line[:3]), b"\n".join(lines)
                self._heard(code, reply)
                return code, reply

    def _line(self) -> bytes:
        while b"\n" not in self._unread:
            if len(self._unread) > _REPLY_BYTES:
                raise _BrokenReply(f"a reply without an end: {readable(self._unread)}")
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


def _open(host: str, port: int, ends_at: float) -> socket.socket:
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
