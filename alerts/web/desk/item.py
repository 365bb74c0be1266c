"""The page of one item: as it was kept, what matched, its story, and every decision about it."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.digests.fragment import clean
from alerts.digests.times import Times
from alerts.errors import BadInput, NotFound
from alerts.mail.address import normalise_address
from alerts.services.item_view import ANSWERS_SHOWN, ItemView, view
from alerts.services.why import about
from alerts.store import own_rules, rule_figures, rules, slices
from alerts.store.rule_figures import Wanted
from alerts.store.unit import reading
from alerts.web.desk.item_lines import AnswerLine, answer_line, item_page
from alerts.web.desk.match_lines import NAME_LIMIT
from alerts.web.desk.stories import number
from alerts.web.guard import Looking, Staff
from alerts.web.pages import Pages

_LONGEST = 320
_NAMED = 5
"""Rules that a part of a name may mean; each is answered for."""

_OFFERED = 300
"""Rules that the field suggests while somebody types; any other is found by its key or its name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know: why not that rule, by its key or a part of its name, or that subscriber.
    ``wrong`` is why it cannot be said."""

    rule: str = ""
    subscriber: str = ""
    answers: tuple[AnswerLine, ...] = ()
    wrong: str = ""


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()
    languages = app.settings.languages

    def answered(tx: Connection, found: ItemView, rule: str, subscriber: str, staff: Staff | None) -> Asked:
        whole = staff is not None and staff.manages
        subscriber = subscriber if whole else ""
        if not rule and not subscriber:
            return Asked()
        try:
            keys = _meant(tx, rule, whole) if rule else [each.match.rule.key for each in found.decided]
            who = normalise_address(subscriber) if subscriber else None
            answers = [
                answer_line(answer, whole=whole, asked=subscriber)
                for key in keys
                for answer in about(
                    tx, found.kept, key, address_key=who, languages=languages, limit=ANSWERS_SHOWN
                )
            ]
        except (NotFound, BadInput) as error:
            return Asked(rule, subscriber, wrong=f"{str(error).partition(';')[0].capitalize()}.")
        return Asked(rule, subscriber, tuple(answers))

    @router.api_route("/items/{item_id}", methods=["GET", "HEAD"])
    def show(request: Request, item_id: str, staff: Looking) -> Response:
        wanted = number(item_id)
        asked = request.query_params
        rule, subscriber = (asked.get(name, "").strip()[:_LONGEST] for name in ("rule", "subscriber"))
        whole = staff is not None and staff.manages
        with reading(app.engine) as tx:
            found = view(tx, wanted, own=whole, languages=languages) if wanted else None
            if found is None:
                raise HTTPException(404)
            told = answered(tx, found, rule, subscriber, staff)
            offered = [(key, clean(name)[:NAME_LIMIT]) for key, name in own_rules.offered(tx, _OFFERED)]
        return pages.show(
            "desk/item.html",
            staff=staff,
            status=404 if told.wrong else 200,
            item=item_page(found, Times("en", "UTC"), whole=whole),
            asked=told,
            offered=offered,
        )

    return router


def _meant(tx: Connection, typed: str, whole: bool) -> list[str]:
    """The rule with that key, else those that have the words in their names. Raises NotFound."""
    own = slices.is_own(tx, typed)
    if (own and whole) or (not own and rules.kept.newest(tx, [typed])):
        return [typed]
    found = rule_figures.listed(tx, Wanted(words=typed), None, _NAMED)
    if not found:
        raise NotFound(f"no rule is called {typed!r}")
    return [key for _, key in found]
