"""Sending it: claim one delivery, render it once, hand it over, record what the server said.

step                               transaction   if the process dies here
claim one row, if its domain has   D             claimed again, same content
  room and nothing has stopped us;
  render once and store the bytes
send to one recipient              none          *sending* until the lease ends, then it may be
                                                 sent again: same bytes, same Message-ID
record the outcome                 E             as above

Where the next mail of a batch is rendered already, E and its D are one transaction. Rendering takes long, and
what a server has taken is written down before anything else is begun.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from alerts.errors import BadInput, Unavailable
from alerts.mail.transport import Transport
from alerts.model import (
    Cadence,
    DeliveryState,
    Digest,
    LetterKind,
    Message,
    Outcome,
    Sending,
    SubscriberState,
    SuppressionKind,
)
from alerts.services.brake import consider
from alerts.store import audit, deliveries, situations, subscribers, suppressions
from alerts.store.brakes import Stop
from alerts.store.deliveries import MAX_COPIES, Claimed, Settled
from alerts.store.pace import Pace
from alerts.store.unit import writing

LEASE = timedelta(seconds=60)
"""How long one sender holds one delivery; longer than the deadline of a mail."""

MAX_RENDERS = 5
"""Tries at rendering a delivery before it is set aside for a person; it blocks nobody else."""

GIVE_UP = timedelta(hours=48)
"""How long a mail that the server puts off is tried again."""

REST = timedelta(minutes=2)
"""How long a domain is left alone that closed the connection or kept us waiting, but for the mail that met
it: that one tries again first. The mail to others goes on meanwhile."""

_RETRY = (60, 300, 900, 3600, 3 * 3600, 6 * 3600)
_BROKEN = (20, 30, 60, 60, 300, 900)
_UNREACHABLE = timedelta(seconds=20)
_DROPPED = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message and the bytes of its mail."""

    message: Message
    content: bytes


@dataclass(frozen=True, slots=True)
class Delivering:
    """What delivering needs from outside. ``render`` is pure: same delivery, same bytes. ``return_path`` is
    where a delivery's failure is to be reported. ``stopped`` tells people that sending has stopped."""

    engine: Engine
    transport: Transport
    render: Callable[[Connection, Claimed, datetime], Rendered]
    address_hashes: Callable[[str], tuple[str, ...]]
    return_path: Callable[[int], str]
    pace: Pace
    stopped: Callable[[Connection, Stop], None]
    clock: Callable[[], datetime]
    randomness: Random


@dataclass(frozen=True, slots=True)
class _Held:
    """A delivery that is ours until its lease ends, with its bytes."""

    claimed: Claimed
    token: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Ended:
    """An attempt whose outcome has still to be recorded."""

    held: _Held
    sending: Sending
    settled: Settled
    at: datetime


def deliver(delivery_ids: Sequence[int], delivering: Delivering) -> tuple[tuple[int, Settled], ...]:
    """Sends those of the deliveries that are due and free. (id, where it stands now) for each.

    Stops when the mail server cannot be reached, or has trouble before it knows to whom the mail goes: the
    others stay queued and the next tick tries again with one connection, not with thousands. It also stops
    when it was kept waiting by a second domain: perhaps it is the server after all, and a task must end.
    """
    done: list[tuple[int, Settled]] = []
    ended: _Ended | None = None
    waited = 0
    for delivery_id in delivery_ids:
        taken = _take(delivery_id, delivering, after=ended)
        ended = _send(taken, delivering) if isinstance(taken, _Held) else None
        if ended is not None:
            done.append((delivery_id, ended.settled))
            waited += ended.sending.silent
            if ended.sending.outcome is Outcome.UNREACHABLE or waited > 1:
                break
        elif isinstance(taken, Settled):
            done.append((delivery_id, taken))
    if ended is not None:
        _record(ended, delivering)
    return tuple(done)


def _take(delivery_id: int, delivering: Delivering, after: _Ended | None) -> _Held | Settled | None:
    """Claims a delivery and records the attempt before it. Where the one stands that is not to be sent; None
    when it is not to be had."""
    if after is not None:
        try:
            with writing(delivering.engine) as tx:
                _write_down(tx, after, delivering)
                taken = _claim(tx, delivery_id, delivering, rendered=True)
        except Exception:  # noqa: BLE001 - whatever the next one suffers from, this mail has been sent
            _record(after, delivering)
        else:
            if taken is not None:
                return taken
    with writing(delivering.engine) as tx:
        return _claim(tx, delivery_id, delivering)


def _claim(
    tx: Connection, delivery_id: int, delivering: Delivering, *, rendered: bool = False
) -> _Held | Settled | None:
    now = delivering.clock()
    token = f"{delivering.randomness.getrandbits(96):024x}"
    claimed = deliveries.claim(
        tx, delivery_id, now=now, until=now + LEASE, token=token, pace=delivering.pace, rendered=rendered
    )
    if claimed is None:
        return None
    try:
        refusal = _why_not(tx, claimed, delivering)
        if refusal is None:
            return _Held(claimed, token, claimed.content or _rendered(tx, claimed, now, delivering))
        settled = Settled(DeliveryState.SUPPRESSED, refusal)
    except (Unavailable, DBAPIError):
        raise
    except Exception as error:  # noqa: BLE001 - a poison delivery is counted, and blocks nobody else
        settled = _not_rendered(claimed, error, now)
    deliveries.settle(tx, claimed, token, settled, now)
    return settled


def _send(held: _Held, delivering: Delivering) -> _Ended:
    claimed = held.claimed
    sending = delivering.transport.send(delivering.return_path(claimed.id), claimed.address, held.content)
    now = delivering.clock()
    return _Ended(held, sending, settle(claimed, sending, now, delivering.randomness), now)


def _rendered(tx: Connection, claimed: Claimed, now: datetime, delivering: Delivering) -> bytes:
    """The mail, rendered this once and stored."""
    rendered = delivering.render(tx, claimed, now)
    deliveries.keep_content(tx, claimed.id, rendered.message.subject, rendered.content)
    return rendered.content


def _why_not(tx: Connection, claimed: Claimed, delivering: Delivering) -> str | None:
    """Consent is checked at the last moment: who left meanwhile gets nothing more."""
    if suppressions.is_suppressed(tx, delivering.address_hashes(claimed.address), but=_yielding(claimed)):
        return "the address is on the suppression list"
    if claimed.subscription_id is None:
        return None
    order = subscribers.order(tx, claimed.subscription_id)
    if order.state is not SubscriberState.CONFIRMED:
        return f"the subscriber is {order.state}"
    if order.ended_at is not None:
        return "the subscription has ended"
    if order.cadence is Cadence.IMMEDIATE and not _wanted(tx, order.id) & _told(claimed.digest):
        return "the subscriber has left this rule"
    return None


def _yielding(claimed: Claimed) -> frozenset[SuppressionKind]:
    """Who left may ask again, and is told that they have left; both are letters they asked for themselves."""
    asked = {LetterKind.CONFIRM, LetterKind.GOODBYE, LetterKind.PREFERENCES}
    wanted = claimed.letter is not None and claimed.letter.kind in asked
    return frozenset({SuppressionKind.UNSUBSCRIBED}) if wanted else frozenset()


def _not_rendered(claimed: Claimed, error: Exception, now: datetime) -> Settled:
    if isinstance(error, BadInput):
        # A template or a setting is broken: the mail is fine, and waits until somebody has mended it.
        return Settled(DeliveryState.DEFERRED, f"not rendered: {error}", now + timedelta(minutes=5))
    if claimed.attempt >= MAX_RENDERS:
        return Settled(DeliveryState.FAILED, f"not rendered after {MAX_RENDERS} tries: {error}")
    return Settled(DeliveryState.DEFERRED, f"not rendered: {error}", now + timedelta(seconds=60))


def _record(ended: _Ended, delivering: Delivering) -> None:
    try:
        with writing(delivering.engine) as tx:
            _write_down(tx, ended, delivering)
    except Unavailable:
        # A database that was locked for a moment must not make us send an accepted mail again.
        with writing(delivering.engine) as tx:
            _write_down(tx, ended, delivering)


def _write_down(tx: Connection, ended: _Ended, delivering: Delivering) -> None:
    claimed, sending, now = ended.held.claimed, ended.sending, ended.at
    deliveries.end_attempt(tx, claimed, sending, now)
    deliveries.settle(tx, claimed, ended.held.token, ended.settled, now)
    if _is_domains_trouble(sending):
        deliveries.rest(tx, claimed.domain, now, now + REST)
    if sending.outcome in (Outcome.FAILED, Outcome.SUPPRESS):
        consider(tx, now, delivering.stopped)
    if sending.outcome is Outcome.SUPPRESS:
        words = f"{sending.code} {sending.reply}"
        hashes = delivering.address_hashes(claimed.address)
        suppressions.suppress(tx, hashes, SuppressionKind.BOUNCED, words, now)
        subject = f"subscriber {claimed.subscriber_id}"
        audit.record(tx, at=now, actor="deliver", action="address suppressed", subject=subject, detail=words)


def _is_domains_trouble(sending: Sending) -> bool:
    """Whether the rest of the mail to that domain had better wait: it closed the line or said nothing."""
    again = sending.outcome in (Outcome.RETRY, Outcome.AMBIGUOUS)
    return again and sending.code in (None, 421)


def settle(claimed: Claimed, sending: Sending, now: datetime, randomness: Random) -> Settled:
    """Where an attempt leaves its delivery: pure, so that a table of cases can state it.

    An ambiguous end means that the server may have accepted. When the connection broke, the server
    is asked again as soon as it is back; when it was silent, after ten minutes. Never more than
    ``MAX_COPIES`` times.
    """
    words = f"{sending.phase}: {sending.code or ''} {sending.reply}".replace("  ", " ").strip()
    match sending.outcome:
        case Outcome.SENT:
            return Settled(DeliveryState.SENT, unsure=claimed.unsure)
        case Outcome.FAILED:
            return Settled(DeliveryState.FAILED, words, unsure=claimed.unsure)
        case Outcome.SUPPRESS:
            return Settled(DeliveryState.SUPPRESSED, words, unsure=claimed.unsure)
        case Outcome.UNREACHABLE:
            return Settled(
                DeliveryState.DEFERRED, Outcome.UNREACHABLE, now + _UNREACHABLE, unsure=claimed.unsure
            )
        case Outcome.AMBIGUOUS:
            unsure = claimed.unsure + 1
            if unsure >= MAX_COPIES:
                return Settled(DeliveryState.AMBIGUOUS, f"{words}; {unsure} copies may be out", None, unsure)
            wait = timedelta(minutes=10) if sending.silent else _DROPPED
            return Settled(DeliveryState.AMBIGUOUS, words, now + wait, unsure)
        case Outcome.RETRY:
            if now - claimed.created_at > GIVE_UP:
                return Settled(DeliveryState.FAILED, f"given up: {words}", unsure=claimed.unsure)
            # Who said "not now", or nothing at all, is left alone for longer than whose line broke.
            waits = _RETRY if sending.code is not None or sending.silent else _BROKEN
            seconds = waits[min(claimed.put_off, len(waits) - 1)] * (1 + 0.2 * randomness.random())
            return Settled(
                DeliveryState.DEFERRED, words, now + timedelta(seconds=seconds), unsure=claimed.unsure
            )


def _wanted(tx: Connection, subscription_id: int) -> set[str]:
    """The keys of all that a subscription holds, whatever editors have made of it since it was told."""
    rules = {rule.name.key for rule in subscribers.rules_of(tx, subscription_id)}
    return rules | situations.held(tx, subscription_id)


def _told(digest: Digest) -> set[str]:
    """The keys of the rules and situations that an alert is about."""
    rules = {rule.key for entry in digest.entries for rule in entry.rules}
    return rules | {each.rule for each in digest.surges} | {each.situation for each in digest.assessments}
