"""The API put together: its routes, its description, and how failures are told."""

from __future__ import annotations

import re
from functools import cache, partial

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, compile_path
from starlette.types import Receive, Scope, Send

from alerts.app import App
from alerts.errors import AlertsError, Unavailable
from alerts.web.api import (
    concepts,
    deliveries,
    feeds,
    items,
    ledger,
    matches,
    problem,
    rules,
    situations,
    subscribers,
)
from alerts.web.api.door import Door, inside
from alerts.web.api.problem import Refused, answers

log = structlog.get_logger("alerts")

_ABOUT = """
Everything this service does, for programs. Each request shows a token in its header `Authorization: Bearer
alerts_…`; no cookie is read and no token in an address.

* **Times** are RFC 3339 with a zone; answers are in UTC. **Offsets** are code points, ends exclusive.
* **Lists** come in pages of `limit` rows (1 to 200, 50 unless said); `next` is the address of the page that
  follows, null on the last. Nothing comes twice and nothing is left out when rows are added meanwhile.
* **Errors** are `application/problem+json` (RFC 9457); `errors` says what is wrong where.
* **Writing** a rule, concept or situation is a PUT of the whole of it under its key; the same again changes
  nothing. `If-Match` with the `ETag` of the version that was read keeps one from overwriting what somebody
  else wrote meanwhile: 412.
* What is not known in a body or list is refused: it is a misspelling.
"""

_TAGS = [
    {"name": "rules", "description": "What is looked for."},
    {"name": "concepts", "description": "Named sets of terms, written `@key` in a query."},
    {"name": "situations", "description": "Places and crises that are followed, and where each stands."},
    {"name": "feeds", "description": "Addresses that are polled."},
    {"name": "items", "description": "What the feeds have shown: the archive."},
    {"name": "matches", "description": "What rules have found."},
    {"name": "subscribers", "description": "People who get mail. Personal data: scope *people*."},
    {"name": "deliveries", "description": "What was sent to them. Personal data: scope *people*."},
    {"name": "ledger", "description": "The sums that must balance."},
]


def mounted(app: App, root: str) -> Mount:
    """The API under ``/api``: all of it, also addresses with line breaks in them, which a Mount leaves to the
    pages. ``root`` is the path of the pages, '' at the top of a host. It is made when it is first asked: that
    takes as long as all pages together, and many services have no programs that ask."""
    api = cache(partial(make_api, app, root))

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        await api()(scope, receive, send)

    mount = Mount("/api", asked)
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


def make_api(app: App, root: str) -> FastAPI:
    """What stands there."""
    api = FastAPI(
        title=f"{app.settings.service_name} API",
        version="1",
        description=_ABOUT.strip(),
        openapi_tags=_TAGS,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        root_path_in_servers=False,
        servers=[{"url": f"{root}/api"}],
        responses=answers(),
        separate_input_output_schemas=False,
    )
    api.add_middleware(Door, app=app)
    base = f"{root}/api/v1"
    for router in (
        rules.routes(app, base),
        rules.query_routes(app),
        concepts.routes(app, base),
        situations.routes(app, base),
        feeds.routes(app, base),
        items.routes(app, base),
        matches.routes(app, base),
        subscribers.routes(app, base),
        deliveries.routes(app, base),
        ledger.routes(app),
    ):
        api.include_router(router)
    _add_failures(api)
    return api


def _add_failures(api: FastAPI) -> None:
    def failed(request: Request, error: Exception) -> Response:
        return problem.answer(_told(api, request, error))

    for kind in (Refused, AlertsError, RequestValidationError, HTTPException, Exception):
        api.add_exception_handler(kind, failed)


def _told(api: FastAPI, request: Request, error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    if isinstance(error, AlertsError):
        if isinstance(error, Unavailable):
            log.warning("no answer", path=request.url.path, reason=str(error))
        return problem.of_error(error, in_body=request.method != "GET")
    if isinstance(error, RequestValidationError):
        return problem.of_validation(error)
    if isinstance(error, HTTPException):
        headers = {"Allow": _allowed(api, request)} if error.status_code == 405 else None
        return Refused(error.status_code, _WORDS.get(error.status_code, error.detail), headers=headers)
    # Starlette hands the error on to the server, which logs it with its trace.
    return Refused(500, "A fault of ours; it is in the log.")


_WORDS = {
    400: "The body cannot be read as JSON.",
    404: "There is nothing at this address; /api/v1/openapi.json says what there is.",
    405: "This address does not know the method; Allow says which it knows.",
}


def _allowed(api: FastAPI, request: Request) -> str:
    """All methods of an address: the router names only those of the first route that has it."""
    asked = inside(request.scope)
    told = (each for path, each in api.openapi()["paths"].items() if compile_path(path)[0].match(asked))
    return ", ".join(sorted(method.upper() for methods in told for method in methods))
