"""Polling over HTTP: many feeds, cold and warm, beside bare aiohttp and lemon24/reader.

    ./run bench poll [--feeds N] [--reader PYTHON] [--json]

Ours is the whole of it, as a worker does it in one process: claim, fetch, parse in a process of its own,
dedupe, tell the language, match against rules, save. Bare aiohttp only fetches. reader fetches, parses
and stores, and is a program of its own:

    python3 -m venv reader-venv && reader-venv/bin/pip install reader
    ./run bench poll --reader reader-venv/bin/python
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from random import Random
from secrets import token_urlsafe
from statistics import median

import aiohttp

from alerts.app import App
from alerts.config import Settings
from alerts.model import FeedState
from alerts.net.decoding import ACCEPTED
from alerts.net.turns import AT_ONCE, AT_ONCE_PER_HOST
from alerts.services.rules import import_rules
from alerts.store import claims, feeds
from alerts.store.migrate import upgrade
from alerts.store.unit import reading, writing
from alerts.tasks import FEEDS_A_TASK, settle
from bench.feed_server import ITEMS, address, feed_server
from bench.invented import World
from bench.main_path import BEGIN, Clock, batches, say
from bench.measure import Meter, Stage
from bench.report import Peer, Report, table

RULES = 200
ROUNDS = 5
READER_WORKERS = 8
READER_FEEDS = 200
"""It takes long, and a tenth tells its rate as well."""


class Polls:
    """One service and its feeds, polled again and again."""

    def __init__(self, app: App, clock: Clock) -> None:
        self.app = app
        self.clock = clock
        self.meter = Meter(app.engine)
        self.settled = False
        import_rules(app.engine, World(seed=5).rules(RULES), author="bench", now=BEGIN)

    def add(self, addresses: Sequence[str]) -> None:
        with writing(self.app.engine) as tx:
            for url in addresses:
                feeds.add(tx, feeds.NewFeed(url, url, "House"), interval_seconds=3600, now=self.clock.now)

    def poll(self, name: str, count: int, outcome: str) -> Stage:
        """Polls all that are due, in batches as tasks take them."""
        with self.meter.stage(name, "feeds") as stage, self.meter.timed(stage):
            with reading(self.app.engine) as tx:
                due = claims.due(tx, self.clock.now, 1_000_000)
            for ids in batches(due, FEEDS_A_TASK):
                reports = self.app.poll(ids)
                wrong = [each for each in reports if each.outcome != outcome]
                assert not wrong, wrong[0]
                stage.done += len(reports)
                if not self.settled:  # as a worker does after its first task
                    settle()
                    self.settled = True
        assert stage.done == count, f"{stage.done} of {count} feeds were polled"
        self.clock.now += timedelta(days=2)
        say(f"{name}: {stage.rate:,.0f} feeds a second")
        return stage


def bare(addresses: Sequence[str], headers: Sequence[Mapping[str, str]], status: int) -> float:
    """Feeds a second of aiohttp alone, as many at once as ours."""

    async def fetched() -> float:
        connector = aiohttp.TCPConnector(limit=AT_ONCE, limit_per_host=AT_ONCE_PER_HOST, force_close=True)
        options = {"connector": connector, "headers": {"Accept-Encoding": ACCEPTED}}
        async with aiohttp.ClientSession(**options) as session:  # type: ignore[arg-type]

            async def one(url: str, asking: Mapping[str, str]) -> None:
                async with session.get(url, headers=asking) as answer:
                    await answer.read()
                    assert answer.status == status

            started = time.perf_counter()
            for start in range(0, len(addresses), FEEDS_A_TASK):
                part = slice(start, start + FEEDS_A_TASK)
                await asyncio.gather(*map(one, addresses[part], headers[part]))
            return time.perf_counter() - started

    return len(addresses) / asyncio.run(fetched())


def reader_rates(python: Path, addresses: Sequence[str]) -> tuple[str, list[float]]:
    """What lemon24/reader calls itself, and its feeds a second cold and warm."""
    command = [str(python), str(Path(__file__).with_name("reader_peer.py")), str(READER_WORKERS)]
    done = subprocess.run(command, input="\n".join(addresses), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{python} does not run reader: {done.stderr.strip().splitlines()[-1:]}")
    said = json.loads(done.stdout)
    assert said["entries"] == ITEMS * len(addresses), said
    return f"reader {said['version']}", [len(addresses) / seconds for seconds in said["seconds"]]


def _in_turn(ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float]:
    """The median rates of both, measured one after the other: the machine has its moods."""
    pairs = [(ours(), theirs()) for _ in range(ROUNDS)]
    return median(each for each, _ in pairs), median(each for _, each in pairs)


def run(app: App, clock: Clock, count: int, reader: Path | None) -> Report:
    """All polls, then the peers on the same server."""
    with feed_server() as (port, size):
        tagged = [address("tag", number, port) for number in range(count)]
        plain = [address("plain", number, port) for number in range(count)]
        nothing: list[dict[str, str]] = [{}] * count
        tags = [{"If-None-Match": f'"{number}"'} for number in range(count)]
        polls = Polls(app, clock)
        polls.add(tagged)
        cold = polls.poll("cold", count, "read")
        asked, alone = _in_turn(
            lambda: polls.poll("warm, 304", count, "unchanged").rate, lambda: bare(tagged, tags, 304)
        )
        with writing(app.engine) as tx:
            for feed_id in feeds.active(tx):
                feeds.set_state(tx, feed_id, FeedState.PAUSED)
        polls.add(plain)
        polls.poll("cold, no ETag", count, "read")
        same, whole = _in_turn(
            lambda: polls.poll("warm, same bytes", count, "unchanged").rate, lambda: bare(plain, nothing, 200)
        )
        peers = [
            Peer("304", "feeds", asked, "bare aiohttp", alone),
            Peer("same bytes", "feeds", same, "bare aiohttp", whole),
            Peer("cold", "feeds", cold.rate, "bare aiohttp", whole),
        ]
        if reader is None:
            say("reader is left out: say --reader PYTHON, a Python where you did: pip install reader")
        else:
            name, rates = reader_rates(reader, tagged[:READER_FEEDS])
            peers += [
                Peer("cold", "feeds", cold.rate, name, rates[0]),
                Peer("304", "feeds", asked, name, rates[1]),
            ]
    figures = {"feeds": count, "items a feed": ITEMS, "bytes a feed": size, "rules": RULES}
    return Report(app.engine.dialect.name, tuple(polls.meter.stages), figures, tuple(peers))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("./run bench poll", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=2_000, help="how many (default: 2000)")
    parser.add_argument("--reader", type=Path, help="a Python in which lemon24/reader is installed")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    chosen = parser.parse_args(arguments)
    if chosen.feeds < 1:
        parser.error("--feeds is 1 or more")
    with tempfile.TemporaryDirectory(prefix="alerts-bench-") as folder:
        settings = Settings(
            home=Path(folder),
            fetch_allow=(ip_network("127.0.0.0/8"),),
            secret_key=token_urlsafe(48),
        )
        clock = Clock()
        app = App(settings, clock=clock, randomness=Random(2))
        upgrade(app.engine)
        try:
            report = run(app, clock, chosen.feeds, chosen.reader)
        finally:
            app.parser.close()
            app.engine.dispose()
    print(json.dumps(report.as_json(), indent=1) if chosen.json else table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
