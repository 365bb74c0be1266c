"""Until when somebody has gone through what is new."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine

from alerts.store import accounts, audit
from alerts.store.unit import writing

LOOKED = "marked as seen"
"""The action of the audit event."""


def look(engine: Engine, name: str, until: datetime | None, now: datetime) -> bool:
    """They have seen what there was until then: the time of the page they looked at, so that nothing counts
    as seen that came afterwards. False, and nothing changed, for a time that is still to come or none at all,
    and when they had got further before."""
    if until is None or until > now:
        return False
    with writing(engine) as tx:
        if not accounts.look(tx, name, until):
            return False
        detail = f"until {until.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        audit.record(tx, at=now, actor=name, action=LOOKED, subject="today", detail=detail)
    return True
