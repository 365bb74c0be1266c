"""The form of a concept: look while writing, check it, save it. Only saving changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alerts.app import App
from alerts.errors import BadInput, Overtaken
from alerts.model import Concept, Polarity
from alerts.rules.lexicon import Concepts
from alerts.rules.shipped import is_country, with_draft
from alerts.rules.toml_tables import KEY
from alerts.services.concepts import concepts_in_force, save_concept, try_concept
from alerts.services.term_hits import term_hits
from alerts.services.texts import Edit
from alerts.store import archive, concepts
from alerts.store.unit import reading
from alerts.web.desk.concept_form import (
    ANOTHER,
    FORM_OF_A_NEW_CONCEPT,
    ConceptDraft,
    began,
    draft_of,
    drafted,
    faults,
    languages_of,
    read_draft,
)
from alerts.web.desk.concept_pages import HitsShown, hits_shown, language_name
from alerts.web.forms import text
from alerts.web.guard import EditorsForm, Posted, Staff, Writing
from alerts.web.pages import Pages


def routes(app: App, pages: Pages) -> APIRouter:
    router = APIRouter()
    languages = app.settings.languages

    def form(key: str, staff: Staff, draft: ConceptDraft, *, status: int = 200, **said: Any) -> Response:
        codes = languages_of(draft, languages)
        parts: dict[str, Any] = {"wrong": {}, "hits": None, "broken": None, "problem": "", "asked": False}
        parts |= {"faults": faults(said.get("wrong", {}), language_name)}
        parts |= {"is_new": key == FORM_OF_A_NEW_CONCEPT, "country": is_country(draft.key)}
        parts |= {"polarities": tuple(Polarity), "another": ANOTHER}
        parts |= {"languages": [(code, language_name(code)) for code in codes]} | said
        return pages.show("desk/concept_edit.html", staff=staff, status=status, draft=draft, **parts)

    def hits_of(concept: Concept) -> HitsShown:
        with reading(app.engine) as tx:
            if is_country(concept.key):  # compiling the names of all others too would take a second
                then = Concepts([replace(concept, parent="")])
            else:
                then = with_draft(concepts_in_force(tx, languages), concept, languages)
            hits = term_hits(tx, concept, then, app.clock())
            return hits_shown(hits, concept, archive.languages(tx))

    def answer(key: str, posted: Posted) -> Response:
        draft = drafted(posted.form)
        draft = draft if key == FORM_OF_A_NEW_CONCEPT else replace(draft, key=key)
        act = text(posted.form, "act")
        if posted.stale:
            problem = "You have logged in anew since this form was made. Nothing is saved; look at it again."
            if act == "live":
                return live({}, None, problem)
            return form(key, posted.staff, draft, status=403, problem=problem)
        concept, wrong = read_draft(draft)
        if act != "save":  # terms can be looked for before the concept has a key
            wrong = {name: told for name, told in wrong.items() if name != "key"}
            concept = concept if KEY.fullmatch(concept.key) else replace(concept, key=FORM_OF_A_NEW_CONCEPT)
        hits = hits_of(concept) if concept.terms and not wrong and act != "save" else None
        if act == "live":
            return live(wrong, hits, "")
        if wrong:
            status = 422 if act == "save" else 200
            return form(key, posted.staff, draft, status=status, asked=True, wrong=wrong)
        try:
            if act == "save":
                return save(key, posted, draft, concept)
            with reading(app.engine) as tx:
                broken = try_concept(tx, concept, languages)
        except BadInput as error:
            return form(key, posted.staff, draft, status=422, asked=True, problem=str(error), hits=hits)
        return form(key, posted.staff, draft, asked=True, hits=hits, broken=broken)

    def live(wrong: Mapping[str, str], hits: HitsShown | None, problem: str) -> Response:
        found = faults(wrong, language_name)
        told: dict[str, Any] = {"faults": found, "hits": hits, "broken": None, "problem": problem}
        return pages.show("desk/concept_live.html", **told)

    def save(key: str, posted: Posted, draft: ConceptDraft, concept: Concept) -> Response:
        edit = Edit(posted.staff.name, app.clock(), draft.why[:1000])
        with reading(app.engine) as tx:
            taken = key == FORM_OF_A_NEW_CONCEPT and concept.key in concepts_in_force(tx, languages).by_key
        if taken:
            wrong = {"key": "There is a concept with this key already; edit that one, or write another key."}
            return form(key, posted.staff, draft, status=409, asked=True, wrong=wrong)
        try:
            done = save_concept(app.engine, concept, began(draft), edit, languages)
        except Overtaken:
            with reading(app.engine) as tx:
                newer = concepts.kept.find(tx, concept.key)
            problem = (
                "Somebody else saved this concept while you were writing. Look at its page, take over what "
                "should stay, then save again: that puts yours in its place."
            )
            draft = replace(draft, began=str(newer.version if newer else 0))
            return form(key, posted.staff, draft, status=409, asked=True, problem=problem)
        told = "saved" if done.written else "same"
        return RedirectResponse(f"{pages.root}/concepts/{concept.key}?saved={told}", 303)

    @router.api_route("/concepts/new", methods=["GET", "HEAD"])
    def new(_request: Request, staff: Writing) -> Response:
        return form(FORM_OF_A_NEW_CONCEPT, staff, ConceptDraft())

    @router.post("/concepts/new")
    def write_new(posted: EditorsForm) -> Response:
        return answer(FORM_OF_A_NEW_CONCEPT, posted)

    @router.api_route("/concepts/{key}/edit", methods=["GET", "HEAD"])
    def edit(_request: Request, key: str, staff: Writing) -> Response:
        concept = editable(key)
        if concept is None:
            raise HTTPException(404)
        return form(key, staff, draft_of(concept))

    @router.post("/concepts/{key}/edit")
    def write(key: str, posted: EditorsForm) -> Response:
        if editable(key) is None:
            raise HTTPException(404)
        return answer(key, posted)

    def editable(key: str) -> Concept | None:
        """The deployment's own text, else the shipped one; of a country only what was added to it."""
        with reading(app.engine) as tx:
            own = concepts.kept.find(tx, key) if KEY.fullmatch(key) else None
            known = concepts_in_force(tx, languages).by_key.get(key)
        if own is None and known is not None and is_country(key):
            return replace(known, terms=(), exclude=())
        return own or known

    return router
