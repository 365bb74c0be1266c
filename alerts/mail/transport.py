"""How mail leaves: one mail to one recipient, and exactly what became of it.

A transport never raises for what a server, a network or a disk does: it answers with a Sending. smtplib's own
``sendmail`` cannot say whether a lost connection came before or after the final dot, and its time-out starts
anew with every byte, so the steps are taken here one by one against one wall-clock end.
"""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Callable
from typing import Protocol

from alerts.errors import BadInput, Unavailable
from alerts.mail.address import check_address
from alerts.mail.conversation import Conversation, connection_to
from alerts.mail.server import read_server
from alerts.mail.verdict import readable, silence, verdict
from alerts.model import Outcome, Sending

Heard = Callable[[str, int, str], None]
"""Is told a reply: the phase, the code and the server's words."""

_GOODBYE_SECONDS = 2.0


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
        self._conversation: Conversation | None = None
        self._phase = "connect"
        self._reset_first = False

    def send(self, sender: str, recipient: str, content: bytes) -> Sending:
        """See Transport. A connection that the server closed since the last mail is silently replaced."""
        try:
            sender, recipient = check_address(sender), check_address(recipient)
        except BadInput as wrong:
            return Sending(Outcome.FAILED, "connect", None, str(wrong))
        if not content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n"):
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
        # By itself: a server may keep its answer back until it has looked at what was said together with it,
        # and a domain that stalls would then look like a server that does.
        to.ask(f"MAIL FROM:<{sender}>{size}", 2)
        self._ask_in_turn(to, ("rcpt", f"RCPT TO:<{recipient}>", 2), ("data", "DATA", 3))
        self._phase = "body"
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        first = b"." if content.startswith(b".") else b""
        # If this fails, the dot has not left us whole: the server cannot have taken the mail.
        to.send(first + stuffed + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"))
        self._phase = "dot"
        return to.answer(2)

    def _ask_in_turn(self, to: Conversation, *steps: tuple[str, str, int]) -> None:
        """Says the command of each phase: all at once where the server allows it (RFC 2920), else each after
        the answer to the one before. The first answer that does not lead on is raised."""
        at_once = to.has_extn("pipelining")
        if at_once:
            to.send("".join(f"{command}\r\n" for _, command, _ in steps))
        for place, (phase, command, positive) in enumerate(steps):
            self._phase = phase
            if not at_once:
                to.ask(command, positive)
                continue
            try:
                to.answer(positive)
            except smtplib.SMTPResponseException as refused:
                if refused.smtp_code != 421:
                    self._hear_out(to, len(steps) - place - 1)
                raise

    def _hear_out(self, to: Conversation, answers: int) -> None:
        """Takes the answers to what was said together with a command that was refused. A server that waits
        for a mail all the same gets an empty one, which it has nobody to give to (RFC 2920 §3.1)."""
        try:
            for _ in range(answers):
                code, _ = to.getreply()
            if answers and code == 354:
                to.send(b".\r\n")
                to.getreply()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def _connect(self, ends_at: float) -> Conversation:
        server = self._server
        self._reset_first = False
        sock = connection_to(server.host, server.port, ends_at)
        to = self._conversation = Conversation(sock, self._hello, ends_at, self._hear)
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

    def _start_tls(self, to: Conversation, *, required: bool) -> None:
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
