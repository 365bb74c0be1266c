"""Bringing a database to the schema of this program, and saying whether it is there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from alerts.store.unit import reading, writing

_SCRIPTS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine) -> None:
    """Brings the database to the newest schema in one transaction; nothing to do is fine.

    Raises Unavailable when the database cannot be reached.
    """
    with writing(engine) as tx:
        command.upgrade(_config(tx), "head")


def pending(engine: Engine) -> bool:
    """True when the database is not at this program's schema: empty, older, or newer."""
    with reading(engine) as tx:
        at = MigrationContext.configure(tx).get_current_revision()
    return at != ScriptDirectory.from_config(_config()).get_current_head()
