"""Slices of long lists, tokens and gauges: the same on both databases."""

from __future__ import annotations

from datetime import timedelta

from small_world import NOW, RULES, World
from sqlalchemy import Engine, insert

from alerts.errors import BadInput
from alerts.model import FeedState, Item
from alerts.services.tokens import BAD_TOKENS, Opens, TooManyTries, WrongToken, admit, make_token
from alerts.store import claims, feeds, gauges, items, own_rules, rules, slices
from alerts.store.schema import Match
from alerts.store.unit import reading, writing


def _found(engine: Engine) -> None:
    """Nine items and matches, three at each of three moments."""
    feed_id = World(engine, rules=RULES[:2]).add_feed()
    with writing(engine) as tx:
        ids = rules.ids(tx, [rule.key for rule in RULES[:2]])
        version = rules.current(tx)[0].version
        for number in range(9):
            at = NOW - timedelta(hours=number // 3)
            item = Item(str(number), "", f"A missile {number}", language="en" if number % 2 else "fr")
            kept = items.insert_new(tx, feed_id, [items.Incoming(item, "f" * 64, None)], at)
            row = {"item_id": kept[str(number)], "rule_version_id": version, "news": True, "evidence": ()}
            tx.execute(insert(Match).values(**row, rule_id=[*ids.values()][number % 2], matched_at=at))


def test_slices_of_matches_join_to_the_whole_list_also_at_one_moment(engine: Engine) -> None:
    _found(engine)
    with reading(engine) as tx:
        whole = slices.matches_before(tx, None, 100)
        assert [row.id for row in whole] == [3, 2, 1, 6, 5, 4, 9, 8, 7]
        for size in (1, 2, 4):
            place, joined = None, []
            while some := slices.matches_before(tx, place, size):
                joined += some
                place = some[-1].matched_at, some[-1].id
            assert joined == list(whole)


def test_slices_hold_only_what_was_asked_for(engine: Engine) -> None:
    _found(engine)
    with reading(engine) as tx:
        missile = rules.ids(tx, ["missile"])["missile"]
        assert [row.id for row in slices.matches_before(tx, None, 9, rule_id=missile)] == [3, 1, 5, 9, 7]
        assert [row.id for row in slices.matches_before(tx, None, 9, item_id=4)] == [4]
        assert len(slices.matches_before(tx, None, 9, since=NOW - timedelta(hours=1))) == 6


def test_a_readers_own_rule_is_in_no_slice(engine: Engine) -> None:
    _found(engine)
    person = World(engine, rules=RULES[:2]).person(rules=["missile"])
    with writing(engine) as tx:
        missile = rules.ids(tx, ["missile"])["missile"]
        own_rules.add(tx, person, missile)
        assert slices.is_own(tx, "missile")
        assert not slices.is_own(tx, "sanctions")
        assert [rule.key for rule in slices.rules_after(tx, "", 9)] == ["sanctions"]
        assert {row.match.rule.key for row in slices.matches_before(tx, None, 9)} == {"sanctions"}
        assert slices.matches_before(tx, None, 9, rule_id=missile) == ()


def test_tokens_are_let_in_counted_and_kept_once(engine: Engine) -> None:
    token = make_token(engine, "prometheus", [Opens.READ], days=1, actor="test", now=NOW)
    assert admit(engine, token, "192.0.2.1", NOW).actor == "api prometheus"
    try:
        make_token(engine, "prometheus", [Opens.READ], days=1, actor="test", now=NOW)
    except BadInput as error:
        assert "already" in str(error)
    outcomes = []
    for _ in range(BAD_TOKENS + 2):
        try:
            admit(engine, "alerts_" + "x" * 43, "2001:db8::1", NOW)
        except (WrongToken, TooManyTries) as error:
            outcomes.append(type(error))
    assert outcomes == [WrongToken] * BAD_TOKENS + [TooManyTries] * 2
    assert admit(engine, token, "2001:db8::2", NOW).name == "prometheus"


def test_gauges_count_lately_and_say_since_when_something_waits(engine: Engine) -> None:
    _found(engine)
    with writing(engine) as tx:
        claims.bring_forward(tx, [1], NOW - timedelta(minutes=2))
        found = gauges.read(tx, NOW + timedelta(hours=22, minutes=30))
        assert (found.items, found.matches) == (6, 6)
        assert found.feed_due_since == NOW - timedelta(minutes=2)
        feeds.set_state(tx, 1, FeedState.PAUSED)
        later = gauges.read(tx, NOW)
        assert (later.feed_due_since, later.mail_waiting_since, later.sending_stopped_since) == (None,) * 3
        assert later.digest_at is None
