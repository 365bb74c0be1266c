"""``alerts feeds``, as far as it is about finding, trying and exchanging addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from alerts.app import App, configured, ready
from alerts.cli.address_lines import read_lines
from alerts.cli.output import Json, print_json, print_lines, print_table, say
from alerts.cli.person import actor
from alerts.errors import BadInput, BlockedAddress, NotFound
from alerts.feeds.opml import Opml, Outline, Problem, read_opml, write_opml
from alerts.feeds.parse_process import ParseProcess
from alerts.model import FeedState
from alerts.net.address import check_url
from alerts.net.client import Client
from alerts.services.discover import Parse
from alerts.services.discover import discover as discover_feeds
from alerts.services.feed_check import try_feeds
from alerts.store import audit
from alerts.store import feeds as kept
from alerts.store.unit import reading, writing

cli = typer.Typer()

CATALOG = Path(__file__).parent.parent / "catalog" / "feeds.opml"
_AT_ONCE = 500

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
    refused = [problem for problem in found.problems if problem.refused]
    wanted: list[Outline] = []
    for outline in found.feeds:
        try:
            check_url(outline.url, app.allow)
        except BlockedAddress as blocked:
            refused.append(Problem(outline.line, f"{outline.url}: {blocked}", refused=True))
        else:
            wanted.append(outline)
    added, known, impossible = _add(app, wanted)
    refused += impossible
    refused.sort(key=lambda problem: problem.line)
    notes = [problem for problem in found.problems if not problem.refused]
    for problem in sorted((*refused, *notes), key=lambda problem: problem.line):
        say(f"line {problem.line}: {'refused: ' if problem.refused else ''}{problem.reason}")
    if as_json:
        lines = {"refused": refused, "notes": notes}
        shown = {
            name: [{"line": each.line, "reason": each.reason} for each in some]
            for name, some in lines.items()
        }
        print_json({"added": added, "known": known, **shown})
    say(f"{added} feeds added, {known} were known already, {len(refused)} lines refused")
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


def _add(app: App, wanted: Sequence[Outline]) -> tuple[int, int, list[Problem]]:
    """How many were added and known, in one transaction, and which the database cannot keep."""
    added = known = 0
    impossible = []
    now = app.clock()
    with writing(app.engine) as tx:
        there: set[str] = set()
        for start in range(0, len(wanted), _AT_ONCE):
            there |= set(kept.ids_by_url(tx, [each.url for each in wanted[start : start + _AT_ONCE]]))
        for outline in wanted:
            if outline.url in there:
                known += 1
                continue
            feed = kept.NewFeed(
                url=outline.url,
                title=outline.title,
                source=outline.source or outline.title,
                language=outline.language,
                site=outline.site,
                tags=outline.tags,
            )
            try:
                kept.add(tx, feed, interval_seconds=app.settings.poll_min_seconds, now=now)
            except BadInput as error:
                impossible.append(Problem(outline.line, str(error), refused=True))
                continue
            audit.record(tx, at=now, actor=actor(), action="feed added", subject=outline.url)
            added += 1
    return added, known, impossible


@cli.command()
def export() -> None:
    """Print all feeds that are not retired as an OPML list, which other readers and import understand.

    Example: alerts feeds export > feeds.opml
    """
    app = ready()
    with reading(app.engine) as tx:
        feeds = [feed for feed in kept.overview(tx) if feed.state != FeedState.RETIRED]
    outlines = [
        Outline(feed.url, feed.title, feed.site, feed.language, feed.tags, feed.source)
        for feed in sorted(feeds, key=lambda feed: feed.tags)
    ]
    # As bytes: the document says that it is UTF-8, whatever the terminal is.
    typer.echo(write_opml(outlines, app.settings.service_name).encode(), nl=False)


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
    say(f"fetching {len(urls)} feeds …")
    tried = _fetching(app, lambda client, parse: try_feeds(urls, client, parse))
    if as_json:
        print_json(tried)
    else:
        print_table(
            ("outcome", "items", "language", "address", "note"),
            ((each.outcome, each.items, each.language, each.url, each.note) for each in tried),
        )
    say(f"{sum(each.outcome == 'read' for each in tried)} of {len(tried)} feeds could be read")


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
