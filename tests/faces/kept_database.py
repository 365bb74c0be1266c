"""Databases that are put back as they were whenever something has changed them, in little time."""

from __future__ import annotations

import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from servers import Postgres


class KeptDatabase(ABC):
    """``keep`` remembers what is in it; nobody else may have it open then, nor when it is put back."""

    url: str
    share: float
    """Of what is tried on the quickest, how much this one can be tried on in as much time."""

    _seen: int

    def changed(self) -> bool:
        """Whether anything was written since it was asked last."""
        before, self._seen = self._seen, self._version()
        return before != self._seen

    def keep(self) -> None:
        self._copy_out()
        self._seen = self._version()

    def put_back(self) -> None:
        self._copy_back()
        self._seen = self._version()

    @abstractmethod
    def faults(self) -> list[str]:
        """What of it is broken."""

    @abstractmethod
    def _version(self) -> int:
        """Another number whenever somebody has written."""

    @abstractmethod
    def _copy_out(self) -> None: ...

    @abstractmethod
    def _copy_back(self) -> None: ...


class KeptFile(KeptDatabase):
    """Of SQLite."""

    share = 1.0

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        self._path, self._kept = path, path.with_name("kept.db")
        self._database = sqlite3.connect(path)

    def faults(self) -> list[str]:
        found = self._database.execute("PRAGMA integrity_check").fetchall()
        found += self._database.execute("PRAGMA foreign_key_check").fetchall()
        return [str(each) for each in found if each != ("ok",)]

    def _version(self) -> int:
        return int(self._database.execute("PRAGMA data_version").fetchone()[0])

    def _copy_out(self) -> None:
        with closing(sqlite3.connect(self._kept)) as kept:
            self._database.backup(kept)

    def _copy_back(self) -> None:
        self.close()
        for end in ("-wal", "-shm"):
            Path(f"{self._path}{end}").unlink(missing_ok=True)
        shutil.copy(self._kept, self._path)
        self._database = sqlite3.connect(self._path)

    def close(self) -> None:
        self._database.close()


class KeptTemplate(KeptDatabase):
    """Of PostgreSQL, which copies a database in one statement."""

    share = 0.1

    def __init__(self, server: Postgres, url: str, beside: psycopg.Connection) -> None:
        self.url = url
        self._server, self._beside = server, beside
        self._name = url.rpartition("/")[2]

    def faults(self) -> list[str]:
        return []  # it checks what it keeps at every commit

    def _version(self) -> int:
        """The number of the next transaction that writes; vacuum, which writes too, is off in tests."""
        (found,) = self._beside.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
        return int(found)

    def _copy_out(self) -> None:
        self._server.run(f"CREATE DATABASE {self._name}_kept TEMPLATE {self._name}")

    def _copy_back(self) -> None:
        self._server.run(f"DROP DATABASE {self._name} WITH (FORCE)")
        self._server.run(f"CREATE DATABASE {self._name} TEMPLATE {self._name}_kept")

    def close(self) -> None:
        self._server.run(f"DROP DATABASE IF EXISTS {self._name}_kept WITH (FORCE)")


@contextmanager
def kept_file(path: Path) -> Iterator[KeptDatabase]:
    with closing(KeptFile(path)) as kept:
        yield kept


@contextmanager
def kept_template(server: Postgres) -> Iterator[KeptDatabase]:
    with (
        server.database() as url,
        psycopg.connect(server.url("postgres"), autocommit=True) as beside,
        closing(KeptTemplate(server, url, beside)) as kept,
    ):
        yield kept
