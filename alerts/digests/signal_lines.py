"""Surges and assessments as a page shows them: the gravest first, bounded, in the reader's words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from alerts.digests.address import address
from alerts.digests.fragment import Fragment, fragment, proper_name
from alerts.digests.link_words import LinkWords
from alerts.digests.signal_words import SignalWords
from alerts.digests.times import Times
from alerts.model import Assessment, Digest, Lead, Level, RuleName, Severity, Surge, Trend

MOST_ASSESSMENTS = 12
MOST_SURGES = 12
MOST_STORIES = 3
STORY_LIMIT = 160
REASON_LIMIT = 1000

_TRENDS = (Trend.DETERIORATED, Trend.IMPROVED, Trend.UNCHANGED, Trend.UNKNOWN)
_SEVERITY_OF_LEVEL = {
    Level.URGENT: Severity.CRITICAL,
    Level.WARNING: Severity.HIGH,
    Level.WATCH: Severity.MEDIUM,
}


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A story that drives a surge. ``url`` is None when there is no usable address; ``language`` is the name
    of the headline's language when it is not the page's; ``apart`` tells it from others with its words."""

    url: str | None
    title: Fragment
    source: Fragment
    language: str | None
    apart: str


@dataclass(frozen=True, slots=True)
class SurgeLine:
    """A surge. ``severity`` is the colour of its level; ``place`` is '' when it is of the rule everywhere."""

    severity: str
    level: str
    rule: Fragment
    place: str
    sentences: tuple[str, ...]
    stories: tuple[StoryLine, ...]


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """Where a situation stands.

    ``draft`` is True while no editor has looked at it; ``reason`` is the editor's. The reasons of the figures
    follow: the ``decisive`` one, what else speaks for their call and what against it. ``drafted`` is that
    call when an editor decided otherwise.
    """

    severity: str
    situation: Fragment
    arrow: str
    trend: str
    marks: tuple[str, ...]
    draft: bool
    authority: str
    as_of: str
    reason: Fragment
    drafted: tuple[str, ...]
    decisive: str
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]


def surge_lines(
    digest: Digest,
    rules: Mapping[str, RuleName],
    words: SignalWords,
    language: str,
    times: Times,
    links: LinkWords,
) -> tuple[SurgeLine, ...]:
    """The surges by level, the highest first; within one, the least likely by chance first."""
    ordered = sorted(digest.surges, key=lambda each: (-each.level.rank, each.p, each.rule, each.place))
    return tuple(_surge(each, rules, words, language, times, links) for each in ordered[:MOST_SURGES])


def _surge(
    surge: Surge,
    rules: Mapping[str, RuleName],
    words: SignalWords,
    language: str,
    times: Times,
    links: LinkWords,
) -> SurgeLine:
    rule = rules.get(surge.rule)
    return SurgeLine(
        severity=_SEVERITY_OF_LEVEL[surge.level].value,
        level=words.level(surge.level),
        rule=proper_name(words.rule(rule.name if rule else "") or surge.rule, language, language),
        place=words.place(surge.place),
        sentences=words.surge_sentences(surge),
        stories=tuple(_story(lead, language, times, links) for lead in surge.stories[:MOST_STORIES]),
    )


def _story(lead: Lead, language: str, times: Times, links: LinkWords) -> StoryLine:
    url = address(lead.url)
    host = (urlsplit(url).hostname or "").removeprefix("www.") if url else ""
    title = fragment(lead.title, lead.language, STORY_LIMIT)
    source = proper_name(lead.source or host, lead.language, language)
    same_language = title.language.split("-")[0] == language.split("-")[0]
    return StoryLine(
        url=url,
        title=title,
        source=source,
        language=None if same_language else times.language_name(title.language),
        apart=links.apart(title.text, url, source.text),
    )


def assessment_lines(
    digest: Digest, words: SignalWords, language: str, times: Times
) -> tuple[AssessmentLine, ...]:
    """The assessments: risk alerts first, then by trend, deteriorated first."""
    ordered = sorted(
        digest.assessments,
        key=lambda each: (not each.risk_alert, _TRENDS.index(each.trend), each.name, each.situation),
    )
    return tuple(_assessment(each, words, language, times) for each in ordered[:MOST_ASSESSMENTS])


def _assessment(assessment: Assessment, words: SignalWords, language: str, times: Times) -> AssessmentLine:
    call = assessment.call
    draft = replace(
        assessment,
        trend=call.trend,
        risk_alert=call.risk_alert,
        resolution_opportunity=call.resolution_opportunity,
        confirmed=False,
        reason="",
    )
    decided = replace(assessment, confirmed=False, reason="") != draft
    told = [(each.supports, words.reason_sentence(each, call.as_of)) for each in call.reasons]
    return AssessmentLine(
        severity=_severity(assessment).value,
        situation=proper_name(words.situation(assessment.name) or assessment.situation, language, language),
        arrow=words.arrow(assessment.trend),
        trend=words.trend(assessment.trend),
        marks=words.marks(assessment),
        draft=not assessment.confirmed,
        authority=words.authority(assessment),
        as_of=times.day(call.as_of),
        reason=fragment(assessment.reason, "und", REASON_LIMIT),
        drafted=(words.trend(call.trend), *words.marks(draft)) if decided else (),
        decisive=told[0][1] if told else "",
        speaks_for=_those(told[1:], True),
        speaks_against=_those(told[1:], False),
    )


def _severity(assessment: Assessment) -> Severity:
    if assessment.risk_alert:
        return Severity.CRITICAL
    return Severity.HIGH if assessment.trend is Trend.DETERIORATED else Severity.MEDIUM


def _those(told: Collection[tuple[bool, str]], supports: bool) -> tuple[str, ...]:
    return tuple(sentence for each, sentence in told if each is supports)
