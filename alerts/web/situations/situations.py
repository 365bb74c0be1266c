"""The pages of situations: all of them, now and month by month; one with what speaks for its call; what is
counted and how; and the decision of an editor.

They are for everybody when the setting says so, in the reader's language. Staff see more on the same pages:
who decided, and the forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
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
from alerts.errors import BadInput, NotFound, Overtaken
from alerts.model import Trend
from alerts.rules.toml_tables import KEY
from alerts.services.assessing import Verdict
from alerts.services.situation_counts import Counted
from alerts.services.situation_stand import end_of_month
from alerts.services.situation_view import SituationView, overview, view
from alerts.store import trends
from alerts.store.unit import reading
from alerts.web.forms import text
from alerts.web.guard import Anybody, Caller, EditorsForm
from alerts.web.kept import kept
from alerts.web.pages import Pages
from alerts.web.situations.situation_pages import Composer
from alerts.web.situations.situation_words import SituationWords

LONGEST_REASON = 1000
"""Characters of the one reason that is told with a call."""

SAID = ("decided", "saved", "same")
"""What a page may be asked to say of what was just done."""


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


def months_between(first: datetime | None, now: datetime) -> tuple[date, ...]:
    """The first days of all months from that of the first call on; of this month alone before any."""
    month, found = (first or now).date().replace(day=1), []
    while month <= now.date():
        found.append(month)
        month = (end_of_month(month) + timedelta(days=1)).date()
    return tuple(found)


def routes(app: App, pages: Pages) -> APIRouter:
    router, counted = APIRouter(), Counted()

    def composer(language: str, *, named: bool) -> Composer:
        times = Times(language.replace("-", "_"), "UTC")
        words = SituationWords(app.renderer.translations(language), times)
        return Composer(words, times, language_direction(language), named=named)

    def spoken(request: Request) -> tuple[str, dict[str, Any]]:
        """The language of the page; and what it says of languages."""
        language = pages.chosen(request)
        asked = "lang" in request.query_params
        return language, {"languages": pages.languages, "lang": f"?lang={language}" if asked else ""}

    def shown(
        request: Request, template: str, caller: Caller, *, status: int = 200, **words: Any
    ) -> Response:
        """The page for staff, with the way to their other pages; or the same for everybody."""
        frame = "situations/open.html" if caller.outside else "desk/staff.html"
        answer = pages.show(f"situations/{template}", staff=caller.staff, status=status, frame=frame, **words)
        if caller.outside and status == 200:
            return kept(request, answer, indexed=app.settings.public_pages == "indexed")
        return answer

    def page(
        request: Request,
        key: str,
        caller: Caller,
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
        write = composer(language, named=not caller.outside)
        return shown(
            request,
            "situation.html",
            caller,
            status=status,
            language=language,
            page=write.page(found),
            form=(form or typed_of(found)) if caller.staff and caller.staff.writes else None,
            trends=write.trends,
            said=said,
            **words,
        )

    @router.api_route("/situations", methods=["GET", "HEAD"])
    def list_situations(request: Request, caller: Anybody) -> Response:
        now, asked = app.clock(), request.query_params.get("month", "")
        with reading(app.engine) as tx:
            all_months = months_between(trends.first_made_at(tx), now)
            month = wanted_month(asked, all_months)
            past = month < all_months[-1]
            found = overview(tx, end_of_month(month) if past else now, counted)
        language, words = spoken(request)
        write = composer(language, named=not caller.outside)
        return shown(
            request,
            "situations.html",
            caller,
            language=language,
            lines=write.overview(found),
            months=[write.month(each) for each in reversed(all_months)],
            month=write.month(month),
            past=past,
            **words,
        )

    @router.api_route("/methodology", methods=["GET", "HEAD"])
    def methodology(request: Request, caller: Anybody) -> Response:
        language, words = spoken(request)
        return shown(request, "methodology.html", caller, language=language, **words)

    @router.api_route("/situations/{key}", methods=["GET", "HEAD"])
    def show_situation(request: Request, key: str, caller: Anybody) -> Response:
        said = request.query_params.get("said", "")
        return page(request, key, caller, said=said if said in SAID else "")

    @router.post("/situations/{key}")
    def decide(request: Request, key: str, posted: EditorsForm) -> Response:
        form, caller = typed(posted.form), Caller(posted.staff, outside=False)
        wanted = verdict(form)
        if wanted is None or not KEY.fullmatch(key):
            raise HTTPException(400)
        if posted.stale:
            return page(request, key, caller, status=403, form=form, said="stale")
        try:
            app.decide(key, wanted, posted.staff.name)
        except NotFound as error:
            raise HTTPException(404) from error
        except Overtaken:
            return page(request, key, caller, status=409, form=form, said="overtaken")
        except BadInput:
            return page(request, key, caller, status=422, form=form, said="reason")
        language, words = spoken(request)
        lang = {"lang": language} if words["lang"] else {}
        return RedirectResponse(
            f"{pages.root}/situations/{key}?{urlencode({**lang, 'said': 'decided'})}#call", 303
        )

    return router


def wanted_month(asked: str, months: Sequence[date]) -> date:
    """The month that an address names, of those there are; the last when it names none. Raises HTTPException
    404."""
    if not asked:
        return months[-1]
    found = [each for each in months if f"{each:%Y-%m}" == asked]
    if not found:
        raise HTTPException(404)
    return found[0]
