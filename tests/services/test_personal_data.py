"""What is kept about a reader can be had, all of it, and can be forgotten, all of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking_world import asked, pressed, reception
from small_world import Entry, World
from sqlalchemy import Connection, Engine, Text, cast, insert, select, update

from alerts.errors import BadInput, NotFound
from alerts.mail.links import Confirmation
from alerts.model import (
    JobKind,
    Letter,
    LetterKind,
    Outcome,
    Returned,
    ReturnKind,
    Sending,
    SuppressionKind,
    Trouble,
)
from alerts.services.moving import ask_to_move
from alerts.services.personal_data import erase, export
from alerts.services.requesting import ask_for_link, confirm
from alerts.store import (
    audit,
    brakes,
    deliveries,
    jobs,
    personal_data,
    returns,
    rules,
    subscribers,
    suppressions,
)
from alerts.store.columns import Table
from alerts.store.face_schema import Job, Judgement, OwnRule
from alerts.store.jobs import NewJob
from alerts.store.mail_schema import Delivery
from alerts.store.schema import AuditEvent, Match, RuleVersion
from alerts.store.unit import reading, writing

MUNA, OTHER = "Muna.Haddad@desk.example.org", "nadia@desk.example.org"
MOVED, WISHED = "muna@new.example.org", "muna@other.example.org"
KEY = MUNA.lower()


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def fill(world: World) -> int:
    """A reader with everything that somebody can have here; her id."""
    asked(world, MUNA)
    world.deliver()
    pressed(world)
    with reading(world.engine) as tx:
        muna = subscribers.find(tx, KEY).id
    for address in (MUNA, OTHER):
        world.person(address, rules=["missile"])
    world.transport.script = [Sending(Outcome.FAILED, "rcpt", 550, f"5.1.1 <{MUNA}> unknown")]
    world.add_feed("post", [Entry("a", "A missile in the harbour"), Entry("b", "A missile on the pier")])
    world.poll()
    world.deliver()
    ask_for_link(reception(world), KEY, "192.0.2.8", world.wait(days=2))
    with writing(world.engine) as tx:
        _scatter(tx, world, muna)
    return muna


def _scatter(tx: Connection, world: World, muna: int) -> None:
    """Her address in the rows of others."""
    sent = returns.by_id(
        tx, tx.scalars(select(Delivery.id).where(Delivery.subscriber_id == muna)).first() or 0
    )
    returns.record(tx, "k1", sent, Returned(MUNA, ReturnKind.SOFT, "4.2.2", f"<{MUNA}> is full"), world.now)
    returns.record(tx, "k2", None, Returned(KEY, ReturnKind.HARD, "5.1.1", "who?"), world.now)
    detail = f"550 <{MUNA}> unknown; not {OTHER}"
    audit.record(tx, at=world.now, actor="deliver", action="address suppressed", subject="", detail=detail)
    brakes.pull(tx, f"3 of the last 4 mails were refused; a server said: 550 {KEY}.", world.now)
    told = Letter(LetterKind.FAILED_DELIVERIES, troubles=(Trouble("", None, f"rcpt: 550 {MUNA}", 1),))
    letter = deliveries.post(tx, "operator@desk.example.org", told, "<told@x>", world.now)
    deliveries.keep_content(tx, letter or 0, "Failed", f"550 {MUNA}".encode())
    import_ = NewJob(
        JobKind.SUBSCRIBERS_IMPORT, f"of {MUNA}", {"said": KEY}, f"address\n{MUNA}\n{OTHER}\n", 2
    )
    job = jobs.add(tx, import_, asked_by="anna", now=world.now)
    told_of = {"result": {"told": [f"line 2: {KEY}"]}, "reason": f"not {KEY}"}
    tx.execute(update(Job).where(Job.id == job).values(**told_of))
    rule_id = tx.scalars(select(Match.rule_id)).first()
    tx.execute(insert(OwnRule).values(rule_id=rule_id, subscriber_id=muna))
    tx.execute(update(RuleVersion).where(RuleVersion.rule_id == rule_id).values(name="Herons", author=MUNA))
    match_id = tx.scalars(select(Match.id)).first()
    tx.execute(insert(Judgement).values(subscriber_id=muna, match_id=match_id, at=world.now))


def mentions(engine: Engine, words: str) -> list[str]:
    """Table and column of whatever says this anywhere, in bytes too."""
    found = []
    with reading(engine) as tx:
        for table in Table.metadata.sorted_tables:
            for row in tx.execute(select(*(_raw(column) for column in table.columns))):
                for column, value in zip(table.columns, row, strict=True):
                    shown = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    if words.lower() in shown.lower():
                        found.append(f"{table.name}.{column.name}")
    return found


def _raw(column: Any) -> Any:
    return column if column.type.python_type is bytes else cast(column, Text)


def forget(world: World, person: int) -> None:
    erase(world.engine, person, address_hashes=world.address_hashes, actor="anna", now=world.now)


def move(world: World, person: int, address: str) -> None:
    ask_to_move(reception(world), person, address, "192.0.2.9", world.wait(days=2))
    letter = next(each.letter for each in reversed(world.outbox()) if each.address == address)
    assert letter is not None and letter.until is not None
    confirm(reception(world), Confirmation(letter.target_id, letter.until), "192.0.2.9", world.now)


def test_after_erasing_nothing_says_the_address(world: World) -> None:
    muna = fill(world)
    assert len(set(mentions(world.engine, MUNA))) > 10
    others = mentions(world.engine, OTHER)
    forget(world, muna)
    assert mentions(world.engine, MUNA) == []
    assert sorted(mentions(world.engine, OTHER)) == sorted(others)
    with reading(world.engine) as tx:
        whose = personal_data.Whose(muna, (KEY,))
        assert [name for name, rows in personal_data.rows(tx, whose).items() if rows] == []


def test_after_a_move_erasing_leaves_neither_address(world: World) -> None:
    muna = fill(world)
    move(world, muna, MOVED)
    ask_to_move(reception(world), muna, WISHED, "192.0.2.9", world.wait(days=2))
    assert all(mentions(world.engine, each) for each in (MUNA, MOVED, WISHED))
    assert {MUNA.lower(), WISHED} <= {
        row["address"].lower() for row in export(world.engine, muna).document()["deliveries"]
    }
    others = mentions(world.engine, OTHER)
    forget(world, muna)
    assert [*mentions(world.engine, MUNA), *mentions(world.engine, MOVED)] == []
    assert mentions(world.engine, WISHED) == []
    assert sorted(mentions(world.engine, OTHER)) == sorted(others)


def test_a_former_address_that_somebody_else_has_now_stays_theirs(world: World) -> None:
    muna = fill(world)
    move(world, muna, MOVED)
    heir = world.person(MUNA)
    ask_for_link(reception(world), KEY, "192.0.2.8", world.wait(days=2))
    sent = world.outbox()[-1]
    assert sent.letter is not None
    assert (sent.letter.kind, sent.letter.target_id) == (LetterKind.PREFERENCES, heir)
    forget(world, muna)
    left = export(world.engine, heir).document()
    assert [row["address"] for row in left["subscribers"]] == [MUNA]
    assert [row["id"] for row in left["deliveries"]] == [sent.id]
    assert mentions(world.engine, MOVED) == []


def test_only_the_keyed_hash_stays_and_an_import_cannot_bring_them_back(world: World) -> None:
    forget(world, fill(world))
    with reading(world.engine) as tx:
        assert suppressions.is_suppressed(tx, world.address_hashes(MUNA))
    with pytest.raises(BadInput):
        world.person(MUNA)
    world.wait(days=2)
    asked(world, MUNA, "192.0.2.99", rules=("truce",))
    world.deliver()
    pressed(world, "192.0.2.99")
    with reading(world.engine) as tx:
        assert subscribers.find(tx, KEY).state.value == "confirmed", "they themselves may ask again"


def test_an_address_that_is_part_of_another_leaves_it_whole(world: World) -> None:
    una, _ = world.person("una.haddad@desk.example.org"), fill(world)
    hers = mentions(world.engine, MUNA)
    forget(world, una)
    assert sorted(mentions(world.engine, MUNA)) == sorted(hers)


def test_a_complaint_stays_one(world: World) -> None:
    muna = world.person(MUNA)
    with writing(world.engine) as tx:
        kind = SuppressionKind.COMPLAINED
        suppressions.suppress(tx, world.address_hashes(MUNA), kind, f"about {MUNA}", world.now)
    forget(world, muna)
    assert mentions(world.engine, MUNA) == []
    with reading(world.engine) as tx:
        but = (SuppressionKind.UNSUBSCRIBED,)
        assert suppressions.is_suppressed(tx, world.address_hashes(MUNA), but=but)


def test_mail_that_waits_is_never_sent(world: World) -> None:
    muna = world.person(MUNA, rules=["missile"])
    world.add_feed("post", [Entry("a", "A missile in the harbour")])
    world.poll()
    forget(world, muna)
    world.deliver()
    assert world.transport.accepted == []


def test_it_is_in_the_audit_without_the_address(world: World) -> None:
    muna = world.person(MUNA)
    forget(world, muna)
    (event, *_) = world.column(AuditEvent.action)[::-1]
    assert event == "personal data erased"
    assert world.column(AuditEvent.subject)[-1] == f"subscriber {muna}"


def test_their_own_rule_is_retired_and_says_nothing_any_more(world: World) -> None:
    forget(world, fill(world))
    assert mentions(world.engine, "Herons") == []
    with reading(world.engine) as tx:
        assert sorted(rules.kept.versions(tx)) == ["sanctions", "truce"]
    assert world.column(OwnRule.subscriber_id) == [None], "it stays what no page offers or names"


def test_whoever_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        forget(world, 7)
    with pytest.raises(NotFound):
        export(world.engine, 7)


# Handing it out


def test_the_export_has_every_table_that_refers_to_readers(world: World) -> None:
    document = export(world.engine, fill(world)).document()
    assert json.loads(json.dumps(document)) == document
    refer = {
        table.name
        for table in Table.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "subscribers"
    }
    empty = {"threads", "told_surges", "told_assessments", "subscription_situations"}
    assert refer | {"subscribers", "mails", "attempts", "told", "rule_versions"} <= set(document)
    assert {table.name for table in personal_data.tables()} - set(document) <= empty


def test_the_export_says_what_numbers_stand_for(world: World) -> None:
    document = export(world.engine, fill(world)).document()
    assert {row["rule"] for row in document["subscription_rules"]} == {"missile"}
    assert {row["match"] for row in document["told"]} <= {
        "https://harbour.example/a",
        "https://harbour.example/b",
    }
    assert document["subscribers"][0]["created_at"] == "2026-03-05T14:30:00Z"
    assert any("A missile in the harbour" in row["content"] for row in document["mails"])


def test_the_export_holds_nothing_of_others(world: World) -> None:
    muna = fill(world)
    document = export(world.engine, muna).document()
    assert OTHER not in json.dumps(document)
    assert {row["id"] for row in document["subscribers"]} == {muna}


def test_a_reader_of_many_mails_is_exported_whole(world: World) -> None:
    muna = world.person(MUNA)
    with writing(world.engine) as tx:
        for number in range(40):
            deliveries.post(tx, MUNA, Letter(LetterKind.TEST), f"<{number}@x>", world.now)
    assert len(export(world.engine, muna).document()["deliveries"]) == 40
