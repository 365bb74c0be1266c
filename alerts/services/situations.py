"""Situations: how they come in, go out of force and come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, Engine

from alerts.model import Situation
from alerts.rules.situations import check_situation
from alerts.services import texts
from alerts.services.concepts import concepts_in_force
from alerts.services.texts import Edit, Imported
from alerts.store import rules, situations
from alerts.store.unit import writing


def import_situations(
    engine: Engine, new: Sequence[Situation], edit: Edit, languages: Sequence[str] = ()
) -> Imported:
    """Checks that all places and rules exist, then saves those that differ: all or none. Raises BadInput."""
    with writing(engine) as tx:
        return _write(tx, new, edit, languages)


def save_situation(
    engine: Engine, situation: Situation, began: int, edit: Edit, languages: Sequence[str] = ()
) -> Imported:
    """Saves one that somebody edited, beginning from the version ``began`` (0: there was none). Raises
    Overtaken when another version, or none, is in force by now, else as ``import_situations`` does."""
    with writing(engine) as tx:
        texts.hold(tx, situations.kept, situation.key, began)
        return _write(tx, [situation], edit, languages)


def restore_situation(
    engine: Engine,
    key: str,
    number: int,
    edit: Edit,
    languages: Sequence[str] = (),
    began: int | None = None,
) -> Imported:
    """Writes an earlier version again, as the newest. Raises NotFound, BadInput, or Overtaken as
    ``restore_rule`` does."""
    with writing(engine) as tx:
        old = replace(situations.kept.at(tx, key, number), version=0)
        texts.hold(tx, situations.kept, key, began)
        return _write(tx, [old], edit, languages, note=f"version {number} again")


def _write(
    tx: Connection, new: Sequence[Situation], edit: Edit, languages: Sequence[str], note: str = ""
) -> Imported:
    places = concepts_in_force(tx, languages).by_key
    known = rules.kept.versions(tx)
    for situation in new:
        check_situation(situation, places, known)
    return texts.write(tx, situations.kept, new, edit, note)


def retire_situation(engine: Engine, key: str, edit: Edit, began: int | None = None) -> None:
    """Takes it out of force. Raises NotFound, or Overtaken as ``retire_rule`` does."""
    with writing(engine) as tx:
        texts.retire(tx, situations.kept, key, edit, began)
