"""A list of people as CSV: read line by line, and brought in step by step.

The first line names the columns, in any order; only *address* has to be there. What several lines of one
person ask for is several subscriptions, so a person may stand there once for each cadence.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from alerts.errors import BadInput
from alerts.mail.address import check_address, normalise_address
from alerts.model import Cadence, JobKind, Wish
from alerts.services.inviting import Became, Outcome, bring_in
from alerts.services.jobs import Save, Step, Take
from alerts.services.reception import Reception
from alerts.store.jobs import Job, NewJob

COLUMNS = (
    "address",
    "language",
    "timezone",
    "cadence",
    "hour",
    "weekday",
    "rules",
    "situations",
    "consent",
)
"""*rules* and *situations* hold keys with spaces between them; *consent* says where it is recorded."""

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

AT_ONCE = 50
"""Lines of one step."""

MOST_LINES = 50_000


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the list. ``consent`` is '' when they have to be asked."""

    line: int
    wish: Wish
    consent: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be used, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a list says: the lines that can be used, and those that cannot."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


def read_people(content: str | bytes) -> Read:
    """Reads a list; pure. UTF-8 with or without a byte order mark; commas, semicolons or tabs between cells.

    Raises BadInput when it is no such list at all. Whether rules, situations and languages exist is not
    looked at here.
    """
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadInput(f"the list is not UTF-8, from byte {error.start + 1} on") from error
    lines = _lines(content.removeprefix("\ufeff"))
    try:
        first = next(lines, None)
    except csv.Error as error:
        raise BadInput(f"the first line is not CSV: {error}") from error
    if first is None:
        raise BadInput("the list is empty")
    line, names = first[0], _columns(first[1])
    rows: list[Row] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, Cadence], int] = {}
    try:
        for line, cells in lines:
            if len(rows) + len(faults) >= MOST_LINES:
                raise BadInput(f"the list has more than {MOST_LINES:,} lines")
            try:
                row = _row(line, names, cells)
                who = normalise_address(row.wish.address), row.wish.cadence
                if who in seen:
                    raise BadInput(f"the same address and cadence as in line {seen[who]}")
            except BadInput as error:
                faults.append(Fault(line, str(error)))
            else:
                seen[who] = line
                rows.append(row)
    except csv.Error as error:
        faults.append(Fault(line + 1, f"from here on this is not CSV: {error}"))
    return Read(tuple(rows), tuple(faults))


def _lines(content: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every line that is not empty; a cell in quotes may go over several."""
    head = content.partition("\n")[0]
    separator = max((",", ";", "\t"), key=head.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
    begins = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begins, [cell.strip() for cell in cells]
        begins = reader.line_num + 1


def _columns(cells: Sequence[str]) -> tuple[str, ...]:
    names = tuple(cell.lower() for cell in cells)
    unknown = [name for name in names if name not in COLUMNS]
    if "address" not in names:
        raise BadInput(f"the first line names no column “address”; it may name: {', '.join(COLUMNS)}")
    if unknown:
        raise BadInput(f"unknown column {unknown[0][:40]!r}; it may be one of: {', '.join(COLUMNS)}")
    if len(set(names)) < len(names):
        raise BadInput("the first line names a column twice")
    return names


def _row(line: int, names: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) > len(names) and any(cells[len(names) :]):
        raise BadInput(f"{len(cells)} cells, but {len(names)} columns")
    said = dict(zip(names, cells, strict=False))
    cadence = said.get("cadence", "").lower() or Cadence.WEEKLY.value
    if cadence not in set(Cadence):
        raise BadInput(f"cadence {cadence[:20]!r} is not one of: {', '.join(Cadence)}")
    hour, minute = clock_of(said["hour"]) if said.get("hour") else (None, None)
    weekday = weekday_of(said["weekday"]) if said.get("weekday") else None
    wish = Wish(
        check_address(said["address"]),
        said.get("language") or None,
        said.get("timezone") or None,
        Cadence(cadence),
        tuple(dict.fromkeys(said.get("rules", "").split())),
        hour=hour,
        minute=minute,
        weekday=weekday,
        situations=tuple(dict.fromkeys(said.get("situations", "").split())),
    )
    if not wish.rules and not wish.situations:
        raise BadInput("no rule and no situation")
    return Row(line, wish, said.get("consent", ""))


def clock_of(said: str) -> tuple[int, int]:
    """Hour and minute, from ``7`` or ``7:30``. Raises BadInput."""
    hour, colon, minute = said.partition(":")
    if not (_is_number(hour, 23) and (not colon or (len(minute) == 2 and _is_number(minute, 59)))):
        raise BadInput(f"hour {said[:20]!r} is no time of a day; write 7 or 7:30")
    return int(hour), int(minute or 0)


def weekday_of(said: str) -> int:
    """0 for Monday, from a day's English name or number. Raises BadInput."""
    if _is_number(said, 6):
        return int(said)
    if said.lower() not in DAYS:
        raise BadInput(f"weekday {said[:20]!r} is unknown; write monday … sunday, or 0 (Monday) … 6")
    return DAYS.index(said.lower())


def _is_number(said: str, most: int) -> bool:
    return said.isascii() and said.isdigit() and len(said) < 3 and int(said) <= most


# --- bringing them in ---------------------------------------------------------------------


def import_rows(
    tx: Connection, reception: Reception, rows: Sequence[Row], *, actor: str, now: datetime
) -> tuple[Outcome, ...]:
    """What became of each of these people, in order."""
    return tuple(bring_in(tx, reception, row.wish, row.consent, actor=actor, now=now) for row in rows)


def subscribers_import(content: bytes, name: str) -> NewJob:
    """The job that brings in the people of a list. Raises BadInput when nobody in it can be."""
    read = read_people(content)
    if not read.rows:
        first = f": line {read.faults[0].line}, {read.faults[0].why}" if read.faults else ""
        raise BadInput(f"no line of the list can be used{first}")
    count = len(read.rows)
    about = f"{count:,} {'line' if count == 1 else 'lines'}{f' of {name}' if name else ''}"
    return NewJob(JobKind.SUBSCRIBERS_IMPORT, about, {}, material=content.decode("utf-8"), whole=count)


def begin(reception: Reception, clock: Callable[[], datetime]) -> Callable[[Job], Take]:
    """How such a job is done. Its result counts what became of people and the lines that could not be
    used, and has the lines that were not taken, with the reason."""

    def begun(job: Job) -> Take:
        read = read_people(job.material or "")
        faults = [[fault.line, fault.why] for fault in read.faults]

        def take(result: Mapping[str, Any]) -> Save:
            done: int = result.get("done", 0)
            some = read.rows[done : done + AT_ONCE]

            def save(tx: Connection) -> Step:
                came = import_rows(tx, reception, some, actor=job.asked_by, now=clock())
                counts = {each.value: result.get(each.value, 0) for each in Became}
                lines: list[list[Any]] = list(result.get("lines", faults))
                for row, outcome in zip(some, came, strict=True):
                    counts[outcome.became.value] += 1
                    if outcome.why:
                        lines.append([row.line, outcome.why])
                behind = done + len(some)
                told = {**counts, "left_out": len(faults), "done": behind, "lines": lines}
                return Step(behind, len(read.rows), told, behind >= len(read.rows))

            return save

        return take

    return begun
