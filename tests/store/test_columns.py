"""What goes into a column comes out of it as it was, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, select
from sqlalchemy.exc import StatementError

from alerts.model import (
    Cadence,
    Coverage,
    Digest,
    Entry,
    Evidence,
    RuleName,
    SilentFeed,
    Window,
)
from alerts.store.columns import Document, UtcTime, Word, Words
from alerts.store.unit import reading, writing

BOX = Table(
    "box",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime),
    Column("digest", Document(Digest)),
    Column("evidence", Document(tuple[Evidence, ...])),
    Column("words", Document(Words)),
    Column("cadence", Word(Cadence)),
)

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=zones)  # noqa: DTZ001
words = st.text(max_size=20)
rules = st.builds(RuleName)
evidence = st.builds(Evidence)
entries = st.builds(Entry, item_id=st.integers(1, 2**62), published_at=times, rules=st.tuples(rules))
silent = st.builds(SilentFeed, since=st.none() | times)
coverage = st.builds(Coverage, silent=st.lists(silent, max_size=2).map(tuple))
digests = st.builds(
    Digest,
    window=st.builds(Window, times, times),
    entries=st.lists(entries, max_size=2).map(tuple),
    coverage=st.none() | coverage,
)


@pytest.fixture
def box(empty_url: str, opened: Callable[[str], Engine]) -> Iterator[Callable[..., dict[str, Any]]]:
    """Puts values into one row and gives back what a new transaction reads."""
    engine = opened(empty_url)
    with writing(engine) as tx:
        BOX.create(tx)

    def keep(**values: Any) -> dict[str, Any]:
        with writing(engine) as tx:
            tx.execute(BOX.delete())
            tx.execute(BOX.insert().values(**values))
        with reading(engine) as tx:
            return dict(tx.execute(select(BOX)).mappings().one())

    yield keep


# One database serves all examples: each begins by emptying the table.
many = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(at=times)
@many
def test_a_time_comes_back_equal_and_in_utc(box: Callable[..., dict[str, Any]], at: datetime) -> None:
    back = box(at=at)["at"]
    assert back == at
    assert back.utcoffset() == timedelta(0)


@given(digest=digests, found=st.lists(evidence, max_size=3).map(tuple), said=st.lists(words).map(tuple))
@many
def test_documents_come_back_as_the_frozen_values_they_were(
    box: Callable[..., dict[str, Any]],
    digest: Digest,
    found: tuple[Evidence, ...],
    said: tuple[str, ...],
) -> None:
    back = box(digest=digest, evidence=found, words=said, cadence=digest.cadence)
    assert back["digest"] == digest
    assert back["evidence"] == found
    assert back["words"] == said
    assert back["cadence"] is digest.cadence


def test_nothing_comes_back_as_nothing(box: Callable[..., dict[str, Any]]) -> None:
    back = box(at=None, digest=None, evidence=None, words=None, cadence=None)
    assert [back[name] for name in ("at", "digest", "evidence", "words", "cadence")] == [None] * 5


def test_a_time_without_a_zone_and_a_word_that_is_none_never_reach_the_database(
    box: Callable[..., dict[str, Any]],
) -> None:
    with pytest.raises(StatementError, match="a time without a zone"):
        box(at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(StatementError, match="fortnightly"):
        box(cadence="fortnightly")


def test_times_are_compared_as_times_whatever_their_zone(
    empty_url: str, opened: Callable[[str], Engine]
) -> None:
    engine = opened(empty_url)
    east, west = timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=9))
    first = datetime(2026, 3, 5, 12, 0, 0, 1, tzinfo=UTC)
    moments = [first - timedelta(microseconds=1), first, first + timedelta(microseconds=1)]
    with writing(engine) as tx:
        BOX.create(tx)
        tx.execute(BOX.insert(), [{"id": i, "at": at.astimezone(east)} for i, at in enumerate(moments)])
        asked = select(BOX.c.id).where(BOX.c.at < first.astimezone(west))
        assert tx.scalars(asked).all() == [0]
        assert tx.scalars(select(BOX.c.id).where(BOX.c.at == first)).all() == [1]
