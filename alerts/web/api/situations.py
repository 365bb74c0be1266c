"""Situations for programs: where each stands, its calls, and the decision of a person about a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from gettext import NullTranslations
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection
from starlette.responses import Response

from alerts.app import App
from alerts.digests.signal_words import SignalWords
from alerts.digests.times import Times
from alerts.errors import Overtaken
from alerts.model import Situation, Trend
from alerts.services.assessing import LONGEST_REASON, Verdict
from alerts.services.situation_stand import Stand, stand_of, standing
from alerts.services.situations import retire_situation, save_situation
from alerts.store import situations, trends
from alerts.store.trends import Called
from alerts.store.unit import reading
from alerts.web.api import pages, versions
from alerts.web.api.door import Reading, Writing
from alerts.web.api.fields import LARGEST_ID, NO_NUL, Key, Line, Sent, Whole, Yes
from alerts.web.api.pages import Asked, Page
from alerts.web.api.problem import answers, overtaken
from alerts.web.api.versions import IfMatch, IfNoneMatch, Saying, VersionOut

_LIST = "situations"
_WORDS = SignalWords(NullTranslations(), Times("en", "UTC"))

Keys = Annotated[list[Key], Field(max_length=200, json_schema_extra={"uniqueItems": True})]


class SituationIn(Sent):
    """A situation as it is to be. What is left out is empty: a PUT writes the whole situation."""

    name: Line = Field("", description="What readers see; empty: the key.")
    places: Keys = Field([], description="Keys of concepts, mostly of countries.", examples=[["kp", "kr"]])
    rules: Keys = Field([], description="Keys of rules.")

    def situation(self, key: str) -> Situation:
        places, rules = tuple(dict.fromkeys(self.places)), tuple(dict.fromkeys(self.rules))
        return Situation(key, self.name or key, places, rules)


class SituationText(BaseModel):
    """What a situation is made of."""

    key: str
    name: str
    places: list[str]
    rules: list[str]
    version: int = Field(ge=1, description="1 for the first text of the key, as in the `ETag`.")


class Assessment(BaseModel):
    """Where a situation stands: what a person decided, or a machine's draft from how much is in the media."""

    call: int = Field(description="The id of the call, to be named in a decision about it.")
    trend: Trend
    risk_alert: bool
    resolution_opportunity: bool
    quieter: bool = Field(description="Much less news than usual, and no sign of peace.")
    confirmed: bool = Field(description="A person has looked at it; else it is a machine's draft.")
    by: str | None = Field(description="Who decided.")
    at: datetime = Field(description="When they did, or when the draft was made.")
    reason: str = Field(description="Why they said something else than the draft.")
    machine_trend: Trend = Field(description="What the figures said.")
    probability: float = Field(ge=0, le=1, description="Of the change that the figures name.")
    as_of: date = Field(description="The last day of the figures.")
    because: list[str] = Field(description="What speaks for the figures' call and against it, in English.")
    method: str = Field(description="The version of the formula.")


class SituationOut(SituationText):
    """A situation in force. `draft` is newer than `assessment` and waits for a decision."""

    assessment: Assessment | None = Field(description="null before the first call.")
    draft: Assessment | None = Field(description="null when nothing waits.")


class Decision(Sent):
    """What a person makes of a draft. What is left out is as the draft says."""

    draft: Annotated[Whole, Field(ge=1, le=LARGEST_ID)] = Field(
        description="`call` of the draft that they looked at."
    )
    trend: Literal["deteriorated", "improved", "unchanged"] | None = None
    risk_alert: Yes | None = None
    resolution_opportunity: Yes | None = None
    reason: Annotated[str, Field(max_length=LONGEST_REASON, pattern=NO_NUL)] = Field(
        "", description="Needed to say something other than the draft. Readers see it."
    )


def situation_text(situation: Situation) -> SituationText:
    return SituationText.model_validate(replace(situation, version=situation.number), from_attributes=True)


def assessment_out(called: Called) -> Assessment:
    return _assessment(called, stand_of(called))


def _assessment(called: Called, stand: Stand) -> Assessment:
    said = called.call
    sentences = ((each, _WORDS.reason_sentence(each, said.as_of)) for each in said.reasons)
    return Assessment(
        call=called.id,
        trend=stand.trend,
        risk_alert=stand.risk_alert,
        resolution_opportunity=stand.resolution_opportunity,
        quieter=stand.quieter,
        confirmed=stand.confirmed,
        by=stand.by or None,
        at=stand.at,
        reason=stand.reason,
        machine_trend=said.trend,
        probability=said.probability,
        as_of=said.as_of,
        because=[told if each.supports else f"Against it: {told}" for each, told in sentences],
        method=said.method,
    )


def _shown(
    situation: Situation, newest: Called | None, decided: Called | None, now: datetime
) -> SituationOut:
    stand, newer = standing(newest, decided, now)
    in_force = newest if newer is None else decided
    waiting = newest if newest is not None and newest.decision is None else None
    return SituationOut(
        **situation_text(situation).model_dump(),
        assessment=_assessment(in_force, stand) if in_force and stand else None,
        draft=assessment_out(waiting) if waiting else None,
    )


def routes(app: App, root: str) -> APIRouter:
    router = APIRouter(prefix="/v1/situations", tags=["situations"])
    languages = app.settings.languages

    def with_calls(tx: Connection, found: tuple[Situation, ...]) -> Mapping[str, SituationOut]:
        ids = situations.kept.ids(tx, [each.key for each in found])
        newest, decided = trends.latest(tx, [*ids.values()]), trends.decided(tx, [*ids.values()])
        now = app.clock()
        return {
            each.key: _shown(each, newest.get(ids[each.key]), decided.get(ids[each.key]), now)
            for each in found
        }

    def in_force(key: str, response: Response) -> SituationOut:
        with reading(app.engine) as tx:
            found = situations.kept.get(tx, key)
            shown = with_calls(tx, (found,))[key]
        response.headers["ETag"] = versions.tag(shown.version)
        return shown

    @router.get("")
    def list_situations(_machine: Reading, asked: Annotated[Asked, Query()]) -> Page[SituationOut]:
        """The situations in force and where each stands, in the order of their keys."""
        place = pages.read(_LIST, asked.cursor, str)
        with reading(app.engine) as tx:
            found = situations.kept.after(tx, place[0] if place else "", asked.limit + 1)
            shown = with_calls(tx, found)
        return pages.page(
            asked,
            f"{root}/situations",
            found,
            lambda each: shown[each.key],
            lambda each: pages.write(_LIST, each.key),
        )

    @router.get("/{key}", responses=answers(404))
    def get_situation(_machine: Reading, key: Key, response: Response) -> SituationOut:
        """One situation in force and where it stands, with its `ETag`."""
        return in_force(key, response)

    @router.put(
        "/{key}",
        responses={201: {"description": "It is new.", "model": SituationOut}, **answers(409, 412)},
    )
    def put_situation(
        machine: Writing,
        key: Key,
        body: SituationIn,
        how: Annotated[Saying, Query()],
        response: Response,
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> SituationOut:
        """Makes the situation what the body says, or makes it anew; the same again changes nothing."""
        edit = versions.edit_of(app, machine, how.reason)
        versions.save(
            app.engine,
            situations.kept,
            key,
            (if_match, if_none_match),
            lambda began: save_situation(app.engine, body.situation(key), began, edit, languages),
            response,
        )
        return in_force(key, response)

    @router.delete("/{key}", status_code=204, response_class=Response, responses=answers(404, 412))
    def retire(machine: Writing, key: Key, how: Annotated[Saying, Query()], if_match: IfMatch = None) -> None:
        """Takes it out of force. Its versions and calls stay, and a PUT brings it back."""
        edit = versions.edit_of(app, machine, how.reason)
        versions.retire(
            app.engine,
            situations.kept,
            key,
            if_match,
            lambda began: retire_situation(app.engine, key, edit, began),
        )

    @router.get("/{key}/versions", responses=answers(404))
    def list_versions(
        _machine: Reading, key: Key, asked: Annotated[Asked, Query()]
    ) -> Page[VersionOut[SituationText]]:
        """Every text the situation has had, newest first; also of one that is retired."""
        address = f"{root}/situations/{key}/versions"
        with reading(app.engine) as tx:
            return versions.history(tx, situations.kept, key, asked, address, situation_text)

    @router.get("/{key}/calls", responses=answers(404))
    def list_calls(_machine: Reading, key: Key, asked: Annotated[Asked, Query()]) -> Page[Assessment]:
        """Every call there has been, newest first: what the figures said, and what a person made of it."""
        name = f"calls of {key}"
        place = pages.read(name, asked.cursor, int)
        with reading(app.engine) as tx:
            situation_id = situations.kept.ids(tx, [key])[key]
            found = trends.history(tx, situation_id, asked.limit + 1, before=place[0] if place else None)
        return pages.page(
            asked,
            f"{root}/situations/{key}/calls",
            found,
            assessment_out,
            lambda each: pages.write(name, each.id),
        )

    @router.post("/{key}/decision", responses=answers(404, 409))
    def decide(machine: Writing, key: Key, body: Decision) -> SituationOut:
        """Confirms the draft of a situation, or says something else and why. Who follows it is told."""
        verdict = Verdict(
            Trend(body.trend) if body.trend else None,
            body.risk_alert,
            body.resolution_opportunity,
            body.reason,
            of=body.draft,
        )
        try:
            app.decide(key, verdict, machine.actor)
        except Overtaken as error:
            raise overtaken(str(error), 409) from error
        return in_force(key, Response())

    return router
