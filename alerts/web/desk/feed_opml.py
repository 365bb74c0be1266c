"""Lists of feeds in and out (OPML): what a list would add is shown first; adding it is long work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.digests.fragment import clean
from alerts.errors import BadInput
from alerts.feeds.opml import Outline, Problem, read_opml, write_opml
from alerts.services.feed_lists import MOST_FEEDS, Sifted, feeds_import, list_of, sift
from alerts.services.jobs import ask_for
from alerts.store import feeds
from alerts.store.unit import reading, writing
from alerts.web.desk.feed_page import Address, address
from alerts.web.discreet import discreet
from alerts.web.forms import number, text, uploaded
from alerts.web.guard import EditorsUpload, Staff, Writing
from alerts.web.pages import Pages

LARGEST_LIST = 2_000_000
"""Bytes of a list; ``alerts feeds import`` takes longer ones."""

MOST_REFUSED = 2_000
"""Lines refused that the result of the work names."""

SHOWN = 200
"""Of the new feeds, the known ones and the lines refused, so many are shown."""

_OLD = "The form was too old: you have logged in anew since. Nothing is changed; please look at it again."


@dataclass(frozen=True, slots=True)
class ListedFeed:
    name: str
    address: Address
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListShown:
    """What a list would do: whole numbers, and the first of each. ``opml`` are the new feeds as a list,
    ``left_out`` the lines refused, each with its number in front."""

    new: tuple[int, tuple[ListedFeed, ...]]
    known: tuple[int, tuple[ListedFeed, ...]]
    refused: tuple[int, tuple[tuple[int, str], ...]]
    notes: tuple[tuple[int, str], ...]
    broken: bool
    opml: str
    left_out: str
    name: str


def shown(sifted: Sifted, name: str) -> ListShown:
    return ListShown(
        new=(len(sifted.new), tuple(map(_listed, sifted.new[:SHOWN]))),
        known=(len(sifted.known), tuple(map(_listed, sifted.known[:SHOWN]))),
        refused=(len(sifted.refused), tuple(map(_told, sifted.refused[:SHOWN]))),
        notes=tuple(map(_told, sifted.notes[:SHOWN])),
        broken=sifted.broken,
        opml=write_opml(sifted.new, ""),
        left_out="\n".join(f"{line} {why}" for line, why in map(_told, sifted.refused[:MOST_REFUSED])),
        name=name,
    )


def _listed(outline: Outline) -> ListedFeed:
    return ListedFeed(clean(discreet(outline.title)), address(outline.url), outline.tags)


def _told(problem: Problem) -> tuple[int, str]:
    return problem.line, clean(discreet(problem.reason))


def left_out(typed: str) -> tuple[tuple[int, str], ...]:
    """Reads what a form says of the lines that were refused."""
    lines = (line.partition(" ") for line in typed.split("\n")[:MOST_REFUSED])
    return tuple((int(line), clean(why)) for line, _, why in lines if number(line) is not None)


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    def form(staff: Staff, *, status: int = 200, **said: Any) -> Response:
        parts: dict[str, Any] = {"problem": "", "list": None, "typed": "", **said}
        most = {"megabytes": LARGEST_LIST // 1_000_000, "feeds": f"{MOST_FEEDS:,}"}
        return pages.show("desk/feed_opml.html", staff=staff, status=status, most=most, **parts)

    @router.api_route("/feeds/opml", methods=["GET", "HEAD"])
    def show(staff: Writing) -> Response:
        return form(staff)

    @router.post("/feeds/opml")
    def take(posted: EditorsUpload) -> Response:
        """Shows what the list would add; with ``sure`` has it added."""
        staff, (body, name) = posted.staff, uploaded(posted.form, "list")

        def refused(status: int, problem: str) -> Response:
            return form(staff, status=status, problem=problem, typed=text(posted.form, "list-text"))

        if posted.stale:
            return refused(403, _OLD)
        if not body.strip():
            return refused(422, "Choose a file, or paste a list.")
        if len(body) > LARGEST_LIST:
            return refused(413, f"The list is larger than {LARGEST_LIST:,} bytes.")
        name = name or text(posted.form, "name")[:100]
        try:
            found = read_opml(body)
            with reading(app.engine) as tx:
                sifted = sift(tx, found, app.allow)
            if text(posted.form, "sure") != "yes":
                return form(staff, list=shown(sifted, clean(name)))
            job = feeds_import(sifted.new, name, left_out(text(posted.form, "left_out")))
        except BadInput as error:
            told = str(error)
            return refused(422, f"{told[:1].upper()}{told[1:]}.")
        with writing(app.engine) as tx:
            job_id = ask_for(tx, job, staff.name, app.clock())
        return RedirectResponse(f"{pages.root}/jobs/{job_id}", 303)

    @router.api_route("/feeds/list.opml", methods=["GET", "HEAD"])
    def export(_staff: Writing) -> Response:
        """All feeds with their whole addresses, keys in them included: for those who may edit them."""
        with reading(app.engine) as tx:
            document = list_of(feeds.overview(tx), app.settings.service_name)
        headers = {"Content-Disposition": 'attachment; filename="feeds.opml"'}
        return Response(document.encode(), media_type="text/x-opml; charset=utf-8", headers=headers)

    return router
