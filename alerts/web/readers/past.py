"""What somebody was sent, as it was sent, on the web; and what of it was not relevant to them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.digests.fragment import Fragment, fragment
from alerts.embedded.inbox import open_mail
from alerts.errors import AlertsError
from alerts.mail.envelope import name_of
from alerts.model import Entry
from alerts.store import judgements, past
from alerts.store.past import Opened
from alerts.store.unit import reading, writing
from alerts.web.forms import short_form, text
from alerts.web.headers import MAIL_POLICY, NEW_TAB
from alerts.web.origin import refuse_foreign
from alerts.web.pages import Pages
from alerts.web.readers.reader import reader_of

PAGE = 30
MOST_JUDGED = 100
"""Entries of one mail that can be judged: the first, which are the weightiest."""

_TITLE_LIMIT = 200


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.api_route("/p/{token}/past", methods=["GET", "HEAD"])
    def show_all(request: Request, token: str) -> Response:
        before = _number(request.query_params.get("before", ""))
        with reading(app.engine) as tx:
            reader = reader_of(tx, app, token)
            found = past.listed(tx, reader.person.id, PAGE + 1, before)
        return pages.show(
            "readers/past.html",
            language=reader.language,
            token=token,
            times=reader.times,
            mails=[(name_of(mail.message_id), mail) for mail in found[:PAGE]],
            older=found[PAGE - 1].id if len(found) > PAGE else None,
            newest=before is None,
        )

    def page(token: str, name: str, *, said: bool = False) -> Response:
        with reading(app.engine) as tx:
            reader = reader_of(tx, app, token)
            opened = past.opened(tx, reader.person.id, _name(name))
            if opened is None:
                raise HTTPException(404)
            judged = judgements.judged_items(tx, reader.person.id, opened.past.digest_id)
        mail = open_mail(opened.mail)
        return pages.show(
            "readers/past_mail.html",
            language=reader.language,
            headers={"Content-Security-Policy": MAIL_POLICY},
            token=token,
            times=reader.times,
            name=name,
            past=opened.past,
            frame=NEW_TAB + mail.html,
            text=mail.text,
            entries=[(entry.item_id, _title(entry)) for entry in _entries(opened)],
            judged=judged,
            said=said,
        )

    @router.api_route("/p/{token}/past/{name}", methods=["GET", "HEAD"])
    def show_one(token: str, name: str) -> Response:
        return page(token, name)

    @router.post("/p/{token}/past/{name}", dependencies=[Depends(refuse_foreign)])
    def judge(token: str, name: str, form: Annotated[FormData, Depends(short_form)]) -> Response:
        item_id, relevant = _number(text(form, "item")), text(form, "relevant")
        if item_id is None or relevant not in ("yes", "no"):
            raise HTTPException(400)
        with writing(app.engine) as tx:
            person = reader_of(tx, app, token).person
            opened = past.opened(tx, person.id, _name(name))
            told = judgements.told(tx, opened.past.digest_id, item_id) if opened is not None else ()
            if not told:
                raise HTTPException(404)
            if relevant == "no":
                judgements.judge(tx, person.id, told, app.clock())
            else:
                judgements.take_back(tx, person.id, told)
        return page(token, name, said=True)

    return router


def _name(typed: str) -> str:
    """What could name a mail of ours; '' for what could not."""
    return typed if typed.isascii() and typed.isalnum() and len(typed) <= 64 else ""


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None


def _entries(opened: Opened) -> tuple[Entry, ...]:
    """What can be judged of a mail; nothing of one that this program cannot read any more."""
    try:
        return opened.digest.entries[:MOST_JUDGED]
    except AlertsError:
        return ()


def _title(entry: Entry) -> Fragment:
    return fragment(entry.title.text, entry.language, _TITLE_LIMIT)
