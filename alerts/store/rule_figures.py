"""Rules in the order of a list, and what they found: how many matches since when, the latest of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select, tuple_

from alerts import model
from alerts.model import Severity
from alerts.store import matches
from alerts.store.face_schema import OwnRule
from alerts.store.schema import Match, Rule, RuleVersion

MOST_COUNTED = 1_000
"""Matches of one rule that are counted; beyond that it is enough to know that there are more."""

MOST_OWNERS = 200

_CURRENT = (RuleVersion.rule_id == Rule.id) & (RuleVersion.number == Rule.number)
_RANK = case({severity: severity.rank for severity in Severity}, value=RuleVersion.severity)
_OWN = select(OwnRule.rule_id).where(OwnRule.rule_id == Rule.id).exists()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rules a list shows. ``words`` are in the name or the key; ``due`` is the day on which a review is
    due, None for any rule; ``own``: those that readers wrote for themselves, else the others."""

    words: str = ""
    severity: Severity | None = None
    owner: str | None = None
    due: date | None = None
    retired: bool = False
    own: bool = False


Place = tuple[int, str]
"""Where a rule stands in the list: the rank of its severity, its key."""


def listed(tx: Connection, wanted: Wanted, after: Place | None, limit: int) -> tuple[Place, ...]:
    """The next rules behind a place, the most severe first, then by key."""
    query = _of(wanted, select(_RANK.label("rank"), Rule.key))
    if after is not None:
        query = query.where(tuple_(_RANK, Rule.key) > after)
    return tuple((row.rank, row.key) for row in tx.execute(query.order_by(_RANK, Rule.key).limit(limit)))


def count(tx: Connection, wanted: Wanted) -> int:
    """How many rules a list has."""
    return tx.scalar(_of(wanted, select(func.count()))) or 0


def _of(wanted: Wanted, query: Select[Any]) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = [
        Rule.retired_at.is_not(None) if wanted.retired else Rule.retired_at.is_(None),
        _OWN if wanted.own else ~_OWN,
        *(
            or_(RuleVersion.name.icontains(word, autoescape=True), Rule.key.icontains(word, autoescape=True))
            for word in wanted.words.split()
        ),
    ]
    if wanted.severity is not None:
        conditions.append(RuleVersion.severity == wanted.severity)
    if wanted.owner is not None:
        conditions.append(func.coalesce(RuleVersion.owner, "") == wanted.owner)
    if wanted.due is not None:
        conditions.append(RuleVersion.review_at <= wanted.due)
    return query.select_from(Rule).join(RuleVersion, _CURRENT).where(Rule.number > 0, *conditions)


def owners(tx: Connection) -> tuple[str, ...]:
    """Who answers for rules in force, by name; some, when there are very many."""
    query = (
        select(RuleVersion.owner)
        .join(Rule, _CURRENT)
        .where(Rule.retired_at.is_(None), RuleVersion.owner != "")
    )
    return tuple(tx.scalars(query.distinct().order_by(RuleVersion.owner).limit(MOST_OWNERS)))


@dataclass(frozen=True, slots=True)
class Figures:
    """Matches of a rule since each of some times, at most MOST_COUNTED + 1 each; when the last one was found,
    and when the rule was first written."""

    since: tuple[int, ...]
    last_at: datetime | None
    written_at: datetime


def figures(tx: Connection, keys: Collection[str], times: Sequence[datetime]) -> Mapping[str, Figures]:
    """By key. Reads no more than a few thousand entries of an index for each rule."""
    counts = [
        select(func.count())
        .select_from(
            select(Match.id)
            .where(Match.rule_id == Rule.id, Match.matched_at >= time)
            .limit(MOST_COUNTED + 1)
            .correlate(Rule)
            .subquery()
        )
        .scalar_subquery()
        for time in times
    ]
    last = (
        select(func.max(Match.matched_at)).where(Match.rule_id == Rule.id).correlate(Rule).scalar_subquery()
    )
    first = (RuleVersion.rule_id == Rule.id) & (RuleVersion.number == 1)
    query = select(Rule.key, RuleVersion.created_at, last, *counts).join(RuleVersion, first)
    return {
        key: Figures(tuple(counted), last_at, written_at)
        for key, written_at, last_at, *counted in tx.execute(query.where(Rule.key.in_(keys)))
    }


def is_own(tx: Connection, key: str) -> bool:
    """Whether a reader wrote the rule for themselves."""
    return tx.scalar(select(Rule.id).where(Rule.key == key, _OWN)) is not None


def latest(tx: Connection, key: str, limit: int) -> tuple[model.Match, ...]:
    """The newest matches of a rule, newest first."""
    query = select(Match.id).join(Rule, Rule.id == Match.rule_id).where(Rule.key == key)
    ids = tuple(tx.scalars(query.order_by(Match.matched_at.desc(), Match.id.desc()).limit(limit)))
    found = {match.id: match for match in matches.load(tx, ids)}
    return tuple(found[number] for number in ids)
