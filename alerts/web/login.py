"""Logging in and out. GET shows a form, POST acts; whatever is wrong, the answer is the same."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.services.accounts import (
    TRIES_LAST,
    TooManyTries,
    WrongLogin,
    account_name,
    known_browser,
    log_in,
    log_out,
    token_hash,
)
from alerts.store import accounts
from alerts.store.unit import reading
from alerts.web.forms import choices_form, short_form, text
from alerts.web.guard import Guard, fresh_token, own_path
from alerts.web.origin import StaleForm, is_foreign, network_of, refuse_foreign
from alerts.web.pages import Pages

_HELD = "held."
"""Begins the names of fields that were sent to another page and wait there for the login."""

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The fields of a form that met a closed door, without its word and without passwords; ``seal`` proves
    for which page they are and who sent them, the only one for whom they go on."""

    fields: Fields = ()
    seal: str = ""


def held(app: App, token: str, path: str, form: FormData | None) -> Waiting:
    """Keeps a form for whose session time has ended under this token; nothing of anybody else's, for then who
    logs in next may be another than who wrote it."""
    with reading(app.engine) as tx:
        name = accounts.owner(tx, token_hash(token))
    fields = tuple(
        (key, value) for key, value in _texts(form) if key != "word" and not key.startswith("password")
    )
    return Waiting(fields, sealed(app.secret, name, path, fields)) if name and fields else Waiting()


def sealed(secret: bytes, name: str, path: str, fields: Fields) -> str:
    """The seal of that account's form. Browsers send lines ended otherwise than they were given."""
    said = [(key, value.replace("\r\n", "\n").replace("\r", "\n")) for key, value in fields]
    about = f"alerts held form\0{json.dumps([name, path, said])}"
    return hmac.new(secret, about.encode(), hashlib.sha256).hexdigest()


def _texts(form: FormData | None) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in (form.multi_items() if form else ()) if isinstance(value, str))


def ask_for_login(
    request: Request,
    pages: Pages,
    guard: Guard,
    *,
    after: str,
    status: int = 200,
    name: str = "",
    problem: str = "",
    waiting: Waiting = Waiting(),
) -> Response:
    """The login form, made for this browser and in its language: many who meet it are readers, who are shown
    their own ways from here. ``waiting`` is for the page at ``after``."""
    token = guard.token(request) or fresh_token()
    answer = pages.show(
        "login.html",
        language=pages.chosen(request),
        status=status,
        headers={"Retry-After": str(int(TRIES_LAST.total_seconds()))} if status == 429 else None,
        after=after,
        name=name,
        problem=problem,
        waiting=waiting,
        word=guard.word(token),
        public=guard.open,
    )
    guard.give(answer, token)
    return answer


def routes(app: App, pages: Pages, guard: Guard) -> APIRouter:
    router = APIRouter()

    @router.api_route("/login", methods=["GET", "HEAD"])
    def show(request: Request) -> Response:
        found, staff = guard.access(request)
        if not found.guarded:
            return pages.show("no_accounts.html", status=403)
        if staff is not None:
            return pages.show("logged_in.html", staff=staff)
        return ask_for_login(request, pages, guard, after=own_path(request.query_params.get("after", "/")))

    @router.post("/login")
    def enter(request: Request, form: Annotated[FormData, Depends(choices_form)]) -> Response:
        after, name = own_path(text(form, "after")), text(form, "name")[:100]
        fields = tuple((n.removeprefix(_HELD), v) for n, v in _texts(form) if n.startswith(_HELD))
        waiting = Waiting(fields, text(form, "seal"))

        def again(status: int, problem: str) -> Response:
            told = partial(ask_for_login, request, pages, guard, status=status, problem=problem)
            return told(after=after, name=name, waiting=waiting)

        refuse_foreign(request)
        if not guard.is_ours(request, form):
            return again(403, "The form was too old, or the browser keeps no cookies. Please try again.")
        try:
            token = log_in(
                app.engine,
                app.passwords,
                name,
                text(form, "password"),
                network_of(request),
                secret=app.secret,
                now=app.clock(),
                leaving=guard.token(request),
                known=guard.known(request),
            )
        except WrongLogin:
            return again(403, "There is no account with this name and password.")
        except TooManyTries:
            return again(429, "Too many tries with this name or from here. Please wait an hour.")
        answer: Response
        if waiting.fields:
            ours = sealed(app.secret, account_name(name), after, waiting.fields)
            theirs = hmac.compare_digest(ours.encode(), waiting.seal.encode("utf-8", "replace"))
            kept = waiting.fields if theirs else ()
            answer = pages.show("continue.html", after=after, waiting=kept, word=guard.word(token))
        else:
            answer = RedirectResponse(f"{pages.root}{after}", 303)
        guard.give(answer, token)
        guard.remember(answer, known_browser(name, app.secret))
        return answer

    @router.post("/logout")
    def leave(request: Request, form: Annotated[FormData, Depends(short_form)]) -> Response:
        if is_foreign(request.headers) or not guard.is_ours(request, form):
            raise StaleForm(403, "This form is not of this session.")
        log_out(app.engine, guard.token(request), now=app.clock())
        answer = RedirectResponse(f"{pages.root}/login", 303)
        guard.take(answer)
        return answer

    return router
