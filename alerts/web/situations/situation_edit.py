"""Writing situations: a form for a new one, for an edit, for taking one out of force; its versions.

Nothing is changed before the form says so, and what was typed comes back with every answer. For staff, in
English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from babel import Locale
from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.digests.figures import place_name
from alerts.errors import BadInput, NotFound, Overtaken
from alerts.model import Situation
from alerts.rules.toml_tables import KEY
from alerts.services.concepts import concepts_in_force
from alerts.services.situations import restore_situation, retire_situation, save_situation
from alerts.services.texts import Edit
from alerts.store import own_rules, situations
from alerts.store.unit import reading
from alerts.store.versions import Written
from alerts.web.forms import OVERTAKEN, began_from, text
from alerts.web.guard import EditorsForm, Posted, Staff, Writing
from alerts.web.pages import Pages
from alerts.web.situations.situation_form import (
    FORM_OF_A_NEW_SITUATION,
    Draft,
    began,
    draft_of,
    drafted,
    read_draft,
)

VERSIONS_SHOWN = 50
_ENGLISH = Locale("en")

_GONE = "It was taken out of force while you were writing. Saving again puts it back in force."
_TAKEN = (
    "Nothing is saved: there is a situation with this key already. Its versions stand below; saving again "
    "changes it."
)
_QUICKER = (
    "Nothing is saved: somebody else saved while you were writing. Their version stands below; take over "
    "what should stay, then save again."
)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A text there has been; ``changes`` are what it changed: the field, what left it, what came in."""

    written: Written[Situation]
    changes: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]


def version_lines(history: tuple[Written[Situation], ...]) -> tuple[VersionLine, ...]:
    """Newest first, each with what it changed of the one before it."""
    before = (*(each.text for each in history[1:]), Situation("", ""))
    return tuple(
        VersionLine(each, _changes(old, each.text)) for each, old in zip(history, before, strict=False)
    )


def _changes(old: Situation, new: Situation) -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    fields = (
        ("name", (old.name,) if old.name else (), (new.name,)),
        ("places", old.places, new.places),
        ("rules", old.rules, new.rules),
    )
    return tuple(
        (name, tuple(each for each in was if each not in now), tuple(each for each in now if each not in was))
        for name, was, now in fields
        if set(was) != set(now)
    )


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()
    languages = app.settings.languages

    def places(tx: Connection) -> Mapping[str, str]:
        return {key: place_name(key, _ENGLISH) for key in concepts_in_force(tx, languages).by_key}

    def form(staff: Staff, draft: Draft, *, status: int = 200, **said: Any) -> Response:
        is_new = draft.began == "0"
        with reading(app.engine) as tx:
            in_force = None if is_new else situations.kept.find(tx, draft.key)
            history = situations.kept.history(tx, draft.key) if in_force else ()
        parts: dict[str, Any] = {"wrong": {}, "problem": "", "lang": "", **said}
        return pages.show(
            "situations/situation_edit.html",
            staff=staff,
            status=status,
            draft=draft,
            is_new=is_new,
            versions=version_lines(history)[:VERSIONS_SHOWN],
            **parts,
        )

    def in_force(key: str) -> Situation:
        with reading(app.engine) as tx:
            found = situations.kept.find(tx, key) if KEY.fullmatch(key) else None
        if found is None:
            raise HTTPException(404)
        return found

    def again(posted: Posted, draft: Draft) -> Response:
        problem = "You have logged in anew since this form was made. Nothing is saved; look at it again."
        return form(posted.staff, draft, status=403, problem=problem)

    def write(key: str, posted: Posted) -> Response:
        draft = drafted(posted.form)
        draft = draft if key == FORM_OF_A_NEW_SITUATION else replace(draft, key=key)
        if posted.stale:
            return again(posted, draft)
        with reading(app.engine) as tx:
            situation, wrong = read_draft(draft, places(tx), dict(own_rules.offered(tx)))
        if wrong:
            return form(posted.staff, draft, status=422, wrong=wrong)
        edit = Edit(posted.staff.name, app.clock(), draft.why)
        try:
            done = save_situation(app.engine, situation, began(draft), edit, languages)
        except Overtaken:
            return overtaken(posted, draft)
        except BadInput as error:
            return form(posted.staff, draft, status=422, problem=str(error))
        said = "saved" if done.written else "same"
        return RedirectResponse(f"{pages.root}/situations/{situation.key}?said={said}", 303)

    def overtaken(posted: Posted, draft: Draft) -> Response:
        with reading(app.engine) as tx:
            theirs = situations.kept.find(tx, draft.key)
        if theirs is None:
            return form(posted.staff, replace(draft, began="0"), status=409, problem=_GONE)
        problem = _TAKEN if draft.began == "0" else _QUICKER
        draft = replace(draft, began=str(theirs.version))
        return form(posted.staff, draft, status=409, problem=problem)

    @router.api_route("/situations/new", methods=["GET", "HEAD"])
    def new(staff: Writing) -> Response:
        return form(staff, Draft())

    @router.post("/situations/new")
    def write_new(posted: EditorsForm) -> Response:
        return write(FORM_OF_A_NEW_SITUATION, posted)

    @router.api_route("/situations/{key}/edit", methods=["GET", "HEAD"])
    def edit(key: str, staff: Writing) -> Response:
        return form(staff, draft_of(in_force(key)))

    @router.post("/situations/{key}/edit")
    def write_edit(key: str, posted: EditorsForm) -> Response:
        if not KEY.fullmatch(key):
            raise HTTPException(404)
        return write(key, posted)

    @router.post("/situations/{key}/restore")
    def restore(key: str, posted: EditorsForm) -> Response:
        found, number = in_force(key), text(posted.form, "number")
        if posted.stale:
            return again(posted, draft_of(found))
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise HTTPException(400)
        edit = Edit(posted.staff.name, app.clock())
        try:
            restore_situation(app.engine, key, int(number), edit, languages, began_from(posted.form))
        except NotFound as error:
            raise HTTPException(404) from error
        except Overtaken:
            return form(posted.staff, draft_of(in_force(key)), status=409, problem=OVERTAKEN)
        except BadInput as error:
            problem = f"This version cannot come back: {error}"
            return form(posted.staff, draft_of(found), status=422, problem=problem)
        return RedirectResponse(f"{pages.root}/situations/{key}?said=saved", 303)

    @router.post("/situations/{key}/retire")
    def retire(key: str, posted: EditorsForm) -> Response:
        found, why = in_force(key), " ".join(text(posted.form, "why").split())[:1000]
        if posted.stale:
            return again(posted, draft_of(found))
        if not why:
            wrong = {"retire": "Say why: it goes into the history."}
            return form(posted.staff, draft_of(found), status=422, wrong=wrong)
        edit = Edit(posted.staff.name, app.clock(), why)
        try:
            retire_situation(app.engine, key, edit, began_from(posted.form))
        except Overtaken:
            return form(posted.staff, draft_of(in_force(key)), status=409, problem=OVERTAKEN)
        return RedirectResponse(f"{pages.root}/situations", 303)

    return router
