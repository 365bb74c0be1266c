"""Situations: places and crises that are followed."""

from __future__ import annotations

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
