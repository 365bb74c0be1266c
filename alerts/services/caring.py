"""What the staff does for one reader: sends them the link to their page, or lets mail go to them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from alerts.errors import BadInput, NotFound
from alerts.model import Letter, LetterKind, SuppressionKind
from alerts.store import audit, deliveries, subscribers, suppressions
from alerts.store.unit import writing


def send_link(
    engine: Engine,
    subscriber_id: int,
    *,
    address_hashes: Callable[[str], tuple[str, ...]],
    message_id: Callable[[str], str],
    actor: str,
    now: datetime,
) -> None:
    """The letter with the link to their page; twice within a minute is once. Raises NotFound, or BadInput
    when no mail may go there."""
    with writing(engine) as tx:
        person = subscribers.person(tx, subscriber_id)
        if person is None:
            raise NotFound(f"there is no subscriber {subscriber_id}")
        but = (SuppressionKind.UNSUBSCRIBED,)
        if suppressions.is_suppressed(tx, address_hashes(person.address), but=but):
            raise BadInput("no mail may go to this address: it is on the suppression list")
        letter = Letter(LetterKind.PREFERENCES, person.language, person.timezone, person.id, at=now)
        about = f"link {person.id} {now:%Y-%m-%d %H:%M}"
        if deliveries.post(tx, person.address, letter, message_id(about), now) is not None:
            subject = f"subscriber {person.id}"
            audit.record(tx, at=now, actor=actor, action="preferences link sent", subject=subject)


def lift_of(
    engine: Engine, hashes: Sequence[str], reason: str, *, subject: str, actor: str, now: datetime
) -> None:
    """Lets mail go to an address again. Raises NotFound when nothing keeps it, or BadInput when there is no
    reason for it, or only the owner of the address could do it."""
    with writing(engine) as tx:
        kept = suppressions.of_address(tx, hashes)
        if not kept:
            raise NotFound("this address is not on the suppression list")
        for each in kept:
            _lift(tx, each, reason, subject, actor, now)


def lift(engine: Engine, suppression_id: int, reason: str, *, actor: str, now: datetime) -> None:
    """The same for an entry of the list."""
    with writing(engine) as tx:
        kept = suppressions.find(tx, suppression_id)
        if kept is None:
            raise NotFound("this address is not on the suppression list any more")
        _lift(tx, kept, reason, f"suppression {suppression_id}", actor, now)


def _lift(
    tx: Connection, kept: suppressions.Suppressed, reason: str, subject: str, actor: str, now: datetime
) -> None:
    if kept.kind is SuppressionKind.COMPLAINED:
        raise BadInput("its owner complained about our mail: only they can ask for it again")
    if kept.kind is SuppressionKind.UNSUBSCRIBED:
        raise BadInput("its owner has left: only they can ask for mail again, with the form to subscribe")
    if not reason.strip():
        raise BadInput("say why: what was wrong with this address, and how you know that it is right now")
    suppressions.lift(tx, [kept.address_hash], kept.kind)
    detail = f"{kept.kind}: {reason.strip()}"
    audit.record(tx, at=now, actor=actor, action="suppression lifted", subject=subject, detail=detail)
