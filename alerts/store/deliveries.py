"""The outbox: one row a message and address, from queued to sent, and every attempt on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Text, Update, and_, bindparam, cast, func, insert, or_, select, update

from alerts.errors import AlertsError
from alerts.model import Cadence, DeliveryState, Digest, Letter, Outcome, Sending
from alerts.store.batches import batched
from alerts.store.mail_schema import Attempt, Delivery, DigestRow, Mail, Subscription
from alerts.store.pace import NOW, UNHURRIED, Pace, begun_lately, may_leave, moments, room
from alerts.store.unit import insert_once, take_turns

WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.AMBIGUOUS)
"""States in which a delivery may be claimed, once its ``send_after`` has come."""

MAX_COPIES = 3
"""Attempts that may have been accepted without our knowing; then a person decides."""


# A digest is taken as stored and understood only by who needs it: one that this program cannot read
# any more must stop its own delivery, and neither the batch it is in nor the page that lists it.
FROZEN = cast(DigestRow.content, Text).label("frozen")
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
    frozen: str
    letter: Letter | None = None

    @property
    def domain(self) -> str:
        """Of the recipient."""
        return self.address.rpartition("@")[2]

    @property
    def digest(self) -> Digest:
        """What is told. Raises AlertsError when this program cannot read what was stored."""
        return thawed(self.frozen)


def thawed(frozen: str) -> Digest:
    """Raises AlertsError when this program cannot read what was stored."""
    try:
        return _DIGEST.validate_json(frozen)
    except ValidationError as error:
        raise AlertsError(f"the stored digest cannot be read: {error.errors()[0]['msg']}") from error


def alerts_since(tx: Connection, subscriber_ids: Sequence[int], since: datetime) -> dict[int, list[datetime]]:
    """Subscriber → when their alerts of that time were made, in order."""
    query = (
        select(Delivery.subscriber_id, Delivery.created_at)
        .join(DigestRow, DigestRow.id == Delivery.digest_id)
        .join(Subscription, Subscription.id == DigestRow.subscription_id)
        .where(Delivery.created_at > since, Subscription.cadence == Cadence.IMMEDIATE)
        .order_by(Delivery.created_at)
    )
    found: dict[int, list[datetime]] = {}
    for chunk in batched(sorted(set(subscriber_ids))):
        for subscriber_id, at in tx.execute(query.where(Delivery.subscriber_id.in_(chunk))):
            found.setdefault(int(subscriber_id or 0), []).append(at)
    return found


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


def due(tx: Connection, now: datetime, limit: int, pace: Pace = UNHURRIED) -> tuple[int, ...]:
    """Ids of deliveries that may be sent now: of every domain the first, of every domain the second, and so
    on, so that no domain has to wait for another. Those of one domain come in the order they were made.
    """
    ours = Delivery.domain
    place = func.row_number().over(partition_by=ours, order_by=(Delivery.send_after, Delivery.id))
    ready = (
        select(Delivery.id, Delivery.send_after, ours, place.label("place"))
        .where(Delivery.state.in_(WAITING), Delivery.send_after <= NOW, may_leave())
        .subquery()
    )
    query = select(ready.c.id).order_by(ready.c.place, ready.c.send_after, ready.c.id).limit(limit)
    if pace.per_minute:
        lately = begun_lately()
        query = query.outerjoin(lately, lately.c.domain == ready.c.domain).where(
            ready.c.place + func.coalesce(lately.c.number, 0) <= pace.per_minute
        )
    return tuple(tx.scalars(query, moments(now)))


_THIS = Delivery.id == bindparam("this")
_CLAIMED = (
    select(
        Delivery.id,
        DigestRow.subscription_id,
        Delivery.subscriber_id,
        Delivery.address,
        Delivery.message_id,
        Delivery.attempts,
        select(func.count())
        .where(Attempt.delivery_id == Delivery.id, Attempt.outcome == Outcome.RETRY.value)
        .scalar_subquery(),
        Delivery.unsure,
        Delivery.created_at,
        Mail.content,
        FROZEN,
        Delivery.letter,
    )
    .outerjoin(DigestRow, DigestRow.id == Delivery.digest_id)
    .outerjoin(Mail, Mail.delivery_id == Delivery.id)
    .where(_THIS)
)
_BEGIN_ATTEMPT = insert(Attempt)


@lru_cache(maxsize=8)
def _taking(pace: Pace, *, rendered: bool) -> Update:
    """The statement of a claim. Making one takes longer than the database needs for it."""
    free = (Delivery.state.in_(WAITING), Delivery.send_after <= NOW, may_leave(), *room(pace))
    written = select(Mail.delivery_id).where(Mail.delivery_id == Delivery.id).exists()
    return (
        update(Delivery)
        .where(_THIS, *free, *([written] if rendered else []))
        .values(
            state=DeliveryState.SENDING,
            claimed_until=bindparam("until"),
            claim_token=bindparam("token"),
            attempts=Delivery.attempts + 1,
        )
    )


def claim(
    tx: Connection,
    delivery_id: int,
    *,
    now: datetime,
    until: datetime,
    token: str,
    pace: Pace = UNHURRIED,
    rendered: bool = False,
) -> Claimed | None:
    """Takes one delivery for one sender until the lease ends; None when it is not to be had, also because
    enough is going to its domain already, or because sending is stopped. ``rendered``: only if its bytes
    are stored."""
    if pace != UNHURRIED:  # or two would both take the last place
        take_turns(tx, select(Delivery.domain).where(Delivery.id == delivery_id).scalar_subquery())
    given = {"this": delivery_id, "until": until, "token": token, **moments(now)}
    if tx.execute(_taking(pace, rendered=rendered), given).rowcount != 1:
        return None
    claimed = Claimed(*tx.execute(_CLAIMED, {"this": delivery_id}).one())
    begun = {"delivery_id": delivery_id, "number": claimed.attempt, "started_at": now}
    tx.execute(_BEGIN_ATTEMPT, begun)
    return claimed


def subject_of(tx: Connection, message_id: str) -> str:
    """The subject of the mail with that Message-ID; '' when it was never written."""
    return tx.scalar(select(Delivery.subject).where(Delivery.message_id == message_id)) or ""


_NAME = update(Delivery).where(_THIS)
_KEEP = insert(Mail)


def keep_content(tx: Connection, delivery_id: int, subject: str, content: bytes) -> None:
    """Stores the mail as it will be sent, every time: once for each delivery."""
    tx.execute(_NAME, {"this": delivery_id, "subject": subject})
    tx.execute(_KEEP, {"delivery_id": delivery_id, "content": content})


@dataclass(frozen=True, slots=True)
class Settled:
    """Where an attempt leaves its delivery. ``send_after`` None: not to be tried again."""

    state: DeliveryState
    reason: str | None = None
    send_after: datetime | None = None
    unsure: int = 0


_MINE = Delivery.claim_token == bindparam("token")
_TAKEN_FROM_ME = and_(Delivery.state == DeliveryState.AMBIGUOUS, Delivery.attempts == bindparam("attempt"))
_SETTLE = update(Delivery).where(_THIS, _MINE)
_SETTLE_SENT = update(Delivery).where(_THIS, or_(_MINE, _TAKEN_FROM_ME))


def settle(tx: Connection, claimed: Claimed, token: str, settled: Settled, now: datetime) -> bool:
    """Records where the delivery stands now. False when the lease was lost.

    Who comes back late, but before another sender took over, still says that the mail is sent: nobody
    needs to send it again.
    """
    stands = {
        "state": settled.state,
        "reason": settled.reason,
        "send_after": settled.send_after,
        "unsure": settled.unsure,
        "claimed_until": None,
        "claim_token": None,
    }
    mine = {"this": claimed.id, "token": token}
    if settled.state is DeliveryState.SENT:
        done = tx.execute(_SETTLE_SENT, stands | mine | {"attempt": claimed.attempt, "sent_at": now})
    else:
        done = tx.execute(_SETTLE, stands | mine | {"sent_at": None})
    return done.rowcount == 1


_END_ATTEMPT = update(Attempt).where(
    Attempt.delivery_id == bindparam("this"), Attempt.number == bindparam("attempt")
)


def end_attempt(tx: Connection, claimed: Claimed, sending: Sending, now: datetime) -> None:
    """Records how the attempt itself went, whoever holds the delivery by now."""
    ended = {
        "finished_at": now,
        "outcome": sending.outcome.value,
        "phase": sending.phase,
        "code": sending.code,
        "reply": sending.reply,
    }
    tx.execute(_END_ATTEMPT, {"this": claimed.id, "attempt": claimed.attempt, **ended})


def rest(tx: Connection, domain: str, now: datetime, until: datetime) -> None:
    """Whatever else is due to that domain waits until then; what waits already waits no longer for it."""
    take_turns(tx, domain)  # two who rest the same rows in another order would wait for each other
    due_now = (Delivery.state.in_(WAITING), Delivery.send_after <= now)
    tx.execute(update(Delivery).where(Delivery.domain == domain, *due_now).values(send_after=until))


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
