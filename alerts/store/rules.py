"""Rules: current texts for matching, versions for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update

from alerts import model
from alerts.errors import NotFound
from alerts.store.schema import Rule, RuleVersion
from alerts.store.unit import insert_once

_CURRENT = and_(RuleVersion.rule_id == Rule.id, RuleVersion.number == Rule.number)


def _as_rule(row: Any) -> model.Rule:
    return model.Rule(
        key=row.key,
        name=row.name,
        query=row.query,
        severity=row.severity,
        languages=row.languages,
        sources=row.sources,
        match=row.match,
        no_match=row.no_match,
        version=row.version,
    )


_COLUMNS = (
    Rule.key,
    RuleVersion.name,
    RuleVersion.query,
    RuleVersion.severity,
    RuleVersion.languages,
    RuleVersion.sources,
    RuleVersion.match,
    RuleVersion.no_match,
    RuleVersion.id.label("version"),
)


def current(tx: Connection) -> tuple[model.Rule, ...]:
    """Every rule in force, in the order of their keys."""
    query = select(*_COLUMNS).join(RuleVersion, _CURRENT).where(Rule.retired_at.is_(None)).order_by(Rule.key)
    return tuple(_as_rule(row) for row in tx.execute(query))


def stamp(tx: Connection) -> tuple[int, int]:
    """Changes whenever a rule is written or retired: (texts there have been, rules in force).

    Texts are counted, because the newest id is not always that of the transaction that ended last.
    """
    texts = tx.scalar(select(func.count()).select_from(RuleVersion)) or 0
    in_force = tx.scalar(select(func.count()).select_from(Rule).where(Rule.retired_at.is_(None))) or 0
    return texts, in_force


def save(tx: Connection, rule: model.Rule, *, author: str, now: datetime) -> bool:
    """Writes a new version when the rule differs from its current one. Returns whether it did."""
    held = select(Rule.id, Rule.number, Rule.retired_at).where(Rule.key == rule.key).with_for_update()
    row = tx.execute(held).first()
    if row is None:
        insert_once(tx, insert(Rule).values(key=rule.key, number=0).returning(Rule.id))
        row = tx.execute(held).one()
    if row.number and row.retired_at is None:
        old = tx.execute(select(*_COLUMNS).join(RuleVersion, _CURRENT).where(Rule.id == row.id)).one()
        if _same(_as_rule(old), rule):
            return False
    number = row.number + 1
    tx.execute(
        insert(RuleVersion).values(
            rule_id=row.id,
            number=number,
            name=rule.name,
            query=rule.query,
            severity=rule.severity,
            languages=rule.languages,
            sources=rule.sources,
            match=rule.match,
            no_match=rule.no_match,
            author=author,
            created_at=now,
        )
    )
    tx.execute(update(Rule).where(Rule.id == row.id).values(number=number, retired_at=None))
    return True


def _same(old: model.Rule, new: model.Rule) -> bool:
    return replace(old, version=0) == replace(new, version=0)


def ids(tx: Connection, keys: Sequence[str]) -> dict[str, int]:
    """Key → id. Raises NotFound naming the first key that no rule in force has."""
    rows = tx.execute(select(Rule.key, Rule.id).where(Rule.key.in_(keys), Rule.retired_at.is_(None)))
    found = {row.key: row.id for row in rows}
    for key in keys:
        if key not in found:
            raise NotFound(f"there is no rule {key!r}; see: alerts rules list")
    return found


def name(tx: Connection, rule_id: int) -> str | None:
    """What a rule is called now, in force or retired; None when there is no such rule."""
    query = select(RuleVersion.name).join(Rule, _CURRENT).where(Rule.id == rule_id)
    return tx.scalar(query)


@dataclass(frozen=True, slots=True)
class Version:
    """One text a rule has had."""

    number: int
    author: str
    created_at: datetime
    name: str
    query: str


def history(tx: Connection, key: str) -> tuple[Version, ...]:
    """Every version of a rule, newest first. Raises NotFound."""
    query = (
        select(
            RuleVersion.number,
            RuleVersion.author,
            RuleVersion.created_at,
            RuleVersion.name,
            RuleVersion.query,
        )
        .join(Rule, Rule.id == RuleVersion.rule_id)
        .where(Rule.key == key)
        .order_by(RuleVersion.number.desc())
    )
    versions = tuple(Version(*row) for row in tx.execute(query))
    if not versions:
        raise NotFound(f"there is no rule {key!r}; see: alerts rules list")
    return versions
