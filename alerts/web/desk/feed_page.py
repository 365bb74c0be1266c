"""What the page of one feed shows: how it is doing, its polls and its latest items. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from alerts.digests.fragment import Fragment, clean, fragment
from alerts.digests.times import Times
from alerts.model import FeedState
from alerts.services.feed_condition import span
from alerts.store import feeds, items
from alerts.store.feeds import FetchNote
from alerts.store.items import Headline
from alerts.web.desk.feed_list import Asked
from alerts.web.desk.feed_words import (
    NAME_LIMIT,
    explanation,
    feed_state,
    feed_title,
    habit,
    remark,
    verdict,
)
from alerts.web.desk.rule_trial import Bars, bars
from alerts.web.discreet import discreet

POLLS_SHOWN = 40
ITEMS_SHOWN = 20
DAYS = timedelta(days=30)

_TITLE_LIMIT = 300
_ADDRESS_LIMIT = 600
_NOTE_LIMIT = 250
_TAGS_SHOWN = 30
_LONGEST_LINK = 600


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it may be shown. ``url`` leads there; None when something had to be cut off."""

    shown: str
    url: str | None


def address(url: str) -> Address:
    shown = discreet(clean(url))
    whole = shown == url and url.startswith(("http://", "https://"))
    short = shown if len(shown) <= _ADDRESS_LIMIT else f"{shown[:_ADDRESS_LIMIT]}…"
    return Address(short, url if whole and len(url) <= _LONGEST_LINK else None)


@dataclass(frozen=True, slots=True)
class PollLine:
    """One poll. The counts are None when nothing could be counted."""

    at: datetime
    words: str
    tone: str
    status: int | None
    new: int | None
    changed: int | None
    known: int | None
    note: str


def poll_line(note: FetchNote) -> PollLine:
    words, tone = verdict(note)
    counted = note.outcome == "read"
    return PollLine(
        at=note.finished_at,
        words=words,
        tone=tone,
        status=note.status,
        new=note.new if counted else None,
        changed=note.changed if counted else None,
        known=note.seen if counted else None,
        note=remark(note, _NOTE_LIMIT),
    )


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item. ``notes`` say what is special about it; ``at`` is its date, else when we saw it."""

    title: Fragment
    url: str | None
    language: str | None
    dated: bool
    at: datetime
    notes: tuple[str, ...]


def item_line(item: Headline, names: Times) -> ItemLine:
    told = (
        ("words forgotten: too old", item.emptied),
        ("changed since", item.changed_at is not None),
        (f"not news: {item.archived}", item.archived is not None),
    )
    linked = item.url.startswith(("http://", "https://")) and len(item.url) <= _LONGEST_LINK
    return ItemLine(
        title=fragment(item.title, item.language, _TITLE_LIMIT),
        url=item.url if linked else None,
        language=names.language_name(item.language),
        dated=item.published_at is not None,
        at=item.published_at or item.seen_at,
        notes=tuple(words for words, holds in told if holds),
    )


@dataclass(frozen=True, slots=True)
class FeedPage:
    """``paused``: it is not polled until somebody resumes it. ``mail_existing``: all that its first poll
    finds will be news. ``days`` are its new items by day; ``older`` is the number of the last poll shown
    when there are more before it."""

    title: Fragment
    state: str
    tone: str
    explanation: str
    address: Address
    site: Address | None
    source: Fragment
    language: str | None
    tags: tuple[tuple[str, str], ...]
    interval: str
    next_poll_at: datetime | None
    read_at: datetime | None
    news_at: datetime | None
    habit: str
    id: int
    paused: bool
    mail_existing: bool
    days: Bars
    polls: tuple[PollLine, ...]
    older: int | None
    items: tuple[ItemLine, ...]


def read_feed(tx: Connection, feed_id: int, now: datetime, before: int | None = None) -> FeedPage | None:
    """Everything the page of one feed shows, with its polls or those before a number; None when there is no
    such feed."""
    found = feeds.overview(tx, feed_id)
    if not found:
        return None
    feed = found[0]
    names = Times("en", "UTC")
    state, tone = feed_state(feed)
    polls = feeds.polls(tx, feed_id, POLLS_SHOWN + 1, before)
    return FeedPage(
        title=feed_title(feed),
        state=state,
        tone=tone,
        explanation=explanation(feed),
        address=address(feed.url),
        site=address(feed.site) if feed.site else None,
        source=fragment(discreet(feed.source), feed.language or "und", NAME_LIMIT),
        language=names.language_name(feed.language or "und"),
        tags=tuple(
            (fragment(tag, "und", NAME_LIMIT).text, Asked(tag=tag).link()) for tag in feed.tags[:_TAGS_SHOWN]
        ),
        interval=span(timedelta(seconds=feed.interval_seconds)),
        next_poll_at=feed.next_poll_at if feed.state is FeedState.ACTIVE else None,
        read_at=feed.last_success_at,
        news_at=feed.last_new_at,
        habit=habit(feed),
        id=feed_id,
        paused=feed.state is not FeedState.ACTIVE,
        mail_existing=feed.mail_existing and feed.first_polled_at is None,
        days=by_day(feeds.new_items(tx, feed_id, now - DAYS), now),
        polls=tuple(poll_line(note) for _, note in polls[:POLLS_SHOWN]),
        older=polls[POLLS_SHOWN - 1][0] if len(polls) > POLLS_SHOWN else None,
        items=tuple(item_line(item, names) for item in items.latest(tx, feed_id, ITEMS_SHOWN)),
    )


def by_day(news: Iterable[tuple[datetime, int]], now: datetime) -> Bars:
    """New items by day, up to today."""
    count: Counter[str] = Counter()
    for at, new in news:
        count[at.astimezone(UTC).date().isoformat()] += new
    today = now.astimezone(UTC).date()
    days = [(today - timedelta(days=back)).isoformat() for back in range(DAYS.days)]
    return bars({day: count[day] for day in days}, "New items")
