"""Feeds for programs: how each is doing; added, paused, polled soon."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from alerts.app import App
from alerts.errors import BadInput, NotFound
from alerts.model import FeedState
from alerts.services.feed_changes import Act, act, new_feed
from alerts.services.feed_condition import Condition, condition
from alerts.services.feed_lists import add_feed
from alerts.services.tokens import Machine
from alerts.store import feeds
from alerts.store.feeds import FeedStatus, FetchNote
from alerts.store.unit import reading, writing
from alerts.web.api import pages
from alerts.web.api.door import Reading, Writing
from alerts.web.api.fields import Id, LanguageTag, Line, Sent, WebAddress, Yes
from alerts.web.api.pages import Asked, Page
from alerts.web.api.problem import Refused, answers

_LIST = "feeds"
_FETCHES = 20


class FeedIn(Sent):
    """A feed to be polled."""

    url: WebAddress = Field(description="Its address. Private networks are refused unless allowed.")
    title: Line = Field("", description="What to call it; empty: its host, until it tells its own name.")
    source: Line = Field("", description="The organisation that publishes it; empty: the title.")
    language: LanguageTag | None = Field(None, description="When it does not say so itself (BCP 47).")
    mail_existing: Yes = Field(False, description="Treat all it has now as news, whatever its age.")


class FeedChange(Sent):
    """What is to change about a feed."""

    state: Literal["active", "paused"] = Field(description="Whether it is polled.")


class FetchOut(BaseModel):
    """What one poll came to."""

    started_at: datetime
    finished_at: datetime
    outcome: str = Field(description="`read`, `not modified`, or the kind of failure.")
    status: int | None = Field(description="Of HTTP; null when no answer came.")
    new: int = Field(ge=0, description="Items that were not known.")
    changed: int = Field(ge=0)
    seen: int = Field(ge=0, description="Items that were known already.")
    note: str


class FeedOut(BaseModel):
    """A feed and how it is doing."""

    id: int
    url: str
    title: str
    source: str
    site: str | None
    language: str | None
    tags: list[str]
    state: FeedState
    condition: Condition = Field(
        description="`failing`: cannot be read; `silent`: answers without news for longer than is its habit."
    )
    failures: int = Field(ge=0, description="In a row.")
    interval_seconds: int = Field(ge=0, description="From one poll to the next.")
    next_poll_at: datetime
    last_success_at: datetime | None
    last_new_at: datetime | None
    last: FetchOut | None = Field(description="The latest poll.")


class FeedShown(FeedOut):
    """The same with its history."""

    fetches: list[FetchOut] = Field(description=f"The latest {_FETCHES} polls, newest first.")


def fetch_out(note: FetchNote) -> FetchOut:
    return FetchOut.model_validate(note, from_attributes=True)


def feed_out(feed: FeedStatus) -> FeedOut:
    return FeedOut(
        id=feed.id,
        url=feed.url,
        title=feed.title,
        source=feed.source,
        site=feed.site,
        language=feed.language,
        tags=list(feed.tags),
        state=feed.state,
        condition=condition(feed),
        failures=feed.failures,
        interval_seconds=feed.interval_seconds,
        next_poll_at=feed.next_poll_at,
        last_success_at=feed.last_success_at,
        last_new_at=feed.last_new_at,
        last=fetch_out(feed.last) if feed.last else None,
    )


def routes(app: App, root: str) -> APIRouter:
    router = APIRouter(prefix="/v1/feeds", tags=["feeds"])

    def found(feed_id: int) -> FeedShown:
        with reading(app.engine) as tx:
            for feed in feeds.overview(tx, feed_id):
                history = [fetch_out(each) for each in feeds.history(tx, feed_id, _FETCHES)]
                return FeedShown(**feed_out(feed).model_dump(), fetches=history)
        raise NotFound(f"there is no feed {feed_id}")

    def do(machine: Machine, feed_id: int, what: Act) -> None:
        state = found(feed_id).state
        if what is Act.POLL and state is not FeedState.ACTIVE:
            raise BadInput(f"feed {feed_id} is {state}; make it active first")
        with writing(app.engine) as tx:
            act(tx, [feed_id], what, by=machine.actor, now=app.clock())

    @router.get("")
    def list_feeds(_machine: Reading, asked: Annotated[Asked, Query()]) -> Page[FeedOut]:
        """All feeds in the order of their ids."""
        place = pages.read(_LIST, asked.cursor, int)
        with reading(app.engine) as tx:
            some = feeds.overview(tx, after=place[0] if place else 0, limit=asked.limit + 1)
        return pages.page(asked, f"{root}/feeds", some, feed_out, lambda each: pages.write(_LIST, each.id))

    @router.post("", status_code=201, responses=answers(409))
    def add(machine: Writing, body: FeedIn, response: Response) -> FeedShown:
        """Adds a feed. It is polled at the next tick; nothing is called now. A known address is a 409 whose
        `id` is that of the feed that has it: adding it again does no harm."""
        said = (body.url, body.title, body.source, body.language or "")
        new = new_feed(*said, app.allow, mail_existing=body.mail_existing)
        interval = app.settings.poll_min_seconds
        with writing(app.engine) as tx:
            known = feeds.ids_by_url(tx, [new.url]).get(new.url)
            if known is not None:
                told = f"feed {known} has this address already"
                raise Refused(409, told, kind="known", title="There is one already", id=known)
            feed_id = add_feed(tx, new, by=machine.actor, interval_seconds=interval, now=app.clock())
        response.headers["Location"] = f"{root}/feeds/{feed_id}"
        return found(feed_id)

    @router.get("/{id}", responses=answers(404))
    def get_feed(_machine: Reading, id: Id) -> FeedShown:
        """One feed with its latest polls."""
        return found(id)

    @router.patch("/{id}", responses=answers(404))
    def change(machine: Writing, id: Id, body: FeedChange) -> FeedShown:
        """Pauses a feed, or has it polled again."""
        do(machine, id, Act.PAUSE if body.state == "paused" else Act.RESUME)
        return found(id)

    @router.delete("/{id}", status_code=204, response_class=Response, responses=answers(404))
    def remove(machine: Writing, id: Id) -> None:
        """Ends the polling of a feed: it is deleted when it has never shown an item, else it is retired and
        what it has shown stays."""
        do(machine, id, Act.REMOVE)

    @router.post("/{id}/poll", status_code=202, responses=answers(404))
    def poll(machine: Writing, id: Id) -> FeedShown:
        """Makes a feed due now: a worker polls it within seconds. A 422 when it is paused or retired."""
        do(machine, id, Act.POLL)
        return found(id)

    return router
