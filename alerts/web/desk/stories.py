"""One story: who tells it, why they belong together, and seeing to it: *seen to*, *muted*, *open again*."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.digests.address import address
from alerts.digests.fragment import Fragment, fragment
from alerts.digests.times import Times
from alerts.errors import BadInput, NotFound
from alerts.model import StoryState
from alerts.services.acknowledging import see_to
from alerts.services.today import story_entry
from alerts.store import acknowledgements, audit, stories
from alerts.store.stories import Tally, Telling
from alerts.store.unit import reading
from alerts.web.desk.match_lines import NAME_LIMIT, TITLE_LIMIT
from alerts.web.desk.story_lines import StandLine, StoryLine, stand_line, story_line
from alerts.web.desk.today_lines import ChangeLine, change_line
from alerts.web.discreet import discreet
from alerts.web.forms import text
from alerts.web.guard import EditorsForm, Looking, Staff, own_path
from alerts.web.pages import Pages

ITEMS_SHOWN = 100
EVENTS_SHOWN = 20

_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_ANCHOR = re.compile(r"[a-z]+-[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TellingLine:
    """An item of a story. ``origin`` is whose words these are, '' for the publisher's own; ``like`` the item
    it resembles most, ``shared`` words it has in common with that."""

    item_id: int
    title: Fragment
    url: str | None
    source: Fragment
    language: str | None
    at: datetime
    origin: str
    like: int | None
    score: str
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoryPage:
    """``lead`` is None when no item of it matched a rule."""

    id: int
    lead: StoryLine | None
    title: Fragment
    tally: Tally
    items: tuple[TellingLine, ...]
    stand: StandLine | None
    said: tuple[ChangeLine, ...]


def telling_line(each: Telling, names: Times) -> TellingLine:
    language = each.language or "und"
    return TellingLine(
        item_id=each.item_id,
        title=fragment(each.title, language, TITLE_LIMIT),
        url=address(each.url),
        source=fragment(discreet(each.source), language, NAME_LIMIT),
        language=names.language_name(language),
        at=each.seen_at,
        origin="" if each.origin == each.family else each.origin,
        like=each.like_item_id,
        score="" if each.score is None else f"{each.score:.0%}",
        shared=each.shared,
    )


def read_story(tx: Connection, app: App, story_id: int, *, whole: bool) -> StoryPage | None:
    """Everything the page of a story shows; None when there is none."""
    told = stories.tellings(tx, story_id, ITEMS_SHOWN)
    if not told:
        return None
    names, now = Times("en", "UTC"), app.clock()
    stand = acknowledgements.of_stories(tx, [story_id]).get(story_id)
    entry = story_entry(tx, story_id, now)
    said = audit.latest(tx, EVENTS_SHOWN, audit.Which(subject=f"story {story_id}"))
    items = tuple(telling_line(each, names) for each in told)
    return StoryPage(
        id=story_id,
        lead=None if entry is None else story_line(entry, stand, entry.found_at or told[0].seen_at, names),
        title=items[0].title,
        tally=stories.tallies(tx, [story_id])[story_id],
        items=items,
        stand=stand_line(stand),
        said=tuple(change_line(each, whole=whole) for each in said),
    )


def number(typed: str) -> int | None:
    """The id in an address; None when it cannot be one."""
    return int(typed) if _ID.fullmatch(typed) else None


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    def page(
        typed_id: str, staff: Staff | None, *, status: int = 200, typed: str = "", wrong: str = ""
    ) -> Response:
        story_id = number(typed_id)
        with reading(app.engine) as tx:
            whole = staff is not None and staff.manages
            found = read_story(tx, app, story_id, whole=whole) if story_id else None
        if found is None:
            raise HTTPException(404)
        return pages.show(
            "desk/story.html", staff=staff, status=status, story=found, typed=typed, wrong=wrong
        )

    @router.api_route("/stories/{story_id}", methods=["GET", "HEAD"])
    def show(request: Request, story_id: str, staff: Looking) -> Response:  # noqa: ARG001
        return page(story_id, staff)

    @router.post("/stories/{story_id}")
    def see(story_id: str, posted: EditorsForm) -> Response:
        state, reason = text(posted.form, "state"), text(posted.form, "reason")
        wanted = number(story_id)
        if state not in list(StoryState) or wanted is None:
            raise HTTPException(400)
        if posted.stale:
            wrong = "This form was made before your last login. Nothing was changed: send it again."
            return page(story_id, posted.staff, status=403, typed=reason, wrong=wrong)
        try:
            see_to(
                app.engine,
                wanted,
                StoryState(state),
                by=posted.staff.name,
                reason=reason,
                now=app.clock(),
            )
        except NotFound as error:
            raise HTTPException(404) from error
        except BadInput as error:
            wrong = f"{str(error).capitalize()}."
            return page(story_id, posted.staff, status=422, typed=reason, wrong=wrong)
        return RedirectResponse(f"{pages.root}{after(text(posted.form, 'after'), story_id)}", 303)

    return router


def after(wanted: str, story_id: str) -> str:
    """Where to go on: the page the form was on, and the place in it; else the page of the story."""
    path, _, anchor = wanted.partition("#")
    if not path or own_path(path) != path:
        return f"/stories/{story_id}"
    return f"{path}#{anchor}" if _ANCHOR.fullmatch(anchor) else path
