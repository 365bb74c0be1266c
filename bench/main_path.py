"""The main path on invented news: rules, polls, weekly digests, mails, as the service does them.

    ./run bench [--items N] [--weeks N] [--database URL] [--json]

A scratch database is filled as the weeks go by: feeds are polled through the use case (everything but the
network: parsing in its own process, dedupe, language, matching, saving), readers subscribe when the last
week begins, and after the Monday that ends it every weekly digest is composed and every mail handed to a
mail server in another process. The clock is ours, so nothing waits. Documents are written before a poll is
timed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from secrets import token_urlsafe

from alerts.app import App
from alerts.config import Settings
from alerts.model import Cadence, DeliveryState, Feed, Fetched, ParsedFeed, Rule, Validators
from alerts.services.poll import poll
from alerts.services.rules import import_rules
from alerts.store import feeds
from alerts.store.migrate import pending, upgrade
from alerts.store.unit import writing
from alerts.tasks import DELIVERIES_A_TASK, DIGESTS_A_TASK, FEEDS_A_TASK
from bench import peers
from bench.invented import World, wires
from bench.measure import Meter
from bench.report import Report, table
from bench.sink import sink

FEEDS = 400
NEW_A_POLL = 20
RULES = 2_000
WEEKLY_READERS = 1_000
IMMEDIATE_READERS = 20
SAMPLE = 40
"""Documents that are also given to the peers."""

BEGIN = datetime(2024, 1, 2, tzinfo=UTC)
"""A Tuesday: Monday's digest hour has passed everywhere, and passes again before the next one."""
WEEK = timedelta(days=7)


class Clock:
    """The time it is in the benchmark."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def batches(ids: Sequence[int], size: int) -> Iterator[list[int]]:
    """The ids as tasks take them."""
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])


class MainPath:
    """One run, stage by stage, each measured."""

    def __init__(self, app: App, clock: Clock) -> None:
        self.app = app
        self.clock = clock
        self.world = World(seed=2)
        self.wires = {wire.url: wire for wire in wires(self.world, FEEDS)}
        self.meter = Meter(app.engine)
        self.rules: tuple[Rule, ...] = self.world.rules(RULES)
        self.sample: list[bytes] = []
        self.matches = 0
        self.entries = 0
        self.parse_seconds = 0.0

    def prepare(self) -> None:
        with self.meter.stage("write rules", "rules") as stage, self.meter.timed(stage):
            stage.done = len(import_rules(self.app.engine, self.rules, author="bench", now=BEGIN).written)
        with writing(self.app.engine) as tx:
            for number, url in enumerate(self.wires):
                new = feeds.NewFeed(url, f"Feed {number}", source=f"House {number % 90}")
                feeds.add(tx, new, interval_seconds=3600, now=BEGIN)

    def poll(self, name: str, rounds: int, new: int, during: timedelta) -> None:
        """Polls every feed so many times, each time with so many new entries."""
        with self.meter.stage(name, "items") as stage:
            for turn in range(1, rounds + 1):
                documents = {url: wire.go_on(new, self.clock.now) for url, wire in self.wires.items()}
                self.sample = list(documents.values())[:SAMPLE]

                async def answer(feed: Feed, given: dict[str, bytes] = documents) -> Fetched:
                    return Fetched(feed.url, 200, given[feed.url], "application/rss+xml", Validators())

                polling = replace(self.app.polling(answer), parse=self._timed_parse)
                with self.meter.timed(stage):
                    for ids in batches(self.app.tick().feeds, FEEDS_A_TASK):
                        for each in asyncio.run(poll(ids, polling)):
                            assert each.outcome == "read", each
                            stage.done += each.new
                            self.matches += each.matches
                assert stage.done == turn * new * FEEDS, "not every feed was due"
                self.clock.now += during / rounds
                say(f"{name}, {turn} of {rounds}: {stage.done:,} items, {stage.rate:,.0f} a second")

    def _timed_parse(self, body: bytes, url: str, content_type: str) -> ParsedFeed:
        started = time.perf_counter()
        try:
            return self.app.parser.parse(body, url, content_type)
        finally:
            self.parse_seconds += time.perf_counter() - started

    def subscribe(self) -> None:
        wishes = (
            *self.world.wishes(WEEKLY_READERS, Cadence.WEEKLY, self.rules),
            *self.world.wishes(IMMEDIATE_READERS, Cadence.IMMEDIATE, self.rules),
        )
        with self.meter.stage("subscribe", "readers") as stage, self.meter.timed(stage):
            stage.done = len(self.app.subscribe(wishes, actor="bench"))

    def compose(self) -> None:
        """Every digest that is due."""
        with self.meter.stage("weekly run: compose", "digests") as stage, self.meter.timed(stage):
            while due := self.app.tick().subscriptions:
                for ids in batches(due, DIGESTS_A_TASK):
                    for each in self.app.compose(ids):
                        stage.done += each.outcome == "composed"
                        self.entries += each.entries

    def deliver(self) -> None:
        """Every mail of the outbox, alerts too."""
        with self.meter.stage("weekly run: send", "mails") as stage, self.meter.timed(stage):
            while due := self.app.tick().deliveries:
                for ids in batches(due, DELIVERIES_A_TASK):
                    done = self.app.deliver(ids)
                    assert all(settled.state is DeliveryState.SENT for _, settled in done), done
                    stage.done += len(done)


def run(app: App, clock: Clock, items: int, weeks: int) -> Report:
    """All stages, then the peers on the same documents and mails."""
    rounds = max(weeks, round(items / FEEDS / NEW_A_POLL))
    new, last = max(1, round(items / FEEDS / rounds)), rounds // weeks
    path = MainPath(app, clock)
    path.prepare()
    if weeks > 1:
        path.poll("poll, weeks before", rounds - last, new, (weeks - 1) * WEEK)
    path.subscribe()
    path.poll("poll, last week", last, new, WEEK)
    path.compose()
    path.deliver()
    polls = [stage for stage in path.meter.stages if stage.unit == "items"]
    seconds = sum(stage.seconds for stage in polls)
    digests, mails = path.meter.stages[-2:]
    stored = sum(stage.done for stage in polls)
    say("the peers …")
    return Report(
        database=app.engine.dialect.name,
        stages=tuple(path.meter.stages),
        figures={
            "items stored": stored,
            "items/s": round(stored / seconds, 1),
            "matches saved": path.matches,
            "matches/s": round(path.matches / seconds, 1),
            "waiting for the parser, share of polling": round(path.parse_seconds / seconds, 2),
            "entries a digest": round(path.entries / max(1, digests.done), 1),
            "digests/s": round(digests.rate, 1),
            "mails/s": round(mails.rate, 1),
        },
        peers=(
            peers.parsing(app.parser, path.sample),
            peers.matching(path.rules, path.sample),
            peers.sending(app, mails.rate),
        ),
    )


def on_scratch(
    parser: argparse.ArgumentParser, database: str, measured: Callable[[App, Clock], Report], as_json: bool
) -> int:
    """Measures on an empty database, with a mail server in another process, and prints the report. What is
    wrong with the database is told by the parser. The exit code."""
    with tempfile.TemporaryDirectory(prefix="alerts-bench-") as folder, sink() as port:
        settings = Settings(
            home=Path(folder),
            database_url="" if database == "sqlite" else database,
            smtp_url=f"smtp://127.0.0.1:{port}",
            secret_key=token_urlsafe(48),
        )
        clock = Clock()
        app = App(settings, clock=clock, randomness=Random(2))
        if not pending(app.engine):
            parser.error("the database is in use; give an empty one")
        upgrade(app.engine)
        try:
            report = measured(app, clock)
        finally:
            app.parser.close()
            app.engine.dispose()
    print(json.dumps(report.as_json(), indent=1) if as_json else table(report))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("./run bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--items", type=int, default=40_000, help="items to store (default: 40000)")
    parser.add_argument("--weeks", type=int, default=4, help="weeks they spread over (default: 4)")
    parser.add_argument("--database", default="", help="an empty postgresql://… database; default: SQLite")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    chosen = parser.parse_args(arguments)
    if chosen.items < 1 or chosen.weeks < 1:
        parser.error("--items and --weeks are 1 or more")
    return on_scratch(
        parser, chosen.database, lambda app, clock: run(app, clock, chosen.items, chosen.weeks), chosen.json
    )


if __name__ == "__main__":
    sys.exit(main())
