"""Today: is all well, what happened in the last 24 hours, and what is new since one last looked.

Looking changes nothing: until when somebody has looked is moved by the button alone. Anybody may see the page
as long as there are no accounts; addresses are whole for admins only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.digests.times import Times
from alerts.model import DeliveryState
from alerts.services.feed_condition import TROUBLE, by_trouble, condition
from alerts.services.looking import LOOKED, look
from alerts.services.today import SPAN, situation_news, stories_of
from alerts.store import accounts, brakes, feeds, lately, outbox, rules, subscribers
from alerts.store.unit import reading
from alerts.web.desk.feed_words import FeedLine, Tally, feed_line, tally
from alerts.web.desk.health import Health, health
from alerts.web.desk.story_lines import StoryLine, story_line
from alerts.web.desk.today_lines import (
    FIRST,
    ChangeLine,
    Glance,
    MailLine,
    SignalLine,
    Step,
    change_line,
    covered,
    glance,
    mail_line,
    signal_lines,
    state_counts,
    steps,
    summary,
)
from alerts.web.discreet import discreet
from alerts.web.forms import text
from alerts.web.guard import KnownForm, Looking, Staff
from alerts.web.pages import Pages
from alerts.web.situations.situation_pages import Composer
from alerts.web.situations.situation_words import SituationWords

STORIES_SHOWN, MORE_STORIES = 25, 100
SIGNALS_SHOWN = 12
MAILS_SHOWN = 8
FEEDS_SHOWN = 8
CHANGES_SHOWN = 12
MOST_MAILS = 20_000
RENEWED_SECONDS = 20

_UNREMARKABLE = ("logged in", "logged out", "login failed", LOOKED)


@dataclass(frozen=True, slots=True)
class Today:
    """All that the page shows. ``stopped`` is why no mail is sent, '' while it is; ``looked_at`` until when
    its reader has looked, None when they never have or nobody is logged in."""

    health: Health
    glance: Glance
    stopped: str
    steps: tuple[Step, ...]
    looked_at: datetime | None
    signals: tuple[SignalLine, ...]
    more_signals: int
    new_signals: int
    stories: tuple[StoryLine, ...]
    story_count: int
    new_stories: int
    whole: bool
    counts: tuple[tuple[str, str, int], ...]
    counted: bool
    mails: tuple[MailLine, ...]
    new_mails: int
    coverage: tuple[str, str]
    tally: tuple[Tally, ...]
    feeds: tuple[FeedLine, ...]
    troubled: int
    changes: tuple[ChangeLine, ...]

    @property
    def summary(self) -> str:
        """What is new since they looked, in a sentence."""
        return summary(
            signals=self.new_signals,
            stories=self.new_stories,
            mails=self.new_mails,
            changes=len(self.changes),
        )


def read_today(app: App, staff: Staff | None, stories: int = STORIES_SHOWN) -> Today:
    """Everything the page shows, from one consistent view of the database."""
    now, names = app.clock(), Times("en", "UTC")
    whole = staff is not None and staff.manages
    words = SituationWords(app.renderer.translations("en"), names)
    with reading(app.engine) as tx:
        looked_at = accounts.looked_at(tx, staff.name) if staff else None
        every = by_trouble(feeds.stands(tx))
        troubled = [feed for feed in every if condition(feed) in TROUBLE]
        shown_feeds = by_trouble(feeds.overview(tx, among=[feed.id for feed in troubled[:FEEDS_SHOWN]]))
        told = stories_of(tx, now, looked_at, stories)
        news = situation_news(tx, now)
        shown_surges = (surge for each in news[:SIGNALS_SHOWN] for surge in each.surges)
        rule_names = rules.names(tx, {surge.rule_id for surge in shown_surges})
        counts, counted = lately.deliveries(tx, now - SPAN, MOST_MAILS)
        troubles = lately.troubles(tx, FIRST, now - SPAN, MAILS_SHOWN)
        stop = brakes.in_force(tx)
        waiting_since = outbox.oldest_waiting(tx, now)
        coverage = feeds.coverage(tx, now - SPAN)
        changes = _changes(tx, staff, looked_at)
        needed = steps(
            feeds=bool(every),
            rules=rules.any_in_force(tx),
            readers=subscribers.any_person(tx),
            accounts=accounts.any_account(tx),
        )
    signals = signal_lines(news[:SIGNALS_SHOWN], rule_names, words, Composer(words, names, "ltr"), looked_at)
    mails = tuple(mail_line(each, looked_at, whole=whole) for each in troubles)
    return Today(
        health=health(every, waiting_since, now, stop.pulled_at if stop else None, told.critical),
        glance=glance(len(news), told.total, told.whole, counts, len(troubled)),
        stopped=discreet(stop.reason) if stop else "",
        steps=needed,
        looked_at=looked_at,
        signals=signals,
        more_signals=max(0, len(news) - SIGNALS_SHOWN),
        new_signals=0 if looked_at is None else sum(each.at > looked_at for each in news),
        stories=tuple(
            story_line(
                each.entry,
                each.stand,
                each.first_at,
                names,
                new=looked_at is not None and each.first_at > looked_at,
            )
            for each in told.shown
        ),
        story_count=told.total,
        new_stories=told.new,
        whole=told.whole,
        counts=state_counts(counts),
        counted=counted,
        mails=mails,
        new_mails=sum(line.new and line.state == DeliveryState.FAILED for line in mails),
        coverage=covered(coverage, troubled, now),
        tally=tally(every),
        feeds=tuple(feed_line(feed, names) for feed in shown_feeds),
        troubled=len(troubled),
        changes=changes,
    )


def _changes(tx: Connection, staff: Staff | None, looked_at: datetime | None) -> tuple[ChangeLine, ...]:
    """What others did since somebody looked, who may change things themselves."""
    if staff is None or not staff.writes or looked_at is None:
        return ()
    done = lately.done_by_others(tx, staff.name, looked_at, _UNREMARKABLE, CHANGES_SHOWN)
    return tuple(change_line(each, whole=staff.manages) for each in done)


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.api_route("/", methods=["GET", "HEAD"])
    def show(request: Request, staff: Looking) -> Response:
        everything = request.query_params.get("stories") == "all"
        live = "HX-Request" in request.headers
        return pages.show(
            "desk/today_news.html" if live else "desk/today.html",
            headers={"Vary": "HX-Request"},
            staff=staff,
            today=read_today(app, staff, MORE_STORIES if everything else STORIES_SHOWN),
            everything=everything,
            still="still" in request.query_params,
            seconds=RENEWED_SECONDS,
        )

    @router.post("/seen")
    def mark_as_seen(posted: KnownForm) -> Response:
        if not posted.stale:
            look(app.engine, posted.staff.name, _until(text(posted.form, "until")), app.clock())
        return RedirectResponse(f"{pages.root}/", 303)

    return router


def _until(said: str) -> datetime | None:
    """The time of the page that somebody has seen; None when no page of ours says such a thing."""
    try:
        until = datetime.fromisoformat(said)
    except ValueError:
        return None
    return until if until.utcoffset() == timedelta(0) else None
