"""The pages of the rules behind the login: all of them, one with its history; bringing back, retiring."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.errors import BadInput, NotConfirmed, NotFound, Overtaken
from alerts.model import Severity
from alerts.rules.toml_tables import KEY
from alerts.services.rules import Confirm, Edit, restore_rule, retire_rule
from alerts.store.unit import reading
from alerts.web.desk.rule_list import NOBODY, read_filter, read_list, read_place
from alerts.web.desk.rule_pages import RulePage, read_rule, sees_own
from alerts.web.forms import OVERTAKEN, began_from, text
from alerts.web.guard import EditorsForm, Looking, Staff, Writing
from alerts.web.pages import Pages

_SAVED = {
    "saved": "Saved. It applies to what is found from now on.",
    "same": "Nothing to save: it says what was in force already.",
    "retired": "Retired. Nothing is compared with it from now on.",
    "restored": "The version is back in force. It applies to what is found from now on.",
}
_TOO_OLD = "The form was too old. Please press again."
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()
    languages = app.settings.languages

    def found(key: str, staff: Staff | None) -> RulePage:
        """Raises HTTPException 404 for what there is not, or not for them."""
        with reading(app.engine) as tx:
            shown = read_rule(tx, key, languages, app.clock()) if KEY.fullmatch(key) else None
        if shown is None or (shown.own and not sees_own(staff)):
            raise HTTPException(404)
        return shown

    def page(key: str, staff: Staff | None, *, status: int = 200, **said: Any) -> Response:
        longest = app.settings.retain_days
        told: dict[str, Any] = {"saved": "", "problem": "", "confirm": 0, "why": "", **said}
        told["backtest"] = {"key": key, "days": longest, "longest": longest}
        return pages.show("desk/rule.html", staff=staff, status=status, shown=found(key, staff), **told)

    @router.api_route("/rules", methods=["GET", "HEAD"])
    def list_rules(request: Request, staff: Looking) -> Response:
        asked = read_filter(request.query_params)
        if asked.show == "own" and not sees_own(staff):
            raise HTTPException(404)
        place = read_place(request.query_params.get("after", ""))
        with reading(app.engine) as tx:
            several = read_list(tx, asked, place, languages, app.clock())
        told: dict[str, Any] = {
            "asked": asked,
            "severities": tuple(Severity),
            "nobody": NOBODY,
            "first": place is None,
        }
        return pages.show("desk/rules.html", staff=staff, list=several, **told)

    @router.api_route("/rules/{key}", methods=["GET", "HEAD"])
    def show_rule(request: Request, key: str, staff: Looking) -> Response:
        return page(key, staff, saved=_SAVED.get(request.query_params.get("saved", ""), ""))

    @router.api_route("/rules/{key}/retire", methods=["GET", "HEAD"])
    def ask_to_retire(_request: Request, key: str, staff: Writing) -> Response:
        shown = found(key, staff)
        if shown.retired:
            raise HTTPException(404)
        return pages.show("desk/rule_retire.html", staff=staff, shown=shown)

    @router.post("/rules/{key}/retire")
    def retire(key: str, posted: EditorsForm) -> Response:
        if posted.stale or not KEY.fullmatch(key):
            return page(key, posted.staff, status=400, problem=_TOO_OLD)
        if found(key, posted.staff).retired:
            raise HTTPException(404)
        edit = Edit(posted.staff.name, app.clock(), text(posted.form, "why")[:1000].strip())
        try:
            retire_rule(app.engine, key, edit, began_from(posted.form))
        except Overtaken:
            return page(key, posted.staff, status=409, problem=OVERTAKEN)
        return RedirectResponse(f"{pages.root}/rules/{key}?saved=retired", 303)

    @router.post("/rules/{key}/restore")
    def restore(key: str, posted: EditorsForm) -> Response:
        number = text(posted.form, "number")
        if posted.stale or not _NUMBER.fullmatch(number) or not KEY.fullmatch(key):
            return page(key, posted.staff, status=400, problem=_TOO_OLD)
        found(key, posted.staff)
        edit = Edit(posted.staff.name, app.clock(), text(posted.form, "why")[:1000].strip())
        confirm = Confirm(app.settings.confirm_above, given=text(posted.form, "confirm") == "yes")
        try:
            restore_rule(app.engine, key, int(number), edit, languages, confirm, began_from(posted.form))
        except NotFound as error:
            raise HTTPException(404) from error
        except Overtaken:
            return page(key, posted.staff, status=409, problem=OVERTAKEN)
        except NotConfirmed:
            return page(key, posted.staff, status=409, confirm=int(number), why=edit.reason)
        except BadInput as error:
            return page(key, posted.staff, status=422, problem=f"This text cannot come back: {error}")
        return RedirectResponse(f"{pages.root}/rules/{key}?saved=restored", 303)

    return router
