"""From the terminal to the parts: the configured App, ready to be used."""

from __future__ import annotations

from getpass import getuser

from alerts.app import App
from alerts.config import read_settings
from alerts.errors import Unavailable
from alerts.store.migrate import pending, upgrade


def configured() -> App:
    """The App of the environment's settings. Raises SettingsError."""
    return App(read_settings())


def ready() -> App:
    """The same, with a database at this program's schema.

    The embedded SQLite file is made or brought up to date at once; a configured database is changed
    only by ``alerts db upgrade``. Raises Unavailable when it is not there yet.
    """
    app = configured()
    if not app.settings.database_url:
        upgrade(app.engine)
    elif pending(app.engine):
        raise Unavailable("the database is not at this program's schema; run: alerts db upgrade")
    return app


def actor() -> str:
    """Who is at this terminal, for the audit."""
    try:
        return f"cli {getuser()}"
    except (KeyError, OSError):
        return "cli"
