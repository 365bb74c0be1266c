"""The terminal's face of the service: data to stdout, words to stderr, DESIGN's exit codes.

0 ok · 1 unexpected · 2 bad input · 3 unknown id or not a feed · 4 database, broker, mail or disk unavailable.
"""

from __future__ import annotations

import typer

from alerts.cli import (
    archive,
    concepts,
    digest,
    feeds,
    items,
    language,
    mail,
    rules,
    situations,
    state,
    stories,
    subscribers,
    tokens,
    users,
)
from alerts.cli.demo import demo
from alerts.cli.replay import replay
from alerts.cli.running import up
from alerts.cli.surge import surge
from alerts.cli.trend import trend

cli = typer.Typer(
    name="alerts",
    help="Early-warning alerts and digests for conflict and crisis news, from feeds to mail.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
cli.add_typer(feeds.cli, name="feeds")
cli.add_typer(items.cli, name="items")
cli.add_typer(rules.cli, name="rules")
cli.add_typer(concepts.cli, name="concepts")
cli.add_typer(situations.cli, name="situations")
cli.add_typer(stories.cli, name="stories")
cli.add_typer(language.cli, name="language")
cli.add_typer(subscribers.cli, name="subscribers")
cli.add_typer(digest.cli, name="digest")
cli.add_typer(mail.cli, name="mail")
cli.add_typer(users.cli, name="users")
cli.add_typer(tokens.cli, name="tokens")
cli.add_typer(state.db, name="db")
for command in (demo, up, replay, surge, trend, state.doctor, state.ledger):
    cli.command()(command)
cli.command("why-not")(archive.why_not)
