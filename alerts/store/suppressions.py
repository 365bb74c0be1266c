"""Addresses that are never written to, as keyed hashes that outlive their subscribers.

``hashes`` are those of one address under every key that is known, the newest first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from alerts.model import SuppressionKind
from alerts.store.mail_schema import Suppression
from alerts.store.unit import insert_once


def suppress(
    tx: Connection, hashes: Sequence[str], kind: SuppressionKind, reason: str, now: datetime
) -> None:
    """Never write to this address again. Saying it twice keeps the first reason, but who only left and may
    ask again may not once their mail came back or they complained."""
    if is_suppressed(tx, hashes, but={SuppressionKind.UNSUBSCRIBED} - {kind}):
        return
    lift(tx, hashes, SuppressionKind.UNSUBSCRIBED)
    row = insert(Suppression).values(address_hash=hashes[0], kind=kind, reason=reason, created_at=now)
    insert_once(tx, row.returning(Suppression.id))


_OF_ADDRESS = select(func.count()).where(
    Suppression.address_hash.in_(bindparam("hashes", expanding=True)),
    Suppression.kind.not_in(bindparam("but", expanding=True)),
)


def is_suppressed(tx: Connection, hashes: Sequence[str], but: Collection[SuppressionKind] = ()) -> bool:
    """Whether the address is never to be written to, for another reason than those."""
    return bool(tx.scalar(_OF_ADDRESS, {"hashes": list(hashes), "but": list(but)}))


def lift(tx: Connection, hashes: Sequence[str], kind: SuppressionKind) -> bool:
    """Forgets a suppression of that kind; whether there was one."""
    mine = (Suppression.address_hash.in_(hashes), Suppression.kind == kind)
    return bool(tx.execute(delete(Suppression).where(*mine)).rowcount)
