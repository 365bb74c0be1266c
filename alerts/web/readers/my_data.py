"""What is kept about a reader: to take away as one file, and to have erased."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import Response

from alerts.app import App
from alerts.errors import NotFound
from alerts.services.personal_data import export
from alerts.store.unit import reading
from alerts.web.discreet import discreet
from alerts.web.forms import short_form, text
from alerts.web.origin import refuse_foreign
from alerts.web.pages import Pages
from alerts.web.readers.reader import NothingKept, reader_of, subscriber_of

FILE = "my-data.json"


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    def page(token: str, *, unsure: bool = False) -> Response:
        with reading(app.engine) as tx:
            reader = reader_of(tx, app, token)
        return pages.show(
            "readers/my_data.html",
            language=reader.language,
            status=400 if unsure else 200,
            token=token,
            address=discreet(reader.person.address),
            unsure=unsure,
            file=FILE,
        )

    @router.api_route("/p/{token}/my-data", methods=["GET", "HEAD"])
    def show(token: str) -> Response:
        return page(token)

    @router.api_route("/p/{token}/" + FILE, methods=["GET", "HEAD"])
    def download(token: str) -> Response:
        try:
            kept = export(app.engine, subscriber_of(app, token))
        except NotFound as error:
            raise NothingKept(410) from error
        body = json.dumps(kept.document(), ensure_ascii=False, indent=1)
        headers = {"Content-Disposition": f'attachment; filename="{FILE}"'}
        return Response(body, media_type="application/json", headers=headers)

    @router.post("/p/{token}/my-data", dependencies=[Depends(refuse_foreign)])
    def erase(token: str, form: Annotated[FormData, Depends(short_form)]) -> Response:
        with reading(app.engine) as tx:
            language = reader_of(tx, app, token).language
        if text(form, "erase") != "everything":
            return page(token, unsure=True)
        try:
            app.erase(subscriber_of(app, token), actor="subscriber, own page")
        except NotFound as error:  # twice at once
            raise NothingKept(410) from error
        return pages.show("readers/nothing_kept.html", language=language, erased=True)

    return router
