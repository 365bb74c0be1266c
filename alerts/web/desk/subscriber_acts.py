"""What an admin may do to one reader, as the forms of that page send it."""

from __future__ import annotations

import re

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from alerts.app import App
from alerts.errors import BadInput, NotFound
from alerts.model import Grant, Scope
from alerts.services.caring import lift_of, send_link
from alerts.services.preferring import change_habits, change_order
from alerts.store import rules as kept_rules
from alerts.store import situations, subscribers
from alerts.store.unit import reading
from alerts.web.choices import filled
from alerts.web.desk.subscriber_form import choice, habits
from alerts.web.forms import text

ACTS = {
    "habits": "Saved. It holds from now on.",
    "order": "Saved. It holds from now on.",
    "left": "Ended, at once. They are told by mail when a digest, the alerts or everything ended.",
    "nothing": "There was nothing left to end.",
    "link": "The letter with the link is on its way.",
    "lifted": "Mail may go to this address again.",
}
"""What was done, in a sentence, by its word."""

_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


def act_on(app: App, subscriber_id: int, act: str, form: FormData, actor: str) -> str:
    """Does it; the word for what was done. Raises BadInput or NotFound in words for people."""
    now = app.clock()
    match act:
        case "habits":
            wanted, languages = habits(form, now), app.renderer.languages
            change_habits(app.engine, subscriber_id, wanted, languages=languages, now=now, actor=actor)
        case "order":
            part = text(form, "part")
            order_id = int(part) if _ID.fullmatch(part) else None
            chosen = choice(app, subscriber_id, filled(form))
            change_order(app.engine, subscriber_id, order_id, chosen, now, actor=actor)
        case "leave":
            left = app.unsubscribe(_grant(app, subscriber_id, text(form, "what")), actor=actor)
            return "left" if left else "nothing"
        case "link":
            send_link(
                app.engine,
                subscriber_id,
                address_hashes=app.address_hashes,
                message_id=app.message_id,
                actor=actor,
                now=now,
            )
        case "lift":
            hashes = app.address_hashes(_address(app, subscriber_id))
            why, subject = text(form, "why")[:500], f"subscriber {subscriber_id}"
            lift_of(app.engine, hashes, why, subject=subject, actor=actor, now=now)
            return "lifted"
        case "erase":
            if text(form, "sure").strip().casefold() != _address(app, subscriber_id).casefold():
                raise BadInput("type the address as it stands above, to be sure whose data goes")
            app.erase(subscriber_id, actor=actor)
            return "erased"
        case _:
            raise HTTPException(400)
    return act


def _grant(app: App, subscriber_id: int, what: str) -> Grant:
    """What is to end: *everything*, or a scope with a number or key, as in *digest 7* or *rule launch*."""
    scope, _, target = what.partition(" ")
    if scope == Scope.EVERYTHING:
        return Grant(subscriber_id, Scope.EVERYTHING, 0)
    with reading(app.engine) as tx:
        if scope == Scope.DIGEST and _ID.fullmatch(target):
            return Grant(subscriber_id, Scope.DIGEST, int(target))
        if scope == Scope.RULE:
            return Grant(subscriber_id, Scope.RULE, kept_rules.ids(tx, [target])[target])
        if scope == Scope.SITUATION:
            return Grant(subscriber_id, Scope.SITUATION, situations.kept.ids(tx, [target])[target])
    raise BadInput("choose what is to end")


def _address(app: App, subscriber_id: int) -> str:
    with reading(app.engine) as tx:
        person = subscribers.person(tx, subscriber_id)
    if person is None:
        raise NotFound(f"there is no subscriber {subscriber_id}")
    return person.address
