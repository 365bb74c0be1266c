"""Feeds: which there are, how each is doing, and how its polls ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from alerts.errors import BadInput, NotFound
from alerts.model import Coverage, FeedState, SilentFeed
from alerts.store.schema import Feed, Fetch, Source
from alerts.store.unit import insert_once

LONGEST_NAME = 2_000
"""Bytes of a feed's address or a source's name; PostgreSQL's indexes take no more than 2,704."""

_A_DAY_SECONDS = 86_400

RETRY_FAST = 3
"""Failures in a row after which a feed counts as unhealthy."""


@dataclass(frozen=True, slots=True)
class NewFeed:
    url: str
    title: str
    source: str
    language: str | None = None
    mail_existing: bool = False
    site: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FetchNote:
    """One row of a feed's history, as a person reads it."""

    started_at: datetime
    finished_at: datetime
    outcome: str
    status: int | None
    new: int
    changed: int
    seen: int
    note: str


@dataclass(frozen=True, slots=True)
class FeedStand:
    """What says how one feed is doing, and its name."""

    id: int
    title: str
    source: str
    language: str | None
    state: FeedState
    next_poll_at: datetime
    failures: int
    last_success_at: datetime | None
    last_new_at: datetime | None
    habit_seconds: int

    @property
    def healthy(self) -> bool:
        return self.failures < RETRY_FAST


@dataclass(frozen=True, slots=True)
class FeedStatus(FeedStand):
    """One feed as its page and ``feeds list`` show it."""

    url: str
    interval_seconds: int
    last: FetchNote | None
    site: str | None = None
    tags: tuple[str, ...] = ()
    host: str = ""
    collected: int = 0
    first_polled_at: datetime | None = None
    mail_existing: bool = False


def add(tx: Connection, feed: NewFeed, *, interval_seconds: int, now: datetime) -> int:
    """The new feed's id; it is due at once. Raises BadInput for an address already polled, or too long."""
    check_length(feed.url, feed.source)
    row = insert(Feed).values(
        source_id=source_of(tx, feed.source),
        url=feed.url,
        title=feed.title,
        site=feed.site,
        tags=feed.tags,
        language=feed.language,
        state=FeedState.ACTIVE,
        host=host_of(feed.url),
        mail_existing=feed.mail_existing,
        created_at=now,
        interval_seconds=interval_seconds,
        next_poll_at=now,
        failures=0,
        collected=0,
    )
    feed_id = insert_once(tx, row.returning(Feed.id))
    if feed_id is None:
        raise BadInput(f"{feed.url} is already among the feeds; see: alerts feeds list")
    return feed_id


def backfilled(tx: Connection, feed: NewFeed, now: datetime) -> int:
    """The id of a feed that is never polled: items from elsewhere are kept under it. Made when it is new."""
    known = tx.scalar(select(Feed.id).where(Feed.url == feed.url))
    if known is None:
        known = add(tx, feed, interval_seconds=_A_DAY_SECONDS, now=now)
        set_state(tx, known, FeedState.RETIRED)
    return known


def count_collected(tx: Connection, feed_id: int, new: int) -> None:
    """Adds items that came without a poll to those that the feed has shown."""
    tx.execute(update(Feed).where(Feed.id == feed_id).values(collected=Feed.collected + new))


def check_length(url: str, source: str) -> None:
    """Raises BadInput for an address, or a name of a source, that is longer than can be kept."""
    for what, words in (("address", url), ("source's name", source)):
        if _too_long(words):
            raise BadInput(f"the {what} {words[:60]}… is too long; {LONGEST_NAME:,} bytes are possible")


def _too_long(words: str) -> bool:
    return len(words.encode("utf-8", "surrogatepass")) > LONGEST_NAME


def source_of(tx: Connection, name: str) -> int:
    """The id of the source of that name, which is made when it is new."""
    wanted = select(Source.id).where(Source.name == name)
    found = tx.scalar(wanted)
    if found is not None:
        return found
    new = insert(Source).values(name=name).returning(Source.id)
    return insert_once(tx, new) or tx.scalars(wanted).one()


def host_of(url: str) -> str:
    """The host of a feed's address, as politeness counts it."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def may_move(tx: Connection, url: str) -> bool:
    """Whether a feed can take that address: no feed has it yet, and it is not too long to keep."""
    return not _too_long(url) and tx.scalar(select(Feed.id).where(Feed.url == url)) is None


def set_state(tx: Connection, feed_id: int, state: FeedState) -> None:
    """Raises NotFound for an unknown id."""
    if tx.execute(update(Feed).where(Feed.id == feed_id).values(state=state)).rowcount != 1:
        raise NotFound(f"there is no feed {feed_id}; see: alerts feeds list")


def ids_by_url(tx: Connection, urls: Sequence[str]) -> dict[str, int]:
    rows = tx.execute(select(Feed.url, Feed.id).where(Feed.url.in_(urls)))
    return {row.url: row.id for row in rows}


def active(tx: Connection) -> tuple[int, ...]:
    return tuple(tx.scalars(select(Feed.id).where(Feed.state == FeedState.ACTIVE).order_by(Feed.id)))


_NOTE = (
    Fetch.started_at,
    Fetch.finished_at,
    Fetch.outcome,
    Fetch.status,
    Fetch.new,
    Fetch.changed,
    Fetch.seen,
    Fetch.note,
)


_STAND: tuple[Any, ...] = (
    Feed.id,
    Feed.title,
    Source.name,
    Feed.language,
    Feed.state,
    Feed.next_poll_at,
    Feed.failures,
    Feed.last_success_at,
    Feed.last_new_at,
    func.coalesce(Feed.habit_seconds, 0),
)
_STATUS = (
    *(*_STAND, Feed.url, Feed.interval_seconds, Feed.site, Feed.tags, func.coalesce(Feed.host, "")),
    *(Feed.collected, Feed.first_polled_at, Feed.mail_existing),
)


def stands(tx: Connection) -> tuple[FeedStand, ...]:
    """How all feeds are doing, by id; a third of what ``overview`` costs."""
    query = select(*_STAND).join(Source, Source.id == Feed.source_id).order_by(Feed.id)
    return tuple(FeedStand(*row) for row in tx.execute(query))


def overview(
    tx: Connection,
    feed_id: int | None = None,
    *,
    among: Sequence[int] | None = None,
    after: int = 0,
    limit: int | None = None,
) -> tuple[FeedStatus, ...]:
    """All feeds, or one, or some, or so many with larger ids than that; each with its latest poll."""
    # One look into the index for each feed; grouping would read the whole history.
    newest = select(func.max(Fetch.id)).where(Fetch.feed_id == Feed.id).correlate(Feed).scalar_subquery()
    query = (
        select(*_STATUS, *_NOTE)
        .join(Source, Source.id == Feed.source_id)
        .outerjoin(Fetch, Fetch.id == newest)
        .where(Feed.id > after)
        .order_by(Feed.id)
        .limit(limit)
    )
    if feed_id is not None:
        query = query.where(Feed.id == feed_id)
    if among is not None:
        query = query.where(Feed.id.in_(among))
    return tuple(map(_status, tx.execute(query)))


def _status(row: Any) -> FeedStatus:
    """By place, not by name: pages read thousands of rows."""
    last = None if row[18] is None else FetchNote(*row[18:])
    return FeedStatus(*(*row[:12], last, row[12], row[13] or (), *row[14:18]))


def history(tx: Connection, feed_id: int, limit: int = 20) -> tuple[FetchNote, ...]:
    """The newest polls of one feed, newest first."""
    query = select(*_NOTE).where(Fetch.feed_id == feed_id).order_by(Fetch.id.desc()).limit(limit)
    return tuple(FetchNote(*row) for row in tx.execute(query))


def polls(
    tx: Connection, feed_id: int, limit: int, before: int | None = None
) -> tuple[tuple[int, FetchNote], ...]:
    """The newest polls of one feed, or those before the poll of a number, with their numbers."""
    query = select(Fetch.id, *_NOTE).where(Fetch.feed_id == feed_id).order_by(Fetch.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Fetch.id < before)
    return tuple((row[0], FetchNote(*row[1:])) for row in tx.execute(query))


def new_items(tx: Connection, feed_id: int, since: datetime) -> tuple[tuple[datetime, int], ...]:
    """When polls since then brought new items, and how many."""
    query = select(Fetch.finished_at, Fetch.new).where(
        Fetch.feed_id == feed_id, Fetch.finished_at >= since, Fetch.new > 0
    )
    return tuple((row.finished_at, row.new) for row in tx.execute(query))


def forget_fetches(tx: Connection, before: datetime) -> int:
    """Deletes polls that ended before then, but never a feed's latest. Returns how many."""
    newest = select(func.max(Fetch.id)).group_by(Fetch.feed_id)
    return tx.execute(delete(Fetch).where(Fetch.finished_at < before, Fetch.id.not_in(newest))).rowcount


def coverage(tx: Connection, since: datetime, *, added_before: datetime | None = None) -> Coverage:
    """How many active feeds there are, and which of them were not covered since then; only those that were
    added before a time, if one is named.

    A feed that was well when last asked, and whose time to be asked again comes only later, is covered.
    """
    active = Feed.state == FeedState.ACTIVE
    if added_before is not None:
        active = and_(active, Feed.created_at <= added_before)
    missed = or_(Feed.failures > 0, Feed.next_poll_at < since)
    unread = or_(Feed.last_success_at.is_(None), and_(Feed.last_success_at < since, missed))
    count = tx.scalar(select(func.count()).where(active)) or 0
    rows = tx.execute(select(Feed.title, Feed.last_success_at).where(active, unread).order_by(Feed.title))
    silent = tuple(SilentFeed(row.title, row.last_success_at) for row in rows)
    return Coverage(feeds=count, read=count - len(silent), silent=silent)
