"""Unsubscribing: GET shows, POST acts (RFC 8058). The signed link is all a reader needs.

Nothing here redirects, sets a cookie or asks for a login: the one-click POST of a mail provider and the
button of our own page take the same way, as often as they like.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.mail.links import Signer
from alerts.model import Cadence, Grant, Scope, SubscriberState
from alerts.store import rules, subscribers
from alerts.store.subscribers import Order, OrderedRule, Person
from alerts.store.unit import reading
from alerts.web.discreet import discreet
from alerts.web.forms import short_form
from alerts.web.pages import Pages


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a reader can end. ``name`` is set for a rule, ``cadence`` for a digest or alerts."""

    scope: Scope
    token: str
    name: str = ""
    cadence: Cadence | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Leaving:
    """What the page shows: what the link is about, and what else could be ended, narrowest first.

    ``address`` is masked; empty, like ``language``, when the subscriber is no longer known.
    """

    language: str
    address: str
    asked: Choice
    others: tuple[Choice, ...] = ()


def leaving(tx: Connection, grant: Grant, signer: Signer) -> Leaving | None:
    """What a grant is about, now; None when what it names does not exist. Changes nothing."""
    person = subscribers.person(tx, grant.subscriber_id)
    if person is None:  # erased: no mail can come any more, whatever the link was for
        return Leaving("", "", Choice(Scope.EVERYTHING, signer.token(grant), ended=True))
    standing = Standing(tx, person, signer)
    asked = standing.choice(tx, grant)
    if asked is None:
        return None
    others = tuple(choice for choice in standing.choices(grant) if choice.token != asked.token)
    return Leaving(person.language, discreet(person.address), asked, others)


class Standing:
    """A subscriber's orders and rules as they are in one transaction."""

    def __init__(self, tx: Connection, person: Person, signer: Signer) -> None:
        self._person = person
        self._signer = signer
        self._gone = person.state is SubscriberState.UNSUBSCRIBED
        self._orders = {order.id: order for order in subscribers.orders_of(tx, person.id)}
        self._rules = {order_id: subscribers.rules_of(tx, order_id) for order_id in self._orders}

    def choice(self, tx: Connection, grant: Grant) -> Choice | None:
        """The choice for one grant, ended or not."""
        token = self._signer.token(grant)
        if grant.scope is Scope.EVERYTHING:
            return Choice(grant.scope, token, ended=self._gone)
        if grant.scope is Scope.DIGEST:
            order = self._orders.get(grant.target_id)
            if order is None:
                return None
            return Choice(grant.scope, token, cadence=order.cadence, ended=self._is_over(order))
        name = rules.name(tx, grant.target_id)
        followed = any(rule.rule_id == grant.target_id for rule in self._followed())
        return None if name is None else Choice(grant.scope, token, name=name, ended=not followed)

    def choices(self, near: Grant) -> Iterator[Choice]:
        """What can still be ended: rules (for a digest, those of that digest), then digests, then all."""
        if self._gone:
            return
        only = near.target_id if near.scope is Scope.DIGEST else None
        followed = {rule.rule_id: rule.name.name for rule in self._followed(only)}
        if len(followed) > 1:  # the only rule of a digest is the digest
            for rule_id, name in followed.items():
                yield Choice(Scope.RULE, self._token(Scope.RULE, rule_id), name=name)
        for order in self._orders.values():
            if not self._is_over(order) and self._rules[order.id]:
                yield Choice(Scope.DIGEST, self._token(Scope.DIGEST, order.id), cadence=order.cadence)
        yield Choice(Scope.EVERYTHING, self._token(Scope.EVERYTHING, 0))

    def _followed(self, only: int | None = None) -> Iterator[OrderedRule]:
        for order in self._orders.values():
            if not self._is_over(order) and only in (None, order.id):
                yield from self._rules[order.id]

    def _is_over(self, order: Order) -> bool:
        return self._gone or order.ended_at is not None

    def _token(self, scope: Scope, target_id: int) -> str:
        return self._signer.token(Grant(self._person.id, scope, target_id))


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()

    def granted(token: str) -> Grant:
        grant = app.signer.read(token)
        if grant is None:
            raise HTTPException(404)
        return grant

    def page(request: Request, grant: Grant) -> Response:
        with reading(app.engine) as tx:
            found = leaving(tx, grant, app.signer)
        if found is None:
            raise HTTPException(404)
        return pages.show("leaving.html", language=found.language or pages.preferred(request), leaving=found)

    @router.api_route("/u/{token}", methods=["GET", "HEAD"])
    def show(request: Request, token: str) -> Response:
        return page(request, granted(token))

    @router.post("/u/{token}")
    def act(request: Request, token: str, form: Annotated[FormData, Depends(short_form)]) -> Response:
        grant = granted(token)
        if form.get("List-Unsubscribe") == "One-Click":
            actor = "subscriber, one click"
        elif form.get("leave") == "yes":
            actor = "subscriber, web page"
        else:
            raise HTTPException(400)
        app.unsubscribe(grant, actor=actor)
        return page(request, grant)

    return router
