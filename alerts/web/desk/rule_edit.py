"""The form of a rule: look while writing, check it, try it on the archive, save it. Only saving changes
anything.

What was typed comes back with every answer, whatever was wrong with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.errors import BadInput, NotConfirmed, Overtaken
from alerts.model import Polarity, Rule, Severity
from alerts.rules.short_guide import SHORT_GUIDE
from alerts.rules.toml_tables import KEY
from alerts.services.concepts import concepts_in_force
from alerts.services.glancing import glance
from alerts.services.rules import Confirm, Edit, save_rule
from alerts.services.trying import try_rule
from alerts.store import rule_figures, rules
from alerts.store.unit import reading
from alerts.store.versions import Written
from alerts.web.desk.query_words import Sign, signs
from alerts.web.desk.rule_changes import Difference, differences
from alerts.web.desk.rule_completion import complete
from alerts.web.desk.rule_form import (
    FORM_OF_A_NEW_RULE,
    Draft,
    began,
    copied,
    draft_of,
    drafted,
    proposed_key,
    read_draft,
)
from alerts.web.desk.rule_pages import sees_own
from alerts.web.desk.rule_trial import DAYS, shown
from alerts.web.desk.rule_verdict import Verdict, judged
from alerts.web.forms import text
from alerts.web.guard import EditorsForm, Posted, Staff, Writing
from alerts.web.pages import Pages

_SAVING = ("save", "confirm")
_LIVE = "live"
_PLACE = re.compile(r"[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Theirs:
    """What was saved while this form was open, None when the rule was taken out of force; both queries, and
    what this form would change. ``taken``: the form is of a new rule, with the key of one that there is."""

    written: Written[Rule] | None
    query: tuple[Sign, ...]
    ours: tuple[Sign, ...]
    taken: bool
    differences: tuple[Difference, ...]


_HELP = tuple((hint, signs(hint.example)) for hint in SHORT_GUIDE)


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()
    languages = app.settings.languages

    def form(staff: Staff, draft: Draft, *, status: int = 200, **said: Any) -> Response:
        parts: dict[str, Any] = {"wrong": {}, "verdict": None, "trial": None, "theirs": None}
        parts |= {"people": 0, "problem": "", "is_new": draft.began == "0", "asked": False}
        parts |= {"severities": tuple(Severity), "polarities": tuple(Polarity), "help": _HELP}
        parts |= said
        return pages.show("desk/rule_edit.html", staff=staff, status=status, draft=draft, **parts)

    def refuse_own(tx: Connection, key: str, staff: Staff) -> None:
        if not sees_own(staff) and KEY.fullmatch(key) and rule_figures.is_own(tx, key):
            raise HTTPException(404)

    def verdict_on(rule: Rule) -> Verdict:
        with reading(app.engine) as tx:
            concepts = concepts_in_force(tx, languages)
        return judged(rule, concepts, languages)

    def answer(key: str, posted: Posted) -> Response:
        draft = drafted(posted.form)
        draft = draft if key == FORM_OF_A_NEW_RULE else replace(draft, key=key)
        act = text(posted.form, "act")
        if posted.stale:
            problem = "You have logged in anew since this form was made. Nothing is saved; look at it again."
            if act == _LIVE:
                return live(verdict=None, trial=None, problem=problem)
            return form(posted.staff, draft, status=403, problem=problem)
        if act in _SAVING and not draft.key:
            draft = replace(draft, key=proposed_key(draft.name))
        rule, wrong = read_draft(draft)
        with reading(app.engine) as tx:
            refuse_own(tx, rule.key, posted.staff)
        if act not in _SAVING:  # a rule can be tried before it has a key
            wrong = {name: told for name, told in wrong.items() if name != "key"}
        verdict = verdict_on(rule) if rule.query else None
        readable = verdict is not None and verdict.fault is None
        if act == _LIVE:
            now = app.clock()
            glimpse = glance(app.engine, rule, now=now, languages=languages, days=DAYS) if readable else None
            return live(verdict=verdict, trial=glimpse and shown(glimpse, rule), problem="")
        if act == "try" and not wrong and readable:
            found = try_rule(app.engine, rule, now=app.clock(), languages=languages, days=DAYS)
            return form(posted.staff, draft, asked=True, verdict=verdict, trial=shown(found, rule))
        if wrong or verdict is None or not verdict.sound:
            status = 422 if act in _SAVING else 200
            return form(posted.staff, draft, status=status, asked=True, wrong=wrong, verdict=verdict)
        if act in _SAVING:
            return save(posted, draft, rule, verdict, confirmed=act == "confirm")
        return form(posted.staff, draft, asked=True, verdict=verdict)

    def live(**said: Any) -> Response:
        return pages.show("desk/rule_live.html", **said)

    def save(posted: Posted, draft: Draft, rule: Rule, verdict: Verdict, *, confirmed: bool) -> Response:
        edit = Edit(posted.staff.name, app.clock(), draft.why)
        confirm = Confirm(app.settings.confirm_above, given=confirmed)
        try:
            done = save_rule(app.engine, rule, began(draft), edit, languages, confirm)
        except Overtaken:
            return overtaken(posted, draft, rule, verdict)
        except NotConfirmed:
            with reading(app.engine) as tx:
                people = rules.readers(tx, rule.key)
            return form(posted.staff, draft, status=409, verdict=verdict, people=people)
        except BadInput as error:
            return form(posted.staff, draft, status=422, verdict=verdict, problem=str(error))
        told = "saved" if done.written else "same"
        return RedirectResponse(f"{pages.root}/rules/{rule.key}?saved={told}", 303)

    def overtaken(posted: Posted, draft: Draft, rule: Rule, verdict: Verdict) -> Response:
        with reading(app.engine) as tx:
            in_force = rules.kept.find(tx, rule.key)
            written = rules.history(tx, rule.key)[0] if in_force else None
        theirs = Theirs(
            written,
            signs(in_force.query) if in_force else (),
            signs(rule.query),
            began(draft) == 0,
            differences(in_force, rule) if in_force else (),
        )
        draft = replace(draft, began=str(in_force.version if in_force else 0))
        return form(posted.staff, draft, status=409, verdict=verdict, theirs=theirs)

    @router.api_route("/rules/new", methods=["GET", "HEAD"])
    def new(request: Request, staff: Writing) -> Response:
        key = request.query_params.get("from", "")
        with reading(app.engine) as tx:
            refuse_own(tx, key, staff)
            like = rules.kept.newest(tx, [key]) if KEY.fullmatch(key) else ()
        return form(staff, copied(like[0], staff.name) if like else Draft(owner=staff.name))

    @router.api_route("/rules/new/complete", methods=["GET", "HEAD"])
    def completions(request: Request, _staff: Writing) -> Response:
        typed, at = request.query_params.get("q", ""), request.query_params.get("at", "")
        caret = int(at) if _PLACE.fullmatch(at) else len(typed)
        with reading(app.engine) as tx:
            known = concepts_in_force(tx, languages)
        found = complete(typed, caret, known, languages)
        return pages.show("desk/rule_suggestions.html", completion=found)

    @router.post("/rules/new")
    def write_new(posted: EditorsForm) -> Response:
        return answer(FORM_OF_A_NEW_RULE, posted)

    @router.api_route("/rules/{key}/edit", methods=["GET", "HEAD"])
    def edit(_request: Request, key: str, staff: Writing) -> Response:
        with reading(app.engine) as tx:
            refuse_own(tx, key, staff)
            rule = rules.kept.find(tx, key) if KEY.fullmatch(key) else None
        if rule is None:
            raise HTTPException(404)
        return form(staff, draft_of(rule))

    @router.post("/rules/{key}/edit")
    def write(key: str, posted: EditorsForm) -> Response:
        if not KEY.fullmatch(key):
            raise HTTPException(404)
        return answer(key, posted)

    return router
