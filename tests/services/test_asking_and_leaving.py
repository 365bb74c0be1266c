"""Asking for mail and leaving; what is kept, for how long, and what can be answered from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from small_world import NOW, RULES, Entry, World
from sqlalchemy import Engine, delete

from alerts.errors import BadInput, NotFound
from alerts.model import Cadence, Grant, Rule, Scope, Wish
from alerts.services.housekeep import retain
from alerts.services.rules import import_rules
from alerts.services.subscribe import subscribe
from alerts.services.unsubscribe import unsubscribe
from alerts.services.why import why
from alerts.store import audit, mail_schema, subscribers
from alerts.store import schema as table
from alerts.store.unit import reading, writing


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def _leave(world: World, scope: Scope, target: int, person: int = 1) -> bool:
    grant = Grant(person, scope, target)
    return unsubscribe(
        world.engine,
        grant,
        address_hashes=world.address_hashes,
        message_id=world.message_id,
        actor="reader",
        now=world.now,
    )


def _state(world: World) -> dict[str, list[tuple[object, ...]]]:
    with reading(world.engine) as tx:
        return {
            each.__tablename__: sorted((tuple(row) for row in tx.execute(each.__table__.select())), key=repr)
            for each in (
                mail_schema.Subscriber,
                mail_schema.Subscription,
                mail_schema.SubscriptionRule,
                mail_schema.Suppression,
            )
        } | {"audit": list(audit.latest(tx))}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("scope", "target"), [(Scope.RULE, 1), (Scope.DIGEST, 2), (Scope.EVERYTHING, 0)], ids=lambda v: str(v)
)
def test_leaving_twice_is_the_same_as_once(world: World, scope: Scope, target: int) -> None:
    world.person(cadence=Cadence.IMMEDIATE)
    world.person(cadence=Cadence.DAILY)
    world.person("other@desk.example.org")
    assert _leave(world, scope, target)
    once = _state(world)
    world.wait(days=1)
    assert not _leave(world, scope, target)
    assert _state(world) == once


def test_each_scope_ends_what_it_names_and_nothing_else(world: World) -> None:
    for cadence in (Cadence.IMMEDIATE, Cadence.DAILY, Cadence.WEEKLY):
        world.person(cadence=cadence)

    def standing() -> list[tuple[str, int]]:
        with reading(world.engine) as tx:
            return [
                (order.cadence.value, len(subscribers.rules_of(tx, order.id)))
                for order in subscribers.orders_of(tx, 1)
                if order.ended_at is None and order.state == "confirmed"
            ]

    _leave(world, Scope.RULE, 1)
    assert standing() == [("immediate", 2), ("daily", 2), ("weekly", 2)]
    _leave(world, Scope.DIGEST, 2)
    assert standing() == [("immediate", 2), ("weekly", 2)]
    _leave(world, Scope.EVERYTHING, 0)
    assert standing() == []
    with reading(world.engine) as tx:
        said = [event.detail for event in audit.latest(tx) if event.action == "unsubscribed from everything"]
    assert said == [""], "no number stands for what has none"


def test_nobody_can_end_the_subscription_of_another(world: World) -> None:
    world.person()
    world.person("other@desk.example.org")
    before = _state(world)
    assert not _leave(world, Scope.DIGEST, 1, person=2)
    assert not _leave(world, Scope.EVERYTHING, 0, person=999)
    assert _state(world) == before


def test_asking_again_adds_rules_and_changes_the_hour_and_keeps_the_window(world: World) -> None:
    world.person(cadence=Cadence.DAILY, rules=["missile"], hour=8)
    world.wait(hours=2)
    world.person(" Duty@desk.example.org ".replace(" ", ""), Cadence.DAILY, ["truce"], hour=20)
    with reading(world.engine) as tx:
        (person,) = subscribers.everyone(tx)
        (order,) = subscribers.orders_of(tx, person.id)
        assert [rule.name.key for rule in subscribers.rules_of(tx, order.id)] == ["missile", "truce"]
    assert (order.hour, order.covered_until, order.address) == (20, NOW, "duty@desk.example.org")


def test_coming_back_to_a_digest_begins_a_new_window(world: World) -> None:
    world.person(cadence=Cadence.DAILY)
    _leave(world, Scope.DIGEST, 1)
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    world.wait(days=9)
    world.person(cadence=Cadence.DAILY)
    world.wait(days=1)
    assert [each.outcome for each in world.compose()] == ["nothing to tell"]


def test_no_import_brings_back_who_left_everything(world: World) -> None:
    world.person()
    _leave(world, Scope.EVERYTHING, 0)
    before = _state(world)
    with pytest.raises(BadInput, match="asked never to be written to again"):
        world.person("DUTY@desk.example.org")
    assert _state(world) == before
    world.add_feed("post", [Entry("1", "Missile fired")])
    assert world.poll()[0].deliveries == ()


def test_the_wish_to_be_left_alone_outlives_the_subscriber(world: World) -> None:
    """R22: as a keyed hash, from which nobody reads the address."""
    world.person()
    _leave(world, Scope.EVERYTHING, 0)
    with writing(world.engine) as tx:
        tx.execute(delete(mail_schema.Subscriber))
    assert "duty@desk" not in repr(_state(world)[mail_schema.Suppression.__tablename__])
    with pytest.raises(BadInput, match="asked never to be written to again"):
        world.person("DUTY@desk.example.org")
    assert world.count(mail_schema.Subscriber) == 0


WRONG: dict[str, tuple[dict[str, object], type[Exception]]] = {
    "language 'xx'": ({"language": "xx"}, BadInput),
    "time zone 'Mars/Olympus'": ({"timezone": "Mars/Olympus"}, BadInput),
    "time zone '../etc/passwd'": ({"timezone": "../etc/passwd"}, BadInput),
    "time zone ''": ({"timezone": ""}, BadInput),
    "hour 24": ({"hour": 24}, BadInput),
    "weekday 7": ({"weekday": 7}, BadInput),
    "day of the month 29": ({"monthday": 29}, BadInput),
    "no rule or situation was named": ({"rules": ()}, BadInput),
    "no rule 'unknown'": ({"rules": ("unknown",)}, NotFound),
    "not a mail address": ({"address": "nobody"}, BadInput),
    "the part before the @": ({"address": "müller@example.org"}, BadInput),
}


def test_a_wrong_wish_is_one_sentence_and_changes_nothing_for_the_others_either(world: World) -> None:
    kept: dict[str, Any] = {"address_hashes": world.address_hashes, "actor": "test", "now": NOW}
    right = {"language": "en", "timezone": "UTC", "cadence": Cadence.DAILY, "rules": ("missile",)}
    for words, (wrong, kind) in WRONG.items():
        wishes = [Wish(**({"address": "a@example.org"} | right | each)) for each in ({}, wrong)]  # type: ignore[arg-type]
        with pytest.raises(kind, match=words.replace("(", r"\(")):
            subscribe(world.engine, wishes, languages=("en", "ar"), **kept)
    assert world.count(mail_schema.Subscriber) == 0


def test_rules_are_imported_all_or_none(world: World) -> None:
    bad = Rule("broken", "Broken", "missile", match=("a truce",))
    with pytest.raises(BadInput, match=r"broken.*must match and does not"):
        import_rules(world.engine, [Rule("new", "New", "new"), bad], author="test", now=NOW)
    assert world.column(table.Rule.key) == [rule.key for rule in RULES]
    again = import_rules(world.engine, RULES, author="test", now=NOW)
    assert (again.written, len(again.unchanged)) == ((), 3)


# --- what is kept -------------------------------------------------------------------------


def test_retention_forgets_words_and_keeps_identity_so_nothing_becomes_news_again(world: World) -> None:
    world.person()
    shown = [Entry("1", "Missile fired"), Entry("2", "Grain exports resume")]
    world.add_feed("post", shown)
    world.poll()
    world.deliver()
    world.wait(days=400)
    kept = retain(world.engine, world.now, 365)
    assert (kept.items_emptied, kept.fetches_deleted) == (2, 0)
    assert world.column(table.Item.title) == ["", ""]
    import_rules(world.engine, [Rule("grain", "Grain", "grain")], author="test", now=world.now)
    world.person(rules=["grain"])
    world.show("post", [*shown, Entry("3", "Talks")])
    (report,) = world.poll()
    assert (report.new, report.changed, report.seen) == (1, 0, 2)
    world.show("post", [Entry("1", "Missile fired!"), Entry("2", "Grain exports resume!")])
    (report,) = world.poll()
    assert (report.changed, report.deliveries) == (2, ())
    world.deliver()
    assert world.titles == ["Missile fired"]
    assert retain(world.engine, world.now, 365).items_emptied == 2
    assert retain(world.engine, world.now, 365).items_emptied == 0


def test_old_polls_are_forgotten_but_never_a_feeds_latest(world: World) -> None:
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.add_feed("wire")
    for _ in range(3):
        world.poll()
        world.wait(days=20)
    world.poll(1)
    world.wait(days=20)
    assert retain(world.engine, world.now, 365).fetches_deleted == 5
    assert world.column(table.Fetch.feed_id) == [2, 1]


# --- why ----------------------------------------------------------------------------------


def _answers(world: World, item: str, **asked: str) -> dict[tuple[str, str | None], tuple[str, str]]:
    with reading(world.engine) as tx:
        ((_, answers),) = why(tx, item, **asked)
    return {(a.rule, (a.subscriber or "").partition("@")[0] or None): (a.outcome, a.reason) for a in answers}


def test_every_item_rule_and_reader_has_one_answer(world: World) -> None:
    world.person("alert@desk.example.org", rules=["missile"])
    world.person("daily@desk.example.org", Cadence.DAILY, ["missile"])
    world.person("new@desk.example.org", rules=["missile"], confirmed=False)
    world.person("gone@desk.example.org", Cadence.WEEKLY, ["missile"])
    _leave(world, Scope.DIGEST, 4, person=4)
    world.add_feed("post", [Entry("1", "Missile fired, sanctions follow"), Entry("2", "Missile", hours=99)])
    world.poll()
    world.deliver()
    world.person("late@desk.example.org", rules=["missile"])
    (sent,) = (each for each in world.outbox() if each.letter is None)
    assert _answers(world, "https://harbour.example/1") == {
        ("missile", "alert"): ("sent", f"in mail {sent.message_id}"),
        ("missile", "daily"): ("held", "waits for the daily digest"),
        ("missile", "new"): ("skipped", "the subscriber is unconfirmed"),
        ("missile", "gone"): ("skipped", "the subscription has ended"),
        ("missile", "late"): ("skipped", "the rule was added to the subscription after it matched"),
        ("sanctions", None): ("not subscribed", "nobody asked for this rule"),
        ("truce", None): ("no match", "read as English: “truce” or “ceasefire” is nowhere in this passage"),
    }
    assert _answers(world, "2", rule_key="missile") == {
        ("missile", None): ("archived", "kept without mail: first poll")
    }
    one = _answers(world, "1", rule_key="missile", address_key="daily@desk.example.org")
    assert list(one) == [("missile", "daily")]


def test_what_somebody_did_later_does_not_hide_why_they_were_not_told_then(world: World) -> None:
    world.person("duty@desk.example.org", Cadence.DAILY, ["missile"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    matched = world.now
    world.wait(minutes=6)
    late = world.person("late@desk.example.org", rules=["missile"])
    before = {("missile", "late"): ("skipped", "it matched before the subscription began")}
    asked = {"rule_key": "missile", "address_key": "late@desk.example.org"}
    assert _answers(world, "1", **asked) == before
    world.wait(minutes=4)
    _leave(world, Scope.EVERYTHING, 0, person=late)
    _leave(world, Scope.EVERYTHING, 0)
    assert _answers(world, "1", **asked) == before
    with reading(world.engine) as tx:
        ((_, answers),) = why(tx, "1", rule_key="missile")
    assert [(a.subscriber, a.reason, a.at) for a in answers] == [
        ("duty@desk.example.org", "the subscription ended before a mail told it", world.now)
    ]
    assert matched < world.now


def test_who_had_not_subscribed_yet_is_not_among_those_of_a_match_but_who_was_told_stays(
    world: World,
) -> None:
    world.person("told@desk.example.org", rules=["missile"])
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    world.deliver()
    world.wait(minutes=6)
    world.person("late@desk.example.org", rules=["missile"])
    _leave(world, Scope.DIGEST, 1)
    world.wait(minutes=1)
    world.person("told@desk.example.org", rules=["missile"])
    assert [who for _, who in _answers(world, "1", rule_key="missile")] == ["told"]


def test_every_alternative_of_a_rule_is_told_why_it_does_not_hold(world: World) -> None:
    query = "(port NEAR closed) OR (grain ship) OR (missile NEAR fired) OR truce"
    import_rules(world.engine, [Rule("many", "Many", query)], author="test", now=world.now)
    world.add_feed("post", [Entry("1", "Missile shown in the port")])
    world.poll()
    assert _answers(world, "1", rule_key="many")["many", None][1] == (
        "read as English: none of 4 alternatives holds: "
        "(1) “port” is there, “closed” is nowhere in this passage "
        "(2) “grain” is nowhere in this passage; “ship” is nowhere in this passage "
        "(3) “missile” is there, “fired” is nowhere in this passage "
        "(4) “truce” is nowhere in this passage"
    )


def test_a_rule_written_later_and_words_no_longer_kept_are_said_so(world: World) -> None:
    world.add_feed("post", [Entry("1", "Grain exports resume")])
    world.poll()
    import_rules(world.engine, [Rule("grain", "Grain", "grain")], author="test", now=world.now)
    outcome, reason = _answers(world, "1", rule_key="grain")["grain", None]
    assert outcome == "archived"
    assert "read before the rule said so" in reason
    retain(world.engine, world.now + timedelta(days=2), 1)
    assert _answers(world, "1", rule_key="grain") == {
        ("grain", None): ("no match", "its words are no longer kept")
    }


@pytest.mark.parametrize(
    "ask",
    [
        lambda tx: why(tx, "https://nowhere.example/"),
        lambda tx: why(tx, "1", rule_key="unknown"),
        lambda tx: why(tx, "1", address_key="nobody@example.org"),
    ],
)
def test_asking_about_what_does_not_exist_is_not_found(world: World, ask: Callable[..., object]) -> None:
    world.add_feed("post", [Entry("1", "Missile fired")])
    world.poll()
    with pytest.raises(NotFound), reading(world.engine) as tx:
        ask(tx)
