"""What can go wrong, in one tree. Each error answers: is it worth trying again?

    AlertsError
    ├── BadInput                 what a person or file gave us is wrong
    │   ├── SettingsError        an ALERTS_… variable
    │   ├── NotConfirmed         what many people would feel, and nobody has confirmed
    │   └── QueryError           a rule that cannot be read: code, column, hint
    ├── NotFound                 no such rule, feed, subscriber, item
    ├── FetchError               one HTTP retrieval
    │   ├── BlockedAddress       an address we do not call
    │   ├── NotAsked             our own queue was too long
    │   └── NotAFeed             an answer that is no feed we know
    └── Unavailable              database, broker, mail server or disk

``exit_code`` is what the command line returns for it (DESIGN: 2 bad input, 3 unknown, 4 unavailable).
"""

from __future__ import annotations

import unicodedata


class AlertsError(Exception):
    """The root. ``transient`` is True when the same call may succeed later."""

    transient = False
    exit_code = 1


class BadInput(AlertsError):
    """Says what is wrong, where, and what to do; nothing was changed."""

    exit_code = 2


class SettingsError(BadInput):
    """A setting has a wrong value; the message names the variable."""


class Overtaken(BadInput):
    """Somebody else was faster: it is no longer what this began from, and nothing was changed."""


class NotConfirmed(BadInput):
    """What was asked for would reach so many people that somebody has to ask for it twice."""


class QueryError(BadInput):
    """A query that cannot be read. ``column`` is 1-based, in code points.

    As a string it is a sentence; when ``query`` is known, two lines follow that point into it.
    """

    def __init__(self, code: str, column: int, message: str, hint: str, query: str = "") -> None:
        super().__init__(code, column, message, hint, query)
        self.code = code
        self.column = column
        self.message = message
        self.hint = hint
        self.query = query

    def __str__(self) -> str:
        said = f"{self.code} at column {self.column}: {self.message}. {self.hint}"
        return f"{said}\n{pointed(self.query, self.column)}" if self.query else said


_LEFT, _RIGHT = 60, 30  # code points shown on either side of a caret


def pointed(query: str, column: int) -> str:
    """The line of a query that has this column (1-based), and below it a caret under the column.

    A long line is cut around the column; wide (Chinese, Japanese, Korean) and combining characters are
    counted as a terminal shows them, and nothing that could move its cursor is let through.
    """
    at = min(max(column - 1, 0), len(query))
    first = query.rfind("\n", 0, at) + 1
    last = query.find("\n", at)
    left, right = max(first, at - _LEFT), min(len(query) if last < 0 else last, at + _RIGHT)
    before = ("…" if left > first else "") + _printable(query[left:at])
    after = _printable(query[at:right]) + ("…" if right < (len(query) if last < 0 else last) else "")
    return f"{before}{after}\n{' ' * sum(map(_columns, before))}^"


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _columns(sign: str) -> int:
    """How many columns of a terminal a character takes."""
    if unicodedata.category(sign) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


class NotFound(AlertsError):
    """The id or key is unknown here."""

    exit_code = 3


class FetchError(AlertsError):
    """One retrieval failed. ``reason`` is a short word that is counted and shown.

    Reasons: dns, connect, tls, timeout, http, too-large, encoding, redirects, blocked, not-a-feed, parse,
    not-asked, internal (a fault of ours that this feed brought to light).
    """

    exit_code = 3

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        transient: bool = True,
        status: int | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.transient = transient
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class BlockedAddress(FetchError):
    """The address, or one it led to, is not on the public internet nor allowed by the operator."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__("blocked", message, transient=False)


class NotAsked(FetchError):
    """The request's turn did not come in time: nobody was called, so this says nothing about a server."""

    def __init__(self, message: str) -> None:
        super().__init__("not-asked", message)


class NotAFeed(FetchError):
    """An answer came, but it is not a feed in a format we know."""

    def __init__(self, message: str, *, reason: str = "not-a-feed") -> None:
        super().__init__(reason, message)


class Unavailable(AlertsError):
    """Database, broker, mail server or disk cannot be used now."""

    transient = True
    exit_code = 4
