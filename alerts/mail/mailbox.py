"""The mailbox to which our mail comes back: over IMAP, or a Maildir on this machine.

Each mail is worked on once: what ``messages`` yields and ``done`` has not marked comes again with the next
run, so a crash between the two repeats a mail and never loses one.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

from alerts.errors import BadInput, Unavailable

MAIL_LIMIT = 1_000_000  # bytes of one mail that are read
RUN_LIMIT = 500  # mails of one run

_SHAPES = "imaps://user:password@host/FOLDER, imap://… or maildir:///folder"


class Mailbox(Protocol):
    """A context manager: leaving it lets go of the connection."""

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Up to RUN_LIMIT mails not yet done, the oldest first: a key, and at most MAIL_LIMIT bytes.

        Raises Unavailable.
        """

    def done(self, key: str) -> None:
        """Marks this mail as worked on: seen, and in a Maildir moved to ``cur``. Raises Unavailable."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_mailbox(url: str, *, timeout_seconds: float = 30.0) -> Mailbox:
    """``imaps://user:password@host[:port]/FOLDER``, ``imap://`` the same with STARTTLS, or ``maildir:///folder``.

    User, password and folder are percent-encoded where needed; the folder is INBOX without one. With
    ``imap://`` the connection is encrypted before the password is sent, except to this very machine.
    ``timeout_seconds`` bounds each answer. Raises BadInput, never repeating the URL, or Unavailable.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadInput(f"the mailbox's address cannot be read: write {_SHAPES}") from None
    if parts.scheme == "maildir" and not parts.netloc and parts.path:
        return MaildirMailbox(Path(unquote(parts.path)))
    host, user, password = parts.hostname or "", unquote(parts.username or ""), unquote(parts.password or "")
    if parts.scheme not in ("imap", "imaps") or not host or not user or not password:
        raise BadInput(f"the mailbox's address must look like {_SHAPES}")
    folder = unquote(parts.path.lstrip("/")) or "INBOX"
    if not (user + password + folder).isprintable() or not (user + password + folder).isascii():
        raise BadInput("user, password and folder of the mailbox must be printable ASCII")
    tls = parts.scheme == "imaps"
    return ImapMailbox(
        _Account(host, port or (993 if tls else 143), tls, user, password, folder),
        timeout_seconds=timeout_seconds,
    )


class MaildirMailbox:
    """A Maildir: what is in ``new`` has not been worked on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
            raise Unavailable(f"{folder} is no Maildir: it needs the folders new, cur and tmp")

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """See Mailbox. Oldest first by name, which begins with the second of arrival."""
        try:
            names = sorted(path.name for path in (self._folder / "new").iterdir() if path.is_file())
            for name in names[:RUN_LIMIT]:
                with (self._folder / "new" / name).open("rb") as mail:
                    content = mail.read(MAIL_LIMIT)
                yield name, content
        except OSError as error:
            raise Unavailable(f"the Maildir {self._folder} cannot be read: {error.strerror}") from None

    def done(self, key: str) -> None:
        """See Mailbox. A mail that somebody else has moved meanwhile counts as done."""
        try:
            (self._folder / "new" / key).rename(self._folder / "cur" / f"{key.partition(':')[0]}:2,S")
        except FileNotFoundError:
            return
        except OSError as error:
            raise Unavailable(f"a mail in {self._folder} cannot be moved: {error.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return


@dataclass(frozen=True, slots=True)
class _Account:
    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)
    folder: str


class ImapMailbox:
    """A folder on an IMAP server; keys are UIDs. It is opened when the first mail is asked for."""

    def __init__(self, account: _Account, *, timeout_seconds: float) -> None:
        self._account = account
        self._timeout_seconds = timeout_seconds
        self._connection: imaplib.IMAP4 | None = None

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """See Mailbox. Unseen mails; reading one does not mark it."""
        found = self._ask("SEARCH", "UNSEEN")
        uids = [uid for line in found if isinstance(line, bytes) for uid in line.split()]
        for uid in sorted(map(int, uids))[:RUN_LIMIT]:
            fetched = self._ask("FETCH", str(uid), f"(BODY.PEEK[]<0.{MAIL_LIMIT}>)")
            # Another program may have taken the mail away since the search.
            content = next((each[1] for each in fetched if isinstance(each, tuple)), None)
            if content is not None:
                yield str(uid), content[:MAIL_LIMIT]

    def done(self, key: str) -> None:
        """See Mailbox."""
        self._ask("STORE", key, "+FLAGS.SILENT", "(\\Seen)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.logout()
        except (imaplib.IMAP4.error, OSError):
            return

    def _ask(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes] | None]:
        try:
            if self._connection is None:
                self._connection = self._open()
            status, answer = self._connection.uid(command, *arguments)
        except (imaplib.IMAP4.error, OSError) as error:
            raise self._unavailable(error) from None
        if status != "OK":
            raise Unavailable(f"the mail server at {self._account.host} refused {command}")
        return answer

    def _open(self) -> imaplib.IMAP4:
        account = self._account
        context = ssl.create_default_context()
        if account.tls:
            connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                account.host, account.port, ssl_context=context, timeout=self._timeout_seconds
            )
        else:
            connection = imaplib.IMAP4(account.host, account.port, timeout=self._timeout_seconds)
        try:
            if not account.tls and not _is_this_machine(account.host):
                connection.starttls(ssl_context=context)
            connection.login(account.user, account.password)
            status, _ = connection.select(_quoted(account.folder))
            if status != "OK":
                raise Unavailable(f"the mail server at {account.host} has no folder {account.folder}")
        except BaseException:
            connection.shutdown()
            raise
        return connection

    def _unavailable(self, error: Exception) -> Unavailable:
        """The server's words, without the password should it repeat what it was sent."""
        words = " ".join(str(error).split())[:200].replace(self._account.password, "…")
        return Unavailable(
            f"the mailbox at {self._account.host} cannot be read: {words or type(error).__name__}"
        )


def _quoted(folder: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", folder) + '"'


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
