"""Noticing change with much to notice it in: 200,000 items of thirty days, 5,000 series.

    python -m bench.warning_scale [--items N] [--series N] [--postgres URL]

Prints what it costs to tell to which story an item belongs, in documents of one item and of thirty, and
what a watch costs: the first after a day is over, which closes all series, and one in the middle of a day.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from alerts.services.holding import Telling
from alerts.services.replay import Clock
from alerts.services.stories import Arrived, Stories
from alerts.services.watch import Watched, watch
from alerts.store.migrate import pending, upgrade
from alerts.store.unit import open_engine, writing
from bench.warning_month import Month, moment

ITEMS = 200_000
SERIES = 5_000
DAYS = 30
DOCUMENTS = {1: 400, 30: 40}
"""Items of a document, and how many such documents are measured."""

CRISES, STORIES = 20, 30
"""So many series surge on the day that is watched, with so many stories each."""

_BATCH = 2_000


def report(_: Path) -> None:
    """What it costs at size."""
    with tempfile.TemporaryDirectory(prefix="alerts-bench-") as folder:
        measure(open_engine(f"sqlite:///{folder}/alerts.db"), ITEMS, SERIES)


def measure(engine: Engine, items: int, series: int) -> None:
    upgrade(engine)
    month = Month(engine, series)
    started = time.perf_counter()
    for day in range(DAYS):
        print(f"\rday {day + 1} of {DAYS}", end="", file=sys.stderr, flush=True)
        _live(month, day, round(items / DAYS))
    print(f", {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    print(f"{month.items:,} items in {DAYS} days, {series:,} series, on {engine.dialect.name}")
    _stories(month)
    _watches(month, round(items / DAYS))
    engine.dispose()


def _live(month: Month, day: int, items: int) -> None:
    for done in range(0, items, _BATCH):
        month.live(moment(day, 24 * done / items), min(_BATCH, items - done))


def _stories(month: Month) -> None:
    """Milliseconds an item, in the process that has read what was kept and goes on."""
    known = Stories(month.engine)
    with _timed("reading which words are common", 0):
        known.prepare(())
    print("  which story an item belongs to, ms an item: by the clock, and of processor time")
    for size, documents in DOCUMENTS.items():
        costs = [_document(month, known, size, number) for number in range(documents)]
        clock, processor = (_percentiles(list(each)) for each in zip(*costs, strict=True))
        print(f"    documents of {size:<23}{clock}   processor {processor}", flush=True)


def _percentiles(costs: list[float]) -> str:
    costs.sort()
    p50, p95 = (costs[int(len(costs) * share)] for share in (0.5, 0.95))
    return f"p50 {p50:5.2f}  p95 {p95:5.2f}  most {costs[-1]:6.2f}"


def _document(month: Month, known: Stories, size: int, number: int) -> tuple[float, float]:
    """What it takes to prepare a document and to tell its stories apart, by item."""
    now = moment(DAYS - 1, 23) + timedelta(seconds=size * 60 + number)
    shown = [month.press.told(now)[0] for _ in range(size)]
    began = _both_clocks()
    prints = known.prepare(shown)
    prepared = _both_clocks()
    with writing(month.engine) as tx:
        ids = month.add(tx, shown, now)
        arrived = [Arrived(*each) for each in zip(ids, shown, prints, strict=True)]
        saved = _both_clocks()
        known.tell_apart(tx, arrived, now)
        told = _both_clocks()
    clock, processor = ((prepared[at] - began[at] + told[at] - saved[at]) / size * 1000 for at in range(2))
    return clock, processor


def _both_clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _watches(month: Month, items_a_day: int) -> None:
    clock = Clock(moment(DAYS, 0.2))
    with _timed("watch: thirty days at once, s"):
        _watch(month.engine, clock)
    month.crises(CRISES, STORIES)
    _live(month, DAYS, items_a_day)
    clock.now = moment(DAYS, 23.9)
    with _timed("watch: within a day, s"):
        done = _watch(month.engine, clock)
    _tell(done)
    clock.now = moment(DAYS + 1, 0.2)
    with _timed("watch: a day is over, s"):
        done = _watch(month.engine, clock)
    _tell(done)


def _tell(done: Watched) -> None:
    print(f"    {done.surges} surges, {done.drafts} drafts of trends, {len(done.deliveries)} mails")


def _watch(engine: Engine, clock: Clock) -> Watched:
    telling = Telling(lambda about: f"<{abs(hash(about))}@bench.example>", per_hour=12)
    return watch(engine, clock, telling)


@contextmanager
def _timed(what: str, digits: int = 2) -> Iterator[None]:
    started = time.perf_counter()
    yield
    print(f"  {what:38}{time.perf_counter() - started:.{digits}f}", flush=True)


def main(arguments: Sequence[str]) -> int:
    reader = argparse.ArgumentParser("bench.warning_scale", description=__doc__)
    reader.add_argument("--items", type=int, default=ITEMS)
    reader.add_argument("--series", type=int, default=SERIES)
    reader.add_argument("--postgres", default="", help="an empty postgresql://… database; default: SQLite")
    chosen = reader.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="alerts-bench-") as folder:
        engine = open_engine(chosen.postgres or f"sqlite:///{folder}/alerts.db")
        if not pending(engine):
            reader.error("the database is in use; give an empty one")
        measure(engine, chosen.items, chosen.series)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
