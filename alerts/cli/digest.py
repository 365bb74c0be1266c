"""``alerts digest``: what a digest would say."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from alerts.app import ready
from alerts.cli.output import print_json, say
from alerts.errors import BadInput

cli = typer.Typer(help="What a digest would say.", no_args_is_help=True, rich_markup_mode=None)


class Form(StrEnum):
    EML = "eml"
    HTML = "html"
    TEXT = "text"
    JSON = "json"


@cli.callback()
def group() -> None:
    """What a digest would say."""


@cli.command()
def preview(
    subscriber: Annotated[str, typer.Option(help="The subscriber's address.")],
    at: Annotated[
        str, typer.Option(help="As if it were this time, such as 2026-11-23T08:00:00Z; empty: now.")
    ] = "",
    language: Annotated[str, typer.Option(help="In this language instead of the subscriber's.")] = "",
    form: Annotated[Form, typer.Option("--format", help="What to print.")] = Form.TEXT,
) -> None:
    """Print the digest, or the held alerts, that the subscriber would get, exactly as they would be sent.
    Sends nothing.

    Example: alerts digest preview --subscriber desk@example.org --format text
    """
    app = ready()
    now = app.clock()
    if at:
        try:
            now = datetime.fromisoformat(at)
        except ValueError as error:
            raise BadInput(f"--at {at!r} is no time; write 2026-11-23T08:00:00Z") from error
        if now.tzinfo is None:
            raise BadInput(f"--at {at!r} has no zone; write 2026-11-23T08:00:00Z")
    spoken = app.renderer.negotiate(language).partition("-")[0]
    if language and spoken != language.lower().replace("_", "-").partition("-")[0]:
        known = ", ".join(app.renderer.languages)
        raise BadInput(f"language {language!r} is not one we can write; choose one of: {known}")
    found = app.preview(subscriber, now, language or None)
    if found is None:
        say("nothing to tell: no match waits for this subscriber")
        return
    if form is Form.EML:
        sys.stdout.buffer.write(found.content)
    elif form is Form.JSON:
        print_json(found.digest)
    else:
        print(found.message.html if form is Form.HTML else found.message.text, end="")
