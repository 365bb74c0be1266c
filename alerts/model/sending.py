"""Sending it: how one attempt ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
