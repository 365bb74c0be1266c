"""What is kept about one reader: handed out whole, or forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from alerts.errors import NotFound
from alerts.mail.address import normalise_address
from alerts.model import SuppressionKind
from alerts.store import audit, personal_data, subscribers, suppressions
from alerts.store.personal_data import Whose
from alerts.store.unit import reading, writing


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Everything about one reader. ``rows`` holds, by the name of each table, its rows as values that JSON
    knows: times as RFC 3339 in UTC, mails as text. What a row refers to stands beside its number: ``rule``
    and ``situation`` by key, ``match`` by the address of its item."""

    address: str
    rows: dict[str, list[dict[str, Any]]]

    def document(self) -> dict[str, Any]:
        """For ``json.dumps``; a table without rows is left out."""
        return {"address": self.address, **{name: rows for name, rows in self.rows.items() if rows}}


def export(engine: Engine, subscriber_id: int) -> PersonalData:
    """Raises NotFound."""
    with reading(engine) as tx:
        address, whose = _whose(tx, subscriber_id)
        return PersonalData(address, personal_data.rows(tx, whose))


def erase(
    engine: Engine,
    subscriber_id: int,
    *,
    address_hashes: Callable[[str], tuple[str, ...]],
    actor: str,
    now: datetime,
) -> None:
    """Deletes all of it at once: person, subscriptions, mails sent and waiting, answers of servers, consent,
    rules of their own. Raises NotFound.

    What stays is a keyed hash of the address on the suppression list, so that a later import cannot bring
    them back; they themselves may ask anew. Their past is in the audit under the number they had.
    """
    with writing(engine) as tx:
        address, whose = _whose(tx, subscriber_id)
        hashes = address_hashes(address)
        suppressions.suppress(tx, hashes, SuppressionKind.UNSUBSCRIBED, "erased", now)
        personal_data.forget(tx, whose, now)
        subject = f"subscriber {subscriber_id}"
        audit.record(tx, at=now, actor=actor, action="personal data erased", subject=subject)


def _whose(tx: Connection, subscriber_id: int) -> tuple[str, Whose]:
    person = subscribers.person(tx, subscriber_id)
    if person is None:
        raise NotFound(f"there is no subscriber {subscriber_id}")
    key = normalise_address(person.address)
    former = {normalise_address(each) for each in personal_data.addresses(tx, person.id)} - {key}
    # Who has one of them now is somebody else.
    free = (each for each in sorted(former) if subscribers.find_if_any(tx, each) is None)
    return person.address, Whose(person.id, (key, *free))
