"""Trend calls: what the figures say of each situation, what people decided, and what was before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from alerts.model import Trend, TrendCall
from alerts.store.signal_schema import Sighting, TrendCallRow


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person made of a call, and why; ``reason`` is '' for one that was confirmed as it was."""

    trend: Trend
    risk_alert: bool
    resolution_opportunity: bool
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Called:
    """A call with its row. ``replaced_at`` is when the figures changed their mind, before anybody decided."""

    id: int
    situation_id: int
    made_at: datetime
    call: TrendCall
    replaced_at: datetime | None
    decision: Decision | None

    def as_of(self, at: datetime) -> Called:
        """As it stood then. A draft says the same as long as it stands, but its figures are those of its
        last day: of a later day they are left out."""
        decision = self.decision if self.decision and self.decision.at <= at else None
        replaced_at = self.replaced_at if self.replaced_at and self.replaced_at <= at else None
        call = self.call if self.call.as_of <= at.date() else replace(self.call, reasons=())
        return replace(self, call=call, decision=decision, replaced_at=replaced_at)


_COLUMNS = (
    TrendCallRow.id,
    TrendCallRow.situation_id,
    TrendCallRow.made_at,
    TrendCallRow.call,
    TrendCallRow.replaced_at,
    TrendCallRow.trend,
    TrendCallRow.risk_alert,
    TrendCallRow.resolution_opportunity,
    TrendCallRow.reason,
    TrendCallRow.decided_by,
    TrendCallRow.decided_at,
)


def _called(row: Any) -> Called:
    decision = None
    if row.decided_at is not None:
        decision = Decision(
            row.trend,
            row.risk_alert,
            row.resolution_opportunity,
            row.reason or "",
            row.decided_by,
            row.decided_at,
        )
    return Called(row.id, row.situation_id, row.made_at, row.call, row.replaced_at, decision)


def latest(
    tx: Connection, situation_ids: Collection[int] | None = None, at: datetime | None = None
) -> dict[int, Called]:
    """Situation id → its newest call; of those that had been made by then, if a time is given."""
    newest = select(func.max(TrendCallRow.id)).group_by(TrendCallRow.situation_id)
    if at is not None:
        newest = newest.where(TrendCallRow.made_at <= at)
    return _by_situation(tx, newest, situation_ids)


def decided(
    tx: Connection, situation_ids: Collection[int] | None = None, at: datetime | None = None
) -> dict[int, Called]:
    """Situation id → the newest call that a person decided on; by then, if a time is given."""
    newest = select(func.max(TrendCallRow.id)).group_by(TrendCallRow.situation_id)
    made = TrendCallRow.decided_at.is_not(None) if at is None else TrendCallRow.decided_at <= at
    return _by_situation(tx, newest.where(made), situation_ids)


def _by_situation(
    tx: Connection, ids: Select[Any], situation_ids: Collection[int] | None
) -> dict[int, Called]:
    query = select(*_COLUMNS).where(TrendCallRow.id.in_(ids))
    if situation_ids is not None:
        query = query.where(TrendCallRow.situation_id.in_(situation_ids))
    return {row.situation_id: _called(row) for row in tx.execute(query)}


def first_made_at(tx: Connection) -> datetime | None:
    """When the first call of all was made; None before that."""
    return tx.scalar(select(TrendCallRow.made_at).order_by(TrendCallRow.id).limit(1))


def history(
    tx: Connection, situation_id: int, limit: int = 100, *, before: int | None = None
) -> tuple[Called, ...]:
    """All calls of a situation, newest first; those with smaller ids than that."""
    query = select(*_COLUMNS).where(TrendCallRow.situation_id == situation_id)
    if before is not None:
        query = query.where(TrendCallRow.id < before)
    rows = tx.execute(query.order_by(TrendCallRow.id.desc()).limit(limit))
    return tuple(map(_called, rows))


def draft(tx: Connection, situation_id: int, call: TrendCall, now: datetime) -> int:
    """A new draft; one that nobody decided on is replaced. Its id."""
    open_ = update(TrendCallRow).where(
        TrendCallRow.situation_id == situation_id,
        TrendCallRow.decided_at.is_(None),
        TrendCallRow.replaced_at.is_(None),
    )
    tx.execute(open_.values(replaced_at=now))
    made = insert(TrendCallRow).values(situation_id=situation_id, made_at=now, call=call)
    return tx.scalars(made.returning(TrendCallRow.id)).one()


def refresh(tx: Connection, call_id: int, call: TrendCall) -> None:
    """The same draft with the figures of another day."""
    tx.execute(update(TrendCallRow).where(TrendCallRow.id == call_id).values(call=call))


def decide(tx: Connection, call_id: int, decision: Decision) -> bool:
    """Records a person's decision on the draft. False when somebody decided first or it was replaced."""
    still_open = update(TrendCallRow).where(
        TrendCallRow.id == call_id, TrendCallRow.decided_at.is_(None), TrendCallRow.replaced_at.is_(None)
    )
    return bool(
        tx.execute(
            still_open.values(
                trend=decision.trend,
                risk_alert=decision.risk_alert,
                resolution_opportunity=decision.resolution_opportunity,
                reason=decision.reason,
                decided_by=decision.by,
                decided_at=decision.at,
            )
        ).rowcount
    )


def stories_by_day(
    tx: Connection, rule_ids: Collection[int], places: Collection[str], since: date
) -> dict[date, int]:
    """How many stories of each day were first seen then to match any of the rules in any of the places."""
    first = (
        select(func.min(Sighting.day).label("day"))
        .where(Sighting.rule_id.in_(rule_ids), Sighting.place.in_(places), Sighting.day >= since)
        .group_by(Sighting.story_id)
        .subquery()
    )
    query = select(first.c.day, func.count()).group_by(first.c.day)
    return {row[0]: row[1] for row in tx.execute(query)}
