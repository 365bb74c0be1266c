"""A database that cannot be used is one clear sentence, and nothing is half done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from servers import Postgres
from small_world import Entry, World
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from alerts.embedded.supervisor import free_port
from alerts.errors import SettingsError, Unavailable
from alerts.store import ledger
from alerts.store.schema import Fetch, Item
from alerts.store.unit import open_engine, reading, writing

Open = Callable[[str], Engine]


def _sentence(engine: Engine) -> str:
    """What a person reads when this database is used."""
    with pytest.raises(Unavailable) as told, reading(engine) as tx:
        ledger.read(tx)
    words = str(told.value)
    assert "\n" not in words
    assert "sqlalche.me" not in words
    return words


def test_a_postgresql_that_does_not_answer(opened: Open) -> None:
    port = free_port()
    words = _sentence(opened(f"postgresql://reader:hidden@127.0.0.1:{port}/alerts"))
    assert words.startswith(f"database postgresql+psycopg://reader:***@127.0.0.1:{port}/alerts: ")
    assert "refused" in words


def test_a_postgresql_without_that_database(postgres: Postgres, opened: Open) -> None:
    assert 'database "nowhere" does not exist' in _sentence(opened(postgres.url("nowhere")))


def test_a_database_without_tables(empty_url: str, opened: Open) -> None:
    assert _sentence(opened(empty_url)).endswith("it has no tables yet; run: alerts db upgrade")


def _missing(place: Path) -> Path:
    return place / "missing" / "alerts.db"


def _under_a_file(place: Path) -> Path:
    (place / "file").write_text("")
    return place / "file" / "alerts.db"


def _a_folder(place: Path) -> Path:
    return place


def _no_database(place: Path) -> Path:
    (place / "alerts.db").write_text("these are notes, and no database at all\n" * 100)
    return place / "alerts.db"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_missing, "unable to open database file"),
        (_under_a_file, "unable to open database file"),
        (_a_folder, "unable to open database file"),
        (_no_database, "file is not a database"),
        (lambda _: Path("/proc/alerts.db"), "unable to open database file"),  # nobody may write there
    ],
)
def test_a_sqlite_file_that_cannot_be_used(
    tmp_path: Path, opened: Open, make: Callable[[Path], Path], reason: str
) -> None:
    path = make(tmp_path)
    assert _sentence(opened(f"sqlite:///{path}")) == f"database {path}: {reason}"


def test_a_full_disk_stops_a_poll_and_leaves_nothing_of_it(migrated_file: Path, opened: Open) -> None:
    engine = opened(f"sqlite:///{migrated_file.parent / 'full.db'}")
    (migrated_file.parent / "full.db").write_bytes(migrated_file.read_bytes())
    world = World(engine)
    feed_id = world.add_feed(
        "post", [Entry(str(n), f"A missile, number {n}", "word " * 99) for n in range(99)]
    )
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 60"))
    with pytest.raises(Unavailable, match=r"full\.db: database or disk is full"):
        world.poll(feed_id)
    engine.dispose()
    assert (world.count(Item), world.count(Fetch)) == (0, 0)


def test_a_postgresql_whose_disk_is_full(postgres: Postgres, opened: Open) -> None:
    engine = opened(postgres.url("postgres"))
    full = text("DO $$ BEGIN RAISE disk_full USING MESSAGE = 'No space left on device'; END $$")
    with pytest.raises(Unavailable, match="No space left on device"), writing(engine) as tx:
        tx.execute(full)


def test_a_database_that_stays_locked(migrated_file: Path, tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "alerts.db"
    path.write_bytes(migrated_file.read_bytes())
    holder, other = opened(f"sqlite:///{path}"), opened(f"sqlite:///{path}")
    event.listen(other, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 20"))
    with writing(holder):
        with reading(other) as tx:
            assert ledger.read(tx).items == 0  # a reader is never kept waiting
        with pytest.raises(Unavailable, match="database is locked"), writing(other):
            pass


def test_a_session_that_the_server_ends_is_reported_and_the_next_one_works(
    postgres: Postgres, opened: Open
) -> None:
    with postgres.database() as url:
        engine = opened(url)
        with pytest.raises(Unavailable, match="terminating connection"), writing(engine) as tx:
            own = tx.scalar(text("SELECT pg_backend_pid()"))
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [own])
            tx.execute(text("SELECT 1"))
        with writing(engine) as tx:
            assert tx.scalar(text("SELECT 1")) == 1
        engine.dispose()


def test_a_wrong_statement_is_a_fault_of_ours_and_not_called_unavailable(engine: Engine) -> None:
    for wrong in ("SELECT no_such_column FROM feeds", "SELEKT"):
        with pytest.raises(DBAPIError), reading(engine) as tx:
            tx.execute(text(wrong))


@pytest.mark.parametrize("url", ["", "alerts.db", "mysql://host/alerts", "nonsense"])
def test_an_address_of_no_database_we_know_names_the_variable(url: str) -> None:
    with pytest.raises(SettingsError, match="ALERTS_DATABASE_URL"):
        open_engine(url)


def test_reading_sees_one_moment_while_others_write(engine: Engine) -> None:
    world = World(engine)
    world.add_feed("post", [Entry("1", "A missile was fired")])
    with reading(engine) as tx:
        before = ledger.read(tx)
        world.poll()
        assert ledger.read(tx) == before
    with reading(engine) as tx:
        assert ledger.read(tx).items == 1
