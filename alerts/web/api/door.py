"""Who is let in: a token in the header, what it opens, and how much may be sent.

All of it is decided before anything of a request is read, and for every address under ``/api`` alike: who
shows no token learns not even what there is.
"""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alerts.app import App
from alerts.errors import Unavailable
from alerts.services.accounts import TRIES_LAST, TooManyTries
from alerts.services.tokens import Machine, Opens, WrongToken, admit
from alerts.web.api import problem
from alerts.web.api.problem import Refused

LONGEST_BODY = 1_000_000
"""Bytes."""

OPEN = ("/v1/openapi.json",)
"""What is to be had without a token."""

_DEMAND = {"WWW-Authenticate": 'Bearer realm="alerts"'}

log = structlog.get_logger("alerts")


def inside(scope: Scope) -> str:
    """The path that is asked for, as the routes of the API have it."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def bearer(headers: Headers) -> str:
    """The token that a request shows; '' when it shows none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def let_in(app: App, headers: Headers, address: str) -> Machine:
    """Whose token it is. Raises Refused 401 or 429, and Unavailable."""
    token = bearer(headers)
    if not token:
        raise Refused(401, "Show a token: Authorization: Bearer alerts_…", headers=_DEMAND)
    try:
        return admit(app.engine, token, address, app.clock())
    except WrongToken as error:
        told = {"WWW-Authenticate": _DEMAND["WWW-Authenticate"] + ', error="invalid_token"'}
        raise Refused(401, "There is no such token in force.", headers=told) from error
    except TooManyTries as error:
        wait = problem.later(int(TRIES_LAST.total_seconds()))
        raise Refused(429, "Too many tokens that are not in force came from here.", headers=wait) from error


def require(machine: Machine, *opens: Opens) -> None:
    """Raises Refused 403 when the token does not open one of these."""
    for each in opens:
        if each not in machine.opens:
            told = {"WWW-Authenticate": f'{_DEMAND["WWW-Authenticate"]}, error="insufficient_scope"'}
            raise Refused(403, f"This needs a token with the scope {each.value}.", headers=told)


class Door:
    """Stands before the whole API."""

    def __init__(self, inside: ASGIApp, app: App) -> None:
        self._inside, self._app = inside, app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or inside(scope) in OPEN:
            await self._inside(scope, receive, send)
            return
        headers = Headers(scope=scope)
        client = scope.get("client")
        address = client[0] if client else "unknown"
        try:
            machine = await run_in_threadpool(let_in, self._app, headers, address)
            _check_body(headers)
        except Refused as refused:
            await problem.answer(refused)(scope, receive, send)
            return
        except Unavailable as error:
            log.warning("no answer", path=scope["path"], reason=str(error))
            await problem.answer(problem.of_error(error))(scope, receive, send)
            return
        scope.setdefault("state", {})["machine"] = machine
        await self._inside(scope, _bounded(receive), send)


def _check_body(headers: Headers) -> None:
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length[:12]) > LONGEST_BODY:
        raise _too_long()
    is_sent = length != "0" or "transfer-encoding" in headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if is_sent and kind != "application/json":
        raise Refused(415, "Send the body as Content-Type: application/json.")


def _bounded(receive: Receive) -> Receive:
    received = 0

    async def bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > LONGEST_BODY:
            raise _too_long()
        return message

    return bounded


def _too_long() -> Refused:
    return Refused(413, f"The body is longer than {LONGEST_BODY:,} bytes; send it in parts.")


_TOKEN = HTTPBearer(
    scheme_name="token",
    bearerFormat="alerts_…",
    description="Made by an admin on the page Tokens or with `alerts tokens add`. It opens one or more of "
    "*read* (all that is not about people), *write* (rules, concepts, situations, feeds, items) and "
    "*people* (see and change subscribers and their mail). None includes another.",
    auto_error=False,
)


def _machine(
    request: Request,
    needed: SecurityScopes,
    _documented: Annotated[HTTPAuthorizationCredentials | None, Depends(_TOKEN)],
) -> Machine:
    machine: Machine = request.state.machine
    require(machine, *map(Opens, needed.scopes))
    return machine


Reading = Annotated[Machine, Security(_machine, scopes=[Opens.READ.value])]
"""A token that opens what is not about people."""

Writing = Annotated[Machine, Security(_machine, scopes=[Opens.WRITE.value])]
"""A token that changes what is matched and told and followed."""

People = Annotated[Machine, Security(_machine, scopes=[Opens.PEOPLE.value])]
"""A token that sees and changes subscribers and their mail."""
