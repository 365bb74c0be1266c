"""The tokens of machines, for admins: made and shown once, listed, revoked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.errors import BadInput, NotFound
from alerts.services.tokens import LONGEST_LIFE, Opens, make_token, revoke_token
from alerts.store import tokens
from alerts.store.unit import reading
from alerts.web.forms import text, texts
from alerts.web.guard import AdminsForm, Managing, Staff
from alerts.web.pages import Pages

_OLD = "The form was too old, and nothing was changed. Please press again."
_DAYS = re.compile(r"[0-9]{1,9}", re.ASCII)

OPENS = {
    Opens.READ: "Read: rules, concepts, situations, feeds, items, matches, the ledger and the metrics",
    Opens.WRITE: "Write: rules, concepts, situations, feeds and items",
    Opens.PEOPLE: "People: see and change subscribers, see their mail",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """The form as it was filled in."""

    name: str = ""
    scopes: tuple[str, ...] = (Opens.READ.value,)
    days: str = "365"


def draft_of(form: FormData) -> Draft:
    return Draft(text(form, "name")[:100], texts(form, "scope"), text(form, "days").strip()[:20])


def wanted(draft: Draft) -> tuple[frozenset[Opens], int | None]:
    """What a token is to open, and for how many days. Raises BadInput."""
    unknown = set(draft.scopes) - set(Opens)
    if unknown or not draft.scopes:
        raise BadInput("choose what it may open")
    if draft.days and not _DAYS.fullmatch(draft.days):
        raise BadInput("write a number of days, or leave it empty")
    return frozenset(map(Opens, draft.scopes)), int(draft.days) if draft.days else None


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    def page(
        staff: Staff,
        *,
        draft: Draft | None = None,
        new: str = "",
        done: bool = False,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        now = app.clock()
        with reading(app.engine) as tx:
            found = tokens.listed(tx)
        return pages.show(
            "desk/tokens.html",
            staff=staff,
            status=status,
            in_force=[each for each in found if each.in_force(now)],
            ended=[each for each in found if not each.in_force(now)],
            opens=OPENS,
            longest=LONGEST_LIFE,
            draft=draft or Draft(),
            new=new,
            done=done,
            problem=problem,
        )

    @router.api_route("/tokens", methods=["GET", "HEAD"])
    def list_tokens(staff: Managing, done: str = "") -> Response:
        return page(staff, done=done == "revoked")

    @router.post("/tokens")
    def make(posted: AdminsForm) -> Response:
        draft = draft_of(posted.form)
        if posted.stale:
            return page(posted.staff, draft=draft, problem=_OLD, status=400)
        try:
            opens, days = wanted(draft)
            actor, now = posted.staff.name, app.clock()
            token = make_token(app.engine, draft.name, opens, days=days, actor=actor, now=now)
        except BadInput as error:
            said = f"{error}."
            return page(posted.staff, draft=draft, problem=said[0].upper() + said[1:], status=400)
        # Here, and not behind a redirect: what is shown once must not wait anywhere to be fetched.
        return page(posted.staff, new=token)

    @router.post("/tokens/revoke")
    def revoke(posted: AdminsForm) -> Response:
        if posted.stale:
            return page(posted.staff, problem=_OLD, status=400)
        try:
            name = text(posted.form, "name")[:100]
            revoke_token(app.engine, name, actor=posted.staff.name, now=app.clock())
        except NotFound:
            return page(posted.staff, problem="That token has been revoked already.", status=404)
        return RedirectResponse(f"{pages.root}/tokens?done=revoked", 303)

    return router
