"""Bringing a database to the schema of this program, and saying whether it is there."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from alerts.errors import Unavailable
from alerts.store.unit import reading, rebuilding

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x616C65727473  # any number will do, as long as it stays the same


def newest() -> str:
    """The revision this program needs: revisions are numbered, and a file begins with its number."""
    return max(path.name.partition("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*.py"))


def upgrade(engine: Engine) -> None:
    """Brings the database to the newest schema in one transaction; nothing to do is fine.

    Raises Unavailable when the database cannot be reached, or is of a newer program.
    """
    if not pending(engine):
        return
    # Only here: Alembic takes longer to import than most commands take to run.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    with rebuilding(engine) as tx:
        if tx.dialect.name == "postgresql":  # one at a time; SQLite's writers wait for each other anyway
            tx.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        at = revision(tx)
        if at is not None and at > newest():
            raise Unavailable(f"the database is at schema {at}, of a newer program than this ({newest()})")
        config.attributes["connection"] = tx
        command.upgrade(config, "head")


def pending(engine: Engine) -> bool:
    """True when the database is not at this program's schema: empty, older, or newer."""
    with reading(engine) as tx:
        return revision(tx) != newest()


def revision(tx: Connection) -> str | None:
    """The revision a database is at; None when it is empty."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    found: str | None = tx.scalar(text("SELECT version_num FROM alembic_version"))
    return found
