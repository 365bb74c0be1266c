"""How commands print: JSON for programs, aligned columns for people, words to stderr."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any
from unicodedata import category

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of words.")]


def rfc3339(at: datetime) -> str:
    """``2026-11-21T08:00:00Z``."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """A value as JSON knows it: dataclasses as objects, times as RFC 3339 in UTC."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, Path):
        return str(value)
    return value


def print_json(value: Any) -> None:
    """One JSON value."""
    print(json.dumps(plain(value), ensure_ascii=False))


def print_lines(values: Iterable[Any]) -> None:
    """JSON Lines."""
    for value in values:
        print_json(value)


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns for people."""
    shown = [[_cell(cell) for cell in row] for row in rows]
    widths = [max([len(head), *(len(row[place]) for row in shown)]) for place, head in enumerate(heads)]
    for row in [list(heads), *shown]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return rfc3339(value)
    return visible(str(value.value) if isinstance(value, Enum) else str(value))


def visible(words: str) -> str:
    """Foreign words as a terminal may see them: nothing in them moves its cursor or changes its colours."""
    return "".join(char if _harmless(char) else "\ufffd" for char in words)


def _harmless(char: str) -> bool:
    """Python counts no space but the plain one as printable, not even the one before a French colon."""
    return char.isprintable() or char == "\n" or category(char) == "Zs"


def counted(number: int, one: str, more: str = "") -> str:
    """``1 rule``, ``2 rules``; ``more`` is the plural of what takes no s, such as ``were`` of ``was``."""
    return f"{number} {one if number == 1 else more or one + 's'}"


def short(words: str, most: int = 70) -> str:
    """One line for a table, with an ellipsis where it was cut; the whole is in the JSON."""
    line = " ".join(words.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def say(words: str) -> None:
    """Words for the person at the terminal, apart from the data."""
    print(visible(words), file=sys.stderr, flush=True)
