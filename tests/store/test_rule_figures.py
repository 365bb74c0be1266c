"""What the rules found, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert

from alerts.model import Evidence, Field, Hit, Item, Rule, Severity
from alerts.store import feeds, items, matches, rule_figures, rules, subscribers
from alerts.store.face_schema import OwnRule
from alerts.store.rule_figures import Figures, Wanted
from alerts.store.unit import reading, writing

NOW = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
DAY = timedelta(days=1)
BOTH = ("a", "b")


def fill(engine: Engine) -> None:
    """Rule ``a`` matched 1, 8 and 100 days ago, ``b`` never; both are 120 days old, ``a`` was edited."""
    with writing(engine) as tx:
        for rule in (Rule("a", "A", "x"), Rule("b", "B", "y")):
            rules.save(tx, rule, author="test", now=NOW - 120 * DAY)
        rules.save(tx, Rule("a", "A", "x OR z"), author="test", now=NOW - 2 * DAY)
        (rule, _) = rules.current(tx)
        new = feeds.NewFeed("https://a.example/", "A", "A", "en")
        feed_id = feeds.add(tx, new, interval_seconds=300, now=NOW)
        for ago in (100, 1, 8):
            item = Item(str(ago), "", f"x {ago}", language="en")
            at = NOW - ago * DAY
            kept = items.insert_new(tx, feed_id, [items.Incoming(item, "f" * 64, None)], at)
            hit = Hit(rule, (Evidence(Field.TITLE, 0, 1, "x", "x"),))
            matches.save(tx, [matches.NewMatch(kept[item.key], item, hit, True)], at)


def test_matches_are_counted_by_rule_since_some_times(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as tx:
        found = rule_figures.figures(tx, BOTH, [NOW - 90 * DAY, NOW - 7 * DAY])
    written = NOW - 120 * DAY
    assert found == {"a": Figures((2, 1), NOW - DAY, written), "b": Figures((0, 0), None, written)}


def test_no_more_matches_are_counted_than_say_something(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(engine)
    monkeypatch.setattr(rule_figures, "MOST_COUNTED", 1)
    with reading(engine) as tx:
        assert rule_figures.figures(tx, ("a",), [NOW - 365 * DAY])["a"].since == (2,)


def listed(engine: Engine, wanted: Wanted, after: tuple[int, str] | None = None, limit: int = 9) -> list[str]:
    with reading(engine) as tx:
        return [key for _, key in rule_figures.listed(tx, wanted, after, limit)]


def test_the_gravest_rules_come_first_and_pages_follow_one_another(engine: Engine) -> None:
    fill(engine)
    with writing(engine) as tx:
        for key, severity in (("c", Severity.CRITICAL), ("d", Severity.LOW), ("e", Severity.CRITICAL)):
            rules.save(tx, Rule(key, key, "x", severity), author="test", now=NOW)
        rules.kept.retire(tx, "c", NOW)
    assert listed(engine, Wanted()) == ["e", "a", "b", "d"]
    assert listed(engine, Wanted(), limit=2) == ["e", "a"]
    assert listed(engine, Wanted(), (2, "a"), 1) == ["b"]
    assert listed(engine, Wanted(), (2, "b")) == ["d"]
    assert listed(engine, Wanted(retired=True)) == ["c"]
    assert listed(engine, Wanted(severity=Severity.LOW)) == ["d"]


def test_rules_are_found_by_name_owner_and_review(engine: Engine) -> None:
    fill(engine)
    day = NOW.date()
    with writing(engine) as tx:
        rules.save(tx, Rule("c", "100% Ä_b", "x", owner="Asia", review_at=day), author="test", now=NOW)
        later = Rule("d", "Harbour closed", "x", owner="Asia", review_at=day + DAY)
        rules.save(tx, later, author="test", now=NOW)
    assert listed(engine, Wanted(words="close HARB")) == ["d"]
    assert listed(engine, Wanted(words="%")) == listed(engine, Wanted(words="_b")) == ["c"]
    assert listed(engine, Wanted(owner="Asia")) == ["c", "d"]
    assert listed(engine, Wanted(owner="")) == ["a", "b"]
    assert listed(engine, Wanted(due=day)) == ["c"]
    with reading(engine) as tx:
        assert rule_figures.owners(tx) == ("Asia",)
        assert rule_figures.count(tx, Wanted(owner="Asia")) == 2


def test_what_readers_wrote_for_themselves_is_a_list_of_its_own(engine: Engine) -> None:
    fill(engine)
    with writing(engine) as tx:
        person = subscribers.put_person(
            tx,
            address="a@b.example",
            address_key="a@b.example",
            language="en",
            timezone="UTC",
            quiet=None,
            paused_until=None,
            confirmed=True,
            now=NOW,
        )
        number = rules.ids(tx, ["b"])["b"]
        tx.execute(insert(OwnRule).values(rule_id=number, subscriber_id=person))
    assert (listed(engine, Wanted()), listed(engine, Wanted(own=True))) == (["a"], ["b"])
    with reading(engine) as tx:
        assert (rule_figures.is_own(tx, "a"), rule_figures.is_own(tx, "b")) == (False, True)


def test_the_latest_matches_of_a_rule_are_those_found_last(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as tx:
        assert [match.item.key for match in rule_figures.latest(tx, "a", 2)] == ["1", "8"]
        assert rule_figures.latest(tx, "b", 2) == ()
