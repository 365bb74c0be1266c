"""Leaving: at once, for good, and with a last word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Engine

from alerts.model import Grant, Letter, LetterKind, Scope, SuppressionKind
from alerts.services import own_rules
from alerts.services.plans import plan_of
from alerts.store import audit, deliveries, preferences, subscribers, suppressions
from alerts.store.unit import writing


def unsubscribe(
    engine: Engine,
    grant: Grant,
    *,
    address_hashes: Callable[[str], tuple[str, ...]],
    message_id: Callable[[str], str],
    actor: str,
    now: datetime,
) -> bool:
    """Ends what the grant names, at once. Doing it again changes nothing and is no error.

    Leaving everything also puts the address on the suppression list, so that a later import cannot
    bring it back. Whoever has left a digest, the alerts or everything is told so: it may have been a program
    or somebody else with their mail. True when something ended.
    """
    with writing(engine) as tx:
        return leave(tx, grant, address_hashes=address_hashes, message_id=message_id, actor=actor, now=now)


def leave(
    tx: Connection,
    grant: Grant,
    *,
    address_hashes: Callable[[str], tuple[str, ...]],
    message_id: Callable[[str], str],
    actor: str,
    now: datetime,
) -> bool:
    """The same within a transaction."""
    if not preferences.leave(tx, grant, now):
        return False
    own_rules.retire_unused(tx, grant.subscriber_id, now)
    person = subscribers.person(tx, grant.subscriber_id)
    if person is not None and grant.scope in (Scope.DIGEST, Scope.EVERYTHING):
        plan = plan_of(tx, subscribers.order(tx, grant.target_id)) if grant.scope is Scope.DIGEST else None
        letter = Letter(
            LetterKind.GOODBYE, person.language, person.timezone, target_id=person.id, at=now, plan=plan
        )
        about = f"goodbye {person.id} {grant.scope} {grant.target_id} {now.isoformat()}"
        deliveries.post(tx, person.address, letter, message_id(about), now)
    if grant.scope is Scope.EVERYTHING and person is not None:
        hashes = address_hashes(person.address)
        suppressions.suppress(tx, hashes, SuppressionKind.UNSUBSCRIBED, "unsubscribed", now)
    audit.record(
        tx,
        at=now,
        actor=actor,
        action=f"unsubscribed from {grant.scope}",
        subject=f"subscriber {grant.subscriber_id}",
        detail=str(grant.target_id) if grant.target_id else "",
    )
    return True
