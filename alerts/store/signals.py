"""Signals: surges and assessments that were noticed, and to whom they were told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, insert, select

from alerts.model import Assessment, Level, Surge
from alerts.store.following import Scope, surges_wanted
from alerts.store.series import Name
from alerts.store.signal_schema import AssessmentRow, SurgeRow, ToldAssessment, ToldSurge
from alerts.store.unit import insert_once


@dataclass(frozen=True, slots=True)
class SavedSurge:
    """A surge with its row."""

    id: int
    rule_id: int
    surge: Surge
    made_at: datetime


def save_surge(tx: Connection, rule_id: int, surge: Surge, now: datetime) -> SavedSurge | None:
    """None when it is there already."""
    row = insert(SurgeRow).values(
        rule_id=rule_id, place=surge.place, day=surge.day, level=surge.level, made_at=now, surge=surge
    )
    made = insert_once(tx, row.returning(SurgeRow.id))
    return None if made is None else SavedSurge(made, rule_id, surge, now)


def alarms(tx: Connection, since: date) -> dict[Name, list[tuple[date, Level]]]:
    """By series, the surges told of since then, in order of days."""
    found: dict[Name, list[tuple[date, Level]]] = {}
    query = select(SurgeRow.rule_id, SurgeRow.place, SurgeRow.day, SurgeRow.level)
    for rule_id, place, day, level in tx.execute(query.where(SurgeRow.day >= since).order_by(SurgeRow.day)):
        found.setdefault((rule_id, place), []).append((day, level))
    return found


_SURGE = (SurgeRow.id, SurgeRow.rule_id, SurgeRow.surge, SurgeRow.made_at)


def surges(
    tx: Connection, since: date, limit: int = 500, within: Scope | None = None
) -> tuple[SavedSurge, ...]:
    """The surges of the days since then, newest first; only those of a scope, if one is given."""
    query = select(*_SURGE).where(SurgeRow.day >= since).order_by(SurgeRow.id.desc()).limit(limit)
    if within is None:
        return tuple(SavedSurge(*row) for row in tx.execute(query))
    wanted = query.where(surges_wanted(len(within.situations)))
    return tuple(SavedSurge(*row) for row in tx.execute(wanted, within.named))


@lru_cache(maxsize=64)
def _untold_surges(situations: int) -> Select[*tuple[Any, ...]]:
    """The statement for a scope with so many situations; making it takes longer than executing it."""
    told = and_(ToldSurge.subscription_id == bindparam("this"), ToldSurge.surge_id == SurgeRow.id)
    return (
        select(*_SURGE)
        .outerjoin(ToldSurge, told)
        .where(
            ToldSurge.surge_id.is_(None),
            SurgeRow.made_at >= bindparam("since"),
            SurgeRow.made_at < bindparam("until"),
            SurgeRow.level.in_(bindparam("levels", expanding=True)),
            surges_wanted(situations),
        )
        .order_by(SurgeRow.id)
    )


def untold_surges(
    tx: Connection, subscription_id: int, scope: Scope, level: Level | None, since: datetime, until: datetime
) -> tuple[SavedSurge, ...]:
    """The surges made in that time that the subscription follows and has not been told, gravest first."""
    if level is None:
        return ()
    levels = [each for each in Level if each.rank >= level.rank]
    given = {"this": subscription_id, "since": since, "until": until, "levels": levels, **scope.named}
    found = (SavedSurge(*row) for row in tx.execute(_untold_surges(len(scope.situations)), given))
    return tuple(sorted(found, key=lambda each: (-each.surge.level.rank, each.surge.p, each.id)))


@dataclass(frozen=True, slots=True)
class SavedAssessment:
    """An assessment with its row."""

    id: int
    situation_id: int
    assessment: Assessment
    made_at: datetime


_ASSESSMENT = (
    AssessmentRow.id,
    AssessmentRow.situation_id,
    AssessmentRow.assessment,
    AssessmentRow.made_at,
)


def save_assessment(
    tx: Connection, situation_id: int, call_id: int, assessment: Assessment, now: datetime
) -> SavedAssessment | None:
    """None when it is there already."""
    row = insert(AssessmentRow).values(
        situation_id=situation_id,
        call_id=call_id,
        confirmed=assessment.confirmed,
        made_at=now,
        assessment=assessment,
    )
    made = insert_once(tx, row.returning(AssessmentRow.id))
    return None if made is None else SavedAssessment(made, situation_id, assessment, now)


def latest_assessments(tx: Connection, situation_ids: Collection[int]) -> dict[int, SavedAssessment]:
    """Situation id → the last one that was made."""
    query = select(*_ASSESSMENT).where(AssessmentRow.situation_id.in_(situation_ids))
    rows = tx.execute(query.order_by(AssessmentRow.id))
    return {row.situation_id: SavedAssessment(*row) for row in rows}


_UNTOLD_ASSESSMENTS = (
    select(*_ASSESSMENT)
    .where(
        AssessmentRow.id.in_(
            select(func.max(AssessmentRow.id))
            .where(
                AssessmentRow.situation_id.in_(bindparam("situations", expanding=True)),
                AssessmentRow.made_at < bindparam("until"),
            )
            .group_by(AssessmentRow.situation_id)
        ),
        AssessmentRow.made_at >= bindparam("since"),
        AssessmentRow.id.not_in(
            select(ToldAssessment.assessment_id).where(ToldAssessment.subscription_id == bindparam("this"))
        ),
    )
    .order_by(AssessmentRow.id)
)


def untold_assessments(
    tx: Connection, subscription_id: int, situation_ids: Collection[int], since: datetime, until: datetime
) -> tuple[SavedAssessment, ...]:
    """The last assessment of each of the situations, if it was made in that time and not told."""
    given = {"this": subscription_id, "situations": sorted(situation_ids), "since": since, "until": until}
    return tuple(SavedAssessment(*row) for row in tx.execute(_UNTOLD_ASSESSMENTS, given))
