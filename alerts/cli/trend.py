"""``alerts trend``: where the situations of a file of daily figures went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from gettext import NullTranslations
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from alerts.cli.output import Json, print_json, visible
from alerts.cli.series_file import Column, Row, read_series
from alerts.digests.signal_words import SignalWords
from alerts.digests.times import Times
from alerts.errors import BadInput
from alerts.model import Polarity, TrendCall
from alerts.warning.surge import Day, replay
from alerts.warning.trend import Alarm, TrendDay, call

_COLUMNS = (Column("escalation"), Column("deescalation"), Column("exposure", whole=False, required=False))
_HISTORY = timedelta(730)
"""What came earlier has been forgotten by the surge test."""

_DAY = timedelta(1)
_WORDS = SignalWords(NullTranslations(), Times("en", "UTC"))


def trend(
    counts: Annotated[
        Path, typer.Option(help="CSV with date,series,escalation,deescalation and perhaps exposure.")
    ],
    as_of: Annotated[
        str, typer.Option(help="The day to judge on, such as 2026-02-28; without it the last of the file.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Say where each series went in the four weeks up to a day: deteriorated, improved, unchanged, or not
    enough data; whether there is a risk alert or a resolution opportunity; and what speaks for and against.

    Between the first and the last day of the file, a day without a row brought nothing; a day at exposure 0
    was not seen.

    Example: alerts trend --counts months.csv --as-of 2026-02-28 --json
    """
    series = read_series(counts, _COLUMNS)
    dates = [row.date for rows in series.values() for row in rows]
    first, last = min(dates), max(dates)
    today = _day(as_of) if as_of else last
    for name, rows in series.items():
        days = [*_days(rows, max(first, _before(today, _HISTORY)), min(last, today))]
        called = call(days, today, [*_alarms(days)])
        if as_json:
            print_json(
                {
                    "series": name,
                    "trend": called.trend,
                    "probability": round(called.probability, 4),
                    "risk_alert": called.risk_alert,
                    "resolution_opportunity": called.resolution_opportunity,
                    "reasons": _sentences(called),
                }
            )
        else:
            print(visible(_told(name, called)))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--as-of: {text!r} is not a date; write 2026-02-28") from None


def _before(day: date, by: timedelta) -> date:
    return day - by if day - date.min > by else date.min


def _days(rows: Sequence[Row], first: date, last: date) -> Iterator[TrendDay]:
    """Every day of a series from first to last."""
    figures = {row.date: row.figures for row in rows if first <= row.date <= last}
    for after in range((last - first).days + 1):
        day = first + after * _DAY
        told = figures.get(day, {})
        escalation, deescalation = int(told.get("escalation", 0)), int(told.get("deescalation", 0))
        yield TrendDay(day, escalation, deescalation, told.get("exposure", 1.0))


def _alarms(days: Sequence[TrendDay]) -> Iterator[Alarm]:
    """The surges of both series, as they would have been found at the time."""
    war = replay(Day(day.date, day.escalation, day.exposure) for day in days)
    peace = replay(Day(day.date, day.deescalation, day.exposure) for day in days)
    told = chain(
        ((reading, Polarity.ESCALATION) for reading in war),
        ((reading, Polarity.DEESCALATION) for reading in peace),
    )
    for reading, polarity in told:
        if reading.fires and reading.level is not None:
            yield Alarm(reading.date, reading.level, polarity)


def _told(name: str, called: TrendCall) -> str:
    marks = ["quieter"] * called.quieter + ["risk alert"] * called.risk_alert
    marks += ["resolution opportunity"] * called.resolution_opportunity
    heading = f"{name}: {', '.join([called.trend.value, *marks])}"
    return "\n".join([heading, *(f"  {sentence}" for sentence in _sentences(called))])


def _sentences(called: TrendCall) -> list[str]:
    """The reasons in English; what speaks against the call says so."""
    told = [(each.supports, _WORDS.reason_sentence(each, called.as_of)) for each in called.reasons]
    return [said if supports else f"Against it: {said}" for supports, said in told]
