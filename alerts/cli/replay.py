"""``alerts replay``: captured feeds through every stage, with the clock of their captures."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from alerts.app import App
from alerts.cli.output import Json, plain, print_json, print_table, say
from alerts.cli.rules import rules_at
from alerts.cli.situations import situations_at
from alerts.cli.subscriber_file import read_subscribers
from alerts.config import Settings
from alerts.errors import BadInput
from alerts.mail.folder import FolderTransport
from alerts.model import Feed, Fetched
from alerts.services.poll import poll
from alerts.services.replay import Captures, Clock, longest, play, read_captures, times, url_of
from alerts.services.rules import Edit, import_rules
from alerts.services.situations import import_situations
from alerts.store import claims, deliveries, digests, feeds, summary
from alerts.store.migrate import upgrade
from alerts.store.unit import reading, writing

_SUBSCRIBERS = Path(__file__).parent.parent / "catalog" / "replay-subscribers.toml"


def replay(
    folder: Annotated[Path, typer.Argument(help="Holds <feed>/<YYYYMMDDTHHMMSSZ>.xml captures.")],
    step: Annotated[str, typer.Option(help="How far the clock moves at a time: 30m, 6h, 1d.")] = "6h",
    mail: Annotated[Path | None, typer.Option(help="Folder for the mails, as files.")] = None,
    rules: Annotated[str, typer.Option(help="A rule file, a folder of them, or catalog.")] = "catalog",
    subscribers: Annotated[
        Path, typer.Option(help="A TOML file of subscribers; without it, three sample readers.")
    ] = _SUBSCRIBERS,
    database: Annotated[
        Path | None, typer.Option(help="Keep the scratch database here, to look into it afterwards.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Play captured feeds through every stage of the service. Nothing is fetched and nothing is sent.

    Example: alerts replay captures/ --step 6h --mail mails/ --json
    """
    started = time.monotonic()
    captures = read_captures(folder)
    jump = _duration(step)
    with tempfile.TemporaryDirectory(prefix="alerts-replay-") as scratch:
        place = database or Path(scratch) / "replay.db"
        if place.exists():
            raise BadInput(f"{place} exists already; name a file that is still to be made")
        mails = mail or Path(scratch) / "mails"
        clock = Clock(captures.first_at)
        app = _scratch_app(place, clock)
        _prepare(app, captures, rules, subscribers)
        wishes = [described.wish for described in read_subscribers(subscribers)]
        play(
            clock,
            times(captures, jump, longest([wish.cadence for wish in wishes])),
            poll=lambda: _poll(app, captures),
            watch=app.watch,
            compose=lambda: _compose(app),
            deliver=_delivery(app, FolderTransport(mails)),
            due=lambda: _first_due(app),
            progress=_progress(captures),
        )
        with reading(app.engine) as tx:
            found = plain(summary.read(tx))
        app.parser.close()
        app.engine.dispose()
    found |= {"inbox": str(mails) if mail else None, "seconds": round(time.monotonic() - started, 1)}
    if as_json:
        print_json(found)
    else:
        print_table(("what", "came to"), found.items())


def _first_due(app: App) -> datetime | None:
    with reading(app.engine) as tx:
        return digests.first_due(tx)


def _duration(words: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,4})([mhd])", words)
    if found is None or int(found[1]) == 0:
        raise BadInput(f"--step {words!r} is no duration; write 30m, 6h or 1d")
    return (
        int(found[1]) * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[found[2]]
    )


def _scratch_app(database: Path, clock: Clock) -> App:
    settings = Settings(
        database_url=f"sqlite:///{database.absolute()}",
        secret_key="the replay signs nothing that anybody could use",  # noqa: S106
        public_url="https://alerts.example.org",
        ALERTS_FROM="Alerts <alerts@example.org>",
        smtp_url="",
    )
    return App(settings, clock=clock, randomness=Random(0))  # noqa: S311  (repeatable is the point)


def _prepare(app: App, captures: Captures, rules: str, subscribers: Path) -> None:
    upgrade(app.engine)
    import_rules(
        app.engine,
        rules_at(rules),
        author="replay",
        now=app.clock(),
        languages=app.settings.languages,
    )
    if rules == "catalog":
        edit = Edit("replay", app.clock())
        import_situations(app.engine, situations_at(rules), edit, app.settings.languages)
    app.subscribe([described.wish for described in read_subscribers(subscribers)], actor="replay")
    with writing(app.engine) as tx:
        for name in captures.by_feed:
            feeds.add(tx, feeds.NewFeed(url_of(name), name, name), interval_seconds=60, now=app.clock())


def _poll(app: App, captures: Captures) -> None:
    async def fetch(feed: Feed) -> Fetched:
        return captures.at(feed.url, app.clock())

    polling = app.polling(fetch)
    with writing(app.engine) as tx:
        ids = feeds.active(tx)
        claims.bring_forward(tx, ids, app.clock())
    for feed_id in ids:
        asyncio.run(poll([feed_id], polling))


def _compose(app: App) -> None:
    with reading(app.engine) as tx:
        ids = digests.due(tx, app.clock(), 1_000_000)
    app.compose(ids)


def _delivery(app: App, transport: FolderTransport) -> Callable[[], None]:
    def deliver() -> None:
        with reading(app.engine) as tx:
            ids = deliveries.due(tx, app.clock(), 1_000_000)
        app.deliver(ids, transport)

    return deliver


def _progress(captures: Captures) -> Callable[[datetime], None]:
    shown: set[str] = set()

    def progress(now: datetime) -> None:
        day = now.strftime("%Y-%m-%d")
        if day not in shown:
            shown.add(day)
            say(f"{day} …" if now <= captures.last_at else f"{day} … (captures have ended; digests go out)")

    return progress
