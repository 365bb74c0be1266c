"""The pages of situations: all of them, one with what speaks for its call, and the decision of an editor.

Whoever may see the status page may read them, in their own language.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.digests.fragment import language_direction
from alerts.digests.times import Times
from alerts.errors import BadInput, NotFound
from alerts.model import Trend
from alerts.rules.toml_tables import KEY
from alerts.services.assessing import Overtaken, Verdict
from alerts.services.situation_view import SituationView, overview, view
from alerts.store.unit import reading
from alerts.web.forms import text
from alerts.web.guard import EditorsForm, Looking, Staff
from alerts.web.pages import Pages
from alerts.web.situations.situation_pages import Composer
from alerts.web.situations.situation_words import SituationWords

LONGEST_REASON = 1000
"""Characters of the one reason that is told with a call."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The form of a decision as it stands. ``of`` is the draft it was made for."""

    of: str
    trend: str
    risk_alert: bool
    resolution_opportunity: bool
    reason: str = ""


def typed(form: FormData) -> Typed:
    """What was sent."""
    return Typed(
        text(form, "of"),
        text(form, "trend"),
        text(form, "risk_alert") == "yes",
        text(form, "resolution_opportunity") == "yes",
        " ".join(text(form, "reason").split()),
    )


def typed_of(found: SituationView) -> Typed | None:
    """The form as it is first shown: the draft as it is. None when there is nothing to decide."""
    if found.draft is None:
        return None
    said = found.draft.call
    return Typed(str(found.draft.id), said.trend.value, said.risk_alert, said.resolution_opportunity)


def verdict(form: Typed) -> Verdict | None:
    """What the form says; None when no page of ours could have sent it."""
    if form.trend not in list(Trend) or not (form.of.isascii() and form.of.isdigit() and len(form.of) < 19):
        return None
    return Verdict(
        Trend(form.trend),
        form.risk_alert,
        form.resolution_opportunity,
        form.reason[:LONGEST_REASON],
        int(form.of),
    )


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    def composer(language: str) -> Composer:
        times = Times(language.replace("-", "_"), "UTC")
        words = SituationWords(app.renderer.translations(language), times)
        return Composer(words, times, language_direction(language))

    def spoken(request: Request) -> tuple[str, dict[str, Any]]:
        """The language of the page; and what it says of languages."""
        language = pages.chosen(request)
        asked = "lang" in request.query_params
        return language, {"languages": pages.languages, "lang": f"?lang={language}" if asked else ""}

    def page(
        request: Request,
        key: str,
        staff: Staff | None,
        *,
        status: int = 200,
        form: Typed | None = None,
        said: str = "",
    ) -> Response:
        try:
            if not KEY.fullmatch(key):
                raise NotFound(key)
            with reading(app.engine) as tx:
                found = view(tx, key, app.clock())
        except NotFound as error:
            raise HTTPException(404) from error
        if form is not None and found.draft is not None:
            form = replace(
                form, of=str(found.draft.id)
            )  # what was typed now is about the draft that is shown
        language, words = spoken(request)
        write = composer(language)
        return pages.show(
            "situations/situation.html",
            language=language,
            staff=staff,
            status=status,
            page=write.page(found),
            form=(form or typed_of(found)) if staff and staff.writes else None,
            trends=write.trends,
            said=said,
            **words,
        )

    @router.api_route("/situations", methods=["GET", "HEAD"])
    def list_situations(request: Request, staff: Looking) -> Response:
        with reading(app.engine) as tx:
            found = overview(tx, app.clock())
        language, words = spoken(request)
        write = composer(language).overview_line
        return pages.show(
            "situations/situations.html",
            language=language,
            staff=staff,
            lines=[write(line) for line in found],
            **words,
        )

    @router.api_route("/situations/{key}", methods=["GET", "HEAD"])
    def show_situation(request: Request, key: str, staff: Looking) -> Response:
        said = request.query_params.get("said", "")
        return page(request, key, staff, said=said if said == "decided" else "")

    @router.post("/situations/{key}")
    def decide(request: Request, key: str, posted: EditorsForm) -> Response:
        form = typed(posted.form)
        wanted = verdict(form)
        if wanted is None or not KEY.fullmatch(key):
            raise HTTPException(400)
        if posted.stale:
            return page(request, key, posted.staff, status=403, form=form, said="stale")
        try:
            app.decide(key, wanted, posted.staff.name)
        except NotFound as error:
            raise HTTPException(404) from error
        except Overtaken:
            return page(request, key, posted.staff, status=409, form=form, said="overtaken")
        except BadInput:
            return page(request, key, posted.staff, status=422, form=form, said="reason")
        language, words = spoken(request)
        kept = {"lang": language} if words["lang"] else {}
        return RedirectResponse(
            f"{pages.root}/situations/{key}?{urlencode({**kept, 'said': 'decided'})}#call", 303
        )

    return router
