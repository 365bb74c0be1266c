"""Long lists, a slice at a time: each begins behind the last row of the one before, and is found by an index.

What is added meanwhile shifts nothing. Rules of readers' own are theirs: no list here tells of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from alerts import model
from alerts.store import matches, rules
from alerts.store.face_schema import OwnRule
from alerts.store.schema import Match, Rule

Place = tuple[datetime, int]
"""Where a list by time goes on: before that time, or at it with a smaller id."""


def _before(
    at: InstrumentedAttribute[datetime], id_: InstrumentedAttribute[int], place: Place | None
) -> list[ColumnElement[bool]]:
    if place is None:
        return []
    return [at <= place[0], or_(at < place[0], and_(at == place[0], id_ < place[1]))]


def is_own(tx: Connection, key: str) -> bool:
    """Whether the rule of that key is a reader's own."""
    query = select(OwnRule.rule_id).join(Rule, Rule.id == OwnRule.rule_id).where(Rule.key == key)
    return tx.scalar(query) is not None


def rules_after(tx: Connection, key: str = "", limit: int | None = None) -> tuple[model.Rule, ...]:
    """Rules in force whose keys come after that one, in the order of keys; all of them without a limit."""
    return rules.kept.after(tx, key, limit, ~exists().where(OwnRule.rule_id == Rule.id))


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A match and when it was found. ``news``: it may be mailed."""

    id: int
    matched_at: datetime
    news: bool
    match: model.Match


def matches_before(
    tx: Connection,
    place: Place | None,
    limit: int,
    *,
    rule_id: int | None = None,
    item_id: int | None = None,
    since: datetime | None = None,
) -> tuple[MatchRow, ...]:
    """Matches, the last found first; of one rule, of one item, since a time, if these are named."""
    wanted = _before(Match.matched_at, Match.id, place)
    wanted += [Match.rule_id == rule_id] if rule_id is not None else []
    wanted += [Match.item_id == item_id] if item_id is not None else []
    wanted += [Match.matched_at >= since] if since is not None else []
    query = select(Match.id, Match.matched_at, Match.news)
    query = query.where(~exists().where(OwnRule.rule_id == Match.rule_id), *wanted)
    rows = tx.execute(query.order_by(Match.matched_at.desc(), Match.id.desc()).limit(limit)).all()
    found = {each.id: each for each in matches.load(tx, [row.id for row in rows])}
    return tuple(MatchRow(row.id, row.matched_at, row.news, found[row.id]) for row in rows)
