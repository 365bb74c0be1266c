"""``alerts situations``: places and crises that are followed."""

from __future__ import annotations

from pathlib import Path

import typer

from alerts.cli.output import short
from alerts.cli.trend_calls import add_trend_calls
from alerts.cli.versions import Kind, add_commands
from alerts.model import Situation
from alerts.rules.shipped import SITUATIONS
from alerts.rules.situations import read_situations, write_situations
from alerts.services.situations import import_situations, restore_situation, retire_situation
from alerts.store import situations

cli = typer.Typer(
    help="Places and crises that are followed, each with its rules.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def situations_at(place: str) -> tuple[Situation, ...]:
    """Situations of a TOML file, of a folder, or of the starter pack (``catalog``)."""
    return read_situations(SITUATIONS if place == "catalog" else Path(place))


add_commands(
    cli,
    Kind(
        name="situation",
        example="korean-peninsula",
        kept=situations.kept,
        read=situations_at,
        write=write_situations,
        in_force=lambda _, tx: situations.kept.current(tx),
        exported=lambda _, tx: situations.kept.current(tx),
        take=lambda app, new, edit, _: import_situations(app.engine, new, edit, app.settings.languages),
        restore=lambda app, key, number, edit, _: restore_situation(
            app.engine, key, number, edit, app.settings.languages
        ),
        retire=lambda app, key, edit: retire_situation(app.engine, key, edit),
        heads=("key", "places", "rules", "name"),
        row=lambda each: (each.key, short(" ".join(each.places)), short(" ".join(each.rules)), each.name),
    ),
)

add_trend_calls(cli)
