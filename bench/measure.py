"""How long a stage takes, what memory it needs, and how many statements it sends to the database."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

_STATUS = Path("/proc/self/status")


@dataclass(slots=True)
class Stage:
    """One stage of the main path. ``done`` counts what it made; sizes are MB of resident memory.

    ``cpu_seconds`` is the processor time of this process alone: it says more than ``seconds`` on a
    machine that others use too.
    """

    name: str
    unit: str
    done: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    statements: int = 0
    rss_before_mb: float = 0.0
    rss_after_mb: float = 0.0
    rss_peak_mb: float = 0.0

    @property
    def rate(self) -> float:
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def statements_each(self) -> float:
        return self.statements / self.done if self.done else 0.0


class Meter:
    """Measures stages of this process; what its child processes do is not counted."""

    def __init__(self, engine: Engine) -> None:
        self.stages: list[Stage] = []
        self._statements = 0
        event.listen(engine, "before_cursor_execute", self._count)

    def _count(self, *_: Any) -> None:
        self._statements += 1

    @contextmanager
    def stage(self, name: str, unit: str) -> Iterator[Stage]:
        """The stage to count in; its times and statements are those of all ``timed`` blocks within."""
        stage = Stage(name, unit, rss_before_mb=_resident("VmRSS"))
        forget_peak()
        yield stage
        stage.rss_after_mb, stage.rss_peak_mb = _resident("VmRSS"), _resident("VmHWM")
        self.stages.append(stage)

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        statements, started, cpu_started = self._statements, time.perf_counter(), time.process_time()
        yield
        stage.seconds += time.perf_counter() - started
        stage.cpu_seconds += time.process_time() - cpu_started
        stage.statements += self._statements - statements


def forget_peak() -> None:
    """Makes the kernel count the peak from now on, where it can (Linux, proc(5) ``clear_refs``)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _resident(field: str) -> float:
    """MB of resident memory now (``VmRSS``) or at most since the last ``forget_peak`` (``VmHWM``)."""
    if not _STATUS.exists():
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / 1e6 if sys.platform == "darwin" else most / 1e3
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) / 1e3
