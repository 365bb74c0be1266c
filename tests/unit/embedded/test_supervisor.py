"""Programs are kept running, and none outlives the one that keeps them."""

from __future__ import annotations

import io
import os
import queue
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from alerts.embedded.supervisor import Program, Supervisor, free_port, restart_delay
from alerts.errors import Unavailable

HELLO = "import os, signal\nprint('pid', os.getpid(), flush=True)\n"
PATIENT = HELLO + "signal.pause()\n"
POLITE = (
    "import signal, sys\n"
    "signal.signal(signal.SIGTERM, lambda *_: (print('bye', flush=True), sys.exit(0)))\n"
    "print('ready', flush=True)\nwhile True: signal.pause()\n"
)
STUBBORN = (
    "import signal\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('ready', flush=True)\nwhile True: signal.pause()\n"
)


class Lines(io.StringIO):
    """An output whose lines can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: queue.Queue[str] = queue.Queue()
        self.seen: list[str] = []

    def write(self, text: str) -> int:
        self.seen.append(text.rstrip("\n"))
        self._waiting.put(text.rstrip("\n"))
        return len(text)

    def until(self, words: str) -> str:
        while words not in (line := self._waiting.get(timeout=20)):
            pass
        return line


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def gone(pid: int) -> bool:
    """Waits until the process has ended."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], 20)[0])
    finally:
        os.close(watched)


@pytest.fixture
def supervise() -> Iterator[Callable[..., tuple[Supervisor, Lines]]]:
    started: list[Supervisor] = []

    def start(*programs: Program, **limits: float) -> tuple[Supervisor, Lines]:
        output = Lines()
        supervisor = Supervisor(programs, output, **limits)
        started.append(supervisor)
        supervisor.start()
        return supervisor, output

    yield start
    for supervisor in started:
        supervisor.stop()


def test_a_program_killed_with_9_is_started_again(supervise):
    _, output = supervise(Program("worker", python(PATIENT)))
    first = int(output.until("pid").split()[-1])
    os.kill(first, signal.SIGKILL)
    assert output.until("ended") == "worker | was ended by SIGKILL; starting it again in 0.5 s"
    second = int(output.until("pid").split()[-1])
    assert second != first


def test_a_program_that_ends_by_itself_is_started_again_after_longer_and_longer_waits(supervise):
    _, output = supervise(Program("worker", python("raise SystemExit(3)")))
    assert output.until("again") == "worker | ended with exit code 3; starting it again in 0.5 s"
    assert output.until("again") == "worker | ended with exit code 3; starting it again in 1 s"


def test_the_wait_doubles_up_to_a_limit_and_forgets_after_a_good_while():
    waits = [0.0]
    for _ in range(7):
        waits.append(restart_delay(waits[-1], alive_seconds=1))
    assert waits[1:] == [0.5, 1, 2, 4, 8, 15, 15]
    assert restart_delay(15, alive_seconds=30) == 0.5


def test_what_a_killed_program_leaves_behind_is_ended_before_its_successor_starts(supervise):
    family = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', %r])\n" % (  # noqa: UP031
        PATIENT.replace("'pid'", "'grandchild pid'")
    )
    _, output = supervise(Program("worker", python(family + PATIENT.replace("'pid'", "'parent pid'"))))
    pids = {}
    for _ in range(2):
        line = output.until("pid")
        pids[line.split()[2]] = int(line.split()[-1])
    os.kill(pids["parent"], signal.SIGKILL)
    assert gone(pids["grandchild"])
    output.until("starting it again")


def test_programs_start_in_order_each_when_the_one_before_is_ready(supervise):
    order: list[str] = []
    answers = count()

    def third_time() -> bool:
        order.append("asked")
        return next(answers) == 2

    def at_once() -> bool:
        order.append("second")
        return True

    supervise(
        Program("first", python(PATIENT), {}, third_time), Program("second", python(PATIENT), {}, at_once)
    )
    assert order == ["asked", "asked", "asked", "second"]


def test_programs_stop_in_reverse_order_and_are_given_time_to_say_goodbye(supervise):
    supervisor, output = supervise(*(Program(name, python(POLITE)) for name in ("one", "two", "three")))
    for _ in range(3):
        output.until("ready")
    supervisor.stop()
    assert [line for line in output.seen if "bye" in line] == ["three | bye", "two   | bye", "one   | bye"]
    supervisor.wait()
    supervisor.stop()  # once more does no harm


def test_a_program_that_will_not_stop_is_killed(supervise):
    supervisor, output = supervise(Program("mule", python(STUBBORN)), grace_seconds=0.2)
    output.until("ready")
    supervisor.stop()
    assert output.seen[-1] == "mule | did not stop within 0.2 s and is killed"


def test_stopping_does_not_wait_for_a_program_that_is_about_to_be_started_again(supervise):
    supervisor, output = supervise(Program("worker", python("raise SystemExit(3)")))
    output.until("starting it again")
    supervisor.stop()
    assert [line for line in output.seen if "again" in line] == output.seen


def test_a_program_that_ends_before_it_is_ready_is_told_with_its_last_words():
    output = Lines()
    early = Program("early", python(PATIENT))
    broken = Program("broken", python("print('no such folder'); raise SystemExit(1)"), {}, lambda: False)
    with pytest.raises(Unavailable, match=r"broken ended before it was ready\n  no such folder"):
        Supervisor([early, broken], output).start()
    pids = [int(line.split()[-1]) for line in output.seen if "pid" in line and line.split()[-1].isdigit()]
    assert all(gone(pid) for pid in pids)


def test_a_program_that_is_never_ready_is_told_and_stopped():
    output = Lines()
    with pytest.raises(Unavailable, match=r"slow was not ready after 0\.3 s"):
        Supervisor([Program("slow", python(PATIENT), {}, lambda: False)], output, ready_seconds=0.3).start()


def test_a_command_that_does_not_exist_is_told():
    missing = Program("missing", ["/nowhere/at-all"], {}, lambda: False)
    with pytest.raises(Unavailable, match="/nowhere/at-all cannot be started: No such file"):
        Supervisor([missing], Lines()).start()


def test_the_log_is_whole_lines_whatever_is_printed(supervise):
    code = (
        "import sys\nsys.stdout.buffer.write(b'\\xff\\xfe one\\r\\n' + b'x' * 40000 + b'\\nno end')\n"
        + "sys.exit(0)"
    )
    _, output = supervise(Program("odd", python(code)))
    output.until("again")
    assert output.seen[0] == "odd | \ufffd\ufffd one"
    assert sum(line.count("x") for line in output.seen if line.startswith("odd | x")) == 40000
    assert "odd | no end" in output.seen


def test_a_program_gets_our_environment_and_its_own(supervise, monkeypatch):
    monkeypatch.setenv("OURS", "1")
    code = "import os\nprint('got', os.environ['OURS'], os.environ['ITS'], flush=True)\n" + PATIENT
    _, output = supervise(Program("worker", python(code), {"ITS": "2"}))
    assert output.until("got") == "worker | got 1 2"


def test_a_program_has_a_process_group_of_its_own(supervise):
    code = "import os\nprint('group', os.getpgid(0), flush=True)\n" + PATIENT
    _, output = supervise(Program("worker", python(code)))
    assert int(output.until("group").split()[-1]) != os.getpgid(0)


PARENT = f"""
import sys
from alerts.embedded.supervisor import Program, Supervisor
supervisor = Supervisor([Program("child", [sys.executable, "-c", {PATIENT!r}])], sys.stdout)
supervisor.start()
supervisor.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_programs_end_with_a_supervisor_killed_with_9():
    with subprocess.Popen(python(PARENT), stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline().split()[-1])
        parent.kill()
        parent.wait(10)
        assert gone(child)


def test_a_closed_terminal_does_not_stop_the_programs(supervise):
    _, output = supervise(Program("worker", python(PATIENT)))
    first = int(output.until("pid").split()[-1])
    written = output.write

    def closed(_: str) -> int:
        output.write = written  # type: ignore[method-assign]
        raise BrokenPipeError

    output.write = closed  # type: ignore[method-assign]
    os.kill(first, signal.SIGKILL)
    assert int(output.until("pid").split()[-1]) != first


def test_a_free_port_can_be_listened_on():
    with socket.create_server(("127.0.0.1", free_port())):
        pass
