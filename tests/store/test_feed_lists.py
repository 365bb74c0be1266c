"""What lists of feeds say about a feed is kept, also in a database that knew nothing of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from small_world import NOW
from sqlalchemy import Engine, text

from alerts.store import feeds, migrate
from alerts.store.unit import reading, writing


def test_site_and_tags_come_back_as_they_were_given(engine: Engine) -> None:
    given = feeds.NewFeed("https://a.example/", "A", "A", site="https://a.example/x", tags=("Ж", "b, c"))
    with writing(engine) as tx:
        feeds.add(tx, given, interval_seconds=300, now=NOW)
        feeds.add(tx, feeds.NewFeed("https://b.example/", "B", "B"), interval_seconds=300, now=NOW)
    with reading(engine) as tx:
        first, second = feeds.overview(tx)
    assert (first.site, first.tags) == (given.site, given.tags)
    assert (second.site, second.tags) == (None, ())


def test_feeds_of_an_older_database_stay_with_their_history_and_have_no_tags(
    empty_url: str, opened: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command

    engine = opened(empty_url)
    with monkeypatch.context() as older:
        to = command.upgrade
        older.setattr(command, "upgrade", lambda config, _: to(config, "0001"))
        migrate.upgrade(engine)
    with writing(engine) as tx:
        tx.execute(text("INSERT INTO sources (id, name) VALUES (1, 'Wire')"))
        tx.execute(
            text(
                "INSERT INTO feeds (id, source_id, url, title, state, mail_existing, created_at,"
                " interval_seconds, next_poll_at, failures, collected)"
                " VALUES (1, 1, 'https://a.example/', 'A', 'active', :no, :at, 300, :at, 0, 0)"
            ),
            {"no": False, "at": "2026-11-21 08:00:00"},
        )
        tx.execute(
            text(
                "INSERT INTO fetches (id, feed_id, started_at, finished_at, outcome,"
                " new, changed, seen, note) VALUES (1, 1, :at, :at, 'read', 1, 0, 0, '')"
            ),
            {"at": "2026-11-21 08:00:00"},
        )
    migrate.upgrade(engine)
    with reading(engine) as tx:
        (feed,) = feeds.overview(tx)
        assert len(feeds.history(tx, feed.id)) == 1
    assert (feed.title, feed.site, feed.tags) == ("A", None, ())
