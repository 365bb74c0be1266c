"""Headlines of a year through the service as it runs: polled, matched, told apart, watched and put into
the outbox of readers who want everything at once. The web and the clock are ours.
"""

from __future__ import annotations

import asyncio
import json
import lzma
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from alerts.app import App
from alerts.config import Settings
from alerts.feeds.plain import line, paragraphs
from alerts.model import Feed, Fetched, Item, ParsedFeed, Rule, Situation, Validators, Wish
from alerts.services.poll import poll
from alerts.services.replay import Clock
from alerts.services.rules import Edit, import_rules
from alerts.services.situations import import_situations
from alerts.store import claims, feeds
from alerts.store.migrate import upgrade
from alerts.store.unit import writing

STEP = timedelta(hours=6)
"""How far the clock moves at a time: between two polls of a feed, and between two watches."""

_LONGEST = 5_000  # characters of a summary
_BY = "bench"


@dataclass(frozen=True, slots=True)
class Headlines:
    """Items by the feed that brought them, each at the time it was published, oldest first."""

    by_feed: Mapping[str, Sequence[Item]]

    @property
    def times(self) -> Iterator[datetime]:
        return (item.published_at for items in self.by_feed.values() for item in items if item.published_at)


def read_headlines(file: Path) -> Headlines:
    """Items of a file of lines with feed, link, pub, title and desc; those without a time are left out."""
    by_feed: dict[str, list[tuple[datetime, Item]]] = defaultdict(list)
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        for each in map(json.loads, lines):
            published = _time(each["pub"])
            if published is not None:
                item = Item(
                    key=each["link"] or each["title"],
                    url=each["link"] or "",
                    title=line(each["title"] or ""),
                    summary=paragraphs(each["desc"] or "", markup=True, limit=_LONGEST),
                    published_at=published,
                )
                by_feed[each["feed"]].append((published, item))
    return Headlines(
        {
            feed: [item for _, item in sorted(dated, key=lambda each: each[0])]
            for feed, dated in by_feed.items()
        }
    )


def _time(written: str | None) -> datetime | None:
    """The archive writes UTC."""
    try:
        return datetime.fromisoformat(written or "").replace(tzinfo=UTC)
    except ValueError:
        return None


@contextmanager
def played(
    headlines: Headlines, rules: Sequence[Rule], situations: Sequence[Situation], wishes: Sequence[Wish]
) -> Iterator[App]:
    """The service on the evening of the last headline, on a database that is gone afterwards."""
    first, last = min(headlines.times), max(headlines.times)
    clock = Clock(datetime.combine(first.date(), time(), UTC))
    with tempfile.TemporaryDirectory(prefix="alerts-bench-") as folder:
        settings = Settings(home=Path(folder), secret_key="a secret of no use to anybody else")  # noqa: S106
        app = App(settings, clock=clock, randomness=Random(0))
        upgrade(app.engine)
        import_rules(app.engine, rules, author=_BY, now=clock.now)
        import_situations(app.engine, situations, Edit(_BY, clock.now), settings.languages)
        app.subscribe(wishes, actor=_BY)
        with writing(app.engine) as tx:
            ids = {
                url: feeds.add(
                    tx,
                    feeds.NewFeed(url, url, urlsplit(url).hostname or url),
                    interval_seconds=60,
                    now=clock.now,
                )
                for url in headlines.by_feed
            }
        try:
            for documents in _documents(headlines, clock, last):
                _poll(app, ids, documents)
                app.watch()
            yield app
        finally:
            app.engine.dispose()


def _documents(headlines: Headlines, clock: Clock, last: datetime) -> Iterator[dict[str, list[Item]]]:
    """What each feed shows that is new, as the clock is moved on."""
    waiting = {feed: iter(items) for feed, items in headlines.by_feed.items()}
    following = {feed: next(items, None) for feed, items in waiting.items()}
    month = ""
    while clock.now <= last:
        clock.now += STEP
        if month != (month := f"{clock.now:%Y-%m}"):
            print(f"{month} …", file=sys.stderr, flush=True)
        shown: dict[str, list[Item]] = defaultdict(list)
        for feed, items in waiting.items():
            while (item := following[feed]) and item.published_at and item.published_at <= clock.now:
                shown[feed].append(item)
                following[feed] = next(items, None)
        yield shown


def _poll(app: App, ids: Mapping[str, int], documents: Mapping[str, Sequence[Item]]) -> None:
    now = app.clock()

    async def fetch(feed: Feed) -> Fetched:
        return Fetched(feed.url, 200, f"{feed.url} {now}".encode(), "", Validators())

    def parse(_: bytes, url: str, __: str) -> ParsedFeed:
        return ParsedFeed("rss20", url, None, tuple(documents[url]))

    polled = [ids[url] for url in documents]
    with writing(app.engine) as tx:
        claims.bring_forward(tx, polled, now)
    for report in asyncio.run(poll(polled, replace(app.polling(fetch), parse=parse))):
        assert report.outcome == "read", report
