"""How well items are grouped into stories, and what a decision costs: ``python -m bench.stories CORPORA``.

Against pairs that people labelled (story_pairs.csv: hashes of feed and item, and 1 for one event), each set
of one week of captured feeds; all weeks of the capture are grouped as they came in. Then the launches of
North Korea in 2022: how many of the launch days that the headlines carry begin a story. Then the cost, with
200,000 real headlines put into 30 days. A dictionary stands in for the database; keys, candidates and
decisions are those of the service.
"""

from __future__ import annotations

import csv
import hashlib
import json
import lzma
import re
import sys
import tarfile
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter

from alerts.feeds.parse import parse
from alerts.language.detect import detect
from alerts.model import Item
from alerts.warning.prints import print_of
from alerts.warning.publishers import Publishers
from alerts.warning.stories import LOOKBACK, MOST_CANDIDATES, Candidate, Placed, origin, place
from alerts.warning.story_keys import keys
from alerts.warning.weights import Weights

PAIRS = Path(__file__).with_name("story_pairs.csv")
CAPTURES = {
    "test": "replay/replay_2022-09-24_2022-10-16_nk-launch-streak.tar.xz",
    "development": "replay/replay_2023-03-08_2023-03-24_nk-launches.tar.xz",
}
"""Pairs of the development week set the constants of alerts.warning; those of the test week did not."""
LAUNCHES = "labels/nk_launch_dates_to_2022.csv"
KOREA = timedelta(hours=9)
"""By so much a day begins earlier there."""
HEADLINES = (
    "headlines/rss_world_2022.jsonl.xz",
    "headlines/rss_world_2023Q1.jsonl.xz",
    "headlines/gnews_hourly_top_2025-07_2026-01.jsonl.xz",
    "headlines/reddit_worldnews_2008-2012.csv.xz",
    "headlines/bbc_rss_2022-03_2022-08.csv.xz",
)
LANGUAGES = ("en", "pl")
LARGEST = 6
ITEMS, DAYS, MEASURED = 200_000, 30, 4_000
_LAUNCH = re.compile(
    r"\b(?:north|n\.?) korea\w*\b.{0,60}\b(?:launch|fire[sd]?\b|firing|test(?:s|ed|-fire[sd]?)?\b).{0,60}"
    r"\b(?:missiles?|icbm|rockets?|projectiles?)\b|\b(?:missiles?|icbm)\b.{0,60}\bnorth korea",
    re.IGNORECASE,
)

Seen = tuple[datetime, Item]


@dataclass
class Grouping:
    """Stories as they grow, item by item; what the service keeps in its tables."""

    publishers: Publishers = field(default_factory=Publishers.shipped)
    weights: Weights = field(default_factory=Weights)
    kept: list[Candidate] = field(default_factory=list)
    postings: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    milliseconds: list[float] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def add(self, item: Item, seen_at: datetime) -> Placed:
        """Places one item and keeps it; only the pure part is timed."""
        began = perf_counter()
        print_ = print_of(item)
        found = keys(print_, self.weights)
        family, credit = self.publishers.family(item), self.publishers.credit(item)
        half = perf_counter()
        candidates = self._candidates(found, seen_at)
        again = perf_counter()
        placed = place(print_, family, candidates, self.weights, seen_at)
        self.milliseconds.append((half - began + perf_counter() - again) * 1000)
        number = len(self.kept)
        story = number if placed.story_id is None else placed.story_id
        first = seen_at if story == number else self.kept[story].story_first_seen_at
        copied = None if placed.copy_of is None else self.kept[placed.copy_of]
        source = origin(family, credit, copied)
        self.kept.append(Candidate(number, story, print_, seen_at, first, family, source))
        self._keep(found, number)
        return placed

    def learn(self, item: Item, seen_at: datetime) -> None:
        """Keeps an item as a story of its own, without looking for another."""
        print_, number = print_of(item), len(self.kept)
        self.kept.append(Candidate(number, number, print_, seen_at, seen_at, item.feed, item.feed))
        self._keep(keys(print_, self.weights), number)

    def _keep(self, found: Iterable[int], number: int) -> None:
        for key in found:
            self.postings[key].append(number)
        self.weights.learn(self.kept[number].print)

    def _candidates(self, found: Sequence[int], now: datetime) -> list[Candidate]:
        counts: Counter[int] = Counter()
        for key in found:
            posted = self.postings.get(key, [])
            oldest = bisect_left(posted, now - LOOKBACK, key=lambda number: self.kept[number].seen_at)
            counts.update(posted[oldest:])
        self.rows.append(counts.total())
        order = sorted(counts, key=lambda number: (-counts[number], -number))
        return [self.kept[number] for number in order[:MOST_CANDIDATES]]


def captured(archive: Path) -> list[Seen]:
    """Every item of captured feeds with the time of the first capture that shows it, in that order."""
    found: dict[tuple[str, str], Seen] = {}
    with tarfile.open(archive, "r:xz") as members:
        captures = {Path(member.name): member for member in members if member.name.endswith(".xml")}
        for path in sorted(captures, key=lambda path: (path.stem, path.parent.name)):
            feed = path.parent.name
            content = members.extractfile(captures[path])
            assert content is not None
            at = datetime.strptime(path.stem, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            for item in parse(content.read(), f"https://{feed}.replay.invalid/feed.xml").items:
                if (feed, item.key) not in found:
                    language = detect(f"{item.title} {item.summary}", item.language, LANGUAGES).language
                    found[feed, item.key] = (at, replace(item, feed=feed, language=language))
    return sorted(found.values(), key=lambda seen: (seen[0], seen[1].feed, seen[1].key))


def identity(item: Item) -> str:
    """How story_pairs.csv names an item: 16 hexadecimal digits that say nothing of its words."""
    return hashlib.sha256(f"{item.feed}\x1f{item.key}".encode()).hexdigest()[:16]


def labelled(story_of: Mapping[str, int], pairs: Path, name: str) -> Iterator[tuple[bool, bool]]:
    """For each labelled pair of a set: one event as people see it, and one story as we group it."""
    with pairs.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["set"] == name and row["same"] in ("0", "1"):
                yield row["same"] == "1", story_of[row["one"]] == story_of[row["other"]]


def _agreement(answers: Iterable[tuple[bool, bool]]) -> str:
    counts = Counter(answers)
    right, wrong, missed = counts[True, True], counts[False, True], counts[True, False]
    return (
        f"{counts.total()} pairs, {right + missed} of one event: "
        f"precision {right / max(1, right + wrong):.3f}, recall {right / max(1, right + missed):.3f} "
        f"({wrong} joined wrongly, {missed} not joined)"
    )


def headlines(folder: Path, names: Iterable[str]) -> Iterator[Seen]:
    """Items of headline collections as (time, item), in the order of the files."""
    for name in names:
        with lzma.open(folder / name, "rt", encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines) if ".csv" in name else map(json.loads, lines)
            for number, row in enumerate(rows):
                told = row.get("pub") or row.get("first_seen") or row.get("date") or row.get("pubDate") or ""
                try:
                    at = datetime.fromisoformat(told).replace(tzinfo=UTC)
                except ValueError:
                    at = datetime(2000, 1, 1, tzinfo=UTC)
                address = row.get("link") or f"https://{name}/{number}"
                feed, source = row.get("feed") or name, row.get("source") or ""
                summary = row.get("desc") or row.get("description") or ""
                yield (
                    at,
                    Item(address, address, row["title"], summary, language="en", feed=feed, source=source),
                )


def launches(corpora: Path) -> Iterator[str]:
    """Launch days of 2022 that the headlines carry, and how many stories tell of a launch. A day lasts from
    its beginning in Korea to its end in UTC: the labels are days of either."""
    with (corpora / LAUNCHES).open(encoding="utf-8", newline="") as rows:
        days = {date.fromisoformat(row["date"]) for row in csv.DictReader(rows) if row["date"][:4] == "2022"}
    grouping, told, began = Grouping(), list[datetime](), list[datetime]()
    for at, item in sorted(headlines(corpora, HEADLINES[:1]), key=lambda seen: (seen[0], seen[1].key)):
        if "korea" not in item.title.casefold():
            grouping.weights.learn(print_of(item))
            continue
        placed = grouping.add(item, at)
        if _LAUNCH.search(item.title):
            told.append(at)
            if placed.story_id is None:
                began.append(at)
    carried = [day for day in days if _on(day, told)]
    at_other_times = len(began) - len({at for day in days for at in _on(day, began)})
    yield (
        f"North Korean launches of 2022: {len(days)} days, {len(carried)} carried by headlines of the day, "
        f"{sum(bool(_on(day, began)) for day in carried)} of these begin a story that day; "
        f"{len(began)} stories begin with a launch headline, {at_other_times} of them at other times"
    )


def _on(day: date, times: Iterable[datetime]) -> list[datetime]:
    begins = datetime.combine(day, time(), UTC) - KOREA
    return [at for at in times if timedelta() <= at - begins < timedelta(days=1) + KOREA]


def cost(corpora: Path) -> Iterator[str]:
    """Time and rows read for one decision with 30 days of news behind it."""
    news = [item for _, item in headlines(corpora, HEADLINES)][:ITEMS]
    start, grouping = datetime(2022, 1, 1, tzinfo=UTC), Grouping()
    step = timedelta(days=DAYS) / len(news)
    for number, item in enumerate(news[:-MEASURED]):
        grouping.learn(item, start + number * step)
    for number, item in enumerate(news[-MEASURED:], len(news) - MEASURED):
        grouping.add(item, start + number * step)
    spent, rows = sorted(grouping.milliseconds), sorted(grouping.rows)
    half, most = MEASURED // 2, MEASURED * 95 // 100
    yield (
        f"a decision with {len(news):,} items in {DAYS} days: {spent[half]:.2f} ms at p50, "
        f"{spent[most]:.2f} ms at p95; rows read for its candidates {rows[half]} at p50, {rows[most]} at p95"
    )


def agreement(corpora: Path) -> Iterator[str]:
    """For each set of pairs how the grouping agrees with people, and its largest stories."""
    for name, archive in CAPTURES.items():
        grouping, seen = Grouping(), captured(corpora / archive)
        for at, item in seen:
            grouping.add(item, at)
        story_of = {
            identity(item): kept.story_id for (_, item), kept in zip(seen, grouping.kept, strict=True)
        }
        members: dict[int, list[Candidate]] = defaultdict(list)
        for kept in grouping.kept:
            members[kept.story_id].append(kept)
        yield f"{name}: {_agreement(labelled(story_of, PAIRS, name))}"
        yield f"{name}: {len(seen):,} items make {len(members):,} stories, the largest"
        for story in sorted(members, key=lambda story: (-len(members[story]), story))[:LARGEST]:
            outlets = len({kept.family for kept in members[story]})
            hours = (members[story][-1].seen_at - members[story][0].seen_at) / timedelta(hours=1)
            title = seen[story][1].title
            yield f"  {len(members[story])} items of {outlets} publishers in {hours:.0f} h: {title}"


def report(corpora: Path) -> None:
    """Prints agreement with the labels, the largest stories, North Korea's launches, and the cost."""
    for figures in (agreement, launches, cost):
        for line in figures(corpora):
            print(line, flush=True)


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    report(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
