"""Situations: places and crises that are followed."""

from __future__ import annotations

from sqlalchemy import Connection, select

from alerts import model
from alerts.store.schema import Situation, SituationVersion
from alerts.store.versions import Versions

kept = Versions(
    "situation",
    "alerts situations list",
    model.Situation,
    Situation,
    SituationVersion,
    SituationVersion.situation_id,
)


def name(tx: Connection, situation_id: int) -> str | None:
    """What a situation is called now, in force or retired; None when there is no such situation."""
    text = (SituationVersion.situation_id == Situation.id) & (SituationVersion.number == Situation.number)
    query = select(SituationVersion.name).join(Situation, text)
    return tx.scalar(query.where(Situation.id == situation_id))
