"""The status page: what the service has read, found and sent. It changes nothing and needs no login.

Because anybody may see it, addresses are masked and the addresses of feeds are not shown at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.digests.build import build
from alerts.digests.fragment import Fragment, fragment
from alerts.digests.times import Times
from alerts.model import Cadence, DeliveryState, Entry, FeedState, Match, Window
from alerts.store import deliveries, feeds, matches
from alerts.store.deliveries import Outgoing
from alerts.store.feeds import FeedStatus, FetchNote
from alerts.store.unit import reading
from alerts.web.discreet import discreet
from alerts.web.health import Health, health
from alerts.web.pages import Pages

MATCHES_READ = 60
MATCHES_SHOWN = 20
DELIVERIES_SHOWN = 20
REFRESH_SECONDS = 10

_TITLE_LIMIT = 300
_QUOTE_LIMIT = 300
_NAME_LIMIT = 100


@dataclass(frozen=True, slots=True)
class FeedLine:
    """``tone`` is ok, warn, bad or off; ``state`` says the same in words."""

    title: Fragment
    source: Fragment | None
    language: str | None
    state: str
    tone: str
    polled_at: datetime | None
    outcome: str
    note: str
    next_poll_at: datetime | None


@dataclass(frozen=True, slots=True)
class MatchLine:
    url: str | None
    title: Fragment
    quotes: tuple[Fragment, ...]
    source: Fragment
    language: str | None
    rules: tuple[str, ...]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """``moment`` is when it was sent, will be tried again, or was made, as ``moment_is`` says."""

    subject: Fragment
    recipient: str
    cadence: str
    state: str
    tone: str
    attempts: int
    reason: str
    moment_is: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class Status:
    health: Health
    feeds: tuple[FeedLine, ...]
    matches: tuple[MatchLine, ...]
    counts: tuple[tuple[str, str, int], ...]
    deliveries: tuple[DeliveryLine, ...]


def read_status(app: App) -> Status:
    """Everything the page shows, from one consistent view of the database."""
    now = app.clock()
    names = Times("en", "UTC")
    with reading(app.engine) as tx:
        all_feeds = feeds.overview(tx)
        found = matches.latest(tx, MATCHES_READ)
        counts = deliveries.counts(tx)
        outgoing = deliveries.latest(tx, DELIVERIES_SHOWN)
        waiting_since = deliveries.oldest_waiting(tx, now)
    return Status(
        health=health(all_feeds, waiting_since, now),
        feeds=tuple(feed_line(feed, names) for feed in all_feeds),
        matches=tuple(match_line(group, names) for group in by_item(found)[:MATCHES_SHOWN]),
        counts=tuple((state.value, _TONES[state], number) for state, number in counts.items()),
        deliveries=tuple(delivery_line(each) for each in outgoing),
    )


def feed_line(feed: FeedStatus, names: Times) -> FeedLine:
    state, tone = feed_state(feed)
    language = feed.language or "und"
    title = fragment(feed.title, language, _NAME_LIMIT)
    source = fragment(feed.source, language, _NAME_LIMIT)
    return FeedLine(
        title=title,
        source=None if source.text == title.text else source,
        language=names.language_name(language),
        state=state,
        tone=tone,
        polled_at=feed.last.finished_at if feed.last else None,
        outcome=outcome(feed.last) if feed.last else "",
        note=discreet(feed.last.note) if feed.last else "",
        next_poll_at=feed.next_poll_at if feed.state is FeedState.ACTIVE else None,
    )


def feed_state(feed: FeedStatus) -> tuple[str, str]:
    """How a feed is doing, in words and as a tone."""
    if feed.state is not FeedState.ACTIVE:
        return feed.state.value, "off"
    if not feed.healthy:
        return f"cannot be read, {feed.failures} tries", "bad"
    if feed.failures:
        return "failed, will be tried again", "warn"
    return ("read", "ok") if feed.last_success_at else ("not polled yet", "off")


def outcome(note: FetchNote) -> str:
    """One poll in words."""
    if note.outcome == "unchanged":
        return "not changed"
    if note.outcome != "read":
        return _FAILURES.get(note.outcome, note.outcome)
    counted = ((note.new, "new"), (note.changed, "changed"), (note.seen, "known"))
    return ", ".join(f"{number} {word}" for number, word in counted if number) or "no entries"


_FAILURES = {
    "dns": "name not found",
    "connect": "no connection",
    "tls": "no secure connection",
    "timeout": "no answer in time",
    "http": "refused",
    "too-large": "too large",
    "encoding": "broken encoding",
    "redirects": "redirected without end",
    "blocked": "address not allowed",
    "not-a-feed": "not a feed",
    "parse": "not readable",
}


def by_item(found: Iterable[Match]) -> list[list[Match]]:
    """Matches of one item together, in the order in which items first appear."""
    groups: dict[int, list[Match]] = {}
    for match in found:
        groups.setdefault(match.item_id, []).append(match)
    return list(groups.values())


def match_line(group: Sequence[Match], names: Times) -> MatchLine:
    """One item with all rules it matched, told as a digest would tell it."""
    seen_at = group[0].seen_at
    entry: Entry = build(Cadence.IMMEDIATE, Window(seen_at, seen_at), group, (), None, seen_at, None).entries[
        0
    ]
    return MatchLine(
        url=entry.url if entry.url.startswith(("http://", "https://")) else None,
        title=fragment(entry.title, entry.language, _TITLE_LIMIT),
        # The sentence is worth its space only when the title does not show why.
        quotes=tuple(
            fragment(quote, entry.language, _QUOTE_LIMIT)
            for quote in (() if entry.title.spans else entry.quotes)
        ),
        source=fragment(entry.source, entry.language, _NAME_LIMIT),
        language=names.language_name(entry.language),
        rules=tuple(rule.name for rule in entry.rules),
        seen_at=seen_at,
    )


_TONES = {
    DeliveryState.QUEUED: "off",
    DeliveryState.SENDING: "off",
    DeliveryState.SENT: "ok",
    DeliveryState.DEFERRED: "warn",
    DeliveryState.FAILED: "bad",
    DeliveryState.AMBIGUOUS: "warn",
    DeliveryState.SUPPRESSED: "off",
}

_CADENCES = {
    Cadence.IMMEDIATE: "alert",
    Cadence.DAILY: "daily digest",
    Cadence.WEEKLY: "weekly digest",
    Cadence.MONTHLY: "monthly digest",
}


def delivery_line(each: Outgoing) -> DeliveryLine:
    if each.sent_at is not None:
        moment_is, moment = "sent", each.sent_at
    elif each.state in (DeliveryState.DEFERRED, DeliveryState.AMBIGUOUS) and each.send_after is not None:
        moment_is, moment = "next try", each.send_after
    else:
        moment_is, moment = "made", each.created_at
    return DeliveryLine(
        subject=fragment(each.subject or "", "und", _TITLE_LIMIT),
        recipient=discreet(each.address),
        cadence=_CADENCES[each.cadence],
        state=each.state.value,
        tone=_TONES[each.state],
        attempts=each.attempts,
        reason=discreet(each.reason or ""),
        moment_is=moment_is,
        moment=moment,
    )


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.api_route("/", methods=["GET", "HEAD"])
    def show_status(request: Request) -> Response:
        still = "still" in request.query_params
        refresh = None if still else REFRESH_SECONDS
        return pages.show("status.html", overview=read_status(app), refresh=refresh)

    return router
