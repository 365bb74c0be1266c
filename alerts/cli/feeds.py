"""``alerts feeds``: which addresses are polled, and how that goes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alerts.app import ready
from alerts.cli import feed_lists
from alerts.cli.output import Json, counted, plain, print_json, print_table, say
from alerts.cli.person import actor
from alerts.errors import BadInput, BlockedAddress, NotFound
from alerts.feeds.parse import parse as parse_feed
from alerts.model import FeedState, Item
from alerts.services.feed_changes import Act, act, new_feed
from alerts.services.feed_condition import Condition, condition, silence, span
from alerts.services.feed_lists import add_feed
from alerts.store import claims
from alerts.store import feeds as kept
from alerts.store.feeds import FeedStatus
from alerts.store.unit import reading, writing

cli = typer.Typer(help="The feeds that are polled.", no_args_is_help=True, rich_markup_mode=None)


@cli.command()
def parse(
    file: Annotated[Path, typer.Argument(help="A feed document.")],
    url: Annotated[str, typer.Option(help="The address it came from, for relative links.")] = "",
    as_json: Json = False,
) -> None:
    """Show what we read in a feed document.

    Example: alerts feeds parse feed.xml --json
    """
    try:
        body = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error
    document = parse_feed(body, url)
    if as_json:
        print_json(
            {
                "format": document.format,
                "title": document.title,
                "language": document.language,
                "items": [_shown(item) for item in document.items],
                "problems": document.problems,
            }
        )
        return
    say(f"{document.title or 'untitled'} ({document.format}), {counted(len(document.items), 'item')}")
    print_table(("published", "title"), ((item.published_at, item.title) for item in document.items))
    for problem in document.problems:
        say(f"note: {problem}")


def _shown(item: Item) -> dict[str, object]:
    names = ("key", "url", "title", "summary", "text", "authors", "published_at", "updated_at")
    more = ("language", "categories", "enclosures", "translations", "places", "point", "region")
    return {name: plain(getattr(item, name)) for name in (*names, *more)} | {"type": item.kind}


@cli.command()
def add(
    url: Annotated[str, typer.Argument(help="The feed's address.")],
    title: Annotated[str, typer.Option(help="What to call it; empty: its host.")] = "",
    source: Annotated[str, typer.Option(help="The organisation that publishes it; empty: the title.")] = "",
    language: Annotated[str, typer.Option(help="Its language, when it does not say so itself.")] = "",
    mail_existing: Annotated[
        bool, typer.Option("--mail-existing", help="Treat all it has now as news, whatever its age.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add a feed. It is polled at the next tick.

    Example: alerts feeds add https://example.org/world.xml --source "Example Wire" --language en
    """
    app = ready()
    try:
        new = new_feed(url, title, source, language, app.allow, mail_existing=mail_existing)
    except BadInput as error:
        if isinstance(error.__cause__, BlockedAddress):
            hint = "ALERTS_FETCH_ALLOW names the networks that may be called besides the public internet"
            raise BadInput(f"{error}; {hint}") from error
        raise
    with writing(app.engine) as tx:
        feed_id = add_feed(
            tx,
            new,
            by=actor(),
            interval_seconds=app.settings.poll_min_seconds,
            now=app.clock(),
        )
    if as_json:
        print_json({"id": feed_id, "url": url})
    else:
        say(f"feed {feed_id} added; it is polled at the next tick, or now with: alerts feeds poll {feed_id}")


@cli.command("list")
def list_(as_json: Json = False) -> None:
    """List the feeds with their latest poll.

    Example: alerts feeds list --json
    """
    app = ready()
    with reading(app.engine) as tx:
        found = kept.overview(tx)
    if as_json:
        print_json([_with_health(feed) for feed in found])
        return
    print_table(
        ("id", "state", "title", "last poll", "outcome", "next poll", "address"),
        (
            (
                feed.id,
                _state(feed),
                feed.title,
                feed.last and feed.last.finished_at,
                feed.last and feed.last.note,
                feed.next_poll_at,
                feed.url,
            )
            for feed in found
        ),
    )


def _state(feed: FeedStatus) -> str:
    """Its state, and the trouble it is in."""
    match condition(feed):
        case Condition.FAILING:
            return f"{feed.state}, failing"
        case Condition.SILENT:
            return f"{feed.state}, silent for {span(silence(feed))}"
        case _:
            return feed.state.value


def _with_health(feed: FeedStatus) -> dict[str, object]:
    """All that is kept of a feed, and what follows from it: a silent feed is healthy, for it answers."""
    return {**plain(feed), "healthy": feed.healthy, "silent": condition(feed) is Condition.SILENT}


@cli.command()
def show(feed_id: Annotated[int, typer.Argument(help="Its id.")], as_json: Json = False) -> None:
    """Show one feed with the history of its polls.

    Example: alerts feeds show 3
    """
    app = ready()
    with reading(app.engine) as tx:
        found = kept.overview(tx, feed_id)
        history = kept.history(tx, feed_id)
    if not found:
        raise NotFound(f"there is no feed {feed_id}; see: alerts feeds list")
    if as_json:
        print_json({**_with_health(found[0]), "history": plain(history)})
        return
    print_table(
        ("what", "value"), ((name, value) for name, value in _with_health(found[0]).items() if name != "last")
    )
    print()
    print_table(
        ("when", "outcome", "status", "note"),
        ((poll.finished_at, poll.outcome, poll.status, poll.note) for poll in history),
    )


@cli.command()
def poll(
    which: Annotated[list[str] | None, typer.Argument(help="Ids or addresses.")] = None,
    due: Annotated[bool, typer.Option("--due", help="All feeds whose time has come.")] = False,
    as_json: Json = False,
) -> None:
    """Poll feeds now, here, without the worker.

    Example: alerts feeds poll --due
    """
    app = ready()
    now = app.clock()
    with writing(app.engine) as tx:
        if due:
            ids = claims.due(tx, now, 1_000_000)
        elif which:
            ids = _ids(kept.ids_by_url(tx, which), {feed.id for feed in kept.overview(tx)}, which)
            claims.bring_forward(tx, ids, now)
        else:
            raise BadInput("say which feeds: ids, addresses, or --due")
    reports = [report for start in range(0, len(ids), 100) for report in app.poll(ids[start : start + 100])]
    if as_json:
        print_json(reports)
    else:
        print_table(
            ("feed", "outcome", "matches", "note"),
            ((report.url, report.outcome, report.matches, report.note) for report in reports),
        )


def _ids(by_url: dict[str, int], known: set[int], which: list[str]) -> tuple[int, ...]:
    ids = []
    for word in which:
        feed_id = by_url.get(word, int(word) if word.isdecimal() else 0)
        if feed_id not in known:
            raise NotFound(f"there is no feed {word}; see: alerts feeds list")
        ids.append(feed_id)
    return tuple(ids)


@cli.command()
def pause(feed_id: Annotated[int, typer.Argument(help="Its id.")]) -> None:
    """Stop polling a feed until it is resumed.

    Example: alerts feeds pause 3
    """
    _set(feed_id, Act.PAUSE, FeedState.PAUSED)


@cli.command()
def resume(feed_id: Annotated[int, typer.Argument(help="Its id.")]) -> None:
    """Poll a paused or retired feed again.

    Example: alerts feeds resume 3
    """
    _set(feed_id, Act.RESUME, FeedState.ACTIVE)


def _set(feed_id: int, what: Act, state: FeedState) -> None:
    app = ready()
    with writing(app.engine) as tx:
        if not kept.overview(tx, feed_id):
            raise NotFound(f"there is no feed {feed_id}; see: alerts feeds list")
        act(tx, [feed_id], what, by=actor(), now=app.clock())
    say(f"feed {feed_id} is {state}")


cli.add_typer(feed_lists.cli)  # without a name: its commands are commands of this group
