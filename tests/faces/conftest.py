"""Commands and pages that a test runs in its own process leave their database to it: here it is closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import compiled_once
import pytest
from sqlalchemy import Engine

from alerts import parts


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "open_engine", compiled_once.open_engine)
        yield


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
    """Every database that is opened meanwhile, and every process that reads feeds. One that is asked again
    later opens again by itself, and the file, which began before its tests, closes it too."""
    with ExitStack() as ends, pytest.MonkeyPatch.context() as patch:
        open_engine, reader = parts.open_engine, parts.ParseProcess

        def remembered(url: str) -> Engine:
            engine = open_engine(url)
            ends.callback(engine.dispose)
            return engine

        patch.setattr(parts, "open_engine", remembered)
        patch.setattr(parts, "ParseProcess", lambda: ends.enter_context(reader()))
        yield
