"""Matches for programs: what was found by which rule, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from alerts.app import App
from alerts.errors import NotFound
from alerts.model import Severity
from alerts.store import rules, slices
from alerts.store.slices import MatchRow
from alerts.store.unit import reading
from alerts.web.api import pages
from alerts.web.api.door import Reading
from alerts.web.api.fields import Absent, Key, Moment
from alerts.web.api.pages import Asked, Page
from alerts.web.api.problem import answers
from alerts.web.api.rule_bodies import EvidenceOut, evidence_out

_LIST = "matches"


class MatchesAsked(Asked):
    rule: Key | Absent = Field(None, description="Only matches of the rule in force with this key.")
    since: Moment | Absent = Field(None, description="Only matches found at that time or later.")


class MatchOut(BaseModel):
    """An item that a rule found."""

    id: int
    matched_at: datetime
    news: bool = Field(description="Whether it may be mailed; not of a backfill or a first poll's past.")
    rule: str = Field(description="Its key.")
    rule_name: str = Field(description="As it was called then.")
    severity: Severity
    item_id: int
    url: str
    title: str
    language: str | None
    source: str
    published_at: datetime | None
    seen_at: datetime
    evidence: list[EvidenceOut]


def match_out(row: MatchRow) -> MatchOut:
    match, item = row.match, row.match.item
    return MatchOut(
        id=row.id,
        matched_at=row.matched_at,
        news=row.news,
        rule=match.rule.key,
        rule_name=match.rule.name,
        severity=match.rule.severity,
        item_id=match.item_id,
        url=item.url,
        title=item.title,
        language=item.language,
        source=item.source,
        published_at=item.published_at,
        seen_at=match.seen_at,
        evidence=[evidence_out(each) for each in match.evidence],
    )


def routes(app: App, root: str) -> APIRouter:
    router = APIRouter(prefix="/v1/matches", tags=["matches"])

    @router.get("", responses=answers(404))
    def list_matches(_machine: Reading, asked: Annotated[MatchesAsked, Query()]) -> Page[MatchOut]:
        """Matches, the latest first; without those of rules that readers wrote for themselves."""
        place = pages.read(_LIST, asked.cursor, datetime, int)
        with reading(app.engine) as tx:
            rule_id = None
            if asked.rule is not None:
                if slices.is_own(tx, asked.rule):
                    raise NotFound(f"there is no rule {asked.rule!r}")
                rule_id = rules.ids(tx, [asked.rule])[asked.rule]
            found = slices.matches_before(tx, place, asked.limit + 1, rule_id=rule_id, since=asked.since)
        return pages.page(
            asked,
            f"{root}/matches",
            found,
            match_out,
            lambda row: pages.write(_LIST, row.matched_at, row.id),
        )

    return router
