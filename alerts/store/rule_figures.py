"""Rules in the order of a list, and what they found: how many matches since when, the latest of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from alerts import model
from alerts.store import matches
from alerts.store.schema import Match, Rule, RuleVersion


def in_order(tx: Connection) -> tuple[str, ...]:
    """The keys of the rules in force, by severity, then by key."""
    current = (RuleVersion.rule_id == Rule.id) & (RuleVersion.number == Rule.number)
    query = select(RuleVersion.severity, Rule.key).join(Rule, current).where(Rule.retired_at.is_(None))
    found = sorted(tx.execute(query), key=lambda row: (row.severity.rank, row.key))
    return tuple(row.key for row in found)


def counts(
    tx: Connection, keys: Collection[str], since: datetime, lately: datetime
) -> Mapping[str, tuple[int, int]]:
    """Key → matches since the first time and, of these, since the later one; nothing for a rule without."""
    recent = func.sum(case((Match.matched_at >= lately, 1), else_=0))
    query = (
        select(Rule.key, func.count(), recent)
        .join(Rule, Rule.id == Match.rule_id)
        .where(Rule.key.in_(keys), Match.matched_at >= since)
        .group_by(Rule.key)
    )
    return {key: (all_of_them, int(latest)) for key, all_of_them, latest in tx.execute(query)}


def first_written(tx: Connection, keys: Collection[str]) -> Mapping[str, datetime]:
    """Key → when the first text of the rule was written."""
    query = select(Rule.key, RuleVersion.created_at).join(RuleVersion, RuleVersion.rule_id == Rule.id)
    rows = tx.execute(query.where(RuleVersion.number == 1, Rule.key.in_(keys)))
    return {row.key: row.created_at for row in rows}


def latest(tx: Connection, key: str, limit: int) -> tuple[model.Match, ...]:
    """The newest matches of a rule, newest first."""
    query = select(Match.id).join(Rule, Rule.id == Match.rule_id).where(Rule.key == key)
    ids = tuple(tx.scalars(query.order_by(Match.matched_at.desc(), Match.id.desc()).limit(limit)))
    found = {match.id: match for match in matches.load(tx, ids)}
    return tuple(found[number] for number in ids)
