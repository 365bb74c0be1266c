"""Deliveries as a list shows them: state, address as far as it may be seen, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.model import Cadence, DeliveryState, LetterKind, ReturnKind
from alerts.store.outbox import Outgoing
from alerts.web.discreet import discreet

_LONG = 300

STATE_TONES = {
    DeliveryState.QUEUED: "off",
    DeliveryState.SENDING: "off",
    DeliveryState.SENT: "ok",
    DeliveryState.DEFERRED: "warn",
    DeliveryState.FAILED: "bad",
    DeliveryState.AMBIGUOUS: "warn",
    DeliveryState.SUPPRESSED: "off",
}
STATE_WORDS = {
    DeliveryState.QUEUED: "It waits for its turn.",
    DeliveryState.SENDING: "It is being handed to the mail server now.",
    DeliveryState.SENT: "The mail server took it. What its own way was from there, returned mail tells.",
    DeliveryState.DEFERRED: "It could not be handed over yet, and is tried again by itself.",
    DeliveryState.FAILED: "It was refused, and nothing tries it again by itself.",
    DeliveryState.AMBIGUOUS: "The mail server may have taken it or not: the connection broke in the middle.",
    DeliveryState.SUPPRESSED: "It is not sent: its reader is not to get it.",
}
LETTER_WORDS = {
    LetterKind.CONFIRM: "letter to confirm",
    LetterKind.WELCOME: "letter of welcome",
    LetterKind.GOODBYE: "goodbye",
    LetterKind.PREFERENCES: "link to the own page",
    LetterKind.DEAD_FEEDS: "notice: feeds in trouble",
    LetterKind.FAILED_DELIVERIES: "notice: mails failed",
    LetterKind.COVERAGE: "notice: coverage",
    LetterKind.SENDING_STOPPED: "notice: sending stopped",
    LetterKind.TEST: "test",
}
RETURN_WORDS = {
    ReturnKind.HARD: ("bounced for good", "bad"),
    ReturnKind.SOFT: ("bounced for now", "warn"),
    ReturnKind.COMPLAINT: ("complaint", "bad"),
    ReturnKind.AUTO_REPLY: ("automatic reply", "off"),
    ReturnKind.UNSUBSCRIBE: ("wish to leave", "off"),
    ReturnKind.NONE: ("says nothing about delivery", "off"),
}


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery. ``at`` is when it was sent, is tried next or was made, as ``at_is`` says; ``hidden``:
    what it tells is its reader's own, and not shown."""

    id: int
    subject: str
    hidden: bool
    kind: str
    address: str
    state: str
    tone: str
    reason: str
    attempts: int
    at_is: str
    at: datetime


def delivery_line(mail: Outgoing, *, whole: bool) -> DeliveryLine:
    """``whole``: whole addresses may be seen, and what readers look for."""
    hidden = mail.own and not whole
    reason = mail.reason or ""
    shown = reason if whole else discreet(reason)
    at_is, at = _moment(mail)
    return DeliveryLine(
        id=mail.id,
        subject="" if hidden else mail.subject or "",
        hidden=hidden,
        kind=kind_words(mail),
        address=mail.address if whole else discreet(mail.address),
        state=mail.state.value,
        tone=STATE_TONES[mail.state],
        reason=shown if len(shown) <= _LONG else f"{shown[:_LONG]}…",
        attempts=mail.attempts,
        at_is=at_is,
        at=at,
    )


def kind_words(mail: Outgoing) -> str:
    if mail.letter is not None:
        return LETTER_WORDS.get(mail.letter.kind, "letter")
    return "alert" if mail.cadence in (Cadence.IMMEDIATE, None) else f"{mail.cadence} digest"


def _moment(mail: Outgoing) -> tuple[str, datetime]:
    if mail.sent_at is not None:
        return "sent", mail.sent_at
    if mail.send_after is not None and mail.state is not DeliveryState.SENDING:
        return "next try", mail.send_after
    return "made", mail.created_at
