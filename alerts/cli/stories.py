"""``alerts stories``: what somebody makes of a story."""

from __future__ import annotations

from typing import Annotated

import typer

from alerts.app import ready
from alerts.cli.person import actor
from alerts.model import StoryState
from alerts.services.acknowledging import see_to

cli = typer.Typer(help="Stories: acknowledge, mute, open again.", no_args_is_help=True, rich_markup_mode=None)

Story = Annotated[int, typer.Argument(min=1, help="The number of the story, as on its page.")]
Why = Annotated[str, typer.Option("--why", help="Goes into the audit.")]


@cli.command()
def acknowledge(story: Story, why: Why = "") -> None:
    """Say that somebody has seen to a story. Alerts go on.

    Example: alerts stories acknowledge 12 --why 'on the phone with them'
    """
    _see_to(story, StoryState.ACKNOWLEDGED, why)


@cli.command()
def mute(story: Story, why: Annotated[str, typer.Option("--why", help="Why; it is required.")]) -> None:
    """Tell a story in no further alert, whatever its severity. Digests tell it.

    Example: alerts stories mute 12 --why 'the ministry has confirmed it'
    """
    _see_to(story, StoryState.MUTED, why)


@cli.command()
def reopen(story: Story, why: Why = "") -> None:
    """Take back that a story was acknowledged or muted. Mails nothing that came while it was muted.

    Example: alerts stories reopen 12
    """
    _see_to(story, StoryState.OPEN, why)


def _see_to(story: int, state: StoryState, why: str) -> None:
    app = ready()
    see_to(app.engine, story, state, by=actor(), reason=why, now=app.clock())
    print(f"story {story}: {state}")
