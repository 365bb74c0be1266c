"""Everything the page of one mail shows: read once, in one transaction, put into words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from alerts.errors import AlertsError
from alerts.model import DeliveryState, Digest
from alerts.store import outbox, people
from alerts.store.deliveries import WAITING
from alerts.store.outbox import SENT_AGAIN, Outgoing, Try
from alerts.store.people import CameBack
from alerts.web.desk.delivery_lines import STATE_WORDS, DeliveryLine, delivery_line

ENTRIES_SHOWN = 40

_HELD = "It is held back, until somebody queues it again."

_OUTCOMES = {
    "sent": ("taken", "ok"),
    "retry": ("put off", "warn"),
    "failed": ("refused", "bad"),
    "suppress": ("refused for good: no such mailbox", "bad"),
    "ambiguous": ("no clear end", "warn"),
    "unreachable": ("mail server not reached", "warn"),
}


@dataclass(frozen=True, slots=True)
class TryLine:
    """One try at handing the mail over."""

    number: int
    at: datetime
    words: str
    tone: str
    phase: str
    code: int | None
    reply: str


@dataclass(frozen=True, slots=True)
class EntryLine:
    """Why there is this mail: one of the things it tells, and the rules that found it."""

    title: str
    item_id: int
    rules: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    line: DeliveryLine
    explanation: str
    message_id: str
    created_at: datetime
    subscriber_id: int | None
    size: int | None
    tries: tuple[TryLine, ...]
    entries: tuple[EntryLine, ...]
    total: int
    window: tuple[datetime, datetime] | None
    returns: tuple[CameBack, ...]
    may_go_again: bool
    may_be_held: bool


def read_delivery(tx: Connection, delivery_id: int, *, whole: bool) -> DeliveryPage | None:
    """None when there is no such delivery. ``whole`` as for ``delivery_line``."""
    mail = outbox.find(tx, delivery_id)
    if mail is None:
        return None
    is_held = mail.state is DeliveryState.DEFERRED and mail.send_after is None
    line = delivery_line(mail, whole=whole)
    digest, raw = None if line.hidden else _digest(mail), outbox.content(tx, delivery_id)
    return DeliveryPage(
        line=line,
        explanation=_HELD if is_held else STATE_WORDS[mail.state],
        message_id=mail.message_id,
        created_at=mail.created_at,
        subscriber_id=mail.subscriber_id,
        size=None if raw is None else len(raw),
        tries=tuple(_try_line(each) for each in outbox.tries(tx, delivery_id)),
        entries=_entries(digest),
        total=digest.total if digest else 0,
        window=(digest.window.since, digest.window.until) if digest else None,
        returns=people.came_back(tx, 20, delivery_id=delivery_id),
        may_go_again=mail.state in SENT_AGAIN,
        may_be_held=mail.state in WAITING and not is_held,
    )


def _digest(mail: Outgoing) -> Digest | None:
    """What it tells; None for a letter, or for what this program cannot read any more."""
    if mail.letter is not None:
        return None
    try:
        return mail.digest
    except AlertsError:
        return None


def _entries(digest: Digest | None) -> tuple[EntryLine, ...]:
    if digest is None:
        return ()
    return tuple(
        EntryLine(entry.title.text, entry.item_id, tuple((rule.key, rule.name) for rule in entry.rules))
        for entry in digest.entries[:ENTRIES_SHOWN]
    )


_PHASES = {"dot": "end of the mail"}
"""What the protocol calls otherwise than people do."""


def _try_line(each: Try) -> TryLine:
    words, tone = _OUTCOMES.get(each.outcome or "", ("under way, or broken off", "off"))
    return TryLine(
        each.number,
        each.started_at,
        words,
        tone,
        _PHASES.get(each.phase or "", each.phase or ""),
        each.code,
        each.reply or "",
    )
