"""Commands and pages that a test runs in its own process leave their database to it: here it is closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine

from alerts import parts


@pytest.fixture(scope="module", autouse=True)
def databases_of_the_file_are_closed() -> Iterator[None]:
    """Of worlds that all tests of a file share."""
    with _closed_at_the_end():
        yield


@pytest.fixture(autouse=True)
def databases_are_closed() -> Iterator[None]:
    with _closed_at_the_end():
        yield


@contextmanager
def _closed_at_the_end() -> Iterator[None]:
    """Every database that is opened meanwhile. One that is asked again later opens again by itself, and the
    file, which began before its tests, closes it too."""
    opened: list[Engine] = []
    open_engine = parts.open_engine

    def remembered(url: str) -> Engine:
        opened.append(open_engine(url))
        return opened[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "open_engine", remembered)
        yield
    for engine in opened:
        engine.dispose()
