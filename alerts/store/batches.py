"""Many values in parts that one statement can name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

_CHUNK = 500
_T = TypeVar("_T")


def batched(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """The values in parts: SQLite allows 32,766 variables, old builds 999."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
