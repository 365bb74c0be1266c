"""Deliveries for programs: what was sent to whom, with every attempt and what the server said."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from alerts.app import App
from alerts.errors import NotFound
from alerts.model import Cadence, DeliveryState, LetterKind
from alerts.store import outbox
from alerts.store.outbox import Kind, Outgoing, Sought
from alerts.store.unit import reading
from alerts.web.api import pages
from alerts.web.api.door import People
from alerts.web.api.fields import Absent, Id, Moment
from alerts.web.api.pages import Asked, Page
from alerts.web.api.problem import answers

_LIST = "deliveries"


class DeliveriesAsked(Asked):
    state: DeliveryState | Absent = Field(None, description="Only those in this state.")
    kind: Kind | Absent = Field(None, description="Only those that tell this.")
    since: Moment | Absent = Field(None, description="Only those made at that time or later.")
    until: Moment | Absent = Field(None, description="Only those made before that time.")


class DeliveryOut(BaseModel):
    """One mail to one address."""

    id: int
    subscriber_id: int | None = Field(description="null for a letter to somebody who is no subscriber.")
    address: str
    state: DeliveryState
    reason: str | None = Field(description="Why it is in this state, where there is more to say.")
    subject: str | None = Field(description="null before it is written.")
    cadence: Cadence | None = Field(description="Of the subscription; null for a letter.")
    letter: LetterKind | None = Field(description="What kind of letter; null for a digest or an alert.")
    message_id: str
    attempts: int = Field(ge=0)
    created_at: datetime
    send_after: datetime | None = Field(description="When it is tried next; null: not again.")
    sent_at: datetime | None


class AttemptOut(BaseModel):
    """One try at handing it over. Without an end it is under way, or its sender died in the middle."""

    number: int = Field(ge=1)
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    phase: str | None = Field(description="Of SMTP: connect, hello, login, mail, rcpt, data, body, dot.")
    code: int | None = Field(description="The server's reply code.")
    reply: str | None = Field(description="The server's own words.")


class DeliveryShown(DeliveryOut):
    """The same with every attempt."""

    tries: list[AttemptOut] = Field(description="The first first.")


def delivery_out(each: Outgoing) -> DeliveryOut:
    return DeliveryOut(
        id=each.id,
        subscriber_id=each.subscriber_id,
        address=each.address,
        state=each.state,
        reason=each.reason,
        subject=each.subject,
        cadence=each.cadence,
        letter=each.letter.kind if each.letter else None,
        message_id=each.message_id,
        attempts=each.attempts,
        created_at=each.created_at,
        send_after=each.send_after,
        sent_at=each.sent_at,
    )


def routes(app: App, root: str) -> APIRouter:
    router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])

    @router.get("")
    def list_deliveries(_machine: People, asked: Annotated[DeliveriesAsked, Query()]) -> Page[DeliveryOut]:
        """Deliveries, the newest first. What is rare is looked for page by page: a page may have few rows, or
        none, and a `next` all the same."""
        place = pages.read(_LIST, asked.cursor, int)
        sought = Sought(asked.state, asked.kind, "", asked.since, asked.until)
        with reading(app.engine) as tx:
            leaf = outbox.leaf(tx, sought, place[0] if place else None, asked.limit)
        address, cursor = f"{root}/deliveries", leaf.before and pages.write(_LIST, leaf.before)
        return Page(
            items=[delivery_out(each) for each in leaf.mails],
            next=pages.following(asked, address, cursor) if cursor else None,
        )

    @router.get("/{id}", responses=answers(404))
    def get_delivery(_machine: People, id: Id) -> DeliveryShown:
        """One delivery with every attempt."""
        with reading(app.engine) as tx:
            each = outbox.find(tx, id)
            if each is None:
                raise NotFound(f"there is no delivery {id}")
            tries = [AttemptOut.model_validate(one, from_attributes=True) for one in outbox.tries(tx, id)]
        return DeliveryShown(**delivery_out(each).model_dump(), tries=tries)

    return router
