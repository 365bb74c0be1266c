"""A subscriber's own page, behind the link in their mails: GET shows, POST acts, nothing redirects.

Who has lost the link asks for it at ``/p``; the answer is the same for every address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.digests.window import zone
from alerts.errors import BadInput, NotFound
from alerts.model import Grant, Plan, Scope, SubscriberState
from alerts.services.own_rules import TooMany
from alerts.services.plans import plan_of
from alerts.services.preferring import Habits
from alerts.services.volumes import Volume
from alerts.store import following, own_rules, subscribers
from alerts.store.own_rules import Own
from alerts.store.subscribers import Order, Person
from alerts.store.unit import reading
from alerts.web.choices import (
    Boxes,
    Filled,
    Offer,
    address_of,
    filled,
    meant,
    of_order,
    offer,
    pause_of,
    quiet_of,
)
from alerts.web.discreet import discreet
from alerts.web.forms import choices_form, short_form, text
from alerts.web.origin import network_of, refuse_foreign
from alerts.web.pages import Pages
from alerts.web.readers.reader import reader_of, subscriber_of
from alerts.web.readers.sign_up import CADENCES
from alerts.web.readers.tally import OwnRule, Tally, refusal, tally, try_own
from alerts.web.zones import zones

_NEW, _HABITS, _ADDRESS, _OWN = "new", "habits", "address", "own-"
"""Which part of the page was sent, besides the ids of subscriptions; own rules by their keys."""


@dataclass(frozen=True, slots=True)
class Section:
    """One subscription on the page; ``part`` is its id, or *new*. ``cadences`` are those it may have,
    ``plan`` is what it is now, and ``volume`` what that comes to."""

    part: str
    filled: Filled
    cadences: tuple[str, ...]
    plan: Plan | None = None
    volume: Volume | None = None
    unsubscribe: str = ""

    def boxes(self, offered: Offer) -> Boxes:
        return offered.boxes(self.filled)


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a form: which ``part`` of the page it was, what is ``wrong`` with it, what it said.
    ``saved``: it was obeyed."""

    part: str = ""
    wrong: frozenset[str] = frozenset()
    saved: bool = False
    filled: Filled | None = None
    tally: Tally = field(default_factory=Tally)
    own_query: str = ""
    own: OwnRule | None = None
    address: str = ""


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.api_route("/p", methods=["GET", "HEAD"])
    def lost(request: Request) -> Response:
        return lost_page(pages.chosen(request))

    def lost_page(language: str, address: str = "", *, wrong: bool = False) -> Response:
        return pages.show(
            "readers/preferences_link.html",
            language=language,
            status=400 if wrong else 200,
            address=address,
            wrong=wrong,
            languages=pages.languages,
        )

    @router.post("/p", dependencies=[Depends(refuse_foreign)])
    def send(request: Request, form: Annotated[FormData, Depends(short_form)]) -> Response:
        language = pages.chosen(request)
        address, usable = address_of(form)
        if not usable:
            return lost_page(language, address, wrong=True)
        if not text(form, "website"):
            app.ask_for_link(address, network_of(request))
        return pages.show("readers/asked.html", language=language, address=address)

    def page(token: str, sent: Sent) -> Response:
        """The page as things are, and what came of what was sent."""
        with reading(app.engine) as tx:
            reader = reader_of(tx, app, token)
            person, language, times = reader.person, reader.language, reader.times
            left = person.state is SubscriberState.UNSUBSCRIBED
            sections = () if left else _sections(tx, app, person)
            mine: tuple[Own, ...] = () if left else own_rules.of(tx, person.id)
        sections = tuple(replace(each, volume=_volume(app, each)) for each in sections)
        if sent.filled is not None and not sent.saved:
            shown = sent.filled
            sections = tuple(replace(s, filled=shown) if s.part == sent.part else s for s in sections)
        sent = _found_again(sent, sections)
        paused = person.paused_until if person.paused_until and person.paused_until > app.clock() else None
        return pages.show(
            "readers/preferences.html",
            language=language,
            status=400 if sent.wrong else 200,
            token=token,
            address=discreet(person.address),
            left=left,
            person=person,
            paused=paused.astimezone(zone(person.timezone)).date().isoformat() if paused else "",
            sections=sections,
            own=mine,
            days=[times.weekday(day) for day in range(7)],
            zone=times.zone_name,
            offer=offer(app, language, person.id),
            sent=sent,
            nothing=Tally(),
            languages=pages.languages,
            zones=zones(language.replace("-", "_"), app.clock()),
            everything=app.signer.token(Grant(person.id, Scope.EVERYTHING, 0)),
            feed=f"{app.settings.pages}/a/{app.signer.feed_token(person.id)}.xml",
        )

    @router.api_route("/p/{token}", methods=["GET", "HEAD"])
    def show(token: str) -> Response:
        return page(token, Sent())

    @router.post("/p/{token}", dependencies=[Depends(refuse_foreign)])
    def change(request: Request, token: str, form: Annotated[FormData, Depends(choices_form)]) -> Response:
        subscriber_id = subscriber_of(app, token)
        part = text(form, "part")
        known = part in (_HABITS, _ADDRESS, _NEW) or part.startswith(_OWN)
        if not known and not (part.isascii() and part.isdigit() and len(part) < 19):
            raise HTTPException(400)
        looks = text(form, "do") == "look"
        if looks and request.headers.get("hx-request"):
            return fragment(token, tally(app, filled(form)))
        try:
            if part == _HABITS:
                wrong = _change_habits(app, subscriber_id, form)
                return page(token, Sent(part, wrong, saved=not wrong))
            if part == _ADDRESS:
                return page(token, _move(app, subscriber_id, form, network_of(request)))
            if part.startswith(_OWN):
                return page(token, _change_own(app, subscriber_id, part, form))
            if looks:
                given = filled(form)
                return page(token, Sent(part, filled=given, tally=tally(app, given)))
            return page(token, _change_order(app, subscriber_id, part, form))
        except NotFound:  # ended or erased meanwhile: the page says how things are
            return page(token, Sent())

    def fragment(token: str, summed: Tally) -> Response:
        with reading(app.engine) as tx:
            language = reader_of(tx, app, token).language
        return pages.show("readers/tally.html", language=language, tally=summed)

    return router


def _change_order(app: App, subscriber_id: int, part: str, form: FormData) -> Sent:
    given = filled(form)
    choice, wrong = meant(given, offer(app, "en", subscriber_id))
    summed = tally(app, given) if given.own else Tally()
    if summed.own is not None and not summed.own.works:
        wrong |= {"own"}
    if choice is not None and not wrong:
        try:
            app.change_order(subscriber_id, None if part == _NEW else int(part), choice)
        except TooMany as error:
            wrong, summed = frozenset({"own"}), replace(summed, own=refusal(error))
        except BadInput:  # two of one cadence
            wrong = frozenset({"cadence"})
    return Sent(part, wrong, saved=not wrong, filled=given, tally=summed)


def _change_own(app: App, subscriber_id: int, key: str, form: FormData) -> Sent:
    if text(form, "do") == "remove":
        app.remove_own(subscriber_id, key)
        return Sent(key, saved=True)
    query = filled(form).own
    if text(form, "do") == "look":
        return Sent(key, own_query=query, own=try_own(app, query))
    try:
        app.rewrite_own(subscriber_id, key, query)
    except BadInput as error:
        return Sent(key, frozenset({"own"}), own_query=query, own=refusal(error))
    return Sent(key, saved=True)


def _move(app: App, subscriber_id: int, form: FormData, network: str) -> Sent:
    address, usable = address_of(form)
    if not usable:
        return Sent(_ADDRESS, frozenset({"address"}), address=address)
    app.ask_to_move(subscriber_id, address, network)
    return Sent(_ADDRESS, saved=True, address=address)


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
    taken = {order.cadence.value for order in orders}
    free = tuple(each for each in CADENCES if each not in taken)
    found = [
        Section(
            str(order.id),
            _as_filled(tx, order),
            tuple(each for each in CADENCES if each == order.cadence.value or each not in taken),
            plan_of(tx, order),
            unsubscribe=app.signer.token(Grant(person.id, Scope.DIGEST, order.id)),
        )
        for order in orders
    ]
    if free:
        found.append(Section(_NEW, Filled(cadence=free[0]), free))
    return tuple(found)


def _found_again(sent: Sent, sections: Sequence[Section]) -> Sent:
    """Another cadence is another subscription: what is said of the old one stands with the new one."""
    if not sent.saved or sent.filled is None or any(each.part == sent.part for each in sections):
        return sent
    parts = (each.part for each in sections if each.plan and each.filled.cadence == sent.filled.cadence)
    return replace(sent, part=next(parts, sent.part))


def _volume(app: App, section: Section) -> Volume | None:
    """What a subscription comes to; None while nothing can be said."""
    if section.plan is None or app.volumes.catalogue().nothing is None:
        return None
    return app.volumes.together(section.filled.rules, section.filled.situations)


def _as_filled(tx: Connection, order: Order) -> Filled:
    rule_keys = frozenset(rule.name.key for rule in subscribers.rules_of(tx, order.id))
    followed = following.scope_of(tx, order.id).situations
    return of_order(order, rule_keys, frozenset(each.situation.key for each in followed))
