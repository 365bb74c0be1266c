"""The command line as its users run it: in a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "alerts", *map(str, words)]


def environment(home: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALERTS_")}
    told = {f"ALERTS_{name.upper()}": value for name, value in settings.items()}
    return {**kept, "ALERTS_HOME": str(home), **told}


def alerts(*words: str | Path, home: Path, seconds: float = 110, **settings: str) -> Ran:
    """Runs one command with its state in ``home``; ``settings`` are ALERTS_ variables in lower case."""
    done = subprocess.run(
        command(*words),
        env=environment(home, **settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
