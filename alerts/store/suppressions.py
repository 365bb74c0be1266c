"""Addresses that are never written to, as keyed hashes that outlive their subscribers.

``hashes`` are those of one address under every key that is known, the newest first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from alerts.model import SuppressionKind
from alerts.store.batches import batched
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


@dataclass(frozen=True, slots=True)
class Suppressed:
    """One address that is never written to."""

    id: int
    address_hash: str
    kind: SuppressionKind
    reason: str
    created_at: datetime


_KEPT = (
    Suppression.id,
    Suppression.address_hash,
    Suppression.kind,
    Suppression.reason,
    Suppression.created_at,
)


def of_address(tx: Connection, hashes: Sequence[str]) -> tuple[Suppressed, ...]:
    query = select(*_KEPT).where(Suppression.address_hash.in_(hashes)).order_by(Suppression.id)
    return tuple(Suppressed(*row) for row in tx.execute(query))


def among(tx: Connection, hashes: Collection[str]) -> frozenset[str]:
    """Those of the hashes that are on the list."""
    query = select(Suppression.address_hash)
    return frozenset(
        found
        for some in batched(sorted(hashes))
        for found in tx.scalars(query.where(Suppression.address_hash.in_(some)))
    )


def listed(
    tx: Connection, kind: SuppressionKind | None, before: int | None, limit: int
) -> tuple[Suppressed, ...]:
    """The newest first, from before that one on."""
    query = select(*_KEPT).order_by(Suppression.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(Suppression.kind == kind)
    if before is not None:
        query = query.where(Suppression.id < before)
    return tuple(Suppressed(*row) for row in tx.execute(query))


def find(tx: Connection, suppression_id: int) -> Suppressed | None:
    row = tx.execute(select(*_KEPT).where(Suppression.id == suppression_id)).first()
    return None if row is None else Suppressed(*row)


def lift(tx: Connection, hashes: Sequence[str], kind: SuppressionKind) -> bool:
    """Forgets a suppression of that kind; whether there was one."""
    mine = (Suppression.address_hash.in_(hashes), Suppression.kind == kind)
    return bool(tx.execute(delete(Suppression).where(*mine)).rowcount)
