"""Signing up and confirming, without an account: GET shows, POST acts, and only a mail leads on.

Whatever is asked for by whomever, the answer is the same page (R21), so nobody learns from it who is a
subscriber. Nothing here redirects, sets a cookie or needs a script.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.digests.times import Times
from alerts.errors import BadInput, NotFound
from alerts.mail.links import Confirmation
from alerts.model import Cadence
from alerts.services.reception import Standing
from alerts.web.choices import Filled, address_of, filled, meant, offer, quiet_of, wish_of
from alerts.web.discreet import discreet
from alerts.web.forms import choices_form, short_form, text
from alerts.web.origin import network_of, refuse_foreign
from alerts.web.pages import Pages
from alerts.web.readers.tally import Tally, tally
from alerts.web.zones import zones

CADENCES = tuple(cadence.value for cadence in Cadence)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed into the form, whatever it is."""

    filled: Filled = field(default_factory=Filled)
    address: str = ""
    spoken: str = ""
    timezone: str = ""
    quiet_since: str = ""
    quiet_until: str = ""


def _asked(form: FormData) -> Asked:
    return Asked(
        filled=filled(form),
        address=address_of(form)[0],
        spoken=text(form, "language")[:35],
        timezone=text(form, "timezone")[:100],
        quiet_since=text(form, "quiet_since")[:2],
        quiet_until=text(form, "quiet_until")[:2],
    )


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    def form_page(
        language: str, asked: Asked, summed: Tally, wrong: frozenset[str] = frozenset()
    ) -> Response:
        offered = offer(app, language)
        return pages.show(
            "readers/subscribe.html",
            language=language,
            status=400 if wrong else 200,
            offer=offered,
            boxes=offered.boxes(asked.filled),
            asked=asked,
            tally=summed,
            cadences=CADENCES,
            wrong=wrong,
            languages=pages.languages,
            zones=zones(language.replace("-", "_"), app.clock()),
        )

    def open_only() -> None:
        if app.settings.sign_up != "on":
            raise HTTPException(404)

    @router.api_route("/subscribe", methods=["GET", "HEAD"], dependencies=[Depends(open_only)])
    def show(request: Request) -> Response:
        language = pages.chosen(request)
        return form_page(language, Asked(spoken=language), Tally())

    @router.post("/subscribe", dependencies=[Depends(open_only), Depends(refuse_foreign)])
    def ask(request: Request, form: Annotated[FormData, Depends(choices_form)]) -> Response:
        language = pages.chosen(request)
        asked = _asked(form)
        if text(form, "do") == "look":
            summed = tally(app, asked.filled)
            if request.headers.get("hx-request"):
                return pages.show("readers/tally.html", language=language, tally=summed)
            return form_page(language, asked, summed)
        choice, wrong = meant(asked.filled, offer(app, language))
        quiet, quiet_is_right = quiet_of(form)
        if not quiet_is_right:
            wrong |= {"quiet"}
        if not address_of(form)[1]:
            wrong |= {"address"}
        summed = tally(app, asked.filled) if asked.filled.own else Tally()
        if summed.own is not None and not summed.own.works:
            wrong |= {"own"}
        if choice is not None and not wrong and not text(form, "website"):
            try:
                wish = wish_of(choice, asked.address, asked.spoken, asked.timezone, quiet or "none")
                app.ask(wish, network_of(request))
            except (BadInput, NotFound):  # a language or zone that the form does not offer
                wrong |= {"timezone"}
        if wrong:
            return form_page(language, asked, summed, wrong)
        return pages.show("readers/asked.html", language=language, address=asked.address)

    # --- the link in the confirm letter ---------------------------------------------------

    def confirmation(token: str) -> Confirmation:
        found = app.signer.read_confirm(token)
        if found is None:
            raise HTTPException(404)
        return found

    def standing_page(request: Request, token: str, found: Standing) -> Response:
        language = app.renderer.negotiate(found.language) if found.language else pages.chosen(request)
        times = Times(language.replace("-", "_"), found.timezone)
        return pages.show(
            "readers/confirm.html",
            language=language,
            token=token,
            stage=found.stage.value,
            moves=found.moves,
            address=discreet(found.address),
            plan=found.plan,
            days=[times.weekday(day) for day in range(7)],
            zone=times.zone_name,
            preferences=(
                app.signer.preferences_token(found.subscriber_id) if found.subscriber_id is not None else ""
            ),
        )

    @router.api_route("/c/{token}", methods=["GET", "HEAD"])
    def look(request: Request, token: str) -> Response:
        return standing_page(request, token, app.look_at_request(confirmation(token)))

    @router.post("/c/{token}", dependencies=[Depends(refuse_foreign)])
    def confirm(request: Request, token: str, form: Annotated[FormData, Depends(short_form)]) -> Response:
        found = confirmation(token)
        if text(form, "confirm") != "yes":
            raise HTTPException(400)
        return standing_page(request, token, app.confirm(found, network_of(request)))

    return router
