"""``alerts surge``: when there is more news of a series than chance explains."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from gettext import NullTranslations
from pathlib import Path
from typing import Annotated

import typer

from alerts.app import ready
from alerts.cli.output import Json, print_lines, print_table
from alerts.cli.series_file import Column, Row, read_series
from alerts.digests.signal_words import SignalWords
from alerts.digests.times import Times
from alerts.store import signals
from alerts.store.unit import reading as reading_of
from alerts.warning.alarm import LEAST_SOURCES, LEAST_STORIES, LEVELS
from alerts.warning.surge import Day, Reading, fill, replay

_COLUMNS = (
    Column("count"),
    Column("exposure", whole=False, required=False),
    Column("sources", required=False),
)
_WORDS = SignalWords(NullTranslations(), Times("en", "UTC"))


def surge(
    counts: Annotated[
        Path | None,
        typer.Option(help="CSV: date,series,count and, if known, exposure and sources; a row a day."),
    ] = None,
    all_days: Annotated[
        bool, typer.Option("--all", help="Of a file: every day of every series, also calm ones.")
    ] = False,
    days: Annotated[int, typer.Option(min=1, help="Of the service: the last so many days.")] = 30,
    as_json: Json = False,
) -> None:
    """Find the days on which a series had more stories than chance explains, and say how sure that is.

    Without a file: the surges that this service has noticed.

    In a file, exposure is how much was fetched that day, in one unit for the whole series such as items; 0 is
    an outage, which is never calm. sources are the independent publishers of the last three days' stories. A
    day without a row had no stories: from the first to the last row of its series, and when no row of the
    file counts 0, from the first to the last day of the file.

    Example: alerts surge --counts counts.csv --json
    """
    if counts is None:
        _noticed(days, as_json)
        return
    found = sorted(_readings(read_series(counts, _COLUMNS)), key=lambda each: each[0].date)
    shown = [each for each in found if all_days or each[1].fires]
    if as_json:
        print_lines(_line(series, day, reading) for day, reading, series in shown)
    else:
        print_table(
            ("date", "series", "level", "p", "why"),
            (
                (day.date, series, reading.level, _p(reading), explanation(day, reading))
                for day, reading, series in shown
            ),
        )


def _noticed(days: int, as_json: bool) -> None:
    app = ready()
    with reading_of(app.engine) as tx:
        found = signals.surges(tx, app.clock().date() - timedelta(days=days))
    if as_json:
        print_lines(
            {
                "date": each.surge.day,
                "series": " ".join(filter(None, (each.surge.rule, each.surge.place))),
                "rule": each.surge.rule,
                "place": each.surge.place,
                "level": each.surge.level,
                "p": float(f"{each.surge.p:.6g}"),
                "days": each.surge.days,
                "expected": round(each.surge.expected, 4),
                "observed": each.surge.observed,
                "sources": each.surge.sources,
                "explanation": " ".join(_WORDS.surge_sentences(each.surge)),
            }
            for each in found
        )
    else:
        print_table(
            ("date", "rule", "place", "level", "why"),
            (
                (
                    each.surge.day,
                    each.surge.rule,
                    _WORDS.place(each.surge.place),
                    each.surge.level,
                    " ".join(_WORDS.surge_sentences(each.surge)),
                )
                for each in found
            ),
        )


def _readings(rows: Mapping[str, Sequence[Row]]) -> Iterator[tuple[Day, Reading, str]]:
    every = [row for days in rows.values() for row in days]
    exposure = _exposures(every)
    only_busy_days = all(row.figures["count"] for row in every)
    first, last = min(row.date for row in every), max(row.date for row in every)
    for series, listed in rows.items():
        days = [_day(row, exposure) for row in listed]
        if only_busy_days and days[0].date > first:
            days.insert(0, Day(first, 0, exposure(first)))
        if only_busy_days and days[-1].date < last:
            days.append(Day(last, 0, exposure(last), days[-1].sources))
        whole = list(fill(days, exposure))
        for day, reading in zip(whole, replay(whole), strict=True):
            yield day, reading, series


def _exposures(rows: Sequence[Row]) -> Callable[[date], float]:
    """What is taken for the exposure of a day whose row does not state it: the median of those that other
    series state for it, else of all that the file states; 1 when it states none."""
    stated: dict[date, list[float]] = defaultdict(list)
    for row in rows:
        if "exposure" in row.figures:
            stated[row.date].append(row.figures["exposure"])
    usual = {day: statistics.median(values) for day, values in stated.items()}
    of_all = statistics.median(usual.values()) if usual else 1.0
    return lambda day: usual.get(day, of_all)


def _day(row: Row, exposure: Callable[[date], float]) -> Day:
    sources = row.figures.get("sources")
    return Day(
        row.date,
        int(row.figures["count"]),
        row.figures.get("exposure", exposure(row.date)),
        None if sources is None else int(sources),
    )


def _line(series: str, day: Day, reading: Reading) -> dict[str, object]:
    return {
        "date": reading.date,
        "series": series,
        "level": reading.level,
        "fires": reading.fires,
        "p": _p(reading),
        "days": reading.window,
        "expected": round(reading.expected, 4),
        "observed": reading.observed,
        "explanation": explanation(day, reading),
    }


def _p(reading: Reading) -> float | None:
    return float(f"{reading.p:.6g}") if reading.tested else None


def explanation(day: Day, reading: Reading) -> str:
    """What was found, in words."""
    if not day.exposure:
        return "Nothing was fetched: this day says nothing, neither alarm nor calm."
    if not reading.tested:
        return "The series has just begun: nothing is known yet to compare with."
    said = [
        _WORDS.came(reading.observed, reading.window, None),
        _WORDS.usual(reading.usual),
        _WORDS.by_chance(reading.p),
    ]
    if day.sources is not None:
        said.insert(1, f"Independent publishers in the last 3 days: {day.sources}.")
    if reading.level is None and reading.p < max(below for _, below in LEVELS):
        said.append(f"No alarm: it takes {LEAST_STORIES} stories in 3 days and {LEAST_SOURCES} publishers.")
    return " ".join(said)
