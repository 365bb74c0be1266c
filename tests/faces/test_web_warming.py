"""What pages need and is slow to make is made when the service starts."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_client import ask
from web_world import SECRET, World, make_app

from alerts.app import App
from alerts.config import Settings
from alerts.web.site import make_web
from alerts.web.warming import warm


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_a_service_that_made_everything_ready_answers_as_one_that_did_not(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    World(app)
    before = ask(make_web(app), "/").text
    warm(app)
    assert gc.get_freeze_count() > 0
    assert ask(make_web(app), "/").text == before
    app.engine.dispose()


def test_a_database_without_tables_stops_nothing(tmp_path: Path) -> None:
    app = App(Settings(home=tmp_path, secret_key=SECRET))
    warm(app)
    assert ask(make_web(app), "/").status == 503
    app.engine.dispose()
