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
from alerts.store import following, rules, situations, subscribers
from alerts.store.subscribers import Order, Person
from alerts.store.unit import reading
from alerts.web.discreet import discreet
from alerts.web.forms import short_form
from alerts.web.pages import Pages


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a reader can end. ``name`` is set for a rule or situation, ``cadence`` for a digest or
    alerts."""

    scope: Scope
    token: str
    name: str = ""
    cadence: Cadence | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Leaving:
    """What the page shows: what the link is about, and what else could be ended, narrowest first.

    ``address`` is masked; empty, like ``language`` and ``preferences`` (the token of their page), when the
    subscriber is no longer known.
    """

    language: str
    address: str
    asked: Choice
    others: tuple[Choice, ...] = ()
    preferences: str = ""


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
    preferences = signer.preferences_token(person.id)
    return Leaving(person.language, discreet(person.address), asked, others, preferences)


class Standing:
    """A subscriber's orders and rules as they are in one transaction."""

    def __init__(self, tx: Connection, person: Person, signer: Signer) -> None:
        self._person = person
        self._signer = signer
        self._gone = person.state is SubscriberState.UNSUBSCRIBED
        self._orders = {order.id: order for order in subscribers.orders_of(tx, person.id)}
        self._rules = {order_id: subscribers.rules_of(tx, order_id) for order_id in self._orders}
        scopes = following.scopes(tx, self._orders)
        self._situations = {order_id: scopes[order_id].situations for order_id in self._orders}

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
        if grant.scope is Scope.SITUATION:
            name, followed = situations.name(tx, grant.target_id), self._situations_followed()
        else:
            name, followed = rules.name(tx, grant.target_id), self._rules_followed()
        return (
            None
            if name is None
            else Choice(grant.scope, token, name=name, ended=grant.target_id not in followed)
        )

    def choices(self, near: Grant) -> Iterator[Choice]:
        """What can still be ended: rules and situations (for a digest, those of that digest), then digests,
        then all."""
        if self._gone:
            return
        only = near.target_id if near.scope is Scope.DIGEST else None
        rules_here, situations_here = self._rules_followed(only), self._situations_followed(only)
        if len(rules_here) + len(situations_here) > 1:  # all that a digest has is the digest
            for rule_id, name in rules_here.items():
                yield Choice(Scope.RULE, self._token(Scope.RULE, rule_id), name=name)
            for situation_id, name in situations_here.items():
                yield Choice(Scope.SITUATION, self._token(Scope.SITUATION, situation_id), name=name)
        for order in self._orders.values():
            if not self._is_over(order) and (self._rules[order.id] or self._situations[order.id]):
                yield Choice(Scope.DIGEST, self._token(Scope.DIGEST, order.id), cadence=order.cadence)
        yield Choice(Scope.EVERYTHING, self._token(Scope.EVERYTHING, 0))

    def _open(self, only: int | None) -> Iterator[int]:
        for order in self._orders.values():
            if not self._is_over(order) and only in (None, order.id):
                yield order.id

    def _rules_followed(self, only: int | None = None) -> dict[int, str]:
        """Names of rules by id, of all subscriptions or one."""
        return {rule.rule_id: rule.name.name for each in self._open(only) for rule in self._rules[each]}

    def _situations_followed(self, only: int | None = None) -> dict[int, str]:
        return {one.id: one.situation.name for each in self._open(only) for one in self._situations[each]}

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
        return pages.show(
            "readers/leaving.html", language=found.language or pages.preferred(request), leaving=found
        )

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
