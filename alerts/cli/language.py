"""``alerts language``: how texts are understood."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alerts.cli.item_lines import read_items
from alerts.cli.output import Json, print_json
from alerts.environment import read_settings
from alerts.language.detect import detect as detect_language

cli = typer.Typer(help="How texts are understood.", no_args_is_help=True, rich_markup_mode=None)


@cli.callback()
def group() -> None:
    """How texts are understood."""


@cli.command()
def detect(
    items: Annotated[Path, typer.Option(help="Items, one JSON object a line.")], as_json: Json = False
) -> None:
    """Say in which language each item is written.

    Example: alerts language detect --items items.jsonl --json
    """
    languages = read_settings().languages
    for item in read_items(items):
        found = detect_language(f"{item.title}\n{item.summary or item.text}", item.language, languages)
        if as_json:
            print_json(
                {"item": item.key, "language": found.language, "confidence": round(found.confidence, 4)}
            )
        else:
            print(f"{item.key}  {found.language}  {found.confidence:.2f}")
