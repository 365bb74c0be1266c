"""Cells of files that people open in a spreadsheet. Pure."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Some programs take the wide ones of East Asia for the others."""


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: what people typed is in it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
