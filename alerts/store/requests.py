"""What people asked for in public: counted so that nobody can be flooded, and once confirmed the record of
their consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, insert, or_, select, text, update
from sqlalchemy.orm import aliased

from alerts.model import Wish
from alerts.store.mail_schema import Request


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. ``wish`` is None when only a link was asked for, or when a subscriber moves to
    ``new_address``."""

    id: int
    wish: Wish | None
    created_at: datetime
    subscriber_id: int | None
    confirmed_at: datetime | None
    new_address: str | None = None


def one_at_a_time(tx: Connection) -> None:
    """Who counts requests sees those of everybody before, until the transaction ends. SQLite has one writer
    anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("LOCK TABLE requests IN SHARE ROW EXCLUSIVE MODE"))


def count(
    tx: Connection,
    since: datetime,
    until: datetime,
    *,
    address_hash: str | None = None,
    from_hash: str | None = None,
    confirms: bool | None = None,
) -> int:
    """How many there were in that time: for an address, from a network address (all whose hash begins so), or
    in all. ``confirms`` counts those that are not confirmed, of what is to be confirmed or of mere links."""
    in_time = (Request.created_at > since, Request.created_at <= until)
    query = select(func.count()).select_from(Request).where(*in_time)
    if address_hash is not None:
        query = query.where(Request.address_hash == address_hash)
    if from_hash is not None:
        # A range, for no index serves LIKE on every database; after "f" no hex digit comes.
        query = query.where(Request.from_hash >= from_hash, Request.from_hash < f"{from_hash}g")
    if confirms is not None:
        to_confirm = or_(Request.wish.is_not(None), Request.new_address.is_not(None))
        query = query.where(to_confirm if confirms else ~to_confirm, Request.confirmed_at.is_(None))
    return tx.scalar(query) or 0


def add(
    tx: Connection,
    *,
    address_hash: str,
    from_hash: str,
    wish: Wish | None,
    text_version: str,
    answered: bool,
    now: datetime,
    new_address: str | None = None,
    subscriber_id: int | None = None,
) -> int:
    """The id. ``answered``: a letter goes out. ``subscriber_id`` is who moves to ``new_address``."""
    row = insert(Request).values(
        address_hash=address_hash,
        from_hash=from_hash,
        wish=wish,
        new_address=new_address,
        subscriber_id=subscriber_id,
        text_version=text_version,
        created_at=now,
        answered=answered,
    )
    return tx.scalars(row.returning(Request.id)).one()


def find(tx: Connection, request_id: int) -> Asked | None:
    columns = (
        Request.id,
        Request.wish,
        Request.created_at,
        Request.subscriber_id,
        Request.confirmed_at,
        Request.new_address,
    )
    row = tx.execute(select(*columns).where(Request.id == request_id)).first()
    return None if row is None else Asked(*row)


def unanswered(tx: Connection, since: datetime, limit: int) -> tuple[tuple[str, datetime], ...]:
    """Who was asked to confirm since then and has not, each once, and when last; the newest first, of so many
    requests."""
    later = aliased(Request)
    confirmed = exists().where(
        later.address_hash == Request.address_hash, later.confirmed_at >= Request.created_at
    )
    query = (
        select(Request.wish, Request.created_at)
        .where(Request.created_at > since, Request.answered, Request.confirmed_at.is_(None), ~confirmed)
        .where(Request.wish.is_not(None))
        .order_by(Request.created_at.desc(), Request.id.desc())
        .limit(limit)
    )
    found: dict[str, datetime] = {}
    for wish, at in tx.execute(query):
        if wish is not None:
            found.setdefault(wish.address, at)
    return tuple(found.items())


def confirm(tx: Connection, request_id: int, from_hash: str, now: datetime) -> bool:
    """Stamps the request; False when it is stamped already. Who comes second waits here for the first."""
    open_one = (Request.id == request_id, Request.confirmed_at.is_(None))
    stamped = update(Request).where(*open_one).values(confirmed_at=now, confirmed_from_hash=from_hash)
    return tx.execute(stamped).rowcount == 1


def belongs_to(tx: Connection, request_id: int, subscriber_id: int) -> None:
    """Whose consent it records."""
    tx.execute(update(Request).where(Request.id == request_id).values(subscriber_id=subscriber_id))


def forget_unconfirmed(tx: Connection, before: datetime) -> int:
    """Deletes requests that nobody confirmed. Returns how many."""
    old = (Request.created_at < before, Request.confirmed_at.is_(None))
    return tx.execute(delete(Request).where(*old)).rowcount
