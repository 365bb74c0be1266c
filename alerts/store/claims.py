"""Polling: which feeds are due, who polls them now, and how they are given back: one at a time, or many
of those that showed nothing new or that nobody came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, func, insert, or_, select, update

from alerts import model
from alerts.model import FeedState, Validators
from alerts.store.feeds import FetchNote, host_of
from alerts.store.schema import Feed, Fetch, Source


def _free_and_due(now: datetime) -> Any:
    return and_(
        Feed.state == FeedState.ACTIVE,
        Feed.next_poll_at <= now,
        or_(Feed.claimed_until.is_(None), Feed.claimed_until <= now),
    )


def due(tx: Connection, now: datetime, limit: int, per_host: int | None = None) -> tuple[int, ...]:
    """Ids of feeds whose time has come and that nobody polls, longest overdue first.

    At most ``per_host`` of one host: after a stop everything is due at once, and no publisher should
    feel it. The others are due at the next tick still.
    """
    place = func.row_number().over(
        partition_by=func.coalesce(Feed.host, Feed.url), order_by=(Feed.next_poll_at, Feed.id)
    )
    ready = select(Feed.id, Feed.next_poll_at, place.label("place")).where(_free_and_due(now)).subquery()
    query = select(ready.c.id).order_by(ready.c.next_poll_at, ready.c.id).limit(limit)
    if per_host is not None:
        query = query.where(ready.c.place <= per_host)
    return tuple(tx.scalars(query))


def bring_forward(tx: Connection, ids: Sequence[int], now: datetime) -> None:
    """Makes feeds due now, as ``alerts feeds poll`` asks."""
    tx.execute(update(Feed).where(Feed.id.in_(ids), Feed.next_poll_at > now).values(next_poll_at=now))


def claim(
    tx: Connection, ids: Sequence[int], *, now: datetime, until: datetime, token: str
) -> tuple[model.Feed, ...]:
    """Takes those of the feeds that are still due and free, for one worker, until the lease ends."""
    if not ids:
        return ()
    # Locked in one order and past what others hold: two workers with the same ids never wait for each other.
    free = select(Feed.id).where(Feed.id.in_(ids), _free_and_due(now)).order_by(Feed.id)
    query = update(Feed).where(Feed.id.in_(tx.scalars(free.with_for_update(skip_locked=True)).all()))
    taken = tx.scalars(query.values(claimed_until=until, claim_token=token).returning(Feed.id)).all()
    rows = tx.execute(
        select(*_POLLED, Source.name).join(Source, Source.id == Feed.source_id).where(Feed.id.in_(taken))
    )
    return tuple(
        model.Feed(
            id=row.id,
            url=row.url,
            title=row.title,
            source=row.name,
            language=row.language,
            validators=Validators(row.etag, row.last_modified),
            body_hash=row.body_hash,
            interval_seconds=row.interval_seconds,
            failures=row.failures,
            first_polled_at=row.first_polled_at,
            mail_existing=row.mail_existing,
            last_new_at=row.last_new_at,
            habit_seconds=row.habit_seconds or 0,
        )
        for row in rows
    )


_POLLED = (
    Feed.id,
    Feed.url,
    Feed.title,
    Feed.language,
    Feed.etag,
    Feed.last_modified,
    Feed.body_hash,
    Feed.interval_seconds,
    Feed.failures,
    Feed.first_polled_at,
    Feed.mail_existing,
    Feed.last_new_at,
    Feed.habit_seconds,
)


@dataclass(frozen=True, slots=True)
class Polled:
    """How a poll changes its feed: what to remember for the next one, and when that is.

    ``retired``: it is not to be polled again. ``url``: where it has moved for good.
    """

    next_poll_at: datetime
    interval_seconds: int
    failures: int
    note: FetchNote
    success: bool
    validators: Validators | None = None
    body_hash: str | None = None
    url: str | None = None
    retired: bool = False
    last_new_at: datetime | None = None
    habit_seconds: int = 0
    title: str | None = None


STILL_EMPTY = timedelta(days=1)
"""The first poll is the one that shows the first items, not one that finds a new feed empty. A feed that has
been here longer is empty because it has no news: what comes first then is news."""


def _known_since(at: Any, before: Any) -> Any:
    """When a feed had its first poll, after one at that time that showed nothing new."""
    return func.coalesce(Feed.first_polled_at, case((Feed.created_at <= before, at)))


def finish(tx: Connection, feed_id: int, token: str, polled: Polled) -> bool:
    """Records a poll and gives the feed back. False, and nothing recorded, when the claim was lost.

    Because only the holder of the claim gets past this line, nobody else saved items of this feed
    since it was claimed.
    """
    values: dict[str, Any] = {
        "next_poll_at": polled.next_poll_at,
        "interval_seconds": polled.interval_seconds,
        "failures": polled.failures,
        "claimed_until": None,
        "claim_token": None,
        "collected": Feed.collected + polled.note.new,
        "last_new_at": polled.last_new_at,
        "habit_seconds": polled.habit_seconds,
    }
    if polled.retired:  # else its state stays: it may have been paused while it was polled
        values["state"] = FeedState.RETIRED
    if polled.success:
        values["last_success_at"] = polled.note.finished_at
    at = polled.note.finished_at
    if polled.note.new:
        values["first_polled_at"] = func.coalesce(Feed.first_polled_at, at)
    elif polled.success:
        values["first_polled_at"] = _known_since(at, at - STILL_EMPTY)
    if polled.validators is not None:
        values |= {"etag": polled.validators.etag, "last_modified": polled.validators.last_modified}
        values["body_hash"] = polled.body_hash
    if polled.title:
        values["title"] = polled.title
    if polled.url is not None:
        values |= {"url": polled.url, "host": host_of(polled.url)}
    held = (Feed.id == feed_id, Feed.claim_token == token)
    if tx.execute(update(Feed).where(*held).values(**values)).rowcount != 1:
        return False
    note = polled.note
    tx.execute(
        insert(Fetch).values(
            feed_id=feed_id,
            started_at=note.started_at,
            finished_at=note.finished_at,
            outcome=note.outcome,
            status=note.status,
            new=note.new,
            changed=note.changed,
            seen=note.seen,
            note=note.note,
        )
    )
    return True


# --- many at a time ----------------------------------------------------------------------------

_UNCHANGED = (
    update(Feed)
    .where(Feed.id == bindparam("which"))
    .values(
        next_poll_at=bindparam("next"),
        interval_seconds=bindparam("interval"),
        last_success_at=bindparam("at"),
        failures=0,
        first_polled_at=_known_since(bindparam("at"), bindparam("before")),
        claimed_until=None,
        claim_token=None,
    )
)

_COLUMNS = tuple(each.name for each in fields(FetchNote))


def finish_unchanged(tx: Connection, token: str, polled: Mapping[int, Polled]) -> frozenset[int]:
    """Records polls that found nothing new, by feed id, as ``finish`` does for one.

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
                    "before": polled[feed_id].note.finished_at - STILL_EMPTY,
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
