"""Surges of a file of daily counts at the terminal, and how strictly such a file is read."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from alerts.cli import cli
from alerts.cli.surge import explanation
from alerts.errors import BadInput
from alerts.model import Level
from alerts.warning.surge import Day, Reading

FIRST = date(2022, 1, 1)
ONSET = 60


def written(folder: Path, *lines: str, heads: str = "date,series,count") -> Path:
    file = folder / "counts.csv"
    file.write_text("\n".join([heads, *lines]), encoding="utf-8")
    return file


def day(at: int) -> date:
    return FIRST + timedelta(at)


def quiet(series: str = "coup:xx", until: int = ONSET) -> list[str]:
    return [f"{day(at)},{series},{int(at % 7 == 3)}" for at in range(until)]


def alerts(file: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["surge", "--counts", str(file), *options])


def found(file: Path, *options: str) -> list[dict[str, Any]]:
    result = alerts(file, "--json", *options)
    assert result.exit_code == 0, result.exception
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_surge_is_told_with_its_figures_and_in_words(tmp_path: Path) -> None:
    (line,) = found(written(tmp_path, *quiet(), f"{day(ONSET)},coup:xx,9"))
    words = line.pop("explanation")
    assert line.pop("expected") == pytest.approx(1 / 7, abs=0.03) and 0 < line.pop("p") < 0.003
    assert line == {
        "date": str(day(ONSET)),
        "series": "coup:xx",
        "level": "urgent",
        "fires": True,
        "days": 1,
        "observed": 9,
    }
    assert words.startswith("9 stories in 1 day. Usual is 0.12 a day (last four weeks, adjusted for")
    assert "By chance" in words


@pytest.mark.parametrize(
    ("usual", "p", "said"),
    [
        (0.001, 0.0091, "Usual is one in 1,000 days"),
        (1234.5, 0.0091, "Usual is 1,234 a day"),
        (0.84, 0.0091, "Usual is 0.84 a day"),
        (0.84, 0.0091, "By chance about once in 110 such days."),
        (0.84, 1e-9, "By chance less than once in 10,000 such days."),
    ],
)
def test_figures_are_told_as_people_say_them(usual: float, p: float, said: str) -> None:
    reading = Reading(FIRST, p, 3, 1900, 2.0, usual, 0, 3, Level.WARNING, True)
    assert said in explanation(Day(FIRST, 7, sources=9), reading)


def test_every_day_is_told_when_asked_for(tmp_path: Path) -> None:
    lines = found(written(tmp_path, *quiet(), f"{day(ONSET)},coup:xx,9"), "--all")
    assert len(lines) == ONSET + 1 and [line["level"] for line in lines[:ONSET]] == [None] * ONSET
    assert lines[0]["p"] is None and "nothing is known yet" in lines[0]["explanation"]


def test_a_person_reads_a_table(tmp_path: Path) -> None:
    shown = alerts(written(tmp_path, *quiet(), f"{day(ONSET)},coup:xx,9")).stdout
    assert shown.splitlines()[0].split() == ["date", "series", "level", "p", "why"]
    assert "urgent" in shown and "9 stories in 1 day" in shown


def test_days_of_all_series_come_in_order_of_date(tmp_path: Path) -> None:
    burst = [f"{day(ONSET)},a,9", f"{day(ONSET - 3)},b,9"]
    lines = found(written(tmp_path, *quiet("a"), *quiet("b", ONSET - 3), *burst))
    assert [line["series"] for line in lines] == ["b", "a"]


def test_one_publisher_alone_is_no_surge_and_it_is_said_why(tmp_path: Path) -> None:
    lines = [*(f"{line},1" for line in quiet()), f"{day(ONSET)},coup:xx,9,1", f"{day(ONSET + 2)},coup:xx,0,1"]
    file = written(tmp_path, *lines, heads="date,series,count,sources")
    assert not found(file)
    assert "No alarm: it takes" in found(file, "--all")[ONSET]["explanation"]
    two = written(tmp_path, *lines[:-2], f"{day(ONSET)},coup:xx,9,2", heads="date,series,count,sources")
    assert "Independent publishers in the last 3 days: 2." in found(two)[0]["explanation"]


def test_an_outage_is_never_calm(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        *(f"{line},1" for line in quiet()),
        f"{day(ONSET)},coup:xx,9,0",
        heads="date,series,count,exposure",
    )
    last = found(file, "--all")[-1]
    assert last["p"] is None and last["level"] is None and "Nothing was fetched" in last["explanation"]


def test_a_missing_day_was_as_well_seen_as_other_series_say(tmp_path: Path) -> None:
    """On the third day nothing was fetched for one series, so the other's silence says nothing either."""
    lines = [f"{day(at)},a,{at % 2},1" for at in range(10)] + [f"{day(at)},b,0,1" for at in (0, 1, 3)]
    lines[2] = f"{day(2)},a,0,0"
    told = found(written(tmp_path, *lines, heads="date,series,count,exposure"), "--all")
    assert {line["series"] for line in told if line["date"] == str(day(2)) and line["p"] is None} == {
        "a",
        "b",
    }


def test_a_series_begins_with_the_file_when_only_busy_days_are_listed(tmp_path: Path) -> None:
    busy = [line for line in quiet() if not line.endswith(",0")]
    burst = f"{day(ONSET - 1)},new,5"
    assert [line["series"] for line in found(written(tmp_path, *busy, burst))] == ["new"]
    assert not found(written(tmp_path, *quiet(), burst))


@pytest.mark.parametrize(
    ("lines", "heads", "said"),
    [
        (["2022-01-01,a,1"], "date,series,counts", "line 1: unknown column 'counts'"),
        (["2022-01-01,a,1"], "date,series,count,count", "line 1: the column count is there twice"),
        (["2022-01-01,1"], "date,count", "line 1: the column series is missing"),
        (["2022-01-01,a"], "date,series,count", "line 2: 2 cells under 3 headings"),
        (["2022-02-30,a,1"], "date,series,count", "line 2: '2022-02-30' is not a date"),
        (["20220201,a,1"], "date,series,count", "line 2: '20220201' is not a date"),
        (
            ["2022-01-01,a,1", "", "2022-01-02,a,-1"],
            "date,series,count",
            "line 4: count must be a whole number",
        ),
        (["2022-01-01,a,nan"], "date,series,count", "line 2: count must be"),
        (["2022-01-01,a,1.5"], "date,series,count", "line 2: count must be"),
        (["2022-01-01,a,"], "date,series,count", "line 2: count must be"),
        (["2022-01-01,a,1e99"], "date,series,count", "line 2: count must be"),
        (["2022-01-01,a,1,inf"], "date,series,count,exposure", "line 2: exposure must be a number"),
        (["2022-01-01,,1"], "date,series,count", "line 2: the series has no name"),
        (
            ["2022-01-01,a,1", "2022-01-01,a,2"],
            "date,series,count",
            "line 3: a has 2022-01-01 already in line 2",
        ),
        (["0022-01-01,a,1", "2022-01-01,a,2"], "date,series,count", "more than fifty years apart"),
        (['2022-01-01,"a,1'], "date,series,count", "line 2: this is not CSV"),
        ([], "date,series,count", "has no rows"),
        ([], "", "has no rows"),
    ],
)
def test_a_bad_file_is_refused_naming_the_line(
    tmp_path: Path, lines: list[str], heads: str, said: str
) -> None:
    result = alerts(written(tmp_path, *lines, heads=heads), "--json")
    assert isinstance(result.exception, BadInput) and result.exception.exit_code == 2
    assert said in str(result.exception) and not result.stdout


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    assert "cannot be read" in str(alerts(tmp_path / "none.csv").exception)
    (tmp_path / "counts.csv").write_bytes(b"date,series,count\n2022-01-01,\xff,1\n")
    assert "not UTF-8" in str(alerts(tmp_path / "counts.csv").exception)


def test_columns_come_in_any_order_with_spaces_and_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "counts.csv"
    file.write_text("\ufeffcount, series ,date\r\n3.0, a ,2022-01-01\r\n\r\n", encoding="utf-8")
    assert [line["series"] for line in found(file, "--all")] == ["a"]
