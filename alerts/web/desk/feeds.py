"""The pages of the feeds: all of them, trouble first, and each with its polls and its latest items.

They change nothing; addresses are shown without what may be secret in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.digests.fragment import Fragment, clean, fragment
from alerts.digests.times import Times
from alerts.model import FeedState
from alerts.services.feed_condition import TROUBLE, Condition, by_trouble, condition, span
from alerts.store import feeds, items
from alerts.store.feeds import FeedStatus, FetchNote
from alerts.store.items import Headline
from alerts.store.unit import reading
from alerts.web.desk.feed_words import (
    NAME_LIMIT,
    FeedLine,
    Tally,
    explanation,
    feed_line,
    feed_state,
    feed_title,
    habit,
    remark,
    tally,
    verdict,
)
from alerts.web.discreet import discreet
from alerts.web.guard import Looking
from alerts.web.pages import Pages

FEEDS_ON_A_PAGE = 40
POLLS_SHOWN = 40
ITEMS_SHOWN = 20

_TITLE_LIMIT = 300
_ADDRESS_LIMIT = 600
_NOTE_LIMIT = 250
_TAGS_SHOWN = 30
_LONGEST_LINK = 600
_ID = re.compile(r"[0-9]{1,18}\Z", re.ASCII)

SHOWN = ("all", "trouble", *Condition)
SORTED = ("trouble", "name", "last poll", "next poll")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is to show, as its address says."""

    show: str = "all"
    tag: str = ""
    sort: str = "trouble"
    page: int = 1

    def link(self, **changes: Any) -> str:
        """The query of the address for the same list with something else about it."""
        other = replace(self, **{"page": 1, **changes})
        plain = Asked()
        said = {name: getattr(other, name) for name in ("show", "tag", "sort", "page")}
        query = urlencode({name: value for name, value in said.items() if value != getattr(plain, name)})
        return f"?{query}" if query else ""


def asked(query: Mapping[str, str]) -> Asked:
    """Reads the address; what it asks for that does not exist counts as not asked."""
    show, sort, page = query.get("show", ""), query.get("sort", ""), query.get("page", "")
    return Asked(
        show=show if show in SHOWN else "all",
        tag=query.get("tag", ""),
        sort=sort if sort in SORTED else "trouble",
        page=max(1, int(page)) if re.fullmatch(r"[0-9]{1,6}", page, re.ASCII) else 1,
    )


@dataclass(frozen=True, slots=True)
class FeedList:
    """One page of the list. ``count`` and ``troubled`` are of all feeds, ``shows`` of those with the tag,
    ``found`` of those that are asked for."""

    asked: Asked
    count: int
    troubled: int
    shows: tuple[Tally, ...]
    found: int
    lines: tuple[FeedLine, ...]
    pages: int


def feed_list(everything: tuple[FeedStatus, ...], wish: Asked) -> FeedList:
    """The page of the list that is asked for, or its last when there are fewer."""
    tagged = [feed for feed in everything if not wish.tag or wish.tag in feed.tags]
    wanted = {"all": tuple(Condition), "trouble": TROUBLE}.get(wish.show, (wish.show,))
    found = [feed for feed in tagged if condition(feed) in wanted]
    pages = max(1, -(-len(found) // FEEDS_ON_A_PAGE))
    wish = replace(wish, page=min(wish.page, pages))
    start = (wish.page - 1) * FEEDS_ON_A_PAGE
    names = Times("en", "UTC")
    return FeedList(
        asked=wish,
        count=len(everything),
        troubled=_troubled(everything),
        shows=(
            Tally("all", "all", "", len(tagged)),
            Tally("trouble", "in trouble", "", _troubled(tagged)),
            *tally(tagged),
        ),
        found=len(found),
        lines=tuple(feed_line(feed, names) for feed in _sorted(found, wish.sort)[start:][:FEEDS_ON_A_PAGE]),
        pages=pages,
    )


def _troubled(some: Iterable[FeedStatus]) -> int:
    return sum(condition(feed) in TROUBLE for feed in some)


def _sorted(found: list[FeedStatus], sort: str) -> list[FeedStatus]:
    never = datetime.min.replace(tzinfo=UTC)
    match sort:
        case "name":
            return sorted(found, key=lambda feed: (feed.title.casefold(), feed.id))
        case "last poll":
            return sorted(found, key=lambda feed: feed.last.finished_at if feed.last else never, reverse=True)
        case "next poll":
            return sorted(found, key=lambda feed: (feed.state is not FeedState.ACTIVE, feed.next_poll_at))
        case _:
            return by_trouble(found)


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
    polls: tuple[PollLine, ...]
    items: tuple[ItemLine, ...]


def read_feed(tx: Connection, feed_id: int) -> FeedPage | None:
    """Everything the page of one feed shows; None when there is no such feed."""
    found = feeds.overview(tx, feed_id)
    if not found:
        return None
    feed = found[0]
    names = Times("en", "UTC")
    state, tone = feed_state(feed)
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
        polls=tuple(poll_line(note) for note in feeds.history(tx, feed_id, POLLS_SHOWN)),
        items=tuple(item_line(item, names) for item in items.latest(tx, feed_id, ITEMS_SHOWN)),
    )


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.api_route("/feeds", methods=["GET", "HEAD"])
    def list_feeds(request: Request, staff: Looking) -> Response:
        with reading(app.engine) as tx:
            everything = feeds.overview(tx)
        shown = feed_list(everything, asked(request.query_params))
        return pages.show("desk/feeds.html", staff=staff, list=shown, sorted_by=SORTED)

    @router.api_route("/feeds/{id}", methods=["GET", "HEAD"])
    def show_feed(id: str, staff: Looking) -> Response:
        if not _ID.match(id):
            raise HTTPException(404)
        with reading(app.engine) as tx:
            found = read_feed(tx, int(id))
        if found is None:
            raise HTTPException(404)
        return pages.show("desk/feed.html", staff=staff, feed=found)

    return router
