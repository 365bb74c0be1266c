"""``alerts feeds``, as far as it is about finding, trying and exchanging addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from alerts.app import App, configured, ready
from alerts.cli.address_lines import read_lines
from alerts.cli.output import Json, counted, print_json, print_lines, print_table, say
from alerts.cli.person import actor
from alerts.errors import BadInput, NotFound
from alerts.feeds.opml import Opml, Problem, read_opml
from alerts.feeds.parse_process import ParseProcess
from alerts.model import FeedState
from alerts.net.client import Client
from alerts.services.discover import Parse
from alerts.services.discover import discover as discover_feeds
from alerts.services.feed_check import try_feeds
from alerts.services.feed_lists import add_feed, list_of, new_feed, sift
from alerts.store import feeds as kept
from alerts.store.unit import reading, writing

cli = typer.Typer()

CATALOG = Path(__file__).parent.parent / "catalog" / "feeds.opml"

Answer = TypeVar("Answer")


@cli.command()
def discover(
    url: Annotated[str, typer.Argument(help="The address of a site, or of a page.")],
    as_json: Json = False,
) -> None:
    """Find the feeds of a site. Exit code 3 when there are none.

    Example: alerts feeds discover https://example.org/
    """
    found = _fetching(configured(), lambda client, parse: discover_feeds(url, client, parse))
    if as_json:
        print_json(found)
    elif found:
        print_table(("format", "title", "address"), ((each.format, each.title, each.url) for each in found))
    if not found:
        raise NotFound(f"no feed was found at {url}")


@cli.command("import")
def import_(
    file: Annotated[str, typer.Argument(help="An OPML file, or catalog for the starter pack.")],
    as_json: Json = False,
) -> None:
    """Add the feeds of a list; its folders become tags. Says which lines cannot be used, and why.

    Example: alerts feeds import feeds.opml
    """
    app = ready()
    found = _read_list(file)
    added, known, refused, notes = _add(app, found)
    for problem in sorted((*refused, *notes), key=lambda problem: problem.line):
        say(f"line {problem.line}: {'refused: ' if problem.refused else ''}{problem.reason}")
    if as_json:
        lines = {"refused": refused, "notes": notes}
        shown = {
            name: [{"line": each.line, "reason": each.reason} for each in some]
            for name, some in lines.items()
        }
        print_json({"added": added, "known": known, **shown})
    were = counted(known, "was", "were")
    say(f"{counted(added, 'feed')} added, {were} known already, {counted(len(refused), 'line')} refused")
    if refused and not added and not known:
        raise BadInput(f"no line of {file} can be used")


def _read_list(file: str) -> Opml:
    path = CATALOG if file == "catalog" else Path(file)
    try:
        body = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error
    try:
        return read_opml(body)
    except BadInput as error:
        raise BadInput(f"{file}: {error}") from error


def _add(app: App, found: Opml) -> tuple[int, int, list[Problem], tuple[Problem, ...]]:
    """How many were added and known, in one transaction; the lines refused, also those that the database
    cannot keep; and what else was noted."""
    now, interval, added = app.clock(), app.settings.poll_min_seconds, 0
    with writing(app.engine) as tx:
        sifted = sift(tx, found, app.allow)
        refused = list(sifted.refused)
        for outline in sifted.new:
            try:
                add_feed(tx, new_feed(outline), by=actor(), interval_seconds=interval, now=now)
            except BadInput as error:
                refused.append(Problem(outline.line, str(error), refused=True))
            else:
                added += 1
    return added, len(sifted.known), sorted(refused, key=lambda problem: problem.line), sifted.notes


@cli.command()
def export() -> None:
    """Print all feeds that are not retired as an OPML list, which other readers and import understand.

    Example: alerts feeds export > feeds.opml
    """
    app = ready()
    with reading(app.engine) as tx:
        document = list_of(kept.overview(tx), app.settings.service_name)
    # As bytes: the document says that it is UTF-8, whatever the terminal is.
    typer.echo(document.encode(), nl=False)


@cli.command()
def check(
    every: Annotated[bool, typer.Option("--all", help="All feeds that are polled.")] = False,
    catalog: Annotated[bool, typer.Option("--catalog", help="All feeds of the starter pack.")] = False,
    as_json: Json = False,
) -> None:
    """Fetch feeds once and say what came. Nothing is stored or changed.

    Example: alerts feeds check --all --catalog
    """
    if catalog:
        app = configured()
        urls = [outline.url for outline in _read_list("catalog").feeds]
    elif every:
        app = ready()
        with reading(app.engine) as tx:
            urls = [feed.url for feed in kept.overview(tx) if feed.state == FeedState.ACTIVE]
    else:
        raise BadInput("say which feeds: --all, or --all --catalog for those of the starter pack")
    say(f"fetching {counted(len(urls), 'feed')} …")
    tried = _fetching(app, lambda client, parse: try_feeds(urls, client, parse))
    if as_json:
        print_json(tried)
    else:
        print_table(
            ("outcome", "items", "language", "address", "note"),
            ((each.outcome, each.items, each.language, each.url, each.note) for each in tried),
        )
    say(f"{sum(each.outcome == 'read' for each in tried)} of {counted(len(tried), 'feed')} could be read")


@cli.command("check-address")
def check_address(
    file: Annotated[Path, typer.Option(help="Addresses, one a line, or JSON Lines with scripted answers.")],
    as_json: Json = False,
) -> None:
    """Say which addresses we would fetch and which not, and why. Nothing is called or resolved.

    Example: alerts feeds check-address --file addresses.txt --json
    """
    verdicts = read_lines(file, configured().allow)
    shown = (
        {"input": each.given, "verdict": "allow" if each.verdict.allowed else "block", "reason": each.reason}
        for each in verdicts
    )
    if as_json:
        print_lines(shown)
    else:
        print_table(
            ("verdict", "address", "reason"), ((s["verdict"], s["input"], s["reason"]) for s in shown)
        )


def _fetching(app: App, work: Callable[[Client, Parse], Awaitable[Answer]]) -> Answer:
    """Runs ``work`` with an HTTP client and a reader of documents."""

    async def run(parse: Parse) -> Answer:
        async with Client(app.allow, app.user_agent) as client:
            return await work(client, parse)

    with ParseProcess() as reader:
        return asyncio.run(run(reader.parse))
