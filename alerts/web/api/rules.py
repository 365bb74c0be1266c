"""Rules for programs: read, written with a guard against others' writing, checked, tried."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from alerts.app import App
from alerts.errors import NotFound, QueryError
from alerts.rules.query import canonical, check_concepts, parse, warnings
from alerts.services.concepts import concepts_in_force
from alerts.services.rules import Confirm, retire_rule, save_rule
from alerts.services.trying import try_rule
from alerts.store import rules, slices
from alerts.store.unit import reading
from alerts.web.api import pages, versions
from alerts.web.api.door import Reading, Writing
from alerts.web.api.fields import Key
from alerts.web.api.pages import Asked, Page
from alerts.web.api.problem import answers
from alerts.web.api.rule_bodies import (
    QueryError_,
    QueryIn,
    RuleIn,
    RuleOut,
    TrialIn,
    TrialOut,
    Verdict,
    rule_out,
    trial_out,
    warning_out,
)
from alerts.web.api.versions import IfMatch, IfNoneMatch, Saying, VersionOut

_LIST = "rules"


class Saving(Saying):
    """How a rule is saved."""

    confirm: bool = Field(
        False, description="Save it although many people get mail for the rule (`ALERTS_CONFIRM_ABOVE`)."
    )


def routes(app: App, root: str) -> APIRouter:
    router = APIRouter(prefix="/v1/rules", tags=["rules"])
    languages = app.settings.languages

    def in_force(key: str) -> RuleOut:
        with reading(app.engine) as tx:
            if slices.is_own(tx, key):
                raise NotFound(f"there is no rule {key!r}")
            return rule_out(rules.kept.get(tx, key))

    @router.get("")
    def list_rules(_machine: Reading, asked: Annotated[Asked, Query()]) -> Page[RuleOut]:
        """The rules in force, in the order of their keys; without those that readers wrote for themselves."""
        place = pages.read(_LIST, asked.cursor, str)
        with reading(app.engine) as tx:
            found = slices.rules_after(tx, place[0] if place else "", asked.limit + 1)
        return pages.page(asked, f"{root}/rules", found, rule_out, lambda rule: pages.write(_LIST, rule.key))

    @router.get("/{key}", responses=answers(404))
    def get_rule(_machine: Reading, key: Key, response: Response) -> RuleOut:
        """One rule in force, with its `ETag`."""
        found = in_force(key)
        response.headers["ETag"] = versions.tag(found.version)
        return found

    @router.put(
        "/{key}",
        responses={201: {"description": "It is new.", "model": RuleOut}, **answers(404, 409, 412)},
    )
    def put_rule(
        machine: Writing,
        key: Key,
        body: RuleIn,
        how: Annotated[Saving, Query()],
        response: Response,
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> RuleOut:
        """Makes the rule what the body says, or makes it anew; the same again changes nothing.

        Nothing that is kept already is matched again, and nothing is mailed for it.
        """
        with reading(app.engine) as tx:
            if slices.is_own(tx, key):
                raise NotFound(f"the rule {key!r} is a reader's own")
        edit = versions.edit_of(app, machine, how.reason)
        confirm = Confirm(app.settings.confirm_above, given=how.confirm)
        versions.save(
            app.engine,
            rules.kept,
            key,
            (if_match, if_none_match),
            lambda began: save_rule(app.engine, body.rule(key), began, edit, languages, confirm),
            response,
        )
        found = in_force(key)
        response.headers["ETag"] = versions.tag(found.version)
        return found

    @router.delete("/{key}", status_code=204, response_class=Response, responses=answers(404, 412))
    def retire(machine: Writing, key: Key, how: Annotated[Saying, Query()], if_match: IfMatch = None) -> None:
        """Takes the rule out of force. Its matches and versions stay, and a PUT brings it back."""
        in_force(key)
        edit = versions.edit_of(app, machine, how.reason)
        versions.retire(
            app.engine,
            rules.kept,
            key,
            if_match,
            lambda began: retire_rule(app.engine, key, edit, began),
        )

    @router.get("/{key}/versions", responses=answers(404))
    def list_versions(
        _machine: Reading, key: Key, asked: Annotated[Asked, Query()]
    ) -> Page[VersionOut[RuleOut]]:
        """Every text the rule has had, newest first; also of one that is retired."""
        with reading(app.engine) as tx:
            if slices.is_own(tx, key):
                raise NotFound(f"there is no rule {key!r}")
            return versions.history(tx, rules.kept, key, asked, f"{root}/rules/{key}/versions", rule_out)

    return router


def query_routes(app: App) -> APIRouter:
    router = APIRouter(prefix="/v1/query", tags=["rules"])
    languages = app.settings.languages

    @router.post("/check")
    def check_query(_machine: Reading, body: QueryIn) -> Verdict:
        """Says whether a query can be read, and what may not be meant. Nothing is saved."""
        with reading(app.engine) as tx:
            known = concepts_in_force(tx, languages).by_key
        try:
            node = parse(body.query)
            check_concepts(node, known, body.query)
        except QueryError as error:
            fault = QueryError_(
                code=error.code, column=max(1, error.column), message=error.message, hint=error.hint
            )
            return Verdict(ok=False, errors=[fault], warnings=[], tree=None)
        found = warnings(node, known, languages)
        return Verdict(
            ok=True, errors=[], warnings=[warning_out(each) for each in found], tree=canonical(node)
        )

    @router.post("/try", responses=answers(404))
    def try_query(_machine: Reading, body: TrialIn) -> TrialOut:
        """Says what a rule would have found in the last days and whom it would have mailed. Nothing is saved,
        nothing is mailed. It reads the archive: of many days it takes seconds."""
        if body.key is not None:
            with reading(app.engine) as tx:
                if slices.is_own(tx, body.key):
                    raise NotFound(f"there is no rule {body.key!r}")
                rules.kept.get(tx, body.key)
        found = try_rule(
            app.engine,
            body.rule(),
            now=app.clock(),
            languages=languages,
            days=body.days,
            against=body.against,
        )
        return trial_out(found)

    return router
