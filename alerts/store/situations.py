"""Situations: places and crises that are followed."""

from __future__ import annotations

from sqlalchemy import Connection, select

from alerts import model
from alerts.store.schema import Situation, SituationVersion
from alerts.store.signal_schema import SubscriptionSituation
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


def held(tx: Connection, subscription_id: int) -> frozenset[str]:
    """The keys of the situations that a subscription holds and of every rule these ever had: what editors
    make of a situation is no leaving of its readers."""
    query = (
        select(Situation.key, SituationVersion.rules)
        .join(Situation, Situation.id == SituationVersion.situation_id)
        .join(SubscriptionSituation, SubscriptionSituation.situation_id == Situation.id)
        .where(SubscriptionSituation.subscription_id == subscription_id)
    )
    return frozenset(key for row in tx.execute(query) for key in (row.key, *row.rules))
