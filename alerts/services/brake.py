"""The emergency brake: when servers refuse what we send, sending more of it makes it worse (R27).

A refusal for policy, reputation or authentication says that the next mail will be refused too, and that going
on costs the good name of our domain; a crowd of missing mailboxes says that a list is not what it should be.
Either way a person decides, and until then mail waits: late, and not lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from alerts.mail.verdict import about_us
from alerts.model import Letter, LetterKind, Outcome, Sending, Trouble
from alerts.store import audit, brakes, deliveries
from alerts.store.brakes import Stop
from alerts.store.unit import writing

FEWEST = 20
"""With fewer answers than that, nothing is decided."""

LATEST = 50
"""How many of the latest answers are looked at."""

LOOKBACK = timedelta(hours=1)


def reason_to_stop(latest: Sequence[Sending]) -> str | None:
    """Why sending must stop, in a sentence; None while it need not. Pure.

    ``latest`` are mails that were sent or refused for good, newest first. Half of them refused is too much.
    """
    refused = [each for each in latest if each.outcome is not Outcome.SENT]
    if len(latest) < FEWEST or 2 * len(refused) < len(latest):
        return None
    ours = [each for each in refused if about_us(each.phase, each.reply)]
    last = (ours or refused)[0]
    return (
        f"{len(refused)} of the last {len(latest)} mails were refused, {len(ours)} of them for our sender, "
        f"policy, reputation or authentication; at {last.phase} a server said: {last.code or ''} {last.reply}"
    )


def consider(tx: Connection, now: datetime, stopped: Callable[[Connection, Stop], None]) -> None:
    """After a refusal: stops sending when there is reason to, and calls ``stopped`` once for it."""
    reason = reason_to_stop(brakes.latest_ends(tx, now - LOOKBACK, now, LATEST))
    stop = brakes.pull(tx, reason, now) if reason else None
    if stop:
        audit.record(tx, at=now, actor="deliver", action="sending stopped", subject="", detail=stop.reason)
        stopped(tx, stop)


def tell_operators(
    tx: Connection, stop: Stop, operators: Sequence[str], language: str, message_id: Callable[[str], str]
) -> None:
    """Queues a letter to each of them; it goes out although sending is stopped."""
    what, _, why = stop.reason.partition(", ")
    told = (Trouble(what, detail=why),)
    letter = Letter(LetterKind.SENDING_STOPPED, language, at=stop.pulled_at, count=1, troubles=told)
    for address in operators:
        about = message_id(f"sending stopped {stop.id} {address}")
        deliveries.post(tx, address, letter, about, stop.pulled_at)


def resume(engine: Engine, *, actor: str, now: datetime) -> Stop | None:
    """Lets sending go on. What had stopped it; None when nothing had."""
    with writing(engine) as tx:
        stop = brakes.release(tx, actor, now)
        if stop:
            audit.record(
                tx, at=now, actor=actor, action="sending resumed", subject="", detail=f"was: {stop.reason}"
            )
        return stop
