"""Noticing change, measured: ``python -m bench.warning CORPORA`` prints everything in one run.

CORPORA is a folder with ``headlines/`` and ``labels/``: headlines of r/worldnews 2008–2012 (set A) and of RSS
feeds 2022 to March 2023 (set B) with hand-labelled crisis onsets, and CrisisWatch with the news of its
months. What was chosen for surges, was chosen on set A; set B is a check. ``--only`` names sections.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from alerts.warning.alarm import LEVELS
from bench import warning_launches, warning_scale, warning_trend
from bench.warning_chance import MEANS, changes_of_feeds, cost, false_alarms
from bench.warning_counts import Collection, collections
from bench.warning_onsets import BUDGET, LATEST, OURS, Score, at_equal_budget, at_levels, cold, readings
from bench.warning_peers import Z_SCORE

_SEED = 1


def onsets(corpora: Path) -> None:
    """How many onsets are found, beside the peers."""
    for collection in collections(corpora):
        _print_onsets(collection)


def _print_onsets(collection: Collection) -> None:
    found = readings(collection)
    print(
        f"Set {collection.name}: {len(collection.counts)} countries, {collection.place_years:.0f} place-years"
    )
    print(f"  the headlines carry {len(collection.carried())} of {len(collection.onsets)} onsets")
    print(f"  at {BUDGET:g} alerts a place-year")
    scores = at_equal_budget(collection, found)
    _print_table(scores)
    ours = scores[OURS].recall[1]
    for name, score in scores.items():
        if name.startswith(Z_SCORE):
            print(f"    recall within 3 days is {ours / score.recall[1]:.2f} × that of {name}")
    print("  at fixed probabilities")
    _print_table(at_levels(collection, found))
    print("  recall within 3 days (p < .03) when the series begins only so many days before the onset")
    for history, recall in cold(collection).items():
        print(f"    {history:>2} days {recall:.2f}")
    print(flush=True)


def _print_table(scores: Mapping[str, Score]) -> None:
    late = "".join(f"{f'≤ {days} d':>7}" for days in LATEST)
    print(f"    {'':44}{'alerts':>7}{late}{'precision ≥':>13}{'delay, d':>10}")
    for name, score in scores.items():
        recall = "".join(f"{each:7.2f}" for each in score.recall)
        print(f"    {name:44}{score.alerts:7.2f}{recall}{score.precision:13.2f}{score.delay:10.2f}")


def chance(_: Path) -> None:
    """False alarms where nothing happens."""
    print("False alarms a year by chance alone, at so many stories a day")
    print("    " + f"{'':20}" + "".join(f"{mean:>8g}" for mean in MEANS))
    found = false_alarms(_SEED)
    for level, below in LEVELS[::-1]:
        row = "".join(f"{found[mean][level.value]:8.2f}" for mean in MEANS)
        print(f"    {f'p < {below} {level}':20}{row}")
    print("Share of series that warn (p < .01) in the 26 days after the feeds change")
    shares = changes_of_feeds(_SEED)
    by_chance = next(iter(shares.values()))
    for name, share in shares.items():
        print(f"    {name:40}{share:6.2f}   because of it {max(0.0, share - by_chance):.2f}")
    print(flush=True)


def speed(_: Path) -> None:
    """What a day costs."""
    found = cost(_SEED)
    print("Processor time to close a day of a series, by its stories a day")
    for mean, microseconds in found.items():
        print(f"    {mean:>8g}{microseconds:10.0f} µs")
    print(
        f"    5,000 series of all these kinds: {5_000 * sum(found.values()) / len(found) / 1e6:.2f} s a day"
    )
    print(flush=True)


SECTIONS: Mapping[str, Callable[[Path], None]] = {
    "onsets": onsets,
    "chance": chance,
    "speed": speed,
    "trend": warning_trend.report,
    "launches": warning_launches.report,
    "scale": warning_scale.report,
}


def main(arguments: Sequence[str]) -> int:
    reader = argparse.ArgumentParser("bench.warning", description=__doc__)
    reader.add_argument("corpora", type=Path)
    reader.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    wanted = reader.parse_args(arguments)
    for name in wanted.only:
        SECTIONS[name](wanted.corpora)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
