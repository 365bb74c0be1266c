"""Concepts for programs: those that are shipped and those of this deployment."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection
from starlette.responses import Response

from alerts.app import App
from alerts.errors import NotFound
from alerts.model import Concept, Polarity, Terms
from alerts.rules.shipped import shipped_concepts
from alerts.services.concepts import concepts_in_force, retire_concept, save_concept
from alerts.store import concepts
from alerts.store.unit import reading
from alerts.web.api import pages, versions
from alerts.web.api.door import Reading, Writing
from alerts.web.api.fields import Key, Line, Sent
from alerts.web.api.pages import Asked, Page
from alerts.web.api.problem import answers
from alerts.web.api.versions import IfMatch, IfNoneMatch, Saying, VersionOut

_LIST = "concepts"

TermsIn = Annotated[
    dict[
        Annotated[str, Field(pattern=r"^[a-z]{2,3}$")],
        Annotated[list[Annotated[Line, Field(min_length=1)]], Field(max_length=2_000)],
    ],
    Field(max_length=100, examples=[{"en": ["missile", "=Scud"], "de": ["Rakete", "*rakete"]}]),
]


class ConceptIn(Sent):
    """A concept as it is to be. What is left out has its default: a PUT writes the whole concept."""

    name: Line = Field("", description="What it is called; empty: the key.")
    polarity: Polarity = Field(Polarity.NEUTRAL, description="Which way the world moves when it comes up.")
    parent: Key | None = Field(None, description="The concept that this one is a kind of.")
    terms: TermsIn = Field({}, description="Language (ISO 639, or `mul` for all) → its terms.")
    exclude: TermsIn = Field({}, description="What never counts as the concept, whatever terms it contains.")

    def concept(self, key: str) -> Concept:
        return Concept(
            key, self.name or key, self.polarity, self.parent or "", _terms(self.terms), _terms(self.exclude)
        )


class ConceptOut(BaseModel):
    """A concept in force."""

    key: str
    name: str
    polarity: Polarity
    parent: str | None
    terms: dict[str, list[str]] = Field(description="Language → terms.")
    exclude: dict[str, list[str]]
    shipped: bool = Field(description="Whether it is as the program ships it, not changed here.")
    version: int = Field(
        ge=0, description="1 for the first text, as in the `ETag`; 0 of one that is shipped."
    )


def _terms(given: dict[str, list[str]]) -> Terms:
    return tuple((language, tuple(texts)) for language, texts in given.items())


def concept_out(concept: Concept) -> ConceptOut:
    return ConceptOut(
        key=concept.key,
        name=concept.name,
        polarity=concept.polarity,
        parent=concept.parent or None,
        terms={language: list(texts) for language, texts in concept.terms},
        exclude={language: list(texts) for language, texts in concept.exclude},
        shipped=concept.version == 0,
        version=concept.number,
    )


def routes(app: App, root: str) -> APIRouter:
    router = APIRouter(prefix="/v1/concepts", tags=["concepts"])
    languages = app.settings.languages

    def in_force(tx: Connection, key: str) -> Concept:
        found = concepts_in_force(tx, languages).by_key.get(key)
        if found is None:
            raise NotFound(f"there is no concept {key!r}")
        return found

    @router.get("")
    def list_concepts(_machine: Reading, asked: Annotated[Asked, Query()]) -> Page[ConceptOut]:
        """The concepts in force, in the order of their keys: those of this deployment, those that are
        shipped, and every country."""
        place = pages.read(_LIST, asked.cursor, str)
        with reading(app.engine) as tx:
            known = concepts_in_force(tx, languages).by_key
        later = [known[key] for key in sorted(known) if place is None or key > place[0]]
        return pages.page(
            asked, f"{root}/concepts", later, concept_out, lambda each: pages.write(_LIST, each.key)
        )

    @router.get("/{key}", responses=answers(404))
    def get_concept(_machine: Reading, key: Key, response: Response) -> ConceptOut:
        """One concept in force, with its `ETag`."""
        with reading(app.engine) as tx:
            found = in_force(tx, key)
        response.headers["ETag"] = versions.tag(found.number)
        return concept_out(found)

    @router.put(
        "/{key}",
        responses={201: {"description": "It is new.", "model": ConceptOut}, **answers(409, 412)},
    )
    def put_concept(
        machine: Writing,
        key: Key,
        body: ConceptIn,
        how: Annotated[Saying, Query()],
        response: Response,
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> ConceptOut:
        """Makes the concept what the body says. What says the same as what is shipped is not written, so that
        it goes on following it. `If-Match: "0"` is for one that is shipped or does not exist."""
        edit = versions.edit_of(app, machine, how.reason)
        versions.save(
            app.engine,
            concepts.kept,
            key,
            (if_match, if_none_match),
            lambda began: save_concept(app.engine, body.concept(key), began, edit, languages),
            response,
            shipped=any(each.key == key for each in shipped_concepts(languages)),
        )
        with reading(app.engine) as tx:
            found = in_force(tx, key)
        response.headers["ETag"] = versions.tag(found.number)
        return concept_out(found)

    @router.delete("/{key}", status_code=204, response_class=Response, responses=answers(404, 412))
    def retire(machine: Writing, key: Key, how: Annotated[Saying, Query()], if_match: IfMatch = None) -> None:
        """Takes a concept of this deployment out of force; one that is shipped counts again. Refused while a
        rule, concept or situation needs it."""
        edit = versions.edit_of(app, machine, how.reason)
        versions.retire(
            app.engine,
            concepts.kept,
            key,
            if_match,
            lambda began: retire_concept(app.engine, key, edit, languages, began),
        )

    @router.get("/{key}/versions", responses=answers(404))
    def list_versions(
        _machine: Reading, key: Key, asked: Annotated[Asked, Query()]
    ) -> Page[VersionOut[ConceptOut]]:
        """Every text that this deployment gave the concept, newest first."""
        address = f"{root}/concepts/{key}/versions"
        with reading(app.engine) as tx:
            return versions.history(tx, concepts.kept, key, asked, address, concept_out)

    return router
