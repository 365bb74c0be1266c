"""The page that searches the archive in the rule language."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.digests.times import Times
from alerts.errors import QueryError
from alerts.services.archive import Found, search
from alerts.web.desk.rule_trial import found_line
from alerts.web.guard import Looking
from alerts.web.pages import Pages

SHOWN = 50
"""Items on the page, the newest; the command ``alerts items search`` lists as many as one likes."""

_LONGEST_QUERY = 2_000  # characters that an address can carry everywhere
_PERIODS = {"7": 7, "30": 30, "365": 365, "": None}


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()
    names = Times("en", "UTC")

    def look_for(query: str, days: int | None) -> tuple[tuple[Found, ...], QueryError | None]:
        try:
            languages, now = app.settings.languages, app.clock()
            found = search(app.engine, query, now=now, languages=languages, days=days, limit=SHOWN + 1)
        except QueryError as error:
            return (), error
        return found, None

    @router.api_route("/search", methods=["GET", "HEAD"])
    def show(request: Request, staff: Looking) -> Response:
        query = request.query_params.get("q", "").strip()[:_LONGEST_QUERY]
        period = request.query_params.get("days", "30")
        period = period if period in _PERIODS else "30"
        found, fault = look_for(query, _PERIODS[period]) if query else ((), None)
        lines = [found_line(each, names) for each in found[:SHOWN]]
        return pages.show(
            "desk/search.html",
            staff=staff,
            status=422 if fault else 200,
            query=query,
            period=period,
            fault=fault,
            lines=lines,
            more=len(found) > SHOWN,
        )

    return router
