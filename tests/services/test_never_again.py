"""What is known outside by its number never shares it with what was there before, and an older database gets
there with all that it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asking_world import asked, pressed
from small_world import NOW, Entry, World
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import IntegrityError

from alerts.errors import Unavailable
from alerts.model import JobKind, Letter, LetterKind
from alerts.services.personal_data import erase
from alerts.store import audit, deliveries, feed_changes, jobs, migrate, subscribers
from alerts.store.columns import Table
from alerts.store.face_schema import Job
from alerts.store.jobs import NewJob
from alerts.store.mail_schema import Attempt, Delivery, Request, Subscriber, Subscription
from alerts.store.schema import Feed
from alerts.store.unit import reading, writing

KNOWN_OUTSIDE = (Subscriber, Subscription, Request, Delivery, Feed, Job)
FIRST, NEXT = "nadia@desk.example.org", "muna@desk.example.org"

Open = Callable[[str], Engine]


def come(world: World, address: str) -> None:
    """Somebody signs up and is written to; a feed and long work come too."""
    asked(world, address)
    world.deliver()
    pressed(world)
    world.deliver()
    world.add_feed(address.partition("@")[0])
    with writing(world.engine) as tx:
        jobs.add(tx, NewJob(JobKind.SUBSCRIBERS_IMPORT, "a list", {}, "", 0), asked_by="anna", now=world.now)


def go(world: World, address: str) -> None:
    """And all of them go."""
    with reading(world.engine) as tx:
        person = subscribers.find(tx, address).id
    erase(world.engine, person, address_hashes=world.address_hashes, actor="anna", now=world.now)
    with writing(world.engine) as tx:
        feed_changes.remove_unread(tx, tx.scalars(select(Feed.id)).all())
        tx.execute(text("DELETE FROM jobs"))


def numbers(engine: Engine) -> dict[str, set[int]]:
    with reading(engine) as tx:
        return {each.__tablename__: set(tx.scalars(select(each.id))) for each in KNOWN_OUTSIDE}


def rows(engine: Engine) -> dict[str, list[Any]]:
    """All that a database holds, as it lies there."""
    with reading(engine) as tx:
        return {
            name: sorted(map(repr, tx.execute(text(f'SELECT {", ".join(columns)} FROM "{name}"'))))  # noqa: S608
            for name, columns in ((t.name, sorted(f'"{c.name}"' for c in t.columns)) for t in _tables())
        }


def _tables() -> list[Any]:
    return Table.metadata.sorted_tables


@pytest.fixture
def before(empty_url: str, opened: Open, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A database of the program that gave numbers twice."""
    from alembic import command

    engine = opened(empty_url)
    with monkeypatch.context() as older:
        to = command.upgrade
        older.setattr(command, "upgrade", lambda config, _: to(config, "0010"))
        migrate.upgrade(engine)
    return engine


def test_the_number_of_what_is_gone_is_given_to_nothing_else(engine: Engine) -> None:
    world = World(engine)
    come(world, FIRST)
    first = numbers(engine)
    assert all(first.values())
    go(world, FIRST)
    assert not any(numbers(engine).values())
    world.wait(days=1)
    come(world, NEXT)
    then = numbers(engine)
    assert all(then.values())
    assert {name: found & then[name] for name, found in first.items()} == {name: set() for name in first}


def test_a_database_of_before_keeps_every_row_and_what_refers_to_it(before: Engine) -> None:
    world = World(before)
    for address in (FIRST, NEXT):
        come(world, address)
        world.wait(days=1)
    world.person(FIRST, rules=["missile"])
    world.poll()
    world.show("muna", [Entry("a", "Missile over the strait")])
    world.wait(hours=1)
    world.poll()
    world.deliver()
    assert world.count(Attempt)
    held = rows(before)
    migrate.upgrade(before)
    assert rows(before) == held
    with pytest.raises(IntegrityError), writing(before) as tx:
        tx.execute(insert(Attempt).values(delivery_id=10**6, number=1, started_at=NOW))
    go(world, FIRST)
    assert world.column(Subscriber.address) == [NEXT]
    assert world.count(Subscription) == 1, "theirs went with the reader"


def test_numbers_that_an_older_program_gave_to_what_is_gone_are_given_no_more(before: Engine) -> None:
    """As far as something still names them: the audit, or a letter."""
    world = World(before)
    with writing(before) as tx:
        letter = Letter(LetterKind.CONFIRM, target_id=40, subscription_id=50)
        deliveries.post(tx, "old@desk.example.org", letter, "<old@x>", NOW)
    come(world, FIRST)
    given = numbers(before)
    with writing(before) as tx:
        for table, noun in (("deliveries", "delivery"), ("feeds", "feed"), ("jobs", "job")):
            subject = f"{noun} {max(given[table])}"
            audit.record(tx, at=NOW, actor="anna", action="changed", subject=subject)
        audit.record(tx, at=NOW, actor="web", action="login failed", subject="subscriber 9223372036854775807")
    go(world, FIRST)
    gone = {name: found - numbers(before)[name] for name, found in given.items()}
    migrate.upgrade(before)
    world.wait(days=1)
    come(world, NEXT)
    then = numbers(before)
    assert {name: found & then[name] for name, found in gone.items()} == {name: set() for name in gone}
    assert max(then["subscribers"]) < 10**12, "words that somebody typed are no number that was given"
    if before.dialect.name == "sqlite":
        assert (min(then["requests"]), min(then["subscriptions"])) == (41, 51)


def test_a_database_whose_rows_refer_to_nothing_is_left_as_it_is(before: Engine) -> None:
    if before.dialect.name != "sqlite":
        return
    raw = before.raw_connection()
    raw.cursor().execute("PRAGMA foreign_keys=OFF")
    begun = "INSERT INTO attempts (delivery_id, number, started_at) VALUES (77, 1, '2026-11-21 08:00:00')"
    raw.cursor().execute(begun)
    raw.cursor().execute("PRAGMA foreign_keys=ON")
    raw.close()
    held = rows(before)
    with pytest.raises(Unavailable, match="row 1 of attempts refers to none of deliveries"):
        migrate.upgrade(before)
    assert rows(before) == held and migrate.pending(before)
