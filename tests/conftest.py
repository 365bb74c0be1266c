"""What tests share: both databases with today's schema, a broker and a mail server, all real.

Servers live as long as the test session and start when first asked for, for each process that runs tests
its own; each test finds a database without rows.
"""

from __future__ import annotations

import gc
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from compiled_once import open_engine
from servers import Catcher, Postgres, running_broker, running_catcher, running_postgres
from sqlalchemy import Engine
from xdist.scheduler import LoadScopeScheduling

from alerts.store.migrate import upgrade

TESTED = {(3, 11), (3, 12), (3, 13)}
"""On these Pythons a warning is an error; a newer one may warn of what is still to come."""

BOTH = ("sqlite", "postgresql")

TOGETHER = ("tests/journey/", "tests/services/test_faults.py")
"""Tests that are long and would starve each other: where several processes run the tests (``./run test``),
one has them all, one after the other, from the beginning on."""

EARLY = ("tests/faces/test_wheel.py", "tests/faces/test_api_conformance.py", "tests/unit/rules/test_index.py")
"""Files that take long for the number of their tests; begun late, the other processes would wait for them."""


def pytest_configure(config: pytest.Config) -> None:
    if sys.version_info[:2] in TESTED:
        config.addinivalue_line("filterwarnings", "error")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps the random order but for what has to be begun first."""
    items.sort(key=lambda item: (not item.nodeid.startswith(TOGETHER), not item.nodeid.startswith(EARLY)))


def pytest_collection_finish() -> None:
    """What is there now stays to the end: the garbage collector, which went through all of it after every few
    tests, leaves it alone from now on and comes less often."""
    gc.freeze()
    gc.set_threshold(5_000)


class ByFile(LoadScopeScheduling):
    """Gives each process that runs tests the next file: its tests share what they make.

    The mark ``xdist_group`` would keep tests together too, but pytest-xdist 3.8 writes it into a field that
    pytest 9.2 does not read.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "together" if nodeid.startswith(TOGETHER) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    config.option.loadscopereorder = False  # would begin with the file that has the most tests
    return ByFile(config, log)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis-protocol server; tests that share it must not count on it being empty."""
    with running_broker(tmp_path_factory.mktemp("broker")) as url:
        yield url


@pytest.fixture(scope="session")
def smtp_catcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catcher]:
    """A mail server in a process of its own, and the Maildir where it keeps every mail."""
    with running_catcher(tmp_path_factory.mktemp("mail")) as catcher:
        yield catcher


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and no rows, to be copied."""
    path = tmp_path_factory.mktemp("template") / "alerts.db"
    _upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: Postgres) -> Iterator[str]:
    """The name of a PostgreSQL database with the schema, to be emptied before each use."""
    with postgres.database() as url:
        _upgrade(url)
        yield url.rpartition("/")[2]


def _upgrade(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with today's schema and no rows, once on SQLite and once on PostgreSQL.

    A test that changes tables, not rows, takes ``empty_url``.
    """
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "alerts.db")
        return f"sqlite:///{tmp_path / 'alerts.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    name: str = request.getfixturevalue("migrated_database")
    server.empty(name, keep="alembic_version")
    return server.url(name)


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own without any table, on both."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'alerts.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


@pytest.fixture
def opened() -> Iterator[Callable[[str], Engine]]:
    """Opens engines that are closed when the test ends."""
    engines: list[Engine] = []

    def open_one(url: str) -> Engine:
        engines.append(open_engine(url))
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.dispose()


@pytest.fixture
def engine(database_url: str, opened: Callable[[str], Engine]) -> Engine:
    """An engine on ``database_url``."""
    return opened(database_url)
