"""The names of rules, queries and trials on the wire."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from alerts.model import Cadence, Evidence, Polarity, Rule, Severity
from alerts.rules.advice import Warning_
from alerts.services.archive import Found
from alerts.services.near_misses import NearMiss
from alerts.services.trying import Brief
from alerts.services.trying import Trial as Tried
from alerts.web.api.fields import Day, Key, Language, Line, QueryText, Sent, Whole

_DAYS = 90
_CHANGES = 200


class RuleIn(Sent):
    """A rule as it is to be. What is left out has its default: a PUT writes the whole rule."""

    name: Line = Field("", description="What readers see; empty: the key.")
    query: QueryText = Field(
        description="What to look for, in the rule language (docs/guide-rule-language.md).",
        examples=["@missile NEAR/5 @launch"],
    )
    severity: Severity = Field(Severity.MEDIUM, description="How much it matters; orders mails.")
    polarity: Polarity = Field(
        Polarity.NEUTRAL, description="What a match tells of a situation that follows the rule."
    )
    languages: Annotated[list[Language], Field(max_length=100)] = Field(
        [], description="Only news in these languages (ISO 639); empty: in all."
    )
    sources: Annotated[list[Line], Field(max_length=500)] = Field(
        [], description="Only news of these sources, by name; empty: of all."
    )
    match: Annotated[list[Line], Field(max_length=200)] = Field(
        [], description="Titles that must match, each checked when the rule is saved."
    )
    no_match: Annotated[list[Line], Field(max_length=200)] = Field(
        [], description="Titles that must not match."
    )
    owner: Line = Field("", description="Who answers for it.")
    review_at: Day | None = Field(None, description="When somebody should look at it again.")

    def rule(self, key: str) -> Rule:
        return Rule(
            key=key,
            name=self.name or key,
            query=self.query,
            severity=self.severity,
            polarity=self.polarity,
            languages=tuple(self.languages),
            sources=tuple(self.sources),
            match=tuple(self.match),
            no_match=tuple(self.no_match),
            owner=self.owner,
            review_at=self.review_at,
        )


class RuleOut(BaseModel):
    """A rule in force."""

    key: str
    name: str
    query: str
    severity: Severity
    polarity: Polarity
    languages: list[str]
    sources: list[str]
    match: list[str]
    no_match: list[str]
    owner: str
    review_at: date | None
    version: int = Field(
        ge=1,
        description="1 for the first text of the key; the `ETag` is the same in quotation marks.",
    )


def rule_out(rule: Rule) -> RuleOut:
    return RuleOut.model_validate(replace(rule, version=rule.number), from_attributes=True)


# --- queries -------------------------------------------------------------------------------


class QueryIn(Sent):
    query: QueryText = Field(description="A query in the rule language.", examples=["ballistic launch"])


class QueryError_(BaseModel):
    code: str = Field(description="E01 to E12.")
    column: int = Field(ge=1, description="Where, in code points, from 1.")
    message: str
    hint: str = Field(description="What to write instead.")


class QueryWarning(BaseModel):
    code: str = Field(description="W1 to W9.")
    message: str
    hint: str


class Verdict(BaseModel):
    """Whether a query can be read, as `alerts rules check --json` says it."""

    ok: bool
    errors: list[QueryError_]
    warnings: list[QueryWarning]
    tree: str | None = Field(description="The query in its canonical form; null when it cannot be read.")


def warning_out(warning: Warning_) -> QueryWarning:
    return QueryWarning(code=warning.code, message=warning.message, hint=warning.hint)


# --- trials --------------------------------------------------------------------------------


class TrialIn(Sent):
    """What to try. With the key of a rule in force, what differs from it is told."""

    query: QueryText
    key: Key | None = Field(None, description="The rule that this query would change.")
    against: Annotated[Whole, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Compare with the version of that number instead of the one in force."
    )
    days: Annotated[Whole, Field(ge=1, le=_DAYS)] = Field(30, description="How far to look back.")
    languages: Annotated[list[Language], Field(max_length=100)] = Field([], description="As of a rule.")
    sources: Annotated[list[Line], Field(max_length=500)] = Field([], description="As of a rule.")

    def rule(self) -> Rule:
        return Rule(
            self.key or "query",
            "",
            self.query,
            languages=tuple(self.languages),
            sources=tuple(self.sources),
        )


class EvidenceOut(BaseModel):
    """Why it matched: `text` stands at `start` to `end` of the item's `field`."""

    field: str
    start: int = Field(ge=0, description="In code points.")
    end: int = Field(ge=0, description="Exclusive.")
    text: str
    term: str = Field(description="The term of the query that was met.")
    concept: str = Field(description="The concept that the term belongs to, or empty.")


def evidence_out(evidence: Evidence) -> EvidenceOut:
    return EvidenceOut.model_validate(evidence, from_attributes=True)


class Sample(BaseModel):
    id: int
    at: datetime
    url: str
    title: str
    language: str | None
    source: str
    evidence: list[EvidenceOut]


class Near(BaseModel):
    """An item that fails one condition only."""

    id: int
    at: datetime
    url: str
    title: str
    language: str | None
    condition: str
    reason: str


class BriefOut(BaseModel):
    id: int
    at: datetime
    url: str
    title: str
    language: str


class MailsOut(BaseModel):
    """Mails a week that the rule alone would lead to."""

    total: float = Field(ge=0, description="For all who have asked for the rule.")
    subscribers: int = Field(ge=0, description="How many those are.")
    per_subscriber: dict[Cadence, float] = Field(description="For one person, by cadence.")


class TrialOut(BaseModel):
    """What the rule would have done."""

    items: int = Field(ge=0, description="Items that were looked at.")
    matches: int = Field(ge=0)
    per_day: dict[date, int] = Field(description="Matches by day (UTC).")
    expected_mails_per_week: MailsOut
    samples: list[Sample] = Field(description="The newest, at most 10.")
    near_misses: list[Near]
    against: int | None = Field(description="The number of the version that it was compared with.")
    added: list[BriefOut] = Field(description=f"What the change would make match, the newest {_CHANGES}.")
    added_count: int = Field(ge=0)
    removed: list[BriefOut] = Field(description=f"What would match no more, the newest {_CHANGES}.")
    removed_count: int = Field(ge=0)
    warnings: list[QueryWarning]


def trial_out(trial: Tried) -> TrialOut:
    mails = trial.expected_mails_per_week
    return TrialOut(
        items=trial.items,
        matches=trial.matches,
        per_day={date.fromisoformat(day): number for day, number in trial.per_day.items()},
        expected_mails_per_week=MailsOut.model_validate(mails, from_attributes=True),
        samples=[_sample(each) for each in trial.samples],
        near_misses=[_near(each) for each in trial.near_misses],
        against=trial.against,
        added=[_brief(each) for each in trial.added[:_CHANGES]],
        added_count=len(trial.added),
        removed=[_brief(each) for each in trial.removed[:_CHANGES]],
        removed_count=len(trial.removed),
        warnings=[warning_out(each) for each in trial.warnings],
    )


def _sample(found: Found) -> Sample:
    item = found.item
    return Sample(
        id=found.id,
        at=found.at,
        url=item.url,
        title=item.title,
        language=item.language,
        source=item.source,
        evidence=[evidence_out(each) for each in found.evidence],
    )


def _near(miss: NearMiss) -> Near:
    item = miss.item
    return Near(
        id=miss.id,
        at=miss.at,
        url=item.url,
        title=item.title,
        language=item.language,
        condition=miss.condition,
        reason=miss.reason,
    )


def _brief(brief: Brief) -> BriefOut:
    return BriefOut.model_validate(brief, from_attributes=True)
