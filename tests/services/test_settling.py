"""A process that has done its work once keeps what it holds out of garbage collection."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from alerts.settling import SETTLED_GARBAGE, settle


@pytest.fixture
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("as_before")
def test_what_a_settled_process_holds_is_not_looked_at_again() -> None:
    held = gc.get_freeze_count()
    settle()
    assert gc.get_freeze_count() > held
    assert gc.get_threshold()[0] == SETTLED_GARBAGE


@pytest.mark.usefixtures("as_before")
def test_garbage_made_later_is_still_found() -> None:
    settle()
    ring: list[object] = []
    ring.append(ring)
    del ring
    assert gc.collect() >= 1
