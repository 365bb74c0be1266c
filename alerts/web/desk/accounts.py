"""The accounts, for admins; and for everybody their own: another password, and where it is logged in."""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.errors import BadInput, NotFound
from alerts.model import Role
from alerts.services import account_changes
from alerts.services.accounts import (
    SHORTEST_PASSWORD,
    TooManyTries,
    WrongLogin,
    add_account,
    browsers,
    listed,
)
from alerts.web.forms import text
from alerts.web.guard import AdminsForm, Guard, Known, KnownForm, Managing, Staff
from alerts.web.origin import network_of
from alerts.web.pages import Pages

_DONE = {
    "added": "The account is made. Give its owner name and password; they change it under their own name.",
    "role": "The role is changed; it holds at once.",
    "removed": "The account is removed, and logged out everywhere. What it wrote stays under its name.",
    "ended": "Logged out.",
    "password": "Your password is changed. Every other browser is logged out.",
    "same": "Nothing to change: it is like that already.",
}
_OLD = "The form was too old, and nothing was changed. Please press again."
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


def routes(app: App, pages: Pages, guard: Guard) -> APIRouter:
    router = APIRouter()

    def everybody(staff: Staff, done: str = "", problem: str = "", status: int = 200) -> Response:
        return pages.show(
            "desk/accounts.html",
            staff=staff,
            status=status,
            accounts=listed(app.engine, app.clock()),
            roles=tuple(Role),
            done=_DONE.get(done, ""),
            problem=problem,
        )

    @router.api_route("/accounts", methods=["GET", "HEAD"])
    def list_accounts(request: Request, staff: Managing) -> Response:
        return everybody(staff, request.query_params.get("done", ""))

    @router.post("/accounts")
    def change(posted: AdminsForm) -> Response:
        if posted.stale:
            return everybody(posted.staff, problem=_OLD, status=400)
        try:
            done = _change(app, posted.form, posted.staff.name)
        except NotFound:
            return everybody(posted.staff, problem="That account is no longer there.", status=404)
        except BadInput as error:
            return everybody(posted.staff, problem=f"Nothing was changed: {error}.", status=400)
        return RedirectResponse(f"{pages.root}/accounts?done={done}", 303)

    def own(request: Request, staff: Staff, done: str = "", problem: str = "", status: int = 200) -> Response:
        return pages.show(
            "desk/account.html",
            staff=staff,
            status=status,
            browsers=browsers(app.engine, staff.name, guard.token(request), app.clock()),
            shortest=SHORTEST_PASSWORD,
            done=_DONE.get(done, ""),
            problem=problem,
        )

    @router.api_route("/account", methods=["GET", "HEAD"])
    def show_own(request: Request, staff: Known) -> Response:
        return own(request, staff, request.query_params.get("done", ""))

    @router.post("/account/browsers")
    def end_one(request: Request, posted: KnownForm) -> Response:
        number = text(posted.form, "browser")
        if posted.stale or not _ID.fullmatch(number):
            return own(request, posted.staff, problem=_OLD, status=400)
        ended = account_changes.end_own_session(app.engine, posted.staff.name, int(number), now=app.clock())
        return RedirectResponse(f"{pages.root}/account?done={'ended' if ended else 'same'}", 303)

    @router.post("/account/password")
    def change_password(request: Request, posted: KnownForm) -> Response:
        if posted.stale:
            return own(request, posted.staff, problem=_OLD, status=400)
        form, name = posted.form, posted.staff.name
        if text(form, "password") != text(form, "password_again"):
            return own(request, posted.staff, problem="The two new passwords differ.", status=400)
        try:
            token = account_changes.change_own_password(
                app.engine,
                app.passwords,
                name,
                text(form, "password_now"),
                text(form, "password"),
                network_of(request),
                secret=app.secret,
                known=guard.known(request),
                now=app.clock(),
            )
        except TooManyTries:
            return own(request, posted.staff, problem="Too many tries. Please wait an hour.", status=429)
        except WrongLogin:
            return own(request, posted.staff, problem="That is not your password of now.", status=403)
        except BadInput as error:
            return own(request, posted.staff, problem=f"{error}.".capitalize(), status=400)
        answer = RedirectResponse(f"{pages.root}/account?done=password", 303)
        guard.give(answer, token)
        return answer

    return router


def _change(app: App, form: FormData, actor: str) -> str:
    """Does what a form asks for; the word for what was done. Raises BadInput or NotFound."""
    act, name, now = text(form, "act"), text(form, "name")[:100], app.clock()
    match act:
        case "add":
            hashed, role = app.passwords, _role(form)
            add_account(app.engine, hashed, name, role, text(form, "password"), actor=actor, now=now)
            return "added"
        case "role":
            changed = account_changes.change_role(app.engine, name, _role(form), actor=actor, now=now)
            return "role" if changed else "same"
        case "remove":
            account_changes.remove_other(app.engine, name, actor=actor, now=now)
            return "removed"
        case "end":
            ended = account_changes.end_sessions(app.engine, name, actor=actor, now=now)
            return "ended" if ended else "same"
    raise HTTPException(400)


def _role(form: FormData) -> Role:
    said = text(form, "role")
    if said not in set(Role):
        raise BadInput("choose one of the roles")
    return Role(said)
