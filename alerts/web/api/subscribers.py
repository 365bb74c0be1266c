"""Subscribers for programs: added with their consent, changed, handed out whole, forgotten."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import JSONResponse, Response

from alerts.app import App
from alerts.errors import NotFound
from alerts.model import Cadence, Grant, Scope, SubscriberState
from alerts.services.inviting import Became, bring_in
from alerts.services.personal_data import export
from alerts.services.preferring import change_habits, change_order, reader
from alerts.store import own_rules, slices, subscribers
from alerts.store.subscribers import Order
from alerts.store.unit import reading, writing
from alerts.web.api import pages
from alerts.web.api.door import People
from alerts.web.api.fields import Absent, Id
from alerts.web.api.pages import Asked, Page
from alerts.web.api.problem import Refused, answers, invalid
from alerts.web.api.subscriber_bodies import (
    AskedByMail,
    SubscriberChange,
    SubscriberIn,
    SubscriberOut,
    SubscriberShown,
    SubscriptionIn,
    subscriber_out,
    subscriptions_out,
)

_LIST = "subscribers"


class SubscribersAsked(Asked):
    state: SubscriberState | Absent = Field(None, description="Only those in this state.")


def routes(app: App, root: str) -> APIRouter:
    router = APIRouter(prefix="/v1/subscribers", tags=["subscribers"])

    def found(subscriber_id: int) -> SubscriberShown:
        with reading(app.engine) as tx:
            person = subscribers.person(tx, subscriber_id)
            if person is None:
                raise NotFound(f"there is no subscriber {subscriber_id}")
            orders = subscriptions_out(tx, subscribers.orders_of(tx, subscriber_id))
        return SubscriberShown(**subscriber_out(person).model_dump(), subscriptions=orders)

    def open_order(subscriber_id: int, cadence: Cadence) -> Order | None:
        """Raises NotFound when there is no such subscriber, or they have left."""
        with reading(app.engine) as tx:
            reader(tx, subscriber_id)
            mine = subscribers.orders_of(tx, subscriber_id)
        return next((each for each in mine if each.cadence is cadence and each.ended_at is None), None)

    @router.get("")
    def list_subscribers(
        _machine: People, asked: Annotated[SubscribersAsked, Query()]
    ) -> Page[SubscriberOut]:
        """All subscribers in the order of their ids."""
        place = pages.read(_LIST, asked.cursor, int)
        with reading(app.engine) as tx:
            after = place[0] if place else 0
            some = subscribers.everyone(tx, after=after, limit=asked.limit + 1, state=asked.state)
        return pages.page(
            asked, f"{root}/subscribers", some, subscriber_out, lambda each: pages.write(_LIST, each.id)
        )

    @router.post(
        "",
        status_code=201,
        response_model=SubscriberShown,
        responses={202: {"description": "They are asked by mail.", "model": AskedByMail}, **answers(409)},
    )
    def add(machine: People, body: SubscriberIn, response: Response) -> Any:
        """Adds somebody whose consent is recorded; anybody else is asked by mail. Who is a subscriber
        already, or was asked lately, is left as they are: 409, with the `id` of a subscriber."""
        with writing(app.engine) as tx:
            try:
                _refuse_own(tx, None, body.rules)
            except NotFound as error:
                raise invalid(str(error)) from error
            reception, now = app.reception, app.clock()
            came = bring_in(tx, reception, body.wish(), body.consent, actor=machine.actor, now=now)
        if came.became is Became.REFUSED:
            raise invalid(came.why)
        if came.became is Became.KNOWN:
            title = "They are known already"
            raise Refused(409, came.why, kind="known", title=title, id=came.subscriber_id)
        if came.subscriber_id is None:
            return JSONResponse(AskedByMail().model_dump(), 202)
        response.headers["Location"] = f"{root}/subscribers/{came.subscriber_id}"
        return found(came.subscriber_id)

    @router.get("/{id}", responses=answers(404))
    def get_subscriber(_machine: People, id: Id) -> SubscriberShown:
        """One subscriber with what they asked for."""
        return found(id)

    @router.patch("/{id}", responses=answers(404))
    def change(machine: People, id: Id, body: SubscriberChange) -> SubscriberShown:
        """Changes what holds for all mails of a person. 404 for one who has left."""
        with reading(app.engine) as tx:
            habits = body.habits(reader(tx, id))
        languages = app.renderer.languages
        change_habits(app.engine, id, habits, languages=languages, now=app.clock(), actor=machine.actor)
        return found(id)

    @router.delete("/{id}", status_code=204, response_class=Response, responses=answers(404))
    def erase(machine: People, id: Id) -> None:
        """Deletes all that is kept about a person, for good. A keyed hash of the address stays, so that no
        import brings them back; they themselves may ask anew."""
        app.erase(id, actor=machine.actor)

    @router.get("/{id}/export", responses=answers(404))
    def export_all(_machine: People, id: Id) -> dict[str, Any]:
        """Everything that is kept about a person: `address`, and by the name of each table its rows."""
        return export(app.engine, id).document()

    @router.put("/{id}/subscriptions/{cadence}", responses=answers(404))
    def put_subscription(machine: People, id: Id, cadence: Cadence, body: SubscriptionIn) -> SubscriberShown:
        """Makes the subscription of that cadence what the body says, or begins one."""
        order = open_order(id, cadence)
        with reading(app.engine) as tx:
            _refuse_own(tx, id, body.rules)
        change_order(
            app.engine,
            id,
            order.id if order else None,
            body.choice(cadence),
            app.clock(),
            actor=machine.actor,
        )
        return found(id)

    @router.delete(
        "/{id}/subscriptions/{cadence}", status_code=204, response_class=Response, responses=answers(404)
    )
    def end_subscription(machine: People, id: Id, cadence: Cadence) -> None:
        """Ends a subscription; the person is told so."""
        order = open_order(id, cadence)
        if order is None:
            raise NotFound(f"subscriber {id} has no {cadence} subscription")
        app.unsubscribe(Grant(id, Scope.DIGEST, order.id), actor=machine.actor)

    return router


def _refuse_own(tx: Any, subscriber_id: int | None, keys: list[str]) -> None:
    """Raises NotFound for a rule that another reader wrote for themselves."""
    mine = {each.key for each in own_rules.of(tx, subscriber_id)} if subscriber_id else set()
    for key in keys:
        if key not in mine and slices.is_own(tx, key):
            raise NotFound(f"there is no rule {key!r}; see: alerts rules list")
