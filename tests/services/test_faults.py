"""Hundreds of feeds, one in ten of them on a server that does everything wrong: the worker stays well."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from fault_server import Ports, faults
from faults import BEHAVIOURS, ITEMS
from small_world import World
from sqlalchemy import Engine

from alerts.feeds.fetch import fetch
from alerts.feeds.parse_child import CPU_SECONDS
from alerts.feeds.parse_process import ParseProcess
from alerts.model import Feed, FeedState, Fetched, ParsedFeed
from alerts.net.address import Allow
from alerts.net.client import Client
from alerts.services.poll import PollReport, poll
from alerts.store import claims, feeds
from alerts.store import schema as table
from alerts.store.unit import reading, writing

SHARE = 10
"""Every tenth feed is faulty, each in its own way."""

DEADLINE_SECONDS = 3.0
LONGEST_SECONDS = 30
MORE_MEMORY_MB = 100
TICKS = os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module")
def ports() -> Iterator[Ports]:
    with faults() as ports:
        yield ports


def resident_mb(what: str) -> float:
    """This process's memory now (VmRSS), or at most since ``forget_peak`` (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{what}:")[2].split()[0]) / 1e3


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def children() -> dict[int, str]:
    """This process's children and their states (proc(5): Z is dead and nobody took note)."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(") ")[2].split()[:2]
        except OSError:  # it ended just now
            continue
        if int(parent) == os.getpid():
            found[int(path.parent.name)] = state
    return found


def cpu_seconds(pid: int | None) -> float:
    """The processor time of a child that lives."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


@dataclass
class Worker:
    """What polls in a worker: the real client and parser. Remembers how long each thing took."""

    world: World
    parser: ParseProcess
    fetching: dict[str, float] = field(default_factory=dict)
    parsing: dict[str, float] = field(default_factory=dict)

    async def _names(self, name: str) -> tuple[str, ...]:
        if name == "nowhere.example":
            raise OSError("no such name")
        return ("127.0.0.1",)

    def _parse(self, body: bytes, url: str, content_type: str) -> ParsedFeed:
        child, before = self.parser.pid, cpu_seconds(self.parser.pid)
        dead = os.times().children_user + os.times().children_system
        try:
            return self.parser.parse(body, url, content_type)
        finally:
            if self.parser.pid == child:
                self.parsing[url] = cpu_seconds(child) - before
            else:  # it was killed, and its time became known when it was buried
                times = os.times()
                self.parsing[url] = times.children_user + times.children_system - dead - before

    def poll(
        self, ids: Sequence[int], *, a_task: int = 100, patience_seconds: float = 35
    ) -> list[PollReport]:
        """As tasks do: a batch and a client at a time."""

        async def polled(batch: Sequence[int]) -> tuple[PollReport, ...]:
            async with Client(
                Allow.of("127.0.0.0/8"),
                "test/1",
                resolve=self._names,
                deadline_seconds=DEADLINE_SECONDS,
                patience_seconds=patience_seconds,
            ) as client:

                async def fetch_feed(feed: Feed) -> Fetched:
                    began = time.monotonic()
                    try:
                        return await fetch(client, feed.url, feed.validators)
                    finally:
                        self.fetching[feed.url] = time.monotonic() - began

                polling = replace(self.world.polling(), fetch=fetch_feed, parse=self._parse)
                return await poll(batch, polling)

        with writing(self.world.engine) as tx:
            claims.bring_forward(tx, ids, self.world.now)
        return [
            report
            for start in range(0, len(ids), a_task)
            for report in asyncio.run(polled(ids[start : start + a_task]))
        ]


@pytest.fixture
def worker(migrated_file: Path, tmp_path: Path, opened: Callable[[str], Engine]) -> Iterator[Worker]:
    copy = tmp_path / "alerts.db"
    copy.write_bytes(migrated_file.read_bytes())
    with ParseProcess() as parser:
        yield Worker(World(opened(f"sqlite:///{copy}")), parser)


def add_feeds(world: World, ports: Ports) -> tuple[dict[int, str], list[int]]:
    """Adds faulty ones between healthy ones: id → behaviour, and the ids of the healthy."""
    faulty: dict[int, str] = {}
    healthy: list[int] = []
    with writing(world.engine) as tx:
        for number in range(SHARE * len(BEHAVIOURS)):
            host = f"host-{number}.example"
            name = list(BEHAVIOURS)[number // SHARE] if number % SHARE == 0 else None
            url = ports.url(name, host) if name else f"http://{host}:{ports.plain}/feed/{number}"
            new = feeds.NewFeed(url, f"Feed {number}", "Source", "en")
            feed_id = feeds.add(tx, new, interval_seconds=300, now=world.now)
            if name:
                faulty[feed_id] = name
            else:
                healthy.append(feed_id)
    return faulty, healthy


@pytest.mark.timeout(240)
def test_a_tenth_of_feeds_that_do_everything_wrong_harm_neither_the_others_nor_the_worker(
    worker: Worker, ports: Ports
) -> None:
    world = worker.world
    faulty, healthy = add_feeds(world, ports)
    everything = sorted([*faulty, *healthy])
    worker.poll(healthy[:1])  # loads what is loaded once
    before = resident_mb("VmRSS")
    forget_peak()

    reports = {report.feed_id: report for report in worker.poll(everything)}
    assert resident_mb("VmHWM") - before < MORE_MEMORY_MB
    assert max(worker.fetching.values()) < LONGEST_SECONDS
    assert max(worker.parsing.values()) < CPU_SECONDS + 1  # the kernel counts whole seconds
    assert {reports[feed_id].outcome for feed_id in healthy[1:]} == {"read"}
    assert world.count(table.Item, table.Item.feed_id.in_(healthy)) == ITEMS * len(healthy)
    surprises = {
        name: (reports[feed_id].outcome, reports[feed_id].note)
        for feed_id, name in faulty.items()
        if reports[feed_id].outcome not in BEHAVIOURS[name].outcomes
    }
    assert surprises == {}
    with reading(world.engine) as tx:
        rows = {feed_id: feeds.history(tx, feed_id) for feed_id in faulty}
    for feed_id, notes in rows.items():
        assert [note.outcome for note in notes] == [reports[feed_id].outcome]
        assert len(notes[0].note.split()) > 2  # a sentence
    retired = world.column(table.Feed.id, table.Feed.state == FeedState.RETIRED)
    assert [faulty[feed_id] for feed_id in retired] == ["status-410"]
    assert "북한 탄도 미사일 발사" in world.column(table.Item.title, table.Item.feed_id.in_(faulty))

    world.wait(hours=1)
    again = {report.feed_id: report for report in worker.poll(everything, a_task=len(everything))}
    assert {again[feed_id].note for feed_id in healthy} == {"304, not modified"}
    assert resident_mb("VmHWM") - before < MORE_MEMORY_MB
    states = children()
    assert worker.parser.pid in states
    assert "Z" not in states.values()


def test_who_waits_for_a_slow_host_is_asked_later_and_not_called_slow(worker: Worker, ports: Ports) -> None:
    """Thirteen feeds of one host that hangs: four at a time, as long as patience lasts."""
    world = worker.world
    slow = ports.url("hang-before-headers", "slow.example")
    with writing(world.engine) as tx:
        ids = [
            feeds.add(tx, feeds.NewFeed(f"{slow}?{n}", "Slow", "Source"), interval_seconds=300, now=world.now)
            for n in range(13)
        ]
    reports = worker.poll(ids, patience_seconds=1.8 * DEADLINE_SECONDS)
    outcomes = sorted(report.outcome for report in reports)
    assert outcomes == [*["postponed"] * 5, *["timeout"] * 8]
    with reading(world.engine) as tx:
        assert len(claims.due(tx, world.now, 100)) == 5
    assert world.count(table.Fetch) == 8
