"""Long, strange, huge or many: what the world sends neither breaks a statement nor stops the service."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from small_world import NOW, RULES, World, fill_outbox
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from alerts import model
from alerts.errors import BadInput
from alerts.model import Cadence, Rule, SuppressionKind, Wish
from alerts.services.alerting import alert
from alerts.services.subscribe import subscribe
from alerts.store import claims, deliveries, feeds, items, matches, rules, suppressions
from alerts.store.mail_schema import Delivery, Subscription, SubscriptionRule, Suppression
from alerts.store.schema import Match, RuleVersion, Source
from alerts.store.unit import reading, writing

Open = Callable[[str], Engine]
MANY = 70_000  # more variables than PostgreSQL (65,535) or a plain SQLite (32,766) takes in one statement


def _incoming(key: str, url: str = "") -> items.Incoming:
    return items.Incoming(model.Item(key, url, f"A missile, {key}"), "f" * 64, None)


def test_thousands_of_ids_are_loaded_and_matched_at_once(engine: Engine) -> None:
    world = World(engine, rules=RULES[:1])
    feed_id = world.add_feed()
    with writing(engine) as tx:
        ids = items.insert_new(tx, feed_id, [_incoming(str(n)) for n in range(2000)], NOW)
        version = rules.current(tx)[0]
        new = [
            matches.NewMatch(i, model.Item("", "", ""), model.Hit(version, ()), True) for i in ids.values()
        ]
        assert len(matches.save(tx, new, NOW)) == 2000
        assert matches.save(tx, new, NOW) == ()
        assert len(items.load(tx, list(ids.values()))) == 2000
        assert len(items.known(tx, feed_id, [str(n) for n in range(3000)])) == 2000
        match_ids = tx.scalars(select(Match.id)).all()
        wanted = [*match_ids, *range(10**6, 10**6 + MANY)]
        assert [match.id for match in matches.load(tx, wanted)] == sorted(match_ids)
        assert len(claims.claim(tx, range(1, 5001), now=NOW, until=NOW + timedelta(1), token="t")) == 1


def test_an_address_longer_than_an_index_row_is_kept_and_found(engine: Engine) -> None:
    world = World(engine)
    feed_id = world.add_feed()
    mixed = Random(3)
    sinograms = "".join(chr(mixed.randrange(0x4E00, 0x9FFF)) for _ in range(2000))
    with writing(engine) as tx:
        items.insert_new(tx, feed_id, [_incoming("long", f"https://x.example/{sinograms}")], NOW)
    with reading(engine) as tx:
        (found,) = items.find(tx, f"https://x.example/{sinograms}")
    assert found.item.key == "long"


@pytest.mark.parametrize("name", ["url", "source"])
def test_a_feeds_address_or_source_that_no_index_takes_is_refused(engine: Engine, name: str) -> None:
    words = {"url": "https://x.example/", "title": "X", "source": "X"}
    words[name] += "é" * 1000
    with pytest.raises(BadInput, match="too long; 2,000 bytes"), writing(engine) as tx:
        feeds.add(tx, feeds.NewFeed(**words), interval_seconds=300, now=NOW)


STRANGE_IDS = ["²", "٣", "9" * 30, "9" * 5000, str(2**63 - 1), str(2**63), "-1", "", "\u0131"]


def test_asking_for_an_item_that_cannot_be_finds_nothing(engine: Engine) -> None:
    with reading(engine) as tx:
        assert [items.find(tx, asked) for asked in STRANGE_IDS] == [()] * len(STRANGE_IDS)


@pytest.mark.parametrize("words", ["half \ud83d a character", "caf\udce9"])
def test_half_a_character_is_bad_input_and_no_crash(engine: Engine, words: str) -> None:
    with pytest.raises(BadInput, match="cannot keep this value"), reading(engine) as tx:
        items.find(tx, words)
    with pytest.raises(BadInput, match="cannot keep this value"), writing(engine) as tx:
        feeds.add(tx, feeds.NewFeed("https://x.example/", words, "X"), interval_seconds=300, now=NOW)


def test_a_nul_or_a_huge_number_never_crashes(engine: Engine) -> None:
    for title in ("a\x00b", "ab"):
        try:
            with writing(engine) as tx:
                feed = feeds.NewFeed(f"https://{len(title)}.example/", title, "X")
                feeds.add(tx, feed, interval_seconds=300, now=NOW)
        except BadInput as error:
            assert engine.dialect.name == "postgresql"
            assert "cannot keep this value" in str(error)
    with pytest.raises(BadInput), writing(engine) as tx:
        tx.execute(insert(Source).values(id=2**70, name="huge"))


def test_a_feed_with_strange_characters_is_stored_like_any_other(engine: Engine) -> None:
    world = World(engine)
    feed_id = world.add_feed()
    world.web["https://post.example/feed"] = (
        b'{"version": "https://jsonfeed.org/version/1.1", "title": "x\\u0000", "items": ['
        b'{"id": "a\\u0000\\ud800b", "title": "A missile \\u0000\\ud83d here", "content_text": "\\udfff",'
        b' "url": "https://x.example/\\u0000\\ud800", "tags": ["\\u0000"],'
        b' "authors": [{"name": "\\ud800\\u0000"}]},'
        b'{"id": 1e308, "title": "A missile again"}]}'
    )
    (report,) = world.poll(feed_id)
    assert (report.outcome, report.new, report.matches) == ("read", 2, 2)


# --- two at once --------------------------------------------------------------------------


def _together(open_one: Open, url: str, *work: Callable[[Engine], object]) -> list[object]:
    """What each came to, begun at the same moment; exceptions are results too."""
    gate, results = threading.Barrier(len(work)), list[object]()

    def run(task: Callable[[Engine], object], engine: Engine) -> None:
        with reading(engine) as tx:
            tx.execute(select(1))  # connected before the race begins
        gate.wait(20)
        try:
            results.append(task(engine))
        except Exception as error:  # noqa: BLE001 - compared by the caller
            results.append(error)

    threads = [threading.Thread(target=run, args=(task, open_one(url))) for task in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_four_at_once_may_add_the_same_person_rule_source_and_suppression(
    engine: Engine, database_url: str, opened: Open
) -> None:
    World(engine)

    def work(number: int) -> Callable[[Engine], object]:
        def task(mine: Engine) -> str:
            for turn in range(5):
                with writing(mine) as tx:
                    feed = feeds.NewFeed(f"https://{number}.example/{turn}", "X", f"Source {turn}")
                    feeds.add(tx, feed, interval_seconds=300, now=NOW)
                with writing(mine) as tx:
                    rule = Rule(f"new-{turn}", f"Version of {number}", "missile")
                    rules.save(tx, rule, author="test", now=NOW)
                with writing(mine) as tx:
                    suppressions.suppress(tx, (f"hash {turn}",), SuppressionKind.OPERATOR, "said so", NOW)
                wish = Wish(f"r{turn}@example.org", "en", "UTC", Cadence.DAILY, ("missile",), confirmed=True)
                subscribe(
                    mine,
                    [wish],
                    languages=("en",),
                    address_hashes=lambda address: (address.casefold(),),
                    actor="test",
                    now=NOW,
                )
            return "done"

        return task

    assert _together(opened, database_url, *map(work, range(4))) == ["done"] * 4
    world_counts = {
        Source: 5,
        Suppression: 5,
        Subscription: 5,
        SubscriptionRule: 5,
        RuleVersion: 3 + 5 * 4,
    }
    with reading(engine) as tx:
        for table, number in world_counts.items():
            assert len(tx.execute(select(*table.__table__.primary_key)).all()) == number, table
        for turn in range(5):
            assert [version.number for version in rules.history(tx, f"new-{turn}")] == [4, 3, 2, 1]


def test_the_rules_of_two_editors_are_both_seen_whoever_ends_first(
    engine: Engine, database_url: str, opened: Open
) -> None:
    world = World(engine)
    if engine.dialect.name == "sqlite":  # its writers take turns, so none ends out of order
        return
    slow = opened(database_url)
    with writing(slow) as first:
        rules.save(first, Rule("missile", "Missiles", "missile OR rocket"), author="a", now=NOW)
        with writing(engine) as second:
            rules.save(second, Rule("truce", "Truces", "armistice"), author="b", now=NOW)
        stale = world.book.index()
    assert world.book.index() is not stale
    hits = world.book.index().match(model.Item("1", "", "rocket and armistice", language="en"))
    assert {hit.rule.key for hit in hits} == {"missile", "truce"}


def test_two_senders_that_hear_the_same_refusal_both_record_it(
    engine: Engine, database_url: str, opened: Open
) -> None:
    with writing(engine) as tx:
        fill_outbox(tx, 2)

    def record(number: int) -> Callable[[Engine], object]:
        def task(mine: Engine) -> bool:
            with writing(mine) as tx:
                claimed = deliveries.claim(
                    tx, number, now=NOW, until=NOW + timedelta(minutes=1), token=f"t{number}"
                )
                assert claimed is not None
                suppressions.suppress(tx, ("the same hash",), SuppressionKind.BOUNCED, "no such mailbox", NOW)
                settled = deliveries.Settled(model.DeliveryState.SUPPRESSED)
                return deliveries.settle(tx, claimed, f"t{number}", settled, NOW)

        return task

    assert _together(opened, database_url, record(1), record(2)) == [True, True]


def test_a_poll_with_more_matches_than_a_statement_takes_still_finds_who_wants_alerts(
    engine: Engine,
) -> None:
    world = World(engine)
    world.person(rules=["truce"])
    item, hit = model.Item("1", "", "A missile"), model.Hit(RULES[0], ())
    saved = [matches.SavedMatch(n, 1, n, item, hit, news=True) for n in range(2 * MANY)]
    with writing(engine) as tx:
        assert alert(tx, saved, {}, world.message_id, NOW) == ()


def test_an_error_of_the_database_names_no_address(engine: Engine) -> None:
    World(engine).person("secret@desk.example.org")
    with pytest.raises(IntegrityError) as caught, writing(engine) as tx:
        tx.execute(insert(Delivery).values(address="secret@desk.example.org", message_id="<1@x>", domain="x"))
    assert "secret@" not in str(caught.value).partition("DETAIL")[0]
