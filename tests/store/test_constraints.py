"""Duplicates are refused by the database itself, whatever a program believes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from small_world import NOW, Entry, World
from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from alerts.model import Cadence, Digest, Window
from alerts.store.mail_schema import (
    Attempt,
    Delivery,
    DigestRow,
    Subscriber,
    Subscription,
    SubscriptionRule,
    Suppression,
    Told,
)
from alerts.store.schema import Feed, Item, Match, Rule, RuleVersion, Source, Table
from alerts.store.unit import reading, writing

Statement = Callable[[Connection], object]


@pytest.fixture
def world(engine: Engine) -> World:
    """One alert sent: a row in every table of the main path."""
    world = World(engine)
    world.person()
    world.add_feed("post", [Entry("1", "A missile was fired")])
    world.poll()
    world.deliver()
    with writing(engine) as tx:
        tx.execute(insert(Suppression).values(address_hash="h", reason="", created_at=NOW))
    return world


def _again(table: type[Table], *changed: str) -> Statement:
    """Inserts a copy of the table's first row, with another id and other values for what is changed."""

    def copy(tx: Connection) -> None:
        row = dict(tx.execute(select(*table.__table__.columns)).mappings().first() or {})
        row.pop("id", None)
        row |= {name: f"other {name}" for name in changed}
        tx.execute(insert(table).values(**row))

    return copy


def _second_digest_tells_it_again(tx: Connection) -> None:
    told = tx.execute(select(Told.subscription_id, Told.match_id)).one()
    content = Digest(Cadence.DAILY, Window(NOW, NOW), (), 0, (), None)
    row = insert(DigestRow).values(subscription_id=told.subscription_id, made_at=NOW, content=content)
    digest_id = tx.scalars(row.returning(DigestRow.id)).one()
    tx.execute(insert(Told).values(**told._mapping, digest_id=digest_id))


REFUSED: dict[str, Statement] = {
    "an item of the same feed and key": _again(Item, "url", "title"),
    "a match of the same item and rule": _again(Match),
    "telling a subscription the same match in another digest": _second_digest_tells_it_again,
    "a second delivery of a digest": _again(Delivery, "message_id"),
    "a second delivery with the same Message-ID": _again(Delivery),
    "a second attempt of the same number": _again(Attempt, "reply"),
    "a feed with the same address": _again(Feed, "title"),
    "a source with the same name": _again(Source),
    "a rule with the same key": _again(Rule),
    "a second text of the same number": _again(RuleVersion, "query"),
    "a subscriber with the same address": _again(Subscriber, "address"),
    "a second subscription of the same cadence": _again(Subscription),
    "the same rule in a subscription twice": _again(SubscriptionRule),
    "the same suppression": _again(Suppression, "reason"),
}


def _orphan(table: type[Table], owner: str, *changed: str) -> Statement:
    """Inserts a copy of the table's first row that belongs to nobody."""

    def copy(tx: Connection) -> None:
        row = dict(tx.execute(select(*table.__table__.columns)).mappings().first() or {})
        row.pop("id", None)
        row |= {owner: 1_000_000} | {name: f"other {name}" for name in changed}
        tx.execute(insert(table).values(**row))

    return copy


ORPHANS: dict[str, Statement] = {
    "an item without a feed": _orphan(Item, "feed_id"),
    "a match without an item": _orphan(Match, "item_id"),
    "a subscription without a subscriber": _orphan(Subscription, "subscriber_id"),
    "a delivery without a digest": _orphan(Delivery, "digest_id", "message_id"),
    "an attempt without a delivery": _orphan(Attempt, "delivery_id"),
}


def test_the_database_refuses_every_duplicate(world: World) -> None:
    for what, statement in REFUSED.items():
        with pytest.raises(IntegrityError) as refusal, writing(world.engine) as tx:
            statement(tx)
        assert "unique" in str(refusal.value).lower(), what


def test_the_database_refuses_what_belongs_to_nobody(world: World) -> None:
    for what, statement in ORPHANS.items():
        with pytest.raises(IntegrityError) as refusal, writing(world.engine) as tx:
            statement(tx)
        assert "foreign key" in str(refusal.value).lower(), what


def test_what_belongs_to_a_subscriber_goes_with_them_and_nothing_else_does(world: World) -> None:
    kept = [world.count(table) for table in (Item, Match, Rule, Feed)]
    with writing(world.engine) as tx:
        tx.execute(delete(Subscriber))
    gone = (Subscription, SubscriptionRule, DigestRow, Told, Delivery, Attempt)
    assert [world.count(table) for table in gone] == [0] * len(gone)
    assert [world.count(table) for table in (Item, Match, Rule, Feed)] == kept


def test_a_failed_transaction_leaves_nothing_behind(world: World) -> None:
    before = world.count(Item)
    with pytest.raises(IntegrityError), writing(world.engine) as tx:
        _again(Item, "key")(tx)
        _again(Item)(tx)
    assert world.count(Item) == before
    with reading(world.engine) as tx:
        assert tx.scalar(select(Feed.next_poll_at)) > NOW - timedelta(days=1)
