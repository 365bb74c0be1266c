"""Concepts of this deployment: added to those that the program ships, or in their place."""

from __future__ import annotations

from alerts import model
from alerts.store.schema import Concept, ConceptVersion
from alerts.store.versions import Versions

kept = Versions(
    "concept", "alerts concepts list", model.Concept, Concept, ConceptVersion, ConceptVersion.concept_id
)
