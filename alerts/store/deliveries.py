"""The outbox: one row a message and address, from queued to sent, and every attempt on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import JSON, Connection, and_, func, insert, or_, select, type_coerce, update

from alerts.errors import AlertsError
from alerts.model import Cadence, DeliveryState, Digest, Letter, Outcome, Sending
from alerts.store.mail_schema import Attempt, Delivery, DigestRow, Subscriber, Subscription
from alerts.store.unit import insert_once

WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.AMBIGUOUS)
"""States in which a delivery may be claimed, once its ``send_after`` has come."""

MAX_COPIES = 3
"""Attempts that may have been accepted without our knowing; then a person decides."""


# A digest is taken as stored and understood only by who needs it: one that this program cannot read
# any more must stop its own delivery, and neither the batch it is in nor the page that lists it.
_FROZEN = type_coerce(DigestRow.content, JSON).label("frozen")
_DIGEST: TypeAdapter[Digest] = TypeAdapter(Digest)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery held by one sender, with all it needs to render it once and send it: a letter, or a digest
    of a subscription.

    ``put_off`` counts the attempts that a server or a broken line put off; those that reached no server
    are not among them.
    """

    id: int
    subscription_id: int | None
    subscriber_id: int | None
    address: str
    message_id: str
    attempt: int
    put_off: int
    unsure: int
    created_at: datetime
    content: bytes | None
    frozen: object
    letter: Letter | None = None

    @property
    def digest(self) -> Digest:
        """What is told. Raises AlertsError when this program cannot read what was stored."""
        return _thawed(self.frozen)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A delivery as the outbox lists it."""

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
    frozen: object
    letter: Letter | None

    @property
    def digest(self) -> Digest:
        """What is told. Raises AlertsError when this program cannot read what was stored."""
        return _thawed(self.frozen)


def _thawed(frozen: object) -> Digest:
    try:
        return _DIGEST.validate_python(frozen)
    except ValidationError as error:
        raise AlertsError(f"the stored digest cannot be read: {error.errors()[0]['msg']}") from error


def post(tx: Connection, address: str, letter: Letter, message_id: str, now: datetime) -> int | None:
    """Puts a letter into the outbox; None when one with that Message-ID is there already. The delivery id."""
    row = insert(Delivery).values(
        letter=letter,
        address=address,
        domain=address.rpartition("@")[2],
        message_id=message_id,
        state=DeliveryState.QUEUED,
        send_after=now,
        attempts=0,
        unsure=0,
        created_at=now,
    )
    return insert_once(tx, row.returning(Delivery.id))


def due(tx: Connection, now: datetime, limit: int) -> tuple[int, ...]:
    """Ids of deliveries that may be sent now, in the order they were made."""
    query = select(Delivery.id).where(Delivery.state.in_(WAITING), Delivery.send_after <= now)
    return tuple(tx.scalars(query.order_by(Delivery.send_after, Delivery.id).limit(limit)))


def claim(tx: Connection, delivery_id: int, *, now: datetime, until: datetime, token: str) -> Claimed | None:
    """Takes one delivery for one sender until the lease ends; None when it is not to be had."""
    taken = tx.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state.in_(WAITING), Delivery.send_after <= now)
        .values(
            state=DeliveryState.SENDING,
            claimed_until=until,
            claim_token=token,
            attempts=Delivery.attempts + 1,
        )
    )
    if taken.rowcount != 1:
        return None
    row = tx.execute(
        select(Delivery, DigestRow.subscription_id, _FROZEN)
        .outerjoin(DigestRow, DigestRow.id == Delivery.digest_id)
        .where(Delivery.id == delivery_id)
    ).one()
    put_off = select(func.count()).where(
        Attempt.delivery_id == delivery_id, Attempt.outcome == Outcome.RETRY.value
    )
    tx.execute(insert(Attempt).values(delivery_id=delivery_id, number=row.attempts, started_at=now))
    return Claimed(
        id=row.id,
        subscription_id=row.subscription_id,
        subscriber_id=row.subscriber_id,
        address=row.address,
        message_id=row.message_id,
        attempt=row.attempts,
        put_off=tx.scalar(put_off) or 0,
        unsure=row.unsure,
        created_at=row.created_at,
        content=row.content,
        frozen=row.frozen,
        letter=row.letter,
    )


def keep_content(tx: Connection, delivery_id: int, subject: str, content: bytes) -> None:
    """Stores the mail as it will be sent, every time."""
    tx.execute(update(Delivery).where(Delivery.id == delivery_id).values(subject=subject, content=content))


@dataclass(frozen=True, slots=True)
class Settled:
    """Where an attempt leaves its delivery. ``send_after`` None: not to be tried again.
    ``server_trouble``: the mail server cannot be reached or is silent, so the next would fare no better."""

    state: DeliveryState
    reason: str | None = None
    send_after: datetime | None = None
    unsure: int = 0
    server_trouble: bool = False


def settle(tx: Connection, claimed: Claimed, token: str, settled: Settled, now: datetime) -> bool:
    """Records where the delivery stands now. False when the lease was lost.

    Who comes back late, but before another sender took over, still says that the mail is sent: nobody
    needs to send it again.
    """
    mine = Delivery.claim_token == token
    if settled.state is DeliveryState.SENT:
        free = and_(Delivery.state == DeliveryState.AMBIGUOUS, Delivery.attempts == claimed.attempt)
        mine = or_(mine, free)
    done = tx.execute(
        update(Delivery)
        .where(Delivery.id == claimed.id, mine)
        .values(
            state=settled.state,
            reason=settled.reason,
            send_after=settled.send_after,
            unsure=settled.unsure,
            sent_at=now if settled.state is DeliveryState.SENT else None,
            claimed_until=None,
            claim_token=None,
        )
    )
    return done.rowcount == 1


def end_attempt(tx: Connection, claimed: Claimed, sending: Sending, now: datetime) -> None:
    """Records how the attempt itself went, whoever holds the delivery by now."""
    tx.execute(
        update(Attempt)
        .where(Attempt.delivery_id == claimed.id, Attempt.number == claimed.attempt)
        .values(
            finished_at=now,
            outcome=sending.outcome.value,
            phase=sending.phase,
            code=sending.code,
            reply=sending.reply,
        )
    )


def release_stale(tx: Connection, now: datetime) -> int:
    """Deliveries whose sender died: nobody knows whether the mail went out. They may be tried again
    at once, with the same bytes and Message-ID, up to ``MAX_COPIES``. Returns how many."""
    stale = (Delivery.state == DeliveryState.SENDING, Delivery.claimed_until <= now)
    again = update(Delivery).where(*stale, Delivery.unsure + 1 < MAX_COPIES)
    enough = update(Delivery).where(*stale)
    free = {"claimed_until": None, "claim_token": None, "unsure": Delivery.unsure + 1}
    reason = "its sender stopped in the middle"
    count = tx.execute(
        again.values(state=DeliveryState.AMBIGUOUS, send_after=now, reason=reason, **free)
    ).rowcount
    count += tx.execute(
        enough.values(state=DeliveryState.AMBIGUOUS, send_after=None, reason=f"{reason} three times", **free)
    ).rowcount
    return count


def retry(tx: Connection, now: datetime, delivery_id: int | None = None) -> int:
    """Puts mail that nothing would try again back into the queue: all of it, or one. Returns how many."""
    stuck = or_(
        Delivery.state == DeliveryState.FAILED,
        and_(Delivery.state == DeliveryState.AMBIGUOUS, Delivery.send_after.is_(None)),
    )
    chosen = update(Delivery).where(stuck)
    if delivery_id is not None:
        chosen = chosen.where(Delivery.id == delivery_id)
    again = chosen.values(state=DeliveryState.QUEUED, send_after=now, unsure=0)
    return tx.execute(again).rowcount


def latest(tx: Connection, limit: int = 50, *, address_key: str | None = None) -> tuple[Outgoing, ...]:
    """The newest deliveries, newest first."""
    query = (
        select(Delivery, _FROZEN, Subscription.cadence)
        .outerjoin(DigestRow, DigestRow.id == Delivery.digest_id)
        .outerjoin(Subscription, Subscription.id == DigestRow.subscription_id)
    )
    if address_key is not None:
        query = query.join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        query = query.where(Subscriber.address_key == address_key)
    return tuple(
        Outgoing(
            id=row.id,
            address=row.address,
            message_id=row.message_id,
            state=row.state,
            reason=row.reason,
            subject=row.subject,
            attempts=row.attempts,
            created_at=row.created_at,
            send_after=row.send_after,
            sent_at=row.sent_at,
            cadence=row.cadence,
            frozen=row.frozen,
            letter=row.letter,
        )
        for row in tx.execute(query.order_by(Delivery.id.desc()).limit(limit))
    )


def counts(tx: Connection) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state; every state is named, also at 0."""
    rows = tx.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


def oldest_waiting(tx: Connection, now: datetime) -> datetime | None:
    """Since when the most overdue delivery waits; None when nothing is overdue."""
    due_now = or_(Delivery.send_after <= now, Delivery.state == DeliveryState.SENDING)
    unsent = Delivery.state.in_((*WAITING, DeliveryState.SENDING))
    return tx.scalar(select(func.min(Delivery.send_after)).where(unsent, due_now))
