"""How many crisis headlines named a country, day by day, in the two collections with labelled onsets.

A crisis headline is a title that meets any concept of the catalogue whose polarity is escalation, or
``natural-hazard`` (the onsets include earthquakes); its countries are those that the gazetteer finds.
A title that was there within the last thirty days is the same story. The exposure of a day is the number
of its titles.

Matching 130,000 titles takes a minute or two, so the counts are kept in the folder for temporary files,
under a name that changes with the catalogue and the collections.
"""

from __future__ import annotations

import csv
import hashlib
import json
import lzma
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from alerts.language.fold import fold
from alerts.model import Item, Polarity, Rule
from alerts.rules.gazetteer import Gazetteer
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import Concepts
from alerts.rules.shipped import concepts_with, is_country

HAZARD = "natural-hazard"
SAME_STORY_DAYS = 30
CARRIED = 3
"""Crisis headlines within eight days (one before an onset, six after) from which on there is something to
notice: an onset with fewer is not carried, a country that never had so many is not followed."""

_ONSETS = "labels/onsets_to_2012_and_2022-2023q1.csv"
_BATCH = 4_000
_CODES = {
    "Afghanistan": "af", "Armenia": "am", "Bahrain": "bh", "Bangladesh": "bd", "Brazil": "br",
    "BurkinaFaso": "bf", "Burma": "mm", "Canada": "ca", "Chile": "cl", "China": "cn", "Congo": "cd",
    "Denmark": "dk", "Ecuador": "ec", "Egypt": "eg", "Ethiopia": "et", "Gaza": "ps", "Georgia": "ge",
    "Germany": "de", "Greece": "gr", "Guinea": "gn", "GuineaBissau": "gw", "Haiti": "ht", "Honduras": "hn",
    "India": "in", "Indonesia": "id", "Iran": "ir", "Iraq": "iq", "Israel": "il", "Italy": "it",
    "IvoryCoast": "ci", "Japan": "jp", "Kosovo": "xk", "Kyrgyzstan": "kg", "Lebanon": "lb", "Libya": "ly",
    "Madagascar": "mg", "Mali": "ml", "Mexico": "mx", "Moldova": "md", "Nepal": "np", "Niger": "ne",
    "Nigeria": "ng", "NorthKorea": "kp", "Norway": "no", "Pakistan": "pk", "Peru": "pe",
    "Philippines": "ph", "Poland": "pl", "Russia": "ru", "Saudi": "sa", "Somalia": "so",
    "SouthKorea": "kr", "SriLanka": "lk", "Sudan": "sd", "Sweden": "se", "Syria": "sy", "Taiwan": "tw",
    "Thailand": "th", "Tunisia": "tn", "Turkey": "tr", "UK": "gb", "Uganda": "ug", "Ukraine": "ua",
    "Yemen": "ye", "Zimbabwe": "zw",
}  # fmt: skip
"""The labels' names of places, by the keys of our countries."""


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection: its first day, all titles a day, crisis headlines a day by country, and its onsets."""

    name: str
    first: date
    totals: tuple[int, ...]
    counts: Mapping[str, tuple[int, ...]]
    onsets: tuple[tuple[str, date], ...]

    def carried(self) -> list[tuple[str, int]]:
        """The onsets that the headlines carry: country and number of the day."""
        found = ((place, (day - self.first).days) for place, day in self.onsets)
        return [
            (place, at)
            for place, at in found
            if sum(self.counts.get(place, ())[max(0, at - 1) : at + 7]) >= CARRIED
        ]

    @property
    def place_years(self) -> float:
        return len(self.counts) * len(self.totals) / 365.25

    def exposures(self) -> list[float]:
        """The titles of each day."""
        return list(map(float, self.totals))


def collections(corpora: Path) -> tuple[Collection, Collection]:
    """Set A, r/worldnews 2008–2012, and set B, RSS feeds 2022 to March 2023."""
    read = (
        ("A", "A_reddit_2008_2016", ("reddit_worldnews_2008-2012.csv.xz",)),
        ("B", "B_rss_2022_2023", ("rss_world_2022.jsonl.xz", "rss_world_2023Q1.jsonl.xz")),
    )
    concepts = concepts_with((), ("en",))
    first, second = (
        _collection(name, label, [corpora / "headlines" / file for file in files], corpora, concepts)
        for name, label, files in read
    )
    return first, second


def _collection(
    name: str, label: str, files: Sequence[Path], corpora: Path, concepts: Concepts
) -> Collection:
    known = hashlib.sha256(json.dumps([asdict(each) for each in concepts.by_key.values()]).encode())
    for file in files:
        known.update(f"{file.name} {file.stat().st_size}".encode())
    kept = Path(tempfile.gettempdir()) / f"alerts-bench-warning-{name}-{known.hexdigest()[:16]}.json"
    if not kept.exists():
        print(f"matching the headlines of set {name}; kept in {kept}", file=sys.stderr)
        totals, counts = _count(_titles(files), concepts)
        kept.write_text(json.dumps({"first": min(totals).isoformat(), **_columns(totals, counts)}))
    found = json.loads(kept.read_text())
    return Collection(
        name=name,
        first=date.fromisoformat(found["first"]),
        totals=tuple(found["totals"]),
        counts={
            place: tuple(each)
            for place, each in sorted(found["counts"].items())
            if any(sum(each[at : at + 8]) >= CARRIED for at in range(len(each)))
        },
        onsets=tuple(_onsets(corpora / _ONSETS, label)),
    )


def _titles(files: Sequence[Path]) -> Iterator[tuple[date, str]]:
    for file in files:
        with lzma.open(file, "rt", encoding="utf-8", newline="") as lines:
            if ".csv" in file.suffixes:
                for row in csv.DictReader(lines):
                    yield date.fromisoformat(row["date"]), row["title"]
            else:
                for line in lines:
                    item = json.loads(line)
                    yield date.fromisoformat(item["day"]), item["title"] or ""


def _count(
    titles: Iterable[tuple[date, str]], concepts: Concepts
) -> tuple[Counter[date], dict[str, Counter[date]]]:
    crisis = [
        concept.key
        for concept in concepts.by_key.values()
        if (concept.polarity is Polarity.ESCALATION or concept.key == HAZARD) and not is_country(concept.key)
    ]
    index = RuleIndex([Rule(key, key, f"@{key}") for key in crisis], concepts)
    gazetteer = Gazetteer(concepts)
    totals: Counter[date] = Counter()
    counts: dict[str, Counter[date]] = defaultdict(Counter)
    stories = list(_stories(titles))
    for at in range(0, len(stories), _BATCH):
        batch = stories[at : at + _BATCH]
        items = [Item(str(number), "", title, language="en") for number, (_, title) in enumerate(batch)]
        totals.update(day for day, _ in batch)
        for (day, _), rules, places in zip(batch, index.matches(items), gazetteer.places(items), strict=True):
            for place in places if rules else ():
                counts[place][day] += 1
    return totals, counts


def _stories(titles: Iterable[tuple[date, str]]) -> Iterator[tuple[date, str]]:
    seen: dict[str, date] = {}
    for day, title in sorted(titles):
        last = seen.get(known := fold(title))
        if title and (last is None or (day - last).days > SAME_STORY_DAYS):
            seen[known] = day
            yield day, title


def _columns(totals: Mapping[date, int], counts: Mapping[str, Mapping[date, int]]) -> dict[str, object]:
    first = min(totals)
    days = [first + timedelta(number) for number in range((max(totals) - first).days + 1)]
    return {
        "totals": [totals.get(day, 0) for day in days],
        "counts": {place: [each.get(day, 0) for day in days] for place, each in counts.items()},
    }


def _onsets(file: Path, label: str) -> Iterator[tuple[str, date]]:
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["set"] == label:
                yield _CODES[row["place"]], date.fromisoformat(row["date"])
