"""Signing up and confirming, without an account: GET shows, POST acts, and only a mail leads on.

Whatever is asked for by whomever, the answer is the same page (R21), so nobody learns from it who is a
subscriber. Nothing here redirects, sets a cookie or needs a script.
"""

from __future__ import annotations

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
from alerts.model import Wish
from alerts.services.preferring import Choice
from alerts.services.requesting import Standing
from alerts.web.discreet import discreet
from alerts.web.forms import choices_form, short_form, text
from alerts.web.guard import StaleForm, is_foreign
from alerts.web.pages import Pages
from alerts.web.readers.choices import Filled, address_of, filled, meant, offer
from alerts.web.readers.zones import zones


def network_of(request: Request) -> str:
    """Where a request comes from, for counting."""
    return request.client.host if request.client else "unknown"


def refuse_foreign(request: Request) -> None:
    """A form of ours is sent from a page of ours. Raises StaleForm."""
    if is_foreign(request.headers):
        raise StaleForm(403, "This form was sent from another site.")


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    def form_page(
        language: str,
        *,
        status: int = 200,
        sent: Filled | None = None,
        address: str = "",
        spoken: str = "",
        timezone: str = "",
        wrong: frozenset[str] = frozenset(),
    ) -> Response:
        return pages.show(
            "readers/subscribe.html",
            language=language,
            status=status,
            offer=offer(app, language),
            filled=sent or Filled(),
            address=address,
            spoken=spoken or language,
            timezone=timezone,
            wrong=wrong,
            languages=pages.languages,
            zones=zones(language.replace("-", "_"), app.clock()),
        )

    def open_only() -> None:
        if app.settings.sign_up != "on":
            raise HTTPException(404)

    @router.api_route("/subscribe", methods=["GET", "HEAD"], dependencies=[Depends(open_only)])
    def show(request: Request) -> Response:
        return form_page(pages.chosen(request))

    @router.post("/subscribe", dependencies=[Depends(open_only), Depends(refuse_foreign)])
    def ask(request: Request, form: Annotated[FormData, Depends(choices_form)]) -> Response:
        language = pages.chosen(request)
        sent = filled(form)
        address, usable = address_of(form)
        spoken, timezone = text(form, "language")[:35], text(form, "timezone")[:100]
        choice, wrong = meant(sent, offer(app, language))
        if not usable:
            wrong |= {"address"}
        if choice is not None and usable and not text(form, "website"):
            try:
                app.ask(_wish(address, spoken, timezone, choice), network_of(request))
            except (BadInput, NotFound):  # a language or zone that the form does not offer
                wrong |= {"timezone"}
        if wrong:
            return form_page(
                language,
                status=400,
                sent=sent,
                address=address,
                spoken=spoken,
                timezone=timezone,
                wrong=wrong,
            )
        return pages.show("readers/asked.html", language=language, address=address)

    # --- the link in the confirm letter ---------------------------------------------------

    def confirmation(token: str) -> Confirmation:
        found = app.signer.read_confirm(token)
        if found is None:
            raise HTTPException(404)
        return found

    def standing_page(request: Request, token: str, found: Standing) -> Response:
        language = app.renderer.negotiate(found.language) if found.language else pages.chosen(request)
        times = Times(language.replace("-", "_"), found.timezone)
        plan = found.plan
        return pages.show(
            "readers/confirm.html",
            language=language,
            token=token,
            stage=found.stage.value,
            address=discreet(found.address),
            plan=plan,
            days=[times.weekday(day) for day in range(7)],
            zone=times.zone_name,
            preferences=(
                app.signer.preferences_token(found.subscriber_id) if found.subscriber_id is not None else ""
            ),
            sign_up=app.settings.sign_up == "on",
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


def _wish(address: str, language: str, timezone: str, choice: Choice) -> Wish:
    return Wish(
        address=address,
        language=language,
        timezone=timezone,
        cadence=choice.cadence,
        rules=choice.rules,
        hour=choice.hour,
        minute=choice.minute,
        weekday=choice.weekday,
        situations=choice.situations,
        surges=choice.surge_level or "none",
        tell_nothing=choice.tell_nothing,
    )
