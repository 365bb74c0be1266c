"""The page that says which test shows which requirement of mail names all 47, and tests that are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAIL = (ROOT / "docs/conformance.md").read_text("utf-8").split("\n## Mail\n", 1)[1]
ROWS = {row[1]: row[2] for row in re.finditer(r"^\| (R\d+) \| .+? \| (.+) \|$", MAIL, re.MULTILINE)}

TO_BE_SIGNED = (
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "List-Id"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "In-Reply-To", "References"),
)


@cache
def functions(path: Path) -> frozenset[str]:
    """The names of the functions of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))


def test_every_requirement_has_a_row() -> None:
    assert list(ROWS) == [f"R{number}" for number in range(1, 48)]


@pytest.mark.parametrize("requirement", ROWS)
def test_every_test_that_a_requirement_names_is_there(requirement: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`: ([\w, ]+)", ROWS[requirement])
    assert named
    for path, names in named:
        wanted = {f"test_{name}" for name in names.split(", ")}
        assert wanted <= functions(ROOT / path), path


def test_the_guide_asks_the_relay_to_sign_every_field_that_a_receiver_relies_on() -> None:
    """R12. Without the two about unsubscribing no provider offers it (RFC 8058 §4)."""
    guide = (ROOT / "docs/guide-operator.md").read_text("utf-8")
    sentence = guide.split("The signature must cover ", 1)[1].split(";", 1)[0]
    assert set(re.findall(r"`([\w-]+)`", sentence)) == set(TO_BE_SIGNED)
    assert "RSA of 2048 bits or more" in guide
