"""The methodology page states every constant as the program has it."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest

from alerts.model import Level

PAGE = Path(__file__).parents[3] / "docs" / "methodology.md"
STATED = re.findall(r"^\| `(\w+)\.(\w+)` \| ([^|]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)


def _numbers(value: object) -> list[float]:
    if isinstance(value, timedelta):
        return [value / timedelta(days=1)]
    if isinstance(value, tuple):
        return [number for each in value for number in _numbers(each)]
    return [] if isinstance(value, Level) else [float(str(value))]


@pytest.mark.parametrize(("module", "name", "stated"), STATED, ids=lambda value: str(value))
def test_the_page_states_the_constant_as_it_is(module: str, name: str, stated: str) -> None:
    value = getattr(import_module(f"alerts.warning.{module}"), name)
    assert [float(number) for number in re.findall(r"\d*\.?\d+", stated)] == _numbers(value)


def test_every_public_constant_of_the_method_is_on_the_page() -> None:
    stated = {(module, name) for module, name, _ in STATED}
    for module in ("stories", "surge", "alarm", "trend", "exposure"):
        for name, value in vars(import_module(f"alerts.warning.{module}")).items():
            told = isinstance(value, int | float | timedelta) and name.isupper() and name[0] != "_"
            if told and name not in ELSEWHERE:
                assert (module, name) in stated, f"{module}.{name}"


ELSEWHERE = {"MOST_CANDIDATES", "URGENT_DAYS", "ALARM_DAYS", "LEAST_WARNINGS", "STEADY", "LATELY"}
"""Told in the sentences of the page, or only how something is shown."""
