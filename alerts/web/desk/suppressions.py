"""Addresses that are never written to: only their keyed hashes are kept, so one is found by typing it."""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.errors import BadInput, NotFound
from alerts.model import SuppressionKind
from alerts.services.caring import lift
from alerts.store import suppressions
from alerts.store.suppressions import Suppressed
from alerts.store.unit import reading
from alerts.web.desk.subscriber_page import SUPPRESSED_WORDS
from alerts.web.forms import text
from alerts.web.guard import AdminsForm, Managing, Staff
from alerts.web.pages import Pages

ON_A_PAGE = 100

_OLD = "The form was too old, and nothing was changed. Please press again."
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    def page(
        staff: Staff,
        *,
        kind: str = "",
        before: str = "",
        address: str = "",
        done: str = "",
        problem: str = "",
        status: int = 200,
    ) -> Response:
        wanted = SuppressionKind(kind) if kind in set(SuppressionKind) else None
        with reading(app.engine) as tx:
            found: tuple[Suppressed, ...] = ()
            if address:
                try:
                    found = suppressions.of_address(tx, app.address_hashes(address))
                except BadInput as error:
                    problem = str(error)
            else:
                start = int(before) if _ID.fullmatch(before) else None
                found = suppressions.listed(tx, wanted, start, ON_A_PAGE + 1)
        return pages.show(
            "desk/suppressions.html",
            staff=staff,
            status=status,
            kinds=tuple(SuppressionKind),
            kind=kind if wanted else "",
            words=SUPPRESSED_WORDS,
            address=address,
            found=found[:ON_A_PAGE],
            before=found[ON_A_PAGE - 1].id if len(found) > ON_A_PAGE else None,
            done="Mail may go to that address again." if done == "lifted" else "",
            problem=problem,
        )

    @router.api_route("/suppressions", methods=["GET", "HEAD"])
    def show(request: Request, staff: Managing) -> Response:
        names = ("kind", "before", "address", "done")
        kind, before, address, done = (request.query_params.get(name, "").strip()[:300] for name in names)
        return page(staff, kind=kind, before=before, address=address, done=done)

    @router.post("/suppressions")
    def lift_one(posted: AdminsForm) -> Response:
        which, why = text(posted.form, "suppression"), text(posted.form, "why")[:500]
        if posted.stale or not _ID.fullmatch(which):
            return page(posted.staff, problem=_OLD, status=400)
        try:
            lift(app.engine, int(which), why, actor=posted.staff.name, now=app.clock())
        except (BadInput, NotFound) as error:
            return page(posted.staff, problem=str(error), status=409)
        return RedirectResponse(f"{pages.root}/suppressions?done=lifted", 303)

    return router
