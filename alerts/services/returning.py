"""What comes back: bounces, complaints, replies by machines, and wishes to leave.

Whoever knows an address can write a mail that looks like a bounce from it. So only what proves to be about a
mail of ours counts against a reader: the signed address it came to (VERP), or the Message-ID of the mail it
returns, which nobody can guess. Everything else is kept to be looked at, and silences nobody.

step                               transaction   if the process dies here
read what is new in the mailbox    none          read again
record it; leave, or score and     one a mail    recorded once: its hash is unique
  suppress
mark it as worked on               none          read again, and known
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from alerts.errors import Unavailable
from alerts.mail.links import Signer
from alerts.mail.mailbox import Mailbox
from alerts.mail.returns import message_ids, read_return, tags
from alerts.mail.score import verdict
from alerts.model import Returned, ReturnKind, SuppressionKind
from alerts.services.unsubscribe import leave
from alerts.store import audit, returns, suppressions
from alerts.store.returns import Sent
from alerts.store.unit import writing

LATEST = timedelta(days=30)
"""How long after a mail something about it may come back and count."""

_KINDS = {
    ReturnKind.HARD: SuppressionKind.BOUNCED,
    ReturnKind.SOFT: SuppressionKind.BOUNCED,
    ReturnKind.COMPLAINT: SuppressionKind.COMPLAINED,
}


@dataclass(frozen=True, slots=True)
class Returning:
    """What working on returned mail needs from outside."""

    engine: Engine
    signer: Signer
    address_hashes: Callable[[str], tuple[str, ...]]
    message_id: Callable[[str], str]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Worked:
    """What one returned mail came to. ``suppressed`` when its reader gets no more mail."""

    returned: tuple[Returned, ...]
    known: bool = False
    left: bool = False
    suppressed: bool = False


def collect(mailbox: Mailbox, returning: Returning) -> tuple[Worked, ...]:
    """Works on everything new in the mailbox. Raises Unavailable; what was worked on by then is done.

    A mail that cannot be worked on is left in the mailbox as seen, with a word about it, and keeps no other.
    """
    done = []
    with mailbox:
        for key, content in mailbox.messages():
            try:
                done.append(work_on(content, returning))
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is wrong with this one
                _set_aside(key, error, returning)
            mailbox.done(key)
    return tuple(done)


def _set_aside(key: str, error: Exception, returning: Returning) -> None:
    words = f"{type(error).__name__}: {ascii(str(error))[1:-1][:300]}"
    with writing(returning.engine) as tx:
        now, subject = returning.clock(), ascii(key)[1:-1]
        audit.record(tx, at=now, actor="returns", action="mail not understood", subject=subject, detail=words)


def work_on(content: bytes, returning: Returning) -> Worked:
    """Records one mail that came back, and does what follows from it, once."""
    answers = read_return(content)
    now = returning.clock()
    with writing(returning.engine) as tx:
        sent = _about(tx, content, returning.signer, now)
        said = _said(answers, sent)
        key = hashlib.sha256(content).hexdigest()
        if not returns.record(tx, key, sent, said, now):
            return Worked(answers, known=True)
        left = said.kind is ReturnKind.UNSUBSCRIBE and _leave(tx, content, returning, now)
        suppressed = sent is not None and _suppress(tx, sent, said, returning, now)
    return Worked(answers, left=left, suppressed=suppressed)


def _about(tx: Connection, content: bytes, signer: Signer, now: datetime) -> Sent | None:
    """The delivery that the mail proves to be about; None when it proves nothing, or comes too late."""
    for tag in tags(content):
        delivery_id = signer.read_return_tag(tag.token) if tag.purpose == "b" else None
        sent = None if delivery_id is None else returns.by_id(tx, delivery_id)
        if sent is not None:
            break
    else:
        sent = returns.by_message_id(tx, message_ids(content))
    return sent if sent is not None and now - sent.created_at <= LATEST else None


def _said(answers: tuple[Returned, ...], sent: Sent | None) -> Returned:
    """The answer about our reader. A mail to one reader is about that one, whatever other name their
    address goes by where it failed."""
    if sent is not None:
        for answer in answers:
            if answer.recipient.lower() == sent.address.lower():
                return answer
    return next((answer for answer in answers if answer.kind is not ReturnKind.NONE), answers[0])


def _leave(tx: Connection, content: bytes, returning: Returning, now: datetime) -> bool:
    for tag in tags(content):
        grant = returning.signer.read_unsubscribe_tag(tag.token) if tag.purpose == "u" else None
        if grant is not None:
            return leave(
                tx,
                grant,
                address_hashes=returning.address_hashes,
                message_id=returning.message_id,
                actor="subscriber, mail",
                now=now,
            )
    return False


def _suppress(tx: Connection, sent: Sent, said: Returned, returning: Returning, now: datetime) -> bool:
    kind = _KINDS.get(said.kind)
    if kind is None:
        return False
    past = returns.history(tx, sent.subscriber_id) if sent.subscriber_id is not None else ((now, said.kind),)
    if not verdict(past, now):
        return False
    reason = f"{said.kind} {said.status}".strip()
    suppressions.suppress(tx, returning.address_hashes(sent.address), kind, reason, now)
    audit.record(
        tx,
        at=now,
        actor="returns",
        action="address suppressed",
        subject=f"subscriber {sent.subscriber_id}" if sent.subscriber_id else f"delivery {sent.delivery_id}",
        detail=f"{reason}, about delivery {sent.delivery_id}",
    )
    return True
