"""The status page: what the service has read, found and sent. It changes nothing.

Because anybody may see it as long as there are no accounts, addresses are masked.
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
from alerts.model import Cadence, DeliveryState, Entry, Match, Window
from alerts.services.feed_condition import TROUBLE, by_trouble, condition
from alerts.store import brakes, feeds, matches, outbox
from alerts.store.feeds import FeedStatus
from alerts.store.outbox import Outgoing
from alerts.store.unit import reading
from alerts.web.desk.feed_words import FeedLine, Tally, feed_line, tally
from alerts.web.desk.health import Health, health
from alerts.web.discreet import discreet
from alerts.web.guard import Looking
from alerts.web.pages import Pages

FEEDS_SHOWN = 20
"""With more feeds than that, only those in trouble are listed here, and at most so many."""

MATCHES_READ = 60
MATCHES_SHOWN = 20
DELIVERIES_SHOWN = 20
REFRESH_SECONDS = 10

_TITLE_LIMIT = 300
_QUOTE_LIMIT = 300
_NAME_LIMIT = 100


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
    """``feeds`` are all, or the gravest of the ``troubled`` ones when there are many. ``stopped`` is why no
    mail is sent, '' while it is."""

    health: Health
    stopped: str
    feed_count: int
    tally: tuple[Tally, ...]
    troubled: int
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
        counts = outbox.counts(tx)
        outgoing = outbox.latest(tx, DELIVERIES_SHOWN)
        stop = brakes.in_force(tx)
        waiting_since = outbox.oldest_waiting(tx, now)
    troubled = [feed for feed in by_trouble(all_feeds) if condition(feed) in TROUBLE]
    shown: Sequence[FeedStatus] = all_feeds if len(all_feeds) <= FEEDS_SHOWN else troubled[:FEEDS_SHOWN]
    return Status(
        health=health(all_feeds, waiting_since, now, stop.pulled_at if stop else None),
        stopped=discreet(stop.reason) if stop else "",
        feed_count=len(all_feeds),
        tally=tally(all_feeds),
        troubled=len(troubled),
        feeds=tuple(feed_line(feed, names) for feed in shown),
        matches=tuple(match_line(group, names) for group in by_item(found)[:MATCHES_SHOWN]),
        counts=tuple((state.value, _TONES[state], number) for state, number in counts.items()),
        deliveries=tuple(delivery_line(each) for each in outgoing),
    )


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
        source=fragment(discreet(entry.source), entry.language, _NAME_LIMIT),
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
        cadence=_CADENCES[each.cadence] if each.cadence else "letter",
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
    def show_status(request: Request, staff: Looking) -> Response:
        still = "still" in request.query_params
        refresh = None if still else REFRESH_SECONDS
        return pages.show("desk/status.html", staff=staff, overview=read_status(app), refresh=refresh)

    return router
