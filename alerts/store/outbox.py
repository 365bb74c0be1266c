"""The outbox as people look at it: what waits, what is under way, and what became of the rest; and what they
do with one mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, func, or_, select, update

from alerts.model import Cadence, DeliveryState, Digest, Letter
from alerts.store.deliveries import FROZEN, WAITING, thawed
from alerts.store.mail_schema import Attempt, Delivery, DigestRow, Mail, Subscriber, Subscription
from alerts.store.own_rules import MAY_BE_TOLD

REACH = 20_000
"""How many deliveries are looked through for one page of a list; what fits may be rare."""


SENT_AGAIN = (DeliveryState.FAILED, DeliveryState.AMBIGUOUS, DeliveryState.DEFERRED)
"""States in which somebody may queue a mail again."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A delivery as the outbox lists it. ``own``: its subject and what it tells may be of a rule that its
    reader wrote, which is for admins alone."""

    id: int
    address: str
    message_id: str
    state: DeliveryState
    reason: str | None
    subject: str | None
    attempts: int
    created_at: datetime
    send_after: datetime | None
    sent_at: datetime | None
    cadence: Cadence | None
    frozen: str
    letter: Letter | None
    subscriber_id: int | None
    own: bool

    @property
    def digest(self) -> Digest:
        """What is told. Raises AlertsError when this program cannot read what was stored."""
        return thawed(self.frozen)


_LISTED = (
    Delivery.id,
    Delivery.address,
    Delivery.message_id,
    Delivery.state,
    Delivery.reason,
    Delivery.subject,
    Delivery.attempts,
    Delivery.created_at,
    Delivery.send_after,
    Delivery.sent_at,
    Subscription.cadence,
    FROZEN,
    Delivery.letter,
    Delivery.subscriber_id,
    MAY_BE_TOLD,
)


def _outgoing() -> Any:
    return (
        select(*_LISTED)
        .outerjoin(DigestRow, DigestRow.id == Delivery.digest_id)
        .outerjoin(Subscription, Subscription.id == DigestRow.subscription_id)
    )


def latest(tx: Connection, limit: int = 50, *, address_key: str | None = None) -> tuple[Outgoing, ...]:
    """The newest deliveries, newest first."""
    query = _outgoing()
    if address_key is not None:
        query = query.join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        query = query.where(Subscriber.address_key == address_key)
    return tuple(Outgoing(*row) for row in tx.execute(query.order_by(Delivery.id.desc()).limit(limit)))


def find(tx: Connection, delivery_id: int) -> Outgoing | None:
    row = tx.execute(_outgoing().where(Delivery.id == delivery_id)).first()
    return None if row is None else Outgoing(*row)


def content(tx: Connection, delivery_id: int) -> bytes | None:
    """The mail as it is sent; None as long as it is not written."""
    return tx.scalar(select(Mail.content).where(Mail.delivery_id == delivery_id))


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt. Without an end it is under way, or its sender died in the middle."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    phase: str | None
    code: int | None
    reply: str | None


def tries(tx: Connection, delivery_id: int) -> tuple[Try, ...]:
    """All attempts, the first first."""
    columns = (
        Attempt.number,
        Attempt.started_at,
        Attempt.finished_at,
        Attempt.outcome,
        Attempt.phase,
        Attempt.code,
        Attempt.reply,
    )
    query = select(*columns).where(Attempt.delivery_id == delivery_id).order_by(Attempt.number)
    return tuple(Try(*row) for row in tx.execute(query))


# --- a page at a time ----------------------------------------------------------------------


class Kind(StrEnum):
    """What a delivery tells."""

    ALERT = "alert"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Sought:
    """Which deliveries: None for any. ``address`` is one, in small letters, of a reader or of a letter; made
    from ``since`` on, before ``until``."""

    state: DeliveryState | None = None
    kind: Kind | None = None
    address: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a list. Further ones lie ``before`` that number; None when there are none."""

    mails: tuple[Outgoing, ...]
    before: int | None


def leaf(tx: Connection, sought: Sought, before: int | None, limit: int) -> Leaf:
    """Deliveries, the newest first, from before that one on.

    Where no index leads to what is sought, at most ``REACH`` are looked through: the page may then have
    few, or none, and still not be the last.
    """
    query, lowest = _outgoing().order_by(Delivery.id.desc()), None
    top = before if before is not None else (tx.scalar(select(func.max(Delivery.id))) or 0) + 1
    if sought.until is not None:
        top = min(top, _first_since(tx, sought.until, top))
    if not sought.address and sought.state in (None, DeliveryState.SENT):
        lowest = max(0, top - REACH)
        query = query.where(Delivery.id >= lowest)
    bottom = _first_since(tx, sought.since, top) if sought.since is not None else 0
    query = query.where(Delivery.id < top, Delivery.id >= bottom, *_conditions(sought))
    found = [Outgoing(*row) for row in tx.execute(query.limit(limit + 1))]
    if len(found) > limit:
        return Leaf(tuple(found[:limit]), found[limit - 1].id)
    return Leaf(tuple(found), lowest if lowest is not None and lowest > max(bottom, 1) else None)


def _conditions(sought: Sought) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if sought.state is DeliveryState.SENT:
        # Most are: SQLite would sort them all, did it see that there is an index of states.
        found.append(cast(Delivery.state, Text) == sought.state.value)
    elif sought.state is not None:
        found.append(Delivery.state == sought.state)
    if sought.kind is Kind.LETTER:
        found.append(Delivery.digest_id.is_(None))
    elif sought.kind is not None:
        cadence = Cadence.IMMEDIATE if sought.kind is Kind.ALERT else Cadence(sought.kind.value)
        found.append(Subscription.cadence == cadence)
    if sought.address:
        # Letters hang on no reader, but there are few of them.
        reader = select(Subscriber.id).where(Subscriber.address_key == sought.address).scalar_subquery()
        letter = and_(Delivery.digest_id.is_(None), func.lower(Delivery.address) == sought.address)
        found.append(or_(Delivery.subscriber_id == reader, letter))
    return found


def _first_since(tx: Connection, moment: datetime, top: int) -> int:
    """The number from which on deliveries below ``top`` were made at that time or later. Numbers rise with
    time, so that no index of times is needed."""
    query = select(Delivery.id, Delivery.created_at).order_by(Delivery.id).limit(1)
    low, high = 0, top
    while low < high:
        middle = (low + high) // 2
        row = tx.execute(query.where(Delivery.id >= middle)).first()
        if row is None or row.id >= high:
            high = middle
        elif row.created_at < moment:
            low = row.id + 1
        else:
            high = middle
    return low


def counts(tx: Connection) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state; every state is named, also at 0."""
    rows = tx.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def counts_up_to(tx: Connection, most: int) -> dict[DeliveryState, int]:
    """The same, but counting no further than that in each state."""
    some = {
        state: select(Delivery.id).where(Delivery.state == state).limit(most).subquery()
        for state in DeliveryState
    }
    counted = [select(func.count()).select_from(each).scalar_subquery() for each in some.values()]
    return dict(zip(some, tx.execute(select(*counted)).one(), strict=True))


def oldest_waiting(tx: Connection, now: datetime) -> datetime | None:
    """Since when the most overdue delivery waits; None when nothing is overdue."""
    due_now = or_(Delivery.send_after <= now, Delivery.state == DeliveryState.SENDING)
    unsent = Delivery.state.in_((*WAITING, DeliveryState.SENDING))
    return tx.scalar(select(func.min(Delivery.send_after)).where(unsent, due_now))


# --- with a mail in hand -------------------------------------------------------------------


def send_again(tx: Connection, delivery_id: int, now: datetime) -> bool:
    """Makes one mail due now that failed, may be out, is held back or waits to be tried again; False for any
    other."""
    chosen = update(Delivery).where(Delivery.id == delivery_id, Delivery.state.in_(SENT_AGAIN))
    return tx.execute(chosen.values(state=DeliveryState.QUEUED, send_after=now, unsure=0)).rowcount == 1


def hold_back(tx: Connection, delivery_id: int, reason: str) -> bool:
    """Lets one mail that waits wait without an end; False when it does not wait."""
    chosen = update(Delivery).where(Delivery.id == delivery_id, Delivery.state.in_(WAITING))
    held = chosen.values(state=DeliveryState.DEFERRED, send_after=None, reason=reason)
    return tx.execute(held).rowcount == 1
