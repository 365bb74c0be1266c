"""A subscriber's own page, behind the link in their mails: GET shows, POST acts, nothing redirects.

Who has lost the link asks for it at ``/p``; the answer is the same for every address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.digests.times import Times
from alerts.digests.window import zone
from alerts.errors import BadInput, NotFound
from alerts.model import Cadence, Grant, Plan, Scope, SubscriberState
from alerts.services.plans import plan_of
from alerts.services.preferring import Habits
from alerts.store import following, subscribers
from alerts.store.subscribers import Order, Person
from alerts.store.unit import reading
from alerts.web.discreet import discreet
from alerts.web.forms import choices_form, short_form, text
from alerts.web.pages import Pages
from alerts.web.readers.choices import (
    Filled,
    address_of,
    filled,
    meant,
    of_order,
    offer,
    pause_of,
    quiet_of,
)
from alerts.web.readers.sign_up import network_of, refuse_foreign
from alerts.web.readers.zones import zones

_NEW, _HABITS = "new", "habits"
"""Which part of the page was sent, besides the ids of subscriptions."""


@dataclass(frozen=True, slots=True)
class Section:
    """One subscription on the page; ``part`` is its id, or *new*. ``cadences`` are those it may have,
    ``plan`` is what it is now."""

    part: str
    filled: Filled
    cadences: tuple[str, ...]
    plan: Plan | None = None
    unsubscribe: str = ""


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.api_route("/p", methods=["GET", "HEAD"])
    def lost(request: Request) -> Response:
        return pages.show(
            "readers/preferences_link.html",
            language=pages.chosen(request),
            address="",
            wrong=False,
            languages=pages.languages,
        )

    @router.post("/p", dependencies=[Depends(refuse_foreign)])
    def send(request: Request, form: Annotated[FormData, Depends(short_form)]) -> Response:
        language = pages.chosen(request)
        address, usable = address_of(form)
        if not usable:
            return pages.show(
                "readers/preferences_link.html",
                language=language,
                status=400,
                address=address,
                wrong=True,
                languages=pages.languages,
            )
        if not text(form, "website"):
            app.ask_for_link(address, network_of(request))
        return pages.show("readers/asked.html", language=language, address=address)

    def reader(token: str) -> int:
        found = app.signer.read_preferences(token)
        if found is None:
            raise HTTPException(404)
        return found

    def page(
        token: str,
        subscriber_id: int,
        *,
        part: str = "",
        wrong: frozenset[str] = frozenset(),
        sent: Filled | None = None,
    ) -> Response:
        """The page as things are; ``part`` is what was sent, ``wrong`` what of it could not be taken."""
        with reading(app.engine) as tx:
            person = subscribers.person(tx, subscriber_id)
            if person is None:
                raise HTTPException(404)
            language = app.renderer.negotiate(person.language)
            times = Times(language.replace("-", "_"), person.timezone)
            left = person.state is SubscriberState.UNSUBSCRIBED
            sections = () if left else _sections(tx, app, person)
        if sent is not None and wrong:
            sections = tuple(replace(each, filled=sent) if each.part == part else each for each in sections)
        paused = person.paused_until if person.paused_until and person.paused_until > app.clock() else None
        return pages.show(
            "readers/preferences.html",
            language=language,
            status=400 if wrong else 200,
            token=token,
            address=discreet(person.address),
            left=left,
            person=person,
            paused=paused.astimezone(zone(person.timezone)).date().isoformat() if paused else "",
            sections=sections,
            days=[times.weekday(day) for day in range(7)],
            zone=times.zone_name,
            offer=offer(app, language),
            part=part,
            wrong=wrong,
            languages=pages.languages,
            zones=zones(language.replace("-", "_"), app.clock()),
            everything=app.signer.token(Grant(person.id, Scope.EVERYTHING, 0)),
            sign_up=app.settings.sign_up == "on",
        )

    @router.api_route("/p/{token}", methods=["GET", "HEAD"])
    def show(token: str) -> Response:
        return page(token, reader(token))

    @router.post("/p/{token}", dependencies=[Depends(refuse_foreign)])
    def change(token: str, form: Annotated[FormData, Depends(choices_form)]) -> Response:
        subscriber_id = reader(token)
        part = text(form, "part")
        if part != _HABITS and part != _NEW and not (part.isascii() and part.isdigit() and len(part) < 19):
            raise HTTPException(400)
        try:
            if part == _HABITS:
                wrong = _change_habits(app, subscriber_id, form)
                return page(token, subscriber_id, part=part, wrong=wrong)
            sent = filled(form)
            choice, wrong = meant(sent, offer(app, "en"))
            if choice is not None:
                try:
                    app.change_order(subscriber_id, None if part == _NEW else int(part), choice)
                except BadInput:  # two of one cadence
                    wrong = frozenset({"cadence"})
            return page(token, subscriber_id, part=part, wrong=wrong, sent=sent)
        except NotFound:  # ended or erased meanwhile: the page says how things are
            return page(token, subscriber_id)

    return router


def _change_habits(app: App, subscriber_id: int, form: FormData) -> frozenset[str]:
    """Changes what holds for all mails, or says what was wrong."""
    timezone = text(form, "timezone")[:100]
    try:
        zone(timezone)
    except BadInput:
        return frozenset({"timezone"})
    quiet, quiet_is_right = quiet_of(form)
    paused_until, pause_is_right = pause_of(form, timezone)
    wrong = frozenset(
        name for name, right in (("quiet", quiet_is_right), ("paused", pause_is_right)) if not right
    )
    if not wrong:
        try:
            app.change_habits(
                subscriber_id, Habits(text(form, "language")[:35], timezone, quiet, paused_until)
            )
        except BadInput:
            return frozenset({"language"})
    return wrong


def _sections(tx: Connection, app: App, person: Person) -> tuple[Section, ...]:
    """The subscriptions that are in force, and one that could be added."""
    orders = [order for order in subscribers.orders_of(tx, person.id) if order.ended_at is None]
    taken = {order.cadence for order in orders}
    free = tuple(cadence.value for cadence in Cadence if cadence not in taken)
    found = [
        Section(
            str(order.id),
            _as_filled(tx, order),
            tuple(each.value for each in Cadence if each is order.cadence or each not in taken),
            plan_of(tx, order),
            app.signer.token(Grant(person.id, Scope.DIGEST, order.id)),
        )
        for order in orders
    ]
    if free:
        found.append(Section(_NEW, Filled(cadence=free[0]), free))
    return tuple(found)


def _as_filled(tx: Connection, order: Order) -> Filled:
    rule_keys = frozenset(rule.name.key for rule in subscribers.rules_of(tx, order.id))
    followed = following.scope_of(tx, order.id).situations
    return of_order(order, rule_keys, frozenset(each.situation.key for each in followed))
