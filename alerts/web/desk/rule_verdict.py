"""What the check says about a rule in the form: can it be read, and how; do its examples hold. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from alerts.digests.times import Times
from alerts.errors import BadInput, QueryError
from alerts.model import Rule
from alerts.rules.files import check
from alerts.rules.lexicon import Concepts
from alerts.rules.query import canonical, check_concepts, parse, warnings
from alerts.web.desk.query_words import Coverage, Sign, coverage, signs


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a query cannot be read. ``before``, ``at`` and ``after`` are its line that has the place, which
    is the character ``at``; '' at the end of the line."""

    code: str
    column: int
    message: str
    hint: str
    before: str
    at: str
    after: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reading`` is how the query is understood, written in full; ``failing`` are the examples that do
    not do as they should, as (example, what it should do)."""

    fault: Fault | None
    reading: tuple[Sign, ...] = ()
    warnings: tuple[tuple[str, str, str], ...] = ()
    coverage: tuple[Coverage, ...] = ()
    failing: tuple[tuple[str, str], ...] = ()
    examples: int = 0

    @property
    def sound(self) -> bool:
        return self.fault is None and not self.failing


def judged(rule: Rule, concepts: Concepts, languages: Sequence[str]) -> Verdict:
    """``languages`` are those of the service; a rule with languages of its own is compared to these."""
    try:
        tree = parse(rule.query)
        check_concepts(tree, concepts.by_key, rule.query)
    except QueryError as error:
        return Verdict(
            Fault(error.code, error.column, error.message, error.hint, *_line(rule.query, error.column))
        )
    read = rule.languages or languages
    told = warnings(tree, concepts.by_key, read)
    return Verdict(
        fault=None,
        reading=signs(canonical(tree)),
        warnings=tuple((each.code, each.message, each.hint) for each in told),
        coverage=coverage(rule.query, concepts.by_key, read, Times("en", "UTC")),
        failing=tuple(_failing(rule, concepts)),
        examples=len(rule.match) + len(rule.no_match),
    )


def _line(query: str, column: int) -> tuple[str, str, str]:
    """The line of a query that has this column (1-based), in front of it, at it, and behind it."""
    at = min(max(column - 1, 0), len(query))
    first = query.rfind("\n", 0, at) + 1
    line = query[first:].partition("\n")[0]
    parts = line[: at - first], line[at - first : at - first + 1], line[at - first + 1 :]
    before, here, after = ("".join(sign if sign.isprintable() else " " for sign in part) for part in parts)
    return before, here, after


def _failing(rule: Rule, concepts: Concepts) -> Iterator[tuple[str, str]]:
    bare = replace(rule, match=(), no_match=())
    for example in rule.match:
        if not _holds(replace(bare, match=(example,)), concepts):
            yield example, "must match and does not"
    for example in rule.no_match:
        if not _holds(replace(bare, no_match=(example,)), concepts):
            yield example, "must not match and does"


def _holds(rule: Rule, concepts: Concepts) -> bool:
    try:
        check(rule, concepts)
    except BadInput:
        return False
    return True
