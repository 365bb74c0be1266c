"""The emergency brake: whether sending is stopped, since when and why. A row is in force until released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, Connection, func, insert, or_, select, type_coerce, update

from alerts.model import LetterKind, Outcome, Sending
from alerts.store.mail_schema import Attempt, Brake, Delivery
from alerts.store.unit import take_turns

_FINAL = (Outcome.SENT, Outcome.FAILED, Outcome.SUPPRESS)

OF_ONE_ADDRESS = 3
"""How many answers about one address count, so that one full mailbox does not stop everybody's mail."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Sending was stopped."""

    id: int
    pulled_at: datetime
    reason: str


def in_force(tx: Connection) -> Stop | None:
    """The stop that nobody has released yet."""
    query = select(Brake.id, Brake.pulled_at, Brake.reason).where(Brake.released_at.is_(None))
    row = tx.execute(query.order_by(Brake.id).limit(1)).one_or_none()
    return None if row is None else Stop(*row)


def pull(tx: Connection, reason: str, now: datetime) -> Stop | None:
    """Stops sending; None when it is stopped already."""
    take_turns(tx, "the brake")
    if in_force(tx):
        return None
    row = insert(Brake).values(pulled_at=now, reason=reason)
    return Stop(tx.scalars(row.returning(Brake.id)).one(), now, reason)


def release(tx: Connection, by: str, now: datetime) -> Stop | None:
    """Lets sending go on. What had stopped it; None when nothing had."""
    take_turns(tx, "the brake")
    stop = in_force(tx)
    tx.execute(update(Brake).where(Brake.released_at.is_(None)).values(released_at=now, released_by=by))
    return stop


def latest_ends(tx: Connection, since: datetime, until: datetime, limit: int) -> tuple[Sending, ...]:
    """How the latest attempts ended that were begun in that time and after the last release, newest first;
    only those that settled their mail: sent or refused for good.

    Of one address ``OF_ONE_ADDRESS`` count at most. Letters to addresses that strangers typed count not at
    all: whoever types those of a server that refuses them must not stop everybody's mail.
    """
    released = select(func.max(Brake.released_at)).scalar_subquery()
    newest = (Attempt.started_at.desc(), Attempt.id.desc())
    place = func.row_number().over(partition_by=Delivery.address, order_by=newest).label("place")
    typed = type_coerce(Delivery.letter, JSON)["kind"].as_string() == LetterKind.CONFIRM.value
    ends = (
        select(
            Attempt.outcome, Attempt.phase, Attempt.code, Attempt.reply, Attempt.started_at, Attempt.id, place
        )
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(
            Attempt.started_at > since,
            Attempt.started_at <= until,
            Attempt.started_at > func.coalesce(released, since),
            Attempt.outcome.in_([each.value for each in _FINAL]),
            or_(Delivery.letter.is_(None), ~typed),
        )
        .subquery()
    )
    query = select(ends).where(ends.c.place <= OF_ONE_ADDRESS)
    query = query.order_by(ends.c.started_at.desc(), ends.c.id.desc()).limit(limit)
    return tuple(
        Sending(Outcome(row.outcome or ""), row.phase or "", row.code, row.reply or "")
        for row in tx.execute(query)
    )
