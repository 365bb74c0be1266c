"""What ``alerts feeds list`` and ``show`` say about how feeds are doing."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from alerts.app import ready
from alerts.cli import cli
from alerts.errors import NotFound
from alerts.model import FeedState
from alerts.store import feeds
from alerts.store.schema import Feed
from alerts.store.unit import writing

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
WELL = {"last_success_at": NOW, "last_new_at": NOW, "habit_seconds": 3600}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder of the test's own; no setting of the surroundings counts."""
    for name in [name for name in os.environ if name.startswith("ALERTS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ALERTS_HOME", str(tmp_path / "home"))


def add(title: str, **columns: Any) -> None:
    with writing(ready().engine) as tx:
        new = feeds.NewFeed(f"https://{title.lower()}.example/", title, title)
        feed_id = feeds.add(tx, new, interval_seconds=300, now=NOW)
        tx.execute(update(Feed).where(Feed.id == feed_id).values(**{**WELL, **columns}))


def alerts(*words: str) -> Result:
    return CliRunner().invoke(cli, ["feeds", *words])


def test_silent_failing_and_paused_feeds_are_told_apart() -> None:
    add("Well")
    add("Quiet", last_new_at=NOW - 3 * DAY)
    add("Seldom", last_new_at=NOW - 3 * DAY, habit_seconds=2 * 86_400)
    add("Down", last_new_at=NOW - 3 * DAY, failures=3)
    add("Shaken", failures=2)
    add("Resting", last_new_at=NOW - 3 * DAY, state=FeedState.PAUSED)
    listed = json.loads(alerts("list", "--json").stdout)
    assert {each["title"]: (each["healthy"], each["silent"]) for each in listed} == {
        "Well": (True, False),
        "Quiet": (True, True),
        "Seldom": (True, False),
        "Down": (False, False),
        "Shaken": (True, False),
        "Resting": (True, False),
    }
    rows = [line.split("  ") for line in alerts("list").stdout.splitlines()[1:]]
    states = [next(cell.strip() for cell in row[1:] if cell.strip()) for row in rows]
    assert states == ["active", "active, silent for 3 d", "active", "active, failing", "active", "paused"]


def test_one_feed_says_the_same_of_itself() -> None:
    add("Quiet", last_new_at=NOW - 3 * DAY)
    shown = json.loads(alerts("show", "1", "--json").stdout)
    assert (shown["healthy"], shown["silent"], shown["state"]) == (True, True, "active")
    assert "silent" in alerts("show", "1").stdout
    assert isinstance(alerts("show", "2").exception, NotFound)
