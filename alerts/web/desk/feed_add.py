"""Adding feeds by the address of their site: look there, choose among what was found, add it.

Nothing is added before somebody has chosen; the network is asked while no thread waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.digests.fragment import Fragment, fragment
from alerts.digests.times import Times
from alerts.errors import BadInput, BlockedAddress, FetchError
from alerts.services.discover import Candidate, complete_address
from alerts.services.feed_changes import new_feed
from alerts.services.feed_lists import add_feed
from alerts.store import feeds
from alerts.store.feeds import NewFeed
from alerts.store.unit import reading, writing
from alerts.web.desk.feed_edit import read_tags
from alerts.web.desk.feed_page import Address, address
from alerts.web.discreet import discreet
from alerts.web.forms import text, texts
from alerts.web.guard import EditorsForm, Posted, Staff, Writing
from alerts.web.pages import Pages

AT_ONCE = 4
"""People who look at sites at the same time; the next one is asked to try again."""

MOST_ADDED = 50
_LONGEST = 5_000
_TITLE_LIMIT = 200
_OLD = "The form was too old: you have logged in anew since. Nothing is changed; please press again."


@dataclass(frozen=True, slots=True)
class Choice:
    """A feed that may be added. ``known`` is its id when it is among the feeds already."""

    url: str
    address: Address
    name: str
    language: str
    spoken: str | None
    count: int
    newest: tuple[tuple[Fragment, datetime | None], ...]
    problem: str
    known: int | None


def choice(candidate: Candidate, known: int | None) -> Choice:
    language = candidate.language or ""
    return Choice(
        url=candidate.url,
        address=address(candidate.url),
        name=" ".join(candidate.title.split())[:_TITLE_LIMIT] or urlsplit(candidate.url).hostname or "",
        language=language,
        spoken=Times("en", "UTC").language_name(language) if language else None,
        count=candidate.count,
        newest=tuple(
            (fragment(item.title, item.language or language or "und", _TITLE_LIMIT), item.published_at)
            for item in candidate.newest
        ),
        problem=discreet(candidate.problem),
        known=known,
    )


_PLAIN = {
    "dns": "There is no such site: its name is not found. Is it written correctly?",
    "connect": "The site does not answer.",
    "tls": "No secure connection to the site is possible. If it has none, write http:// before its name.",
    "timeout": "The site did not answer in time. It may be slow now; try again later.",
    "too-large": "What the site sends is too large to be read.",
    "redirects": "The site sends us round in circles.",
}


def plain_words(error: FetchError) -> str:
    """What went wrong at a site, for somebody who wants its feed."""
    if isinstance(error, BlockedAddress):
        return f"This address may not be called: {discreet(str(error))}."
    if error.reason == "http" and error.status:
        return f"The site refused: it answered with status {error.status}."
    return _PLAIN.get(error.reason, f"The site cannot be read: {discreet(str(error))}.")


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()
    looking = 0

    def form(staff: Staff, *, status: int = 200, **said: Any) -> Response:
        shown: dict[str, Any] = {"typed": "", "problem": "", "choices": None, "tags": "", "source": ""}
        shown |= {"mail_existing": False, **said}
        return pages.show("desk/feed_add.html", staff=staff, status=status, **shown)

    def known_of(urls: Sequence[str]) -> dict[str, int]:
        with reading(app.engine) as tx:
            return feeds.ids_by_url(tx, urls)

    @router.api_route("/feeds/add", methods=["GET", "HEAD"])
    def show(staff: Writing) -> Response:
        return form(staff)

    @router.post("/feeds/add/look")
    async def look(posted: EditorsForm) -> Response:
        nonlocal looking
        staff, typed = posted.staff, text(posted.form, "address").strip()[:_LONGEST]
        if posted.stale:
            return form(staff, status=403, typed=typed, problem=_OLD)
        if looking >= AT_ONCE:
            busy = "Others are looking at sites just now. Please press again in a few seconds."
            return form(staff, status=503, typed=typed, problem=busy)
        looking += 1
        try:
            wanted = complete_address(typed)
            found = await app.look_for_feeds(wanted)
        except BadInput as error:
            told = str(error)
            return form(staff, status=422, typed=typed, problem=f"{told[:1].upper()}{told[1:]}.")
        except FetchError as error:
            return form(staff, status=422, typed=typed, problem=plain_words(error))
        finally:
            looking -= 1
        if not found:
            none = "No feed was found there: the page names none, and there is none at the usual places."
            return form(staff, status=422, typed=typed, problem=none)
        known = await run_in_threadpool(known_of, [each.url for each in found])
        choices = [choice(each, known.get(each.url)) for each in found]
        return form(staff, typed=typed, choices=choices)

    @router.post("/feeds/add")
    def add(posted: EditorsForm) -> Response:
        staff, sent = posted.staff, posted.form
        ticked = [int(place) for place in texts(sent, "chosen") if place.isdecimal() and len(place) < 3]
        if posted.stale:
            return form(staff, status=403, typed=text(sent, "address"), problem=_OLD)
        if not ticked:
            return form(staff, status=422, typed=text(sent, "address"), problem="No feed was ticked.")
        try:
            tags = read_tags(text(sent, "tags"))
            new = [_new(posted, place, tags) for place in ticked[:MOST_ADDED]]
            ids = _add(new, staff.name)
        except BadInput as error:
            told = discreet(str(error))
            problem = f"{told[:1].upper()}{told[1:]}. Nothing was added; look again."
            return form(staff, status=422, typed=text(sent, "address"), problem=problem)
        told = urlencode({"done": "added", "number": len(ids)})
        place = f"/{ids[0]}" if len(ids) == 1 else ""
        return RedirectResponse(f"{pages.root}/feeds{place}?{told}", 303)

    def _new(posted: Posted, place: int, tags: tuple[str, ...]) -> NewFeed:
        sent = posted.form
        return new_feed(
            url=text(sent, f"url-{place}"),
            title=" ".join(text(sent, f"name-{place}").split())[:_TITLE_LIMIT],
            source=" ".join(text(sent, "source").split())[:_TITLE_LIMIT],
            language="",
            allow=app.allow,
            mail_existing=text(sent, "mail_existing") == "yes",
            site=_site(text(sent, "address")),
            tags=tags,
        )

    def _add(new: Sequence[NewFeed], by: str) -> list[int]:
        """All of them or none."""
        now, interval = app.clock(), app.settings.poll_min_seconds
        with writing(app.engine) as tx:
            return [add_feed(tx, feed, by=by, interval_seconds=interval, now=now) for feed in new]

    return router


def _site(typed: str) -> str | None:
    """The page that was looked at, without what may be secret in its address."""
    try:
        whole = complete_address(typed[:_LONGEST])
    except BadInput:
        return None
    return whole if discreet(whole) == whole else None
