"""What the rules found, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from alerts.model import Evidence, Field, Hit, Item, Rule, Severity
from alerts.store import feeds, items, matches, rule_figures, rules
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


def test_matches_are_counted_by_rule_since_two_times(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as tx:
        assert rule_figures.counts(tx, BOTH, NOW - 90 * DAY, NOW - 7 * DAY) == {"a": (2, 1)}
        assert rule_figures.counts(tx, BOTH, NOW - DAY, NOW) == {"a": (1, 0)}
        assert rule_figures.counts(tx, BOTH, NOW, NOW) == {}
        assert rule_figures.counts(tx, ("b",), NOW - 90 * DAY, NOW) == {}


def test_the_gravest_rules_come_first_and_retired_ones_not_at_all(engine: Engine) -> None:
    fill(engine)
    with writing(engine) as tx:
        for key, severity in (("c", Severity.CRITICAL), ("d", Severity.LOW), ("e", Severity.CRITICAL)):
            rules.save(tx, Rule(key, key, "x", severity), author="test", now=NOW)
        rules.kept.retire(tx, "c", NOW)
    with reading(engine) as tx:
        assert rule_figures.in_order(tx) == ("e", "a", "b", "d")


def test_a_rule_is_as_old_as_its_first_text(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as tx:
        assert rule_figures.first_written(tx, BOTH) == {"a": NOW - 120 * DAY, "b": NOW - 120 * DAY}


def test_the_latest_matches_of_a_rule_are_those_found_last(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as tx:
        assert [match.item.key for match in rule_figures.latest(tx, "a", 2)] == ["1", "8"]
        assert rule_figures.latest(tx, "b", 2) == ()
