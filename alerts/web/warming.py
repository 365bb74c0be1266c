"""What pages need and is slow to make, made before somebody waits for it."""

from __future__ import annotations

import structlog

from alerts.app import App
from alerts.errors import AlertsError
from alerts.language.forms import load
from alerts.settling import settle
from alerts.store import archive
from alerts.store.unit import reading
from alerts.web.desk.today import read_today

log = structlog.get_logger("alerts")


def warm(app: App) -> None:
    """Makes it as the first requests would, each part where it is kept anyway: the dictionaries of word forms
    for what was read, the concepts that label stories, the figures of the catalogue. Takes seconds and may
    run beside requests; where the database cannot be used, they will tell."""
    try:
        with reading(app.engine) as tx:
            load(archive.languages(tx))
        read_today(app, None)
        app.volumes.catalogue()
    except AlertsError as error:
        log.warning("not everything was made ready", reason=str(error))
    settle()
