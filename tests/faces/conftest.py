"""Commands that a test runs in its own process leave their database to it: here it is closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from alerts import parts
from alerts.store.unit import open_engine


@pytest.fixture(autouse=True)
def databases_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    opened: list[Engine] = []

    def remembered(url: str) -> Engine:
        opened.append(open_engine(url))
        return opened[-1]

    monkeypatch.setattr(parts, "open_engine", remembered)
    yield
    for engine in opened:
        engine.dispose()
