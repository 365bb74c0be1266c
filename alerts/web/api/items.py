"""Items for programs: searched in the rule language, looked at with what became of them, brought in."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection

from alerts.app import App
from alerts.errors import NotFound
from alerts.mail.address import normalise_address
from alerts.services.archive import import_items
from alerts.services.browsing import browse, search
from alerts.services.tokens import Opens
from alerts.services.why import Answer, about
from alerts.store import items, slices
from alerts.store.browsing import Facets
from alerts.store.items import Kept
from alerts.store.unit import reading
from alerts.web.api import pages
from alerts.web.api.door import Reading, Writing, require
from alerts.web.api.fields import Absent, Id, Key, Sent
from alerts.web.api.item_bodies import (
    ImportedOut,
    ItemsAsked,
    ItemShown,
    ItemsIn,
    ItemsPage,
    WhyOut,
    facets_out,
    item_out,
    item_shown,
)
from alerts.web.api.matches import match_out
from alerts.web.api.problem import answers
from alerts.web.api.subscriber_bodies import Address

_LIST = "items"
_MATCHES = 100
_ANSWERS = 200


class WhyAsked(Sent):
    rule: Key = Field(description="The rule that it is asked about, in force or retired.")
    subscriber: Address | Absent = Field(
        None, description="Only for this address; needs the scope *people* too."
    )


def routes(app: App, root: str) -> APIRouter:
    router = APIRouter(prefix="/v1/items", tags=["items"])
    languages = app.settings.languages

    def kept_item(tx: Connection, item_id: int) -> Kept:
        kept = items.load(tx, [item_id]).get(item_id)
        if kept is None:
            raise NotFound(f"there is no item {item_id}")
        return kept

    @router.get("")
    def list_items(_machine: Reading, asked: Annotated[ItemsAsked, Query()]) -> ItemsPage:
        """Items whose words are kept, the last found first; with a query those that it matches. What is rare
        is looked for page by page: a page may have few rows, or none, and a `next` all the same."""
        place = pages.read(_LIST, asked.cursor, int)
        since = None if asked.days is None else app.clock() - timedelta(days=asked.days)
        facets = Facets(
            kind=asked.type or "",
            region=asked.region or "",
            language=asked.language or "",
            source=asked.source or "",
            rule=asked.rule or "",
            since=since,
        )
        before = place[0] if place else None
        with reading(app.engine) as tx:
            if asked.q:
                found = search(tx, asked.q, facets, before, asked.limit, languages)
            else:
                found = browse(tx, facets, before, asked.limit)
        cursor = pages.write(_LIST, found.older) if found.older else None
        return ItemsPage(
            items=[item_out(each.kept, each.evidence) for each in found.items],
            next=pages.following(asked, f"{root}/items", cursor) if cursor else None,
            facets=facets_out(found),
        )

    @router.post("", responses=answers())
    def bring_in(machine: Writing, body: ItemsIn) -> ImportedOut:
        """Keeps items from elsewhere, in a feed of their own by the feed and source they name. Their matches
        are kept too, and nothing of it is ever mailed. The same again changes nothing."""
        done = import_items(
            app.engine,
            [each.item() for each in body.items],
            index=app.rules.index,
            languages=languages,
            author=machine.actor,
            now=app.clock(),
        )
        return ImportedOut.model_validate(done, from_attributes=True)

    @router.get("/{id}", responses=answers(404))
    def get_item(_machine: Reading, id: Id) -> ItemShown:
        """All of one item, with the rules that found it and why."""
        with reading(app.engine) as tx:
            kept = kept_item(tx, id)
            found = slices.matches_before(tx, None, _MATCHES, item_id=id)
        return item_shown(kept, [match_out(row) for row in found])

    @router.get("/{id}/why", responses=answers(404))
    def why(machine: Reading, id: Id, asked: Annotated[WhyAsked, Query()]) -> list[WhyOut]:
        """What became of an item for a rule: found or not and why, and of the first 200 who follow the rule,
        who was told and who was not. Names nobody without the scope *people*."""
        knows_people = Opens.PEOPLE in machine.opens
        if asked.subscriber is not None:
            require(machine, Opens.PEOPLE)
        with reading(app.engine) as tx:
            if not knows_people and slices.is_own(tx, asked.rule):
                raise NotFound(f"there is no rule {asked.rule!r}")
            answers_ = about(
                tx,
                kept_item(tx, id),
                asked.rule,
                address_key=normalise_address(asked.subscriber) if asked.subscriber else None,
                languages=languages,
                limit=_ANSWERS,
            )
        return [_named(each) for each in answers_] if knows_people else _counted(answers_)

    return router


def _named(answer: Answer) -> WhyOut:
    return WhyOut(
        rule=answer.rule,
        outcome=answer.outcome,
        reason=answer.reason,
        at=answer.at,
        subscriber=answer.subscriber,
        people=0 if answer.subscriber is None else 1,
    )


def _counted(answers_: tuple[Answer, ...]) -> list[WhyOut]:
    """Those about nobody as they are; those about people counted by outcome."""
    about_nobody = [_named(each) for each in answers_ if each.subscriber is None]
    people = Counter((each.rule, str(each.outcome)) for each in answers_ if each.subscriber is not None)
    return about_nobody + [
        WhyOut(rule=rule, outcome=outcome, reason=None, at=None, subscriber=None, people=number)
        for (rule, outcome), number in people.items()
    ]
