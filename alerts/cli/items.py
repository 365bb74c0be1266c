"""``alerts items``: the archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alerts.app import ready
from alerts.cli.item_lines import read_items
from alerts.cli.output import Json, counted, plain, print_json, print_lines, rfc3339, say, visible
from alerts.cli.person import actor
from alerts.services.archive import Found, import_items, search

cli = typer.Typer(help="The archive of all items.", no_args_is_help=True, rich_markup_mode=None)


@cli.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Items, one JSON object a line.")], as_json: Json = False
) -> None:
    """Keep items from elsewhere, in a feed of their own by the feed and source they name. Never mails.

    Example: alerts items import archive-2025.jsonl
    """
    app = ready()
    incoming = list(read_items(file))  # a line that cannot be read changes nothing
    done = import_items(
        app.engine,
        incoming,
        index=app.rules.index,
        languages=app.settings.languages,
        author=actor(),
        now=app.clock(),
    )
    if as_json:
        print_json(done)
    else:
        found = counted(done.matches, "match", "matches")
        say(f"{done.new} new, {done.changed} changed, {done.seen} known already; {found}")


@cli.command("search")
def search_(
    query: Annotated[str, typer.Argument(help="A query in the rule language.")],
    days: Annotated[int | None, typer.Option(min=1, help="Only what was news in the last days.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="No more than so many, the newest.")] = 100,
    as_json: Json = False,
) -> None:
    """Search the archive in the rule language, newest first.

    Example: alerts items search '@missile NEAR/5 @launch' --days 90 --json
    """
    app = ready()
    found = search(
        app.engine, query, now=app.clock(), languages=app.settings.languages, days=days, limit=limit
    )
    if as_json:
        print_lines(map(found_line, found))
        return
    for each in found:
        shown = ", ".join(dict.fromkeys(e.text for e in each.evidence))
        print(visible(f"{rfc3339(each.at)}  {each.item.language}  {each.item.title}  [{shown}]"))


def found_line(found: Found) -> dict[str, object]:
    """A found item as a program reads it."""
    item = found.item
    return {
        "item": item.key,
        "at": found.at,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        "language": item.language,
        "source": item.source,
        "feed": item.feed,
        "evidence": plain(found.evidence),
    }
