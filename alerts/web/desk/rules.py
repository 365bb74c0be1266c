"""The pages of the rules behind the login: all of them, one with its history, bringing back an old text."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.errors import BadInput, NotConfirmed, NotFound
from alerts.rules.toml_tables import KEY
from alerts.services.rules import Confirm, Edit, restore_rule
from alerts.store.unit import reading
from alerts.web.desk.rule_pages import read_list, read_rule
from alerts.web.forms import text
from alerts.web.guard import EditorsForm, Known, Staff
from alerts.web.pages import Pages

_SAVED = {
    "saved": "Saved. It applies to what is found from now on.",
    "same": "Nothing to save: it says what was in force already.",
    "restored": "The version is back in force. It applies to what is found from now on.",
}
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()
    languages = app.settings.languages

    def page(key: str, staff: Staff, *, status: int = 200, **said: Any) -> Response:
        with reading(app.engine) as tx:
            found = read_rule(tx, key, languages, app.clock()) if KEY.fullmatch(key) else None
        if found is None:
            raise HTTPException(404)
        shown: dict[str, Any] = {"saved": "", "problem": "", "confirm": 0, "why": "", **said}
        return pages.show("desk/rule.html", staff=staff, status=status, shown=found, **shown)

    @router.api_route("/rules", methods=["GET", "HEAD"])
    def list_rules(request: Request, staff: Known) -> Response:
        wanted = request.query_params.get("page", "")
        number = max(1, int(wanted)) if _NUMBER.fullmatch(wanted) else 1
        with reading(app.engine) as tx:
            found = read_list(tx, languages, number, app.clock())
        return pages.show("desk/rules.html", staff=staff, list=found)

    @router.api_route("/rules/{key}", methods=["GET", "HEAD"])
    def show_rule(request: Request, key: str, staff: Known) -> Response:
        return page(key, staff, saved=_SAVED.get(request.query_params.get("saved", ""), ""))

    @router.post("/rules/{key}/restore")
    def restore(key: str, posted: EditorsForm) -> Response:
        number = text(posted.form, "number")
        if posted.stale or not _NUMBER.fullmatch(number) or not KEY.fullmatch(key):
            return page(key, posted.staff, status=400, problem="The form was too old. Please press again.")
        edit = Edit(posted.staff.name, app.clock(), text(posted.form, "why")[:1000].strip())
        confirm = Confirm(app.settings.confirm_above, given=text(posted.form, "confirm") == "yes")
        try:
            restore_rule(app.engine, key, int(number), edit, languages, confirm)
        except NotFound as error:
            raise HTTPException(404) from error
        except NotConfirmed:
            return page(key, posted.staff, status=409, confirm=int(number), why=edit.reason)
        except BadInput as error:
            return page(key, posted.staff, status=422, problem=f"This text cannot come back: {error}")
        return RedirectResponse(f"{pages.root}/rules/{key}?saved=restored", 303)

    return router
