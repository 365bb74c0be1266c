"""Sending it: how one attempt ended, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from alerts.model.kinds import ReturnKind


class Outcome(StrEnum):
    """How one attempt to hand a delivery to a mail server ended."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    SUPPRESS = "suppress"
    AMBIGUOUS = "ambiguous"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Sending:
    """One attempt: its outcome, the SMTP phase it reached, and the server's reply.

    ``phase`` is one of connect, hello, login, mail, rcpt, data, body, dot. ``silent`` is True when
    the deadline passed without an answer, False when the server answered or the connection broke.
    """

    outcome: Outcome
    phase: str
    code: int | None
    reply: str
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """What one mail that came back says about one recipient.

    ``recipient`` is '' when it names none. ``status`` is an enhanced code (RFC 3463) such as ``5.1.1``, ''
    when there is none. ``detail`` is the failing server's own words, one line of at most 500 characters.
    """

    recipient: str
    kind: ReturnKind
    status: str = ""
    detail: str = ""
