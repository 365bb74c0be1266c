"""One transaction is one unit of work: all of it is remembered, or none.

SQLite runs in WAL mode and every writing transaction begins IMMEDIATE: a deferred one that reads
before it writes fails at once under concurrent writers, whatever its time-out.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    ExceptionContext,
    ScalarSelect,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.sql.dml import ReturningInsert

from alerts.errors import BadInput, SettingsError, Unavailable

_READ_ONLY = "alerts_read_only"
_UNDEFINED_TABLE = "42P01"  # PostgreSQL's words for it are in the server's language


def open_engine(url: str) -> Engine:
    """The engine for a database address; no connection is made yet.

    Raises SettingsError for an address that is neither ``sqlite:///…`` nor ``postgresql://…``.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise SettingsError(
            "ALERTS_DATABASE_URL is not a database address; write sqlite:///path or postgresql://user@host/name"
        ) from error
    backend = address.get_backend_name()
    if backend == "postgresql":
        # A host that does not answer must not hold a command for minutes.
        arguments = {"connect_timeout": 10}
        engine = create_engine(
            address.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            connect_args=arguments,
            hide_parameters=True,  # an error goes into logs, the addresses in its statement do not
        )
        event.listen(engine, "handle_error", _refuse_value)
        return engine
    if backend != "sqlite":
        raise SettingsError(
            f"ALERTS_DATABASE_URL names {backend!r}; write sqlite:///path or postgresql://user@host/name"
        )
    engine = create_engine(address, connect_args={"timeout": 30}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _refuse_value)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for setting in ("busy_timeout=30000", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {setting}")
    _use_wal(cursor)
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Two programs that open a new file at once are in each other's way here, and SQLite refuses both
    without waiting."""
    until = time.monotonic() + 30
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN DEFERRED" if read_only else "BEGIN IMMEDIATE")


def _refuse_value(context: ExceptionContext) -> None:
    """Half a character, a NUL (PostgreSQL) or a number beyond 64 bits is the value's fault, not ours."""
    refused = context.original_exception
    if isinstance(context.sqlalchemy_exception, DataError) or isinstance(
        refused, UnicodeEncodeError | OverflowError
    ):
        raise BadInput(f"the database cannot keep this value: {refused}") from refused


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is committed at the end of the block and rolled back by any error.

    Raises Unavailable when the database cannot be reached, is full, or stays locked.
    """
    with _reported(engine), engine.begin() as connection:
        yield connection


@contextmanager
def rebuilding(engine: Engine) -> Iterator[Connection]:
    """``writing``, in which tables may be made anew: SQLite can change many a column in no other way.

    It would delete with a table whatever refers to it, so there foreign keys are looked at before the commit
    only. Raises Unavailable, too, when a row then refers to one that is not there.
    """
    if engine.dialect.name != "sqlite":
        with writing(engine) as connection:
            yield connection
        return
    with _reported(engine), engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")  # within a transaction it would not be heard
        try:
            with connection.begin():
                yield connection
                lost = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if lost is not None:
                    table, row, other, _ = lost
                    raise Unavailable(f"{_shown(engine)}: row {row} of {table} refers to none of {other}")
        finally:
            cursor.execute("PRAGMA foreign_keys=ON")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: one consistent view, no lock that keeps a writer waiting."""
    options: dict[str, Any] = {_READ_ONLY: True}
    if engine.dialect.name == "postgresql":
        # Its default shows every statement another moment.
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with _reported(engine), engine.connect().execution_options(**options) as connection:
        yield connection


def take_turns(tx: Connection, what: str | ScalarSelect[str | None]) -> None:
    """Waits until no other transaction has its turn at ``what``; the turn ends with the transaction.

    For what is decided by counting rows: on PostgreSQL two transactions do not see each other's. SQLite has
    one writer at a time anyway.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))


def insert_once(tx: Connection, row: ReturningInsert[int]) -> int | None:
    """The id of a row that is to be there once; None when it is there already.

    Asking first would not do: on PostgreSQL another worker may insert the same between the two.
    """
    try:
        with tx.begin_nested():
            return tx.scalars(row).one()
    except IntegrityError:
        return None


def insert_missing(tx: Connection, table: Any, rows: Sequence[Mapping[str, Any]]) -> int:
    """Inserts those of the rows whose keys are not there yet, whoever put them there. Returns how many."""
    if not rows:
        return 0
    dialect_insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    return tx.execute(dialect_insert(table).on_conflict_do_nothing(), list(rows)).rowcount


@contextmanager
def _reported(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        reason = _unavailable(error)
        if reason is None:
            raise
        raise Unavailable(f"{_shown(engine)}: {reason}") from error


def _unavailable(error: DBAPIError) -> str | None:
    """Why the database cannot be used at all; None when the statement itself was wrong."""
    words = next(iter(str(error.orig).strip().splitlines()), "it does not answer")
    if "no such table" in words or getattr(error.orig, "sqlstate", None) == _UNDEFINED_TABLE:
        return "it has no tables yet; run: alerts db upgrade"
    if "no such column" in words or "syntax error" in words:
        return None
    # SQLite reports a file that is damaged, or none of its own, as the bare DatabaseError.
    unusable = isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError
    return words if unusable else None


def _shown(engine: Engine) -> str:
    """The database as a person knows it, without its password."""
    if engine.url.get_backend_name() == "sqlite":
        return f"database {Path(engine.url.database or ':memory:')}"
    return f"database {engine.url.render_as_string(hide_password=True)}"
