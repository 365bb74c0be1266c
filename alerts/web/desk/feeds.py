"""The pages of the feeds: all of them, trouble first, and each with its polls and its latest items.

They change nothing; addresses are shown without what may be secret in them.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.store import feeds
from alerts.store.unit import reading
from alerts.web.desk.feed_list import SORTED, asked, feed_list
from alerts.web.desk.feed_page import read_feed
from alerts.web.desk.feed_words import done
from alerts.web.forms import number
from alerts.web.guard import Looking
from alerts.web.pages import Pages


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    def said(query: Mapping[str, str]) -> str:
        return done(query.get("done", ""), number(query.get("number", "")))

    @router.api_route("/feeds", methods=["GET", "HEAD"])
    def list_feeds(request: Request, staff: Looking) -> Response:
        with reading(app.engine) as tx:
            everything = feeds.overview(tx)
        query = request.query_params
        return pages.show(
            "desk/feeds.html",
            staff=staff,
            list=feed_list(everything, asked(query)),
            sorted_by=SORTED,
            done=said(query),
        )

    @router.api_route("/feeds/{id}", methods=["GET", "HEAD"])
    def show_feed(request: Request, id: str, staff: Looking) -> Response:
        feed_id, query = number(id), request.query_params
        if feed_id is None:
            raise HTTPException(404)
        with reading(app.engine) as tx:
            found = read_feed(tx, feed_id, app.clock(), number(query.get("before", "")))
        if found is None:
            raise HTTPException(404)
        return pages.show("desk/feed.html", staff=staff, feed=found, done=said(query))

    return router
