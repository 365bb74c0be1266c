"""The list of feeds: which are asked for, in which order, and one page of them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from alerts.digests.times import Times
from alerts.language.fold import fold
from alerts.model import FeedState
from alerts.services.feed_condition import TROUBLE, Condition, by_trouble, condition
from alerts.store.feeds import FeedStatus
from alerts.web.desk.feed_words import FeedLine, Tally, feed_line, tally

FEEDS_ON_A_PAGE = 40

TAGS_OFFERED = 200

_LONGEST_SEARCH = 100
_LONGEST_TAG = 60

SHOWN = ("all", "trouble", *Condition)
SORTED = ("trouble", "name", "last poll", "next poll")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is to show, as its address says."""

    show: str = "all"
    q: str = ""
    tag: str = ""
    sort: str = "trouble"
    page: int = 1

    def link(self, **changes: Any) -> str:
        """The query of the address for the same list with something else about it."""
        other = replace(self, **{"page": 1, **changes})
        plain = Asked()
        said = {name: getattr(other, name) for name in ("show", "q", "tag", "sort", "page")}
        query = urlencode({name: value for name, value in said.items() if value != getattr(plain, name)})
        return f"?{query}" if query else ""


def asked(query: Mapping[str, str]) -> Asked:
    """Reads the address; what it asks for that does not exist counts as not asked."""
    show, sort, page = query.get("show", ""), query.get("sort", ""), query.get("page", "")
    return Asked(
        show=show if show in SHOWN else "all",
        q=query.get("q", "").strip()[:_LONGEST_SEARCH],
        tag=query.get("tag", ""),
        sort=sort if sort in SORTED else "trouble",
        page=max(1, int(page)) if re.fullmatch(r"[0-9]{1,6}", page, re.ASCII) else 1,
    )


@dataclass(frozen=True, slots=True)
class FeedList:
    """One page of the list. ``count`` and ``troubled`` are of all feeds, ``shows`` of those with the words
    and the tag, ``found`` of those that are asked for; ``tags`` are the commonest, each with its number."""

    asked: Asked
    count: int
    troubled: int
    tags: tuple[tuple[str, int], ...]
    shows: tuple[Tally, ...]
    found: int
    lines: tuple[FeedLine, ...]
    pages: int


def wanted(everything: Iterable[FeedStatus], wish: Asked) -> list[FeedStatus]:
    """The feeds that are asked for, in order."""
    shown = {"all": tuple(Condition), "trouble": TROUBLE}.get(wish.show, (wish.show,))
    return _sorted([feed for feed in _named(everything, wish) if condition(feed) in shown], wish.sort)


def _named(everything: Iterable[FeedStatus], wish: Asked) -> list[FeedStatus]:
    """Those with the tag, and with every word that is looked for in their name, source or host."""
    words = fold(wish.q).split()
    tagged = [feed for feed in everything if not wish.tag or wish.tag in feed.tags]
    if not words:
        return tagged
    said = ((feed, fold(f"{feed.title}\n{feed.source}\n{feed.host}")) for feed in tagged)
    return [feed for feed, names in said if all(word in names for word in words)]


def feed_list(everything: tuple[FeedStatus, ...], wish: Asked) -> FeedList:
    """The page of the list that is asked for, or its last when there are fewer."""
    named = _named(everything, wish)
    found = wanted(named, wish)
    pages = max(1, -(-len(found) // FEEDS_ON_A_PAGE))
    wish = replace(wish, page=min(wish.page, pages))
    start = (wish.page - 1) * FEEDS_ON_A_PAGE
    names = Times("en", "UTC")
    return FeedList(
        asked=wish,
        count=len(everything),
        troubled=_troubled(everything),
        tags=_tags(everything),
        shows=(
            Tally("all", "all", "", len(named)),
            Tally("trouble", "in trouble", "", _troubled(named)),
            *tally(named),
        ),
        found=len(found),
        lines=tuple(feed_line(feed, names) for feed in found[start:][:FEEDS_ON_A_PAGE]),
        pages=pages,
    )


def _tags(everything: Iterable[FeedStatus]) -> tuple[tuple[str, int], ...]:
    """The tags that most feeds have, in alphabetical order."""
    count = Counter(tag for feed in everything for tag in feed.tags if len(tag) <= _LONGEST_TAG)
    return tuple(sorted(count.most_common(TAGS_OFFERED), key=lambda each: each[0].casefold()))


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
