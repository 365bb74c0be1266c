"""What somebody at a terminal sees of every command: counts, and the end by Ctrl-C."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from alerts.cli.output import counted

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("number", "more", "said"),
    [(0, "", "0 rules"), (1, "", "1 rule"), (2, "", "2 rules"), (1, "were", "1 rule"), (2, "were", "2 were")],
)
def test_one_is_counted_in_the_singular(number: int, more: str, said: str) -> None:
    assert counted(number, "rule", more) == said


def test_ctrl_c_while_a_command_is_still_starting_ends_it_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt")
    answer = subprocess.run(
        [sys.executable, "-m", "alerts", "--help"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (tmp_path, ROOT)))},
        text=True,
        capture_output=True,
    )
    assert (answer.returncode, answer.stdout, answer.stderr) == (130, "", "")
