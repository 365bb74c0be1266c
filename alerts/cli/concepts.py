"""``alerts concepts``: named sets of terms, shipped and the deployment's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from sqlalchemy import Connection

from alerts.app import App
from alerts.cli.output import short
from alerts.cli.versions import Kind, add_commands
from alerts.model import Concept
from alerts.rules.concepts import write_concepts
from alerts.rules.shipped import CONCEPTS, is_country, read_own_concepts
from alerts.services.concepts import concepts_in_force, import_concepts, restore_concept, retire_concept
from alerts.store import concepts

cli = typer.Typer(
    help="Named sets of terms that rules write as @key: those that are shipped, with your own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def concepts_at(place: str) -> tuple[Concept, ...]:
    """Concepts of a TOML file, of a folder, or of the starter pack (``catalog``)."""
    return read_own_concepts(CONCEPTS if place == "catalog" else Path(place))


def _in_force(app: App, tx: Connection) -> Sequence[Concept]:
    return tuple(concepts_in_force(tx, app.settings.languages).by_key.values())


def _exported(app: App, tx: Connection) -> Sequence[Concept]:
    """All but the countries that nobody added to; of the others what was added."""
    own = {concept.key: concept for concept in concepts.kept.current(tx)}
    return tuple(
        own.get(concept.key, concept)
        for concept in _in_force(app, tx)
        if concept.key in own or not is_country(concept.key)
    )


def _row(concept: Concept) -> tuple[object, ...]:
    languages = " ".join(language for language, _ in concept.terms)
    terms = sum(len(texts) for _, texts in concept.terms)
    return concept.key, concept.polarity, concept.parent or None, terms, short(languages, 60), concept.name


add_commands(
    cli,
    Kind(
        name="concept",
        example="missile",
        kept=concepts.kept,
        read=concepts_at,
        write=write_concepts,
        in_force=_in_force,
        exported=_exported,
        take=lambda app, new, edit, _: import_concepts(app.engine, new, edit, app.settings.languages),
        restore=lambda app, key, number, edit, _: restore_concept(
            app.engine, key, number, edit, app.settings.languages
        ),
        retire=lambda app, key, edit: retire_concept(app.engine, key, edit, app.settings.languages),
        heads=("key", "polarity", "parent", "terms", "languages", "name"),
        row=_row,
    ),
)
