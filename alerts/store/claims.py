"""Claimed feeds given back many at a time: those that showed nothing new, and those nobody came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from alerts.store.feeds import FetchNote, Polled
from alerts.store.schema import Feed, Fetch

_UNCHANGED = (
    update(Feed)
    .where(Feed.id == bindparam("which"))
    .values(
        next_poll_at=bindparam("next"),
        interval_seconds=bindparam("interval"),
        last_success_at=bindparam("at"),
        failures=0,
        claimed_until=None,
        claim_token=None,
    )
)

_COLUMNS = tuple(each.name for each in fields(FetchNote))


def finish_unchanged(tx: Connection, token: str, polled: Mapping[int, Polled]) -> frozenset[int]:
    """Records polls that found nothing new, by feed id, as ``feeds.finish`` does for one.

    Returns the feeds whose claim still held; of the others nothing is recorded. For polls that
    changed no address, retired nothing and brought no validators.
    """
    held = _held(tx, polled, token)
    if held:
        tx.execute(
            _UNCHANGED,
            [
                {
                    "which": feed_id,
                    "next": polled[feed_id].next_poll_at,
                    "interval": polled[feed_id].interval_seconds,
                    "at": polled[feed_id].note.finished_at,
                }
                for feed_id in held
            ],
        )
        tx.execute(insert(Fetch), [_row(each, polled[each].note) for each in held])
    return frozenset(held)


def _row(feed_id: int, note: FetchNote) -> dict[str, Any]:
    return {"feed_id": feed_id, **{name: getattr(note, name) for name in _COLUMNS}}


def release(tx: Connection, token: str, feed_ids: Sequence[int]) -> frozenset[int]:
    """Gives feeds back as they were, still due, as far as the claim on them still held: those ids."""
    held = _held(tx, feed_ids, token)
    tx.execute(update(Feed).where(Feed.id.in_(held)).values(claimed_until=None, claim_token=None))
    return frozenset(held)


def _held(tx: Connection, feed_ids: Mapping[int, Any] | Sequence[int], token: str) -> Sequence[int]:
    """Those that this claim still holds, locked: nobody can take them until the transaction ends."""
    held = select(Feed.id).where(Feed.id.in_(list(feed_ids)), Feed.claim_token == token)
    return tx.scalars(held.order_by(Feed.id).with_for_update()).all()
