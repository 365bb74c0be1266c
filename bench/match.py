"""How fast rules are matched, against other ways to do the same, in one run: ``python -m bench.match``.

Random rules over the vocabulary of the headlines, 1,000 to 100,000 of them; every engine is given the same
rules and the same headlines and must find the same pairs. The engines take turns; the median of their rounds
counts. ``--headlines FILE`` names JSON Lines with a ``title`` each (also .xz); without it the headlines are
invented. Slow peers are asked about fewer headlines, and their pairs are compared on those.
"""

from __future__ import annotations

import argparse
import gc
import json
import lzma
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from alerts.model import Hit, Item, Rule
from alerts.rules.evaluate import Reading, analyse
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import NO_CONCEPTS
from alerts.rules.tree import Node
from bench.match_peers import Closures, Fts5, Pairs, PostgresAnchors, words_of
from bench.match_rules import Rules, invented, vocabulary

_LANGUAGE = "und"
"""No stems: not every peer knows ours. What stems cost is shown beside it, for ``en``."""

_SECONDS = 10.0
"""A slow peer is asked about so many headlines as take it about this long."""


def _headlines(place: Path | None, count: int, seed: int) -> list[str]:
    chosen = random.Random(seed)
    if place is None:
        return invented(count, chosen)
    packed = place.read_bytes()
    lines = (lzma.decompress(packed) if place.suffix == ".xz" else packed).splitlines()
    titles = dict.fromkeys(json.loads(line).get("title") or "" for line in lines)
    parted = (title.replace("-", " ").replace(".", " ") for title in titles)  # only we join test-fire
    kept = [title for title in dict.fromkeys(parted) if title.isascii() and len(title) > 20]
    chosen.shuffle(kept)
    return kept[:count]


class Ours:
    """The index, asked as previews and polls ask it."""

    name = "alerts"

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.index = RuleIndex(rules)

    def match(self, items: Sequence[Item]) -> Pairs:
        found = self.index.matches(items)
        return {(number, int(rule.key)) for number, rules in enumerate(found) for rule in rules}


def _items(headlines: Sequence[str], language: str) -> list[Item]:
    return [Item(str(n), "", title, language=language) for n, title in enumerate(headlines)]


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _affordable(match: Callable[[int], object], count: int) -> int:
    """How many headlines a peer is asked about: a power of two, or all."""
    asked = 8
    while asked < count and _seconds(partial(match, asked)) * 2 < _SECONDS:
        asked *= 2
    return min(asked, count)


def _compare(
    queries: Sequence[str], trees: Sequence[Node], news: Sequence[str], rounds: int, postgres: str
) -> Row:
    started = time.perf_counter()
    ours = Ours([Rule(str(number), "", query) for number, query in enumerate(queries)])
    items, english = _items(news, _LANGUAGE), _items(news, "en")
    ours.match(items[:1])
    built = time.perf_counter() - started
    gc.collect()
    gc.freeze()  # as a worker does once its rules are compiled
    words = [words_of(title) for title in news]
    expected = ours.match(items)
    ours.match(english)
    peers: list[Closures | Fts5 | PostgresAnchors] = [Closures(trees), Fts5(trees)]
    if postgres:
        peers.append(PostgresAnchors(trees, postgres))
    work: dict[str, tuple[int, Callable[[], object]]] = {
        "alerts": (len(news), lambda: ours.index.matches(items)),
        "alerts, with stems": (len(news), lambda: ours.index.matches(english)),
    }
    for peer in peers:
        asked = (
            len(news)
            if isinstance(peer, Fts5)
            else _affordable(lambda n, p=peer: p.match(words[:n]), len(news))
        )
        found = peer.match(words[:asked])
        if found != {pair for pair in expected if pair[0] < asked}:
            raise SystemExit(f"{peer.name} disagrees: {sorted(found ^ expected)[:5]}")
        work[peer.name] = (asked, lambda n=asked, p=peer: p.match(words[:n]))
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, (_, run) in work.items():
            seconds[name].append(_seconds(run))
    rates = {name: asked / statistics.median(seconds[name]) for name, (asked, _) in work.items()}
    for peer in peers:
        if isinstance(peer, PostgresAnchors):
            peer.close()
    return Row(
        len(queries),
        built,
        len(expected) / len(news),
        rates,
        _alone(ours.index, items),
        _edit(ours.index, items),
    )


def _alone(index: RuleIndex, items: Sequence[Item]) -> float:
    """Milliseconds for one item among all rules, 99th of 100."""
    times = sorted(_seconds_alone(index, item) for item in items[:2_000])
    return times[len(times) * 99 // 100] * 1_000


def _seconds_alone(index: RuleIndex, item: Item) -> float:
    started = time.perf_counter()
    index.matches((item,))
    return time.perf_counter() - started


def _edit(index: RuleIndex, items: Sequence[Item]) -> float:
    """Milliseconds from a written rule to the first item matched with it, median of 50 edits in a row."""
    times = []
    for number in range(50):
        started = time.perf_counter()
        index = index.edited([Rule(str(number), "", f"edited{number} OR launch")])
        index.matches(items[:1])
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """What one number of rules came to. ``rates`` are headlines a second; times in ms, ``built`` in s."""

    rules: int
    built: float
    hits: float
    rates: Mapping[str, float]
    alone: float
    edit: float


def _prove(queries: Sequence[str], trees: Sequence[Node], news: Sequence[str]) -> int:
    """The index against asking every rule by itself, evidence included, and against FTS5 as a witness."""
    rules = [Rule(f"{number:06}", "", query) for number, query in enumerate(queries)]
    index, items = RuleIndex(rules), _items(news, "en")
    matches = 0
    for at in range(0, len(items), 500):
        for item, hits in zip(items[at : at + 500], index.hits(items[at : at + 500]), strict=True):
            reading = Reading(analyse(item), NO_CONCEPTS)
            asked = ((rule, reading.evidence(tree)) for rule, tree in zip(rules, trees, strict=True))
            expected = tuple(Hit(rule, evidence) for rule, evidence in asked if evidence is not None)
            if hits != expected:
                raise SystemExit(f"index and evaluator differ on {item.title!r}")
            matches += len(hits)
    asked = f"{len(rules):,} rules × {len(items):,} headlines"
    print(f"{asked}: {matches:,} matches, index = evaluator, evidence included")
    exact = Ours(rules).match(_items(news, _LANGUAGE))
    if exact != Fts5(trees).match([words_of(title) for title in news]):
        raise SystemExit("SQLite FTS5 disagrees")
    print(f"without stems {len(exact):,} matches, the same as SQLite FTS5 finds")
    return 0


def main(arguments: Sequence[str]) -> int:
    reader = argparse.ArgumentParser("bench.match", description=__doc__)
    reader.add_argument("--headlines", type=Path)
    reader.add_argument("--rules", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    reader.add_argument("--count", type=int, default=5_000, help="headlines that are matched")
    reader.add_argument("--rounds", type=int, default=5)
    reader.add_argument("--postgres", default="", help="URL of a database that may be written to")
    reader.add_argument("--prove", action="store_true", help="only show that the answers are right")
    reader.add_argument("--seed", type=int, default=1)
    wanted = reader.parse_args(arguments)
    if wanted.prove:
        wanted.rules, wanted.count = [1_000], 10_000
    titles = _headlines(wanted.headlines, 50_000, wanted.seed)
    news = titles[: wanted.count]
    drawn = Rules(vocabulary(titles[wanted.count :]), wanted.seed).take(max(wanted.rules))
    if wanted.prove:
        return _prove(*zip(*drawn, strict=True), news)
    rows = []
    for count in wanted.rules:
        queries, trees = zip(*drawn[:count], strict=True)
        row = _compare(queries, trees, news, wanted.rounds, wanted.postgres)
        rows.append(row)
        print(
            f"{row.rules:>9,} rules: built in {row.built:.1f} s, {row.hits:.1f} hits a headline,"
            f" one item alone {row.alone:.2f} ms at p99, an edit seen in {row.edit:.2f} ms"
        )
        for name, rate in row.rates.items():
            ratio = row.rates["alerts"] / rate
            print(f"{'':>9} {name:<26}{rate:>12,.0f} headlines/s   alerts is × {ratio:,.1f}")
        sys.stdout.flush()
    for before, after in pairwise(rows):
        slower = before.rates["alerts"] / after.rates["alerts"]
        growth = math.log(slower) / math.log(after.rules / before.rules)
        print(f"growth exponent {before.rules:,} to {after.rules:,}: {growth:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
