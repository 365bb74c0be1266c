"""The list of the rules: which are asked for, a page of them, what somebody should look at. Reads only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import Connection

from alerts.digests.fragment import Fragment, fragment
from alerts.errors import QueryError
from alerts.model import Concept, Rule, Severity
from alerts.rules.query import check_concepts, parse, warnings
from alerts.services.concepts import concepts_in_force
from alerts.store import rule_figures, rules
from alerts.store.rule_figures import MOST_COUNTED, Place, Wanted

RULES_ON_A_PAGE = 50
NOBODY = "-"
"""Stands for the owner of a rule that has none."""

SILENT = timedelta(days=90)
LATELY = (timedelta(days=7), timedelta(days=30))
_NAME_LIMIT = 120
_LONGEST_WORDS = 200
_PLACE = re.compile(r"([0-3])\.([a-z0-9-]{1,64})")


@dataclass(frozen=True, slots=True)
class Filter:
    """What the form of the list says, as it says it."""

    q: str = ""
    severity: str = ""
    owner: str = ""
    due: str = ""
    show: str = ""

    @property
    def narrows(self) -> bool:
        return self != Filter()

    def query(self, **more: str) -> str:
        """The form as the end of an address."""
        said = asdict(self) | more
        return urlencode({name: value for name, value in said.items() if value})


def read_filter(asked: Mapping[str, str]) -> Filter:
    """Of what an address asks for, what can be asked."""
    severity, show = asked.get("severity", ""), asked.get("show", "")
    return Filter(
        q=" ".join(asked.get("q", "").replace("\0", " ").split())[:_LONGEST_WORDS],
        severity=severity if severity in list(Severity) else "",
        owner=asked.get("owner", "").replace("\0", "")[:_LONGEST_WORDS],
        due="yes" if asked.get("due") else "",
        show=show if show in ("retired", "own") else "",
    )


def read_place(asked: str) -> Place | None:
    """The place behind which the page begins; None for the first page."""
    found = _PLACE.fullmatch(asked)
    return (int(found[1]), found[2]) if found else None


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in the list; ``week`` and ``month`` are its matches of 7 and 30 days. ``notes`` are what
    somebody should look at, the gravest first."""

    key: str
    name: Fragment
    severity: str
    week: str
    month: str
    last_at: datetime | None
    owner: str
    review_at: date | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleList:
    """A page of the list; ``count`` is of all that are asked for, ``owners`` all that can be. ``after`` is
    the query of the next page's address, '' when this is the last one."""

    count: int
    lines: tuple[RuleLine, ...]
    owners: tuple[str, ...]
    after: str


def read_list(
    tx: Connection, asked: Filter, place: Place | None, languages: Sequence[str], now: datetime
) -> RuleList:
    """A page of the rules, by severity, then by key."""
    wanted = Wanted(
        words=asked.q,
        severity=Severity(asked.severity) if asked.severity else None,
        owner={"": None, NOBODY: ""}.get(asked.owner, asked.owner),
        due=now.astimezone(UTC).date() if asked.due else None,
        retired=asked.show == "retired",
        own=asked.show == "own",
    )
    found = rule_figures.listed(tx, wanted, place, RULES_ON_A_PAGE + 1)
    keys = [key for _, key in found[:RULES_ON_A_PAGE]]
    figures = rule_figures.figures(tx, keys, [now - time for time in LATELY])
    concepts = concepts_in_force(tx, languages).by_key if keys else {}
    texts = {rule.key: rule for rule in rules.kept.newest(tx, keys)}

    def line(rule: Rule) -> RuleLine:
        figure = figures[rule.key]
        week, month = map(counted, figure.since)
        quiet = now - max(figure.last_at or figure.written_at, figure.written_at) > SILENT
        notes = () if wanted.retired else tuple(_notes(rule, concepts, languages, silent=quiet, now=now))
        return RuleLine(
            key=rule.key,
            name=fragment(rule.name, "und", _NAME_LIMIT),
            severity=rule.severity.value,
            week=week,
            month=month,
            last_at=figure.last_at,
            owner=rule.owner,
            review_at=rule.review_at,
            notes=notes,
        )

    rank, key = found[RULES_ON_A_PAGE - 1] if len(found) > RULES_ON_A_PAGE else (0, "")
    return RuleList(
        count=rule_figures.count(tx, wanted),
        lines=tuple(line(texts[key]) for key in keys),
        owners=rule_figures.owners(tx),
        after=asked.query(after=f"{rank}.{key}") if key else "",
    )


def counted(number: int) -> str:
    """A number of matches as far as they are counted."""
    return f"{MOST_COUNTED:,}+" if number > MOST_COUNTED else f"{number:,}"


def _notes(
    rule: Rule, concepts: Mapping[str, Concept], languages: Sequence[str], *, silent: bool, now: datetime
) -> Iterator[str]:
    """What somebody should look at, in a few words each."""
    try:
        tree = parse(rule.query)
        check_concepts(tree, concepts)
        told = len(warnings(tree, concepts, rule.languages or languages))
    except QueryError as error:
        yield f"cannot be read: {error.message}"
    else:
        if told:
            yield "1 warning" if told == 1 else f"{told} warnings"
    if is_due(rule, now):
        yield "review is due"
    if silent:
        yield f"no match in {SILENT.days} days"


def is_due(rule: Rule, now: datetime) -> bool:
    """Whether somebody should look at the rule again."""
    return rule.review_at is not None and rule.review_at <= now.astimezone(UTC).date()
