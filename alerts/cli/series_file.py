"""Daily figures of many series as CSV: one row for each series and day, strictly read.

date,series,count,exposure
2022-02-24,attack:ukraine,41,1.2
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from alerts.errors import BadInput

_MOST = 1_000_000_000
_LONGEST_DAYS = 50 * 366
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures, 0 to a thousand million, besides ``date`` and ``series``.

    Of a column that is not ``required``, the heading or single cells may be missing.
    """

    name: str
    whole: bool = True
    required: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One day of one series. ``figures`` has no entry for a cell that is empty; ``line`` is 1-based."""

    line: int
    date: date
    series: str
    figures: Mapping[str, float]


def read_series(path: Path, columns: Sequence[Column]) -> dict[str, tuple[Row, ...]]:
    """The rows of each series by date; the series in the order in which the file has them first.

    Columns may come in any order. Raises BadInput that names file, line and remedy: for a column that is
    unknown, missing or there twice, a row of another length, a date that is none, a figure out of range, a
    day that a series has twice, days more than fifty years apart, a file without rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            rows = _rows(((lines.line_num, cells) for cells in lines), columns, path)
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text") from error
    except csv.Error as error:
        raise BadInput(f"{path}, line {lines.line_num}: this is not CSV: {error}") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    if not rows:
        raise BadInput(f"{path} has no rows: write one line for each series and day under the headings")
    first, last = min(rows, key=_date), max(rows, key=_date)
    if (last.date - first.date).days > _LONGEST_DAYS:
        raise BadInput(
            f"{path}: {first.date} (line {first.line}) and {last.date} (line {last.line}) are more than fifty"
            " years apart; correct the one that is mistyped"
        )
    return _by_series(rows, path)


def _date(row: Row) -> date:
    return row.date


def _rows(lines: Iterable[tuple[int, list[str]]], columns: Sequence[Column], path: Path) -> list[Row]:
    heads: list[str] = []
    rows = []
    for line, raw in lines:
        where = f"{path}, line {line}"
        cells = [cell.strip() for cell in raw]
        if not any(cells):
            continue
        if not heads:
            heads = _checked_heads(cells, columns, where)
        elif len(cells) != len(heads):
            raise BadInput(f"{where}: {len(cells)} cells under {len(heads)} headings ({','.join(heads)})")
        else:
            rows.append(_row(dict(zip(heads, cells, strict=True)), columns, line, where))
    return rows


def _checked_heads(heads: list[str], columns: Sequence[Column], where: str) -> list[str]:
    known = ["date", "series", *(column.name for column in columns)]
    for head in heads:
        if head not in known:
            near = difflib.get_close_matches(head, known, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise BadInput(f"{where}: unknown column {head!r} (known: {','.join(known)}){meant}")
        if heads.count(head) > 1:
            raise BadInput(f"{where}: the column {head} is there twice; leave one out")
    for name in ("date", "series", *(column.name for column in columns if column.required)):
        if name not in heads:
            raise BadInput(f"{where}: the column {name} is missing; write headings such as {','.join(known)}")
    return heads


def _row(cells: Mapping[str, str], columns: Sequence[Column], line: int, where: str) -> Row:
    if not cells["series"]:
        raise BadInput(f"{where}: the series has no name")
    figures = {
        column.name: _figure(cells[column.name], column, where)
        for column in columns
        if cells.get(column.name) or (column.required and column.name in cells)
    }
    return Row(line, _day(cells["date"], where), cells["series"], figures)


def _day(text: str, where: str) -> date:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{where}: {text!r} is not a date; write 2022-02-24") from None


def _figure(text: str, column: Column, where: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else -1.0
    if not 0 <= value <= _MOST or (column.whole and value != int(value)):
        kind = "a whole number" if column.whole else "a number"
        raise BadInput(f"{where}: {column.name} must be {kind} from 0 to {_MOST:,}, not {text!r}")
    return int(value) if column.whole else value


def _by_series(rows: Iterable[Row], path: Path) -> dict[str, tuple[Row, ...]]:
    found: dict[str, dict[date, Row]] = {}
    for row in rows:
        days = found.setdefault(row.series, {})
        if (first := days.setdefault(row.date, row)) is not row:
            raise BadInput(
                f"{path}, line {row.line}: {row.series} has {row.date} already in line {first.line};"
                " add the two up or leave one out"
            )
    return {name: tuple(days[day] for day in sorted(days)) for name, days in found.items()}
