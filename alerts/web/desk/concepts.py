"""The pages of the concepts: all of them, one with its terms and history; bringing back, resetting."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.errors import BadInput, NotFound, Overtaken
from alerts.model import Polarity
from alerts.rules.toml_tables import KEY
from alerts.services.concepts import restore_concept, retire_concept
from alerts.services.texts import Edit
from alerts.store import concepts
from alerts.store.unit import reading
from alerts.web.desk.concept_pages import language_name, read_concept, read_filter, read_list
from alerts.web.forms import OVERTAKEN, began_from, text
from alerts.web.guard import EditorsForm, Looking, Staff
from alerts.web.pages import Pages

_SAVED = {
    "saved": "Saved. The rules that name it read it so from now on.",
    "same": "Nothing to save: it says what was in force already.",
    "restored": "The version is back in force.",
    "reset": "What was written here is out of force.",
}
_TOO_OLD = "The form was too old. Please press again."
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()
    languages = app.settings.languages

    def page(key: str, staff: Staff | None, *, status: int = 200, **said: Any) -> Response:
        with reading(app.engine) as tx:
            shown = read_concept(tx, key, languages, app.clock()) if KEY.fullmatch(key) else None
        if shown is None:
            raise HTTPException(404)
        told: dict[str, Any] = {"saved": "", "problem": "", **said}
        return pages.show("desk/concept.html", staff=staff, status=status, shown=shown, **told)

    @router.api_route("/concepts", methods=["GET", "HEAD"])
    def list_concepts(request: Request, staff: Looking) -> Response:
        asked = read_filter(request.query_params, languages)
        after = request.query_params.get("after", "")
        with reading(app.engine) as tx:
            found = read_list(tx, asked, after if KEY.fullmatch(after) else "", languages)
        named = [(code, language_name(code)) for code in languages]
        told: dict[str, Any] = {"asked": asked, "polarities": tuple(Polarity), "languages": named}
        told["address"] = urlencode({name: value for name, value in asdict(asked).items() if value})
        return pages.show("desk/concepts.html", staff=staff, list=found, first=not after, **told)

    @router.api_route("/concepts/{key}", methods=["GET", "HEAD"])
    def show_concept(request: Request, key: str, staff: Looking) -> Response:
        return page(key, staff, saved=_SAVED.get(request.query_params.get("saved", ""), ""))

    @router.post("/concepts/{key}/restore")
    def restore(key: str, posted: EditorsForm) -> Response:
        number = text(posted.form, "number")
        if posted.stale or not _NUMBER.fullmatch(number) or not KEY.fullmatch(key):
            return page(key, posted.staff, status=400, problem=_TOO_OLD)
        try:
            restore_concept(app.engine, key, int(number), edit(posted), languages, began_from(posted.form))
        except NotFound as error:
            raise HTTPException(404) from error
        except Overtaken:
            return page(key, posted.staff, status=409, problem=OVERTAKEN)
        except BadInput as error:
            return page(key, posted.staff, status=422, problem=f"This text cannot come back: {error}")
        return RedirectResponse(f"{pages.root}/concepts/{key}?saved=restored", 303)

    @router.post("/concepts/{key}/reset")
    def reset(key: str, posted: EditorsForm) -> Response:
        if posted.stale or not KEY.fullmatch(key):
            return page(key, posted.staff, status=400, problem=_TOO_OLD)
        with reading(app.engine) as tx:
            if concepts.kept.find(tx, key) is None:
                raise HTTPException(404)
        try:
            retire_concept(app.engine, key, edit(posted), languages, began_from(posted.form))
        except Overtaken:
            return page(key, posted.staff, status=409, problem=OVERTAKEN)
        except BadInput as error:
            return page(key, posted.staff, status=409, problem=f"It stays: {error}.")
        return RedirectResponse(f"{pages.root}/concepts/{key}?saved=reset", 303)

    def edit(posted: EditorsForm) -> Edit:
        return Edit(posted.staff.name, app.clock(), text(posted.form, "why")[:1000].strip())

    return router
