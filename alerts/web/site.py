"""The web pages put together: routes, what every answer carries, and how failures are told."""

from __future__ import annotations

from threading import Thread
from urllib.parse import urlencode, urlsplit

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from alerts.app import App
from alerts.errors import BadInput, Unavailable
from alerts.store import migrate
from alerts.web import login, metrics
from alerts.web.api.site import mounted
from alerts.web.desk import (
    accounts,
    audit,
    concept_edit,
    concepts,
    deliveries,
    feed_add,
    feed_edit,
    feed_opml,
    feeds,
    inbox,
    item,
    items,
    jobs,
    rule_edit,
    rules,
    specimens,
    stories,
    subscribers,
    suppressions,
    today,
    tokens,
)
from alerts.web.guard import Guard, LoginNeeded, NoAccounts, NotAllowed, own_path
from alerts.web.headers import WithHeaders
from alerts.web.origin import StaleForm
from alerts.web.pages import STATIC, Pages
from alerts.web.readers import atom, leaving, my_data, past, preferences, sign_up
from alerts.web.readers.reader import NothingKept
from alerts.web.situations import situation_edit, situations
from alerts.web.warming import warm

RETRY_SECONDS = 30

log = structlog.get_logger("alerts")


def make_web(app: App) -> FastAPI:
    """The web application over the use cases of ``app``. Nothing is opened before the first request."""
    # A redirect would lose a one-click POST (RFC 8058 §3.1), so there are none.
    web = FastAPI(title="Alerts", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    pages, guard = Pages(app), Guard(app)
    web.state.guard = guard
    web.add_middleware(GZipMiddleware, minimum_size=1000)
    web.add_middleware(TrustedHostMiddleware, allowed_hosts=_hosts(app), www_redirect=False)
    web.add_middleware(WithHeaders)  # around all others, so that their refusals say so too
    for room in (today, items, item, stories, audit):
        _add(web, room.routes(app, pages))
    for room in (feed_add, feed_edit, feed_opml, feeds, jobs):  # feeds has ids where the others have words
        _add(web, room.routes(app, pages))
    _add(web, inbox.routes(app, pages))
    for room in (concept_edit, concepts):  # the form of a new one before what has a key there
        _add(web, room.routes(app, pages))
    _add(web, rule_edit.routes(app, pages))  # before what has a key there: /rules/new
    _add(web, rules.routes(app, pages))
    _add(web, situation_edit.routes(app, pages))  # before what has a key there
    _add(web, situations.routes(app, pages))
    _add(web, specimens.routes(app, pages))
    for room in (subscribers, deliveries, suppressions):
        _add(web, room.routes(app, pages))
    _add(web, accounts.routes(app, pages, guard))
    _add(web, login.routes(app, pages, guard))
    _add(web, leaving.routes(app, pages))
    _add(web, sign_up.routes(app, pages))
    _add(web, preferences.routes(app, pages))
    _add(web, past.routes(app, pages))
    _add(web, my_data.routes(app, pages))
    _add(web, atom.routes(app))
    _add_probes(web, app)
    _add(web, tokens.routes(app, pages))
    _add(web, metrics.routes(app))
    web.router.routes.append(mounted(app, pages.root))
    web.mount("/static", _Static(directory=STATIC))
    _add_failures(web, pages)
    _add_closed_doors(web, app, pages, guard)
    return web


def _add(web: FastAPI, router: APIRouter) -> None:
    """Its routes, in one list with all others. A router inside the router would be gone through for every
    request, and would look at its routes a second time when first asked."""
    web.router.routes.extend(router.routes)


def serve(app: App) -> None:
    """Serves the pages on the configured address until stopped."""
    settings = app.settings
    Thread(target=warm, args=(app,), daemon=True).start()
    uvicorn.run(
        make_web(app),
        host=settings.http_host,
        port=settings.http_port,
        log_level="warning",
        server_header=False,
        forwarded_allow_ips=[str(network) for network in settings.proxies],
    )


def _hosts(app: App) -> list[str]:
    """The names we answer to. A page of somebody else's that lets its own name point at us, to read
    what a reader's browser may read (DNS rebinding), gets 400."""
    configured = urlsplit(app.settings.pages).hostname
    return sorted({"localhost", "127.0.0.1", "[::1]", *([configured] if configured else [])})


def _add_probes(web: FastAPI, app: App) -> None:
    @web.api_route("/healthz", methods=["GET", "HEAD"])
    def healthz() -> Response:
        """The process lives."""
        return PlainTextResponse("ok")

    @web.api_route("/readyz", methods=["GET", "HEAD"])
    def readyz() -> Response:
        """The database answers and has this program's schema."""
        try:
            outdated = migrate.pending(app.engine)
        except Unavailable as error:
            log.warning("not ready", reason=str(error))
            return JSONResponse({"ready": False, "reason": "the database cannot be used"}, 503)
        if outdated:
            reason = "the database has another schema than this program; run: alerts db upgrade"
            return JSONResponse({"ready": False, "reason": reason}, 503)
        return JSONResponse({"ready": True})


def _add_failures(web: FastAPI, pages: Pages) -> None:
    def refused(request: Request, error: Exception) -> Response:
        status_code = error.status_code if isinstance(error, HTTPException) else 400
        headers = error.headers if isinstance(error, HTTPException) else None
        told = isinstance(error, inbox.NoInbox | specimens.NoSpecimen | NotAllowed | StaleForm)
        why = error.detail if isinstance(error, HTTPException) and told else ""
        language = pages.preferred(request)
        return pages.show(
            "problem.html", language=language, status=status_code, headers=headers, code=status_code, why=why
        )

    def nothing_kept(request: Request, _error: Exception) -> Response:
        language = pages.preferred(request)
        return pages.show("readers/nothing_kept.html", language=language, status=410, erased=False)

    def unavailable(request: Request, error: Exception) -> Response:
        log.warning("page not shown", path=request.url.path.split("/")[1], reason=str(error))
        headers = {"Retry-After": str(RETRY_SECONDS)}
        language = pages.preferred(request)
        return pages.show("problem.html", language=language, status=503, headers=headers, code=503, why="")

    def unexpected(request: Request, _error: Exception) -> Response:
        # Starlette hands the error on to the server, which logs it with its trace.
        return pages.show("problem.html", language=pages.preferred(request), status=500, code=500, why="")

    web.add_exception_handler(HTTPException, refused)
    web.add_exception_handler(BadInput, refused)  # what no database keeps, wherever it was sent
    web.add_exception_handler(NothingKept, nothing_kept)
    web.add_exception_handler(Unavailable, unavailable)
    web.add_exception_handler(Exception, unexpected)


def _add_closed_doors(web: FastAPI, app: App, pages: Pages, guard: Guard) -> None:
    def login_needed(request: Request, error: Exception) -> Response:
        path = request.url.path
        if "HX-Request" in request.headers:  # the page as a whole goes to the login, not a part of it
            return Response(status_code=204, headers={"HX-Refresh": "true"})
        if request.method in ("GET", "HEAD"):
            after = own_path(f"{path}?{request.url.query}" if request.url.query else path)
            return RedirectResponse(f"{pages.root}/login?{urlencode({'after': after})}", 303)
        form, after = error.form if isinstance(error, LoginNeeded) else None, own_path(path)
        waiting = login.held(app, guard.token(request), after, form)
        kept = "What you typed is kept: it goes on after your login, and after nobody else's."
        again = "What you typed is not kept. After the login, please send it again."
        return login.ask_for_login(
            request,
            pages,
            guard,
            after=after,
            status=403,
            problem=f"You are no longer logged in. {kept if waiting.fields else again}",
            waiting=waiting,
        )

    def no_accounts(_request: Request, _error: Exception) -> Response:
        return pages.show("no_accounts.html", status=403)

    web.add_exception_handler(LoginNeeded, login_needed)
    web.add_exception_handler(NoAccounts, no_accounts)


class _Static(StaticFiles):
    """Our own files: kept by the browser, but asked about each time, so that an upgrade shows at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "no-cache"
        return answer
