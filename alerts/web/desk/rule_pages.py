"""What the page of a rule shows: what it found, what it has been. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from alerts.digests.fragment import Fragment, fragment
from alerts.digests.times import Times
from alerts.errors import NotFound, QueryError
from alerts.model import Concept, Rule
from alerts.rules.query import check_concepts, parse, warnings
from alerts.services.concepts import concepts_in_force
from alerts.store import judgements, rule_figures, rules, situations
from alerts.web.desk.match_lines import MatchLine, by_item, match_line
from alerts.web.desk.query_words import Coverage, Sign, coverage, signs
from alerts.web.desk.rule_changes import Difference, differences
from alerts.web.desk.rule_list import LATELY, counted, is_due
from alerts.web.guard import Staff

MATCHES_SHOWN = 20
VERSIONS_SHOWN = 50

_NAME_LIMIT = 120
_LONG_TEXT = 600


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
    """Everything about one rule. ``retired``: its newest text is not in force. ``due``: its review is.
    ``own``: a reader wrote it for themselves. ``judged``: so many readers said that a match was not relevant.
    ``situations`` are the names of those that follow it."""

    rule: Rule
    number: int
    retired: bool
    due: bool
    own: bool
    name: Fragment
    query: tuple[Sign, ...]
    readers: int
    judged: int
    languages: tuple[str, ...]
    coverage: tuple[Coverage, ...]
    warnings: tuple[tuple[str, str, str], ...]
    week: str
    month: str
    situations: tuple[str, ...]
    matches: tuple[MatchLine, ...]
    versions: tuple[VersionLine, ...]
    more_versions: int

    @property
    def began(self) -> int:
        """The version in force, from which a change begins; 0 when it is retired."""
        return 0 if self.retired else self.rule.version


def sees_own(staff: Staff | None) -> bool:
    """Whether they see the rules that readers wrote for themselves: what a reader looks for is theirs."""
    return staff is not None and staff.manages


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
    figures = rule_figures.figures(tx, (key,), [now - time for time in LATELY])
    week, month = map(counted, figures[key].since)
    found = rule_figures.latest(tx, key, MATCHES_SHOWN)
    before = [*history[1:], None]
    retired = rules.kept.find(tx, key) is None
    judged = {} if retired else judgements.counts_by_rule(tx, rules.ids(tx, (key,)).values())
    return RulePage(
        rule=rule,
        number=newest.number,
        retired=retired,
        due=is_due(rule, now),
        own=rule_figures.is_own(tx, key),
        name=fragment(rule.name, "und", _NAME_LIMIT),
        query=signs(rule.query),
        readers=rules.readers(tx, key),
        judged=sum(judged.values()),
        languages=tuple(names.language_name(code) or code for code in rule.languages),
        coverage=coverage(rule.query, concepts, read, names),
        warnings=tuple(told(rule.query, concepts, read)),
        week=week,
        month=month,
        situations=tuple(each.name for each in situations.kept.current(tx) if key in each.rules),
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
