"""Several programs in one terminal: started in order, named in one log, restarted, stopped together.

Each program has a thread here that starts it, waits for its end, and starts it again; another copies what it
prints. The first lives as long as its program: Linux counts the *thread* that started a process as its
parent when it decides whether to end it (see ``leash``).
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from alerts.errors import Unavailable

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 15.0
HEALTHY_AFTER_SECONDS = 30.0

_LEASH = Path(__file__).with_name("leash.py")
_LINE_LIMIT = 16_384
_LAST_LINES = 20
_POLL_SECONDS = 0.05
_LAST_WORDS_SECONDS = 2.0  # for what is still in the pipe; a stray might hold it open for ever


@dataclass(frozen=True, slots=True)
class Program:
    """One program to keep running. ``environment`` is added to ours; ``ready`` says whether it can be used
    yet, and None that it can be from the start."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None


def restart_delay(previous_seconds: float, alive_seconds: float) -> float:
    """How long to wait before starting a program again: half a second after a good while, else twice the last
    wait (0 when there was none), up to 15 s. Pure."""
    if alive_seconds >= HEALTHY_AFTER_SECONDS:
        return FIRST_DELAY_SECONDS
    return min(max(2 * previous_seconds, FIRST_DELAY_SECONDS), LONGEST_DELAY_SECONDS)


def free_port() -> int:
    """A loopback TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Supervisor:
    """Keeps ``programs`` running and writes what they print, and what happens to them, to ``output``.

    They run in process groups of their own, so that Ctrl-C reaches only us. Turn SIGTERM into an exception
    (``signal.signal(SIGTERM, signal.default_int_handler)``) and call ``stop`` in a ``finally``.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        output: TextIO,
        *,
        ready_seconds: float = 120.0,
        grace_seconds: float = 10.0,
    ) -> None:
        """``ready_seconds`` bounds each start, ``grace_seconds`` the time from SIGTERM to SIGKILL."""
        log = _Log(output, max((len(program.name) for program in programs), default=0))
        self._kept = [_Kept(program, log) for program in programs]
        self._ready_seconds = ready_seconds
        self._grace_seconds = grace_seconds
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start the programs in order, each when the one before is ready.

        Raises Unavailable with the program's last lines when one is not ready in time or ends before; by then
        everything has been stopped again.
        """
        try:
            for kept in self._kept:
                kept.start()
                kept.wait_ready(self._ready_seconds)
            for kept in self._kept:
                kept.keep()
        except BaseException:
            self.stop()
            raise

    def wait(self) -> None:
        """Block until ``stop`` is called from another thread, or an exception such as Ctrl-C arrives."""
        self._stopped.wait()

    def stop(self) -> None:
        """Stop the programs, last started first: SIGTERM, then SIGKILL to the group. Twice does no harm."""
        for kept in reversed(self._kept):
            kept.stop(self._grace_seconds)
        self._stopped.set()


class _Log:
    """One text stream that several threads write whole lines to."""

    def __init__(self, output: TextIO, width: int) -> None:
        self._output = output
        self._width = width
        self._lock = threading.Lock()

    def write(self, name: str, line: str) -> None:
        # A terminal that has gone away must not stop us from emptying the programs' pipes.
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._output.write(f"{name:<{self._width}} | {line}\n")
            self._output.flush()


class _Kept:
    """One program and the thread that keeps it."""

    def __init__(self, program: Program, log: _Log) -> None:
        self.program = program
        self._log = log
        self._thread = threading.Thread(target=self._run, name=f"keep-{program.name}", daemon=True)
        self._lock = threading.Lock()  # guards _process against a stop in the moment of a start
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()  # it ended before it was ready
        self._keeping = threading.Event()
        self._stopping = threading.Event()
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)

    def start(self) -> None:
        self._thread.start()

    def wait_ready(self, seconds: float) -> None:
        ready = self.program.ready
        ends_at = time.monotonic() + seconds
        while ready is not None and not ready():
            if self._ended.wait(_POLL_SECONDS):
                raise Unavailable(self._told("ended before it was ready"))
            if time.monotonic() >= ends_at:
                raise Unavailable(self._told(f"was not ready after {seconds:g} s"))

    def keep(self) -> None:
        """From now on it is started again when it ends."""
        self._keeping.set()

    def stop(self, grace_seconds: float) -> None:
        with self._lock:
            self._stopping.set()
            self._keeping.set()
            process = self._process
        if process is not None:
            _signal(process.send_signal, signal.SIGTERM)
        if not self._thread.ident:
            return
        self._thread.join(grace_seconds)
        if self._thread.is_alive() and process is not None:
            self._log.write(self.program.name, f"did not stop within {grace_seconds:g} s and is killed")
            _kill_group(process)
            self._thread.join()

    def _run(self) -> None:
        delay = 0.0
        while True:
            started_at = time.monotonic()
            how = self._live_once()
            if self._stopping.is_set():
                return
            self._ended.set()
            self._keeping.wait()
            if self._stopping.is_set():
                return
            delay = restart_delay(delay, time.monotonic() - started_at)
            self._log.write(self.program.name, f"{how}; starting it again in {delay:g} s")
            if self._stopping.wait(delay):
                return

    def _live_once(self) -> str:
        """Start it, wait for its end, and say how that was."""
        try:
            process = self._start_process()
        except OSError as failed:
            return f"cannot be started: {failed}"
        if process is None:
            return "was not started"
        copying = threading.Thread(
            target=self._copy, args=(process,), name=f"copy-{self.program.name}", daemon=True
        )
        copying.start()
        code = process.wait()
        _kill_group(process)  # what it left behind must not work beside its successor
        copying.join(_LAST_WORDS_SECONDS)
        return f"ended with exit code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"

    def _start_process(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stopping.is_set():
                return None
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *self.program.command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.program.environment},
                process_group=0,
            )
            return self._process

    def _copy(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with process.stdout as printed:
            while line := printed.readline(_LINE_LIMIT):
                text = line.decode("utf-8", "replace").rstrip()
                self._last_lines.append(text)
                self._log.write(self.program.name, text)

    def _told(self, what: str) -> str:
        return "\n  ".join([f"{self.program.name} {what}", *self._last_lines])


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    _signal(lambda number: os.killpg(process.pid, number), signal.SIGKILL)


def _signal(send: Callable[[int], None], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        send(number)
