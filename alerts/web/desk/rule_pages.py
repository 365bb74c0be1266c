"""What the pages of the rules show: all of them; and one, what it found, what it has been. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import ceil

from sqlalchemy import Connection

from alerts.digests.fragment import Fragment, fragment
from alerts.digests.times import Times
from alerts.errors import NotFound, QueryError
from alerts.model import Concept, Rule
from alerts.rules.query import check_concepts, parse, warnings
from alerts.services.concepts import concepts_in_force
from alerts.store import rule_figures, rules
from alerts.web.desk.query_words import Coverage, Sign, coverage, signs
from alerts.web.desk.rule_changes import Difference, differences
from alerts.web.desk.status import MatchLine, by_item, match_line

RULES_ON_A_PAGE = 100
MATCHES_SHOWN = 20
VERSIONS_SHOWN = 50

_LATELY, _LONG = timedelta(days=7), timedelta(days=90)
_NAME_LIMIT = 120
_LONG_TEXT = 600


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in the list. ``notes`` are what somebody should look at, the gravest first."""

    key: str
    name: Fragment
    severity: str
    week: int
    quarter: int
    owner: str
    review_at: date | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleList:
    """One page of the list; ``count`` is of all rules in force."""

    count: int
    lines: tuple[RuleLine, ...]
    page: int
    pages: int


def read_list(tx: Connection, languages: Sequence[str], page: int, now: datetime) -> RuleList:
    """The page that is asked for, or the last one; by severity, then by key."""
    everything = rule_figures.in_order(tx)
    pages = max(1, ceil(len(everything) / RULES_ON_A_PAGE))
    page = min(page, pages)
    keys = everything[(page - 1) * RULES_ON_A_PAGE :][:RULES_ON_A_PAGE]
    texts = {rule.key: rule for rule in rules.kept.load(tx, keys)}
    counted = rule_figures.counts(tx, keys, now - _LONG, now - _LATELY)
    since = rule_figures.first_written(tx, keys)
    concepts = concepts_in_force(tx, languages).by_key if keys else {}

    def line(rule: Rule) -> RuleLine:
        quarter, week = counted.get(rule.key, (0, 0))
        return RuleLine(
            key=rule.key,
            name=fragment(rule.name, "und", _NAME_LIMIT),
            severity=rule.severity.value,
            week=week,
            quarter=quarter,
            owner=rule.owner,
            review_at=rule.review_at,
            notes=tuple(
                notes(
                    rule, concepts, languages, silent=not quarter and now - since[rule.key] > _LONG, now=now
                )
            ),
        )

    return RuleList(len(everything), tuple(line(texts[key]) for key in keys), page, pages)


def notes(
    rule: Rule, concepts: Mapping[str, Concept], languages: Sequence[str], *, silent: bool, now: datetime
) -> list[str]:
    """What somebody should look at, in a few words each."""
    found: list[str] = []
    try:
        tree = parse(rule.query)
        check_concepts(tree, concepts)
        told = len(warnings(tree, concepts, rule.languages or languages))
    except QueryError as error:
        found.append(f"cannot be read: {error.message}")
    else:
        if told:
            found.append("1 warning" if told == 1 else f"{told} warnings")
    if rule.review_at and rule.review_at <= now.astimezone(UTC).date():
        found.append("review is due")
    if silent:
        found.append("no match in 90 days")
    return found


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One text that the rule has had. ``differences`` are those from the text before it, all of it when it
    is the first; ``long`` when they would push the other versions out of sight."""

    number: int
    author: str
    at: datetime
    why: str
    note: str
    query: tuple[Sign, ...]
    first: bool
    differences: tuple[Difference, ...]

    @property
    def long(self) -> bool:
        told = [change.text for each in self.differences for change in each.changes if change.kind != "kept"]
        return sum(map(len, told or (sign.text for sign in self.query))) > _LONG_TEXT


@dataclass(frozen=True, slots=True)
class RulePage:
    """Everything about one rule. ``retired``: its newest text is not in force."""

    rule: Rule
    number: int
    retired: bool
    name: Fragment
    query: tuple[Sign, ...]
    readers: int
    languages: tuple[str, ...]
    coverage: tuple[Coverage, ...]
    warnings: tuple[tuple[str, str, str], ...]
    week: int
    quarter: int
    matches: tuple[MatchLine, ...]
    versions: tuple[VersionLine, ...]
    more_versions: int


def read_rule(tx: Connection, key: str, languages: Sequence[str], now: datetime) -> RulePage | None:
    """Everything the page of one rule shows; None when there has never been such a rule."""
    try:
        history = rules.history(tx, key)
    except NotFound:
        return None
    names = Times("en", "UTC")
    newest, rule = history[0], history[0].text
    concepts = concepts_in_force(tx, languages).by_key
    read = rule.languages or tuple(languages)
    quarter, week = rule_figures.counts(tx, (key,), now - _LONG, now - _LATELY).get(key, (0, 0))
    found = rule_figures.latest(tx, key, MATCHES_SHOWN)
    before = [*history[1:], None]
    return RulePage(
        rule=rule,
        number=newest.number,
        retired=rules.kept.find(tx, key) is None,
        name=fragment(rule.name, "und", _NAME_LIMIT),
        query=signs(rule.query),
        readers=rules.readers(tx, key),
        languages=tuple(names.language_name(code) or code for code in rule.languages),
        coverage=coverage(rule.query, concepts, read, names),
        warnings=tuple(told(rule.query, concepts, read)),
        week=week,
        quarter=quarter,
        matches=tuple(replace(match_line(group, names), rules=()) for group in by_item(found)),
        versions=tuple(
            VersionLine(
                number=each.number,
                author=each.author,
                at=each.created_at,
                why=each.reason,
                note=each.note,
                query=signs(each.text.query),
                first=older is None,
                differences=differences(older.text, each.text) if older else (),
            )
            for each, older in list(zip(history, before, strict=True))[:VERSIONS_SHOWN]
        ),
        more_versions=max(0, len(history) - VERSIONS_SHOWN),
    )


def told(query: str, concepts: Mapping[str, Concept], languages: Sequence[str]) -> list[tuple[str, str, str]]:
    """The warnings about a query: code, message and hint; none when it cannot be read."""
    try:
        tree = parse(query)
        check_concepts(tree, concepts)
    except QueryError as error:
        return [(error.code, error.message, error.hint)]
    return [(each.code, each.message, each.hint) for each in warnings(tree, concepts, languages)]
