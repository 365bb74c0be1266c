"""``alerts trend`` as people and programs read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from alerts.cli import cli
from alerts.errors import BadInput

LAST = date(2026, 2, 28)
HEADS = "date,series,escalation,deescalation"


def told(file: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["trend", "--counts", str(file), *words])


def written(
    file: Path, days: int, figures: Callable[[int], str | None], name: str = "x", heads: str = HEADS
) -> Path:
    """A row for each day of the past for which there are figures, the oldest first."""
    rows = [f"{LAST - timedelta(n)},{name},{cells}" for n in reversed(range(days)) if (cells := figures(n))]
    file.write_text("\n".join([heads, *rows]) + "\n", "utf-8")
    return file


def objects(done: Result) -> list[dict[str, object]]:
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_series_is_one_object_with_its_trend_and_reasons(tmp_path: Path) -> None:
    file = written(tmp_path / "c.csv", 140, lambda n: "3,0" if n < 28 else "1,0", "worse")
    file.write_text(file.read_text("utf-8") + f"{LAST},silent,0,0\n", "utf-8")
    worse, silent = objects(told(file, "--json"))
    reasons = worse.pop("reasons")
    assert worse == {
        "series": "worse",
        "trend": "deteriorated",
        "probability": 1.0,
        "risk_alert": False,
        "resolution_opportunity": False,
    }
    assert isinstance(reasons, list)
    assert reasons[0] == (
        "84 reports of escalation in four weeks, where 28 would be usual."
        " That is 3 times the rate; a rise is 99% probable."
    )
    assert (silent["series"], silent["trend"]) == ("silent", "not enough data")
    assert silent["reasons"] == ["0 reports in sixteen weeks; at least 6 are needed."]


def test_surges_of_the_counts_make_the_alerts(tmp_path: Path) -> None:
    file = written(tmp_path / "c.csv", 140, lambda n: "30,0" if n == 3 else "1,12" if n == 9 else "1,0")
    (found,) = objects(told(file, "--json"))
    assert (found["risk_alert"], found["resolution_opportunity"]) == (True, True)
    reasons = " ".join(found["reasons"])  # type: ignore[arg-type]
    assert "Urgent surge of escalation on February 25, 2026." in reasons
    assert "Surge of de-escalation on February 19, 2026." in reasons


def test_the_day_to_judge_on_sees_nothing_of_what_comes_later(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.csv", 200, lambda n: "90,9" if n < 40 else "1,0")
    early = written(tmp_path / "early.csv", 200, lambda n: "1,0" if n >= 40 else None)
    day = str(LAST - timedelta(40))
    assert told(whole, "--json", "--as-of", day).stdout == told(early, "--json", "--as-of", day).stdout
    assert told(early, "--json").stdout == told(early, "--json", "--as-of", day).stdout


def test_a_day_without_a_row_brought_nothing_within_the_days_of_the_file(tmp_path: Path) -> None:
    dense = written(tmp_path / "dense.csv", 140, lambda n: "1,0" if n % 5 == 0 else "0,0")
    sparse = written(tmp_path / "sparse.csv", 140, lambda n: "1,0" if n % 5 == 0 or n == 139 else None)
    for file in (dense, sparse):
        file.write_text(file.read_text("utf-8") + f"{LAST},other,0,0\n", "utf-8")
    assert told(dense, "--json").stdout == told(sparse, "--json").stdout


def test_a_day_at_exposure_0_is_no_quiet_day(tmp_path: Path) -> None:
    heads = f"{HEADS},exposure"
    dark = written(tmp_path / "c.csv", 140, lambda n: "0,0,0" if n < 12 else "1,0,1", heads=heads)
    (found,) = objects(told(dark, "--json"))
    assert found["trend"] == "unchanged"
    assert "Against it: Nothing was read on 12 days of 112; they count neither way." in found["reasons"]  # type: ignore[operator]


def test_people_read_headings_and_sentences(tmp_path: Path) -> None:
    file = written(tmp_path / "c.csv", 140, lambda n: None if n < 28 else "1,0", "Gr\x1b[2Jau")
    file.write_text(file.read_text("utf-8") + f"{LAST},other,0,0\n", "utf-8")
    lines = told(file).stdout.splitlines()
    assert lines[0] == "Gr\ufffd[2Jau: unchanged, quieter"
    assert lines[1].startswith(
        "  0 reports of escalation in four weeks, where 28 would be usual. That is 0.0"
    )


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        (f"{HEADS}\n2026-02-28,x,1,0\n2026-02-29,x,1,0\n", (), "line 3: '2026-02-29' is not a date"),
        (f"{HEADS}\n2026-02-28,x,-1,0\n", (), "line 2: escalation must be a whole number"),
        (f"{HEADS}\n2026-02-28,x,1\n", (), "line 2: 3 cells under 4 headings"),
        ("date,series,escalation\n2026-02-28,x,1\n", (), "line 1: the column deescalation is missing"),
        (f"{HEADS}\n2026-02-28,x,1,0\n", ("--as-of", "today"), "--as-of: 'today' is not a date; write 2026"),
    ],
)
def test_a_wrong_file_or_day_is_one_sentence_that_says_where(
    tmp_path: Path, text: str, words: tuple[str, ...], said: str
) -> None:
    file = tmp_path / "c.csv"
    file.write_text(text, "utf-8")
    done = told(file, "--json", *words)
    assert isinstance(done.exception, BadInput)
    assert said in str(done.exception)
    assert done.stdout == ""


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_far_from_the_file_is_not_enough_data(tmp_path: Path, day: str) -> None:
    file = written(tmp_path / "c.csv", 140, lambda _: "1,0")
    (found,) = objects(told(file, "--json", "--as-of", day))
    assert found["trend"] == "not enough data"
