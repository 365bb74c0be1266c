from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

from alerts.digests.build import MOST_ENTRIES, build
from alerts.model import Cadence, Digest, Evidence, Field, Item, Match, RuleName, Severity, Window

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=1), NOW)
CRITICAL = RuleName("launch", "Launch", Severity.CRITICAL)
HIGH_A = RuleName("arms", "Arms", Severity.HIGH)
HIGH_B = RuleName("border", "Border", Severity.HIGH)
TEXT = "The ferry sailed at noon. Inspectors found rockets under the grain. Nobody spoke."
ITEM = Item(
    "k", "https://news.example/1", "Rockets found on a ferry", text=TEXT, language="en", source="Harbour Wire"
)


def evidence(item: Item, field: Field, word: str) -> Evidence:
    start = item[field].index(word)
    return Evidence(field, start, start + len(word), word, word)


def match(
    number: int, item_id: int, rule: RuleName, *found: Evidence, item: Item = ITEM, seen_at: datetime = NOW
) -> Match:
    return Match(number, item_id, rule, item, found, seen_at)


def digest(*matches: Match, due: datetime | None = None) -> Digest:
    return build(Cadence.DAILY, WINDOW, matches, (CRITICAL, HIGH_A, HIGH_B), None, NOW, due)


def test_an_item_is_told_once_with_all_its_rules_most_severe_first() -> None:
    found = evidence(ITEM, Field.TITLE, "Rockets")
    told = digest(match(1, 7, HIGH_B, found), match(2, 7, CRITICAL, found), match(3, 7, HIGH_A, found))
    assert [entry.rules for entry in told.entries] == [(CRITICAL, HIGH_A, HIGH_B)]
    assert told.total == 1


def test_two_versions_of_one_rule_count_as_one() -> None:
    renamed = RuleName("launch", "Launches", Severity.CRITICAL)
    told = digest(match(1, 7, CRITICAL), match(2, 7, renamed))
    assert [rule.key for rule in told.entries[0].rules] == ["launch"]


def test_entries_stand_by_severity_then_rule_then_newest_in_whatever_order_matches_come() -> None:
    old = Item("o", "https://news.example/o", "Old", published_at=NOW - timedelta(hours=5))
    new = Item("n", "https://news.example/n", "New", published_at=NOW - timedelta(hours=1))
    matches = [
        match(1, 1, HIGH_B, item=new),
        match(2, 2, HIGH_A, item=old),
        match(3, 3, HIGH_A, item=new),
        match(4, 4, CRITICAL, item=old),
    ]
    orders = {tuple(entry.item_id for entry in digest(*order).entries) for order in permutations(matches)}
    assert orders == {(4, 3, 2, 1)}


def test_the_quote_is_the_sentence_around_the_first_evidence_with_every_rules_words_marked() -> None:
    told = digest(
        match(1, 7, CRITICAL, evidence(ITEM, Field.TITLE, "Rockets"), evidence(ITEM, Field.TEXT, "rockets")),
        match(2, 7, HIGH_A, evidence(ITEM, Field.TEXT, "Inspectors"), evidence(ITEM, Field.TEXT, "ferry")),
    ).entries[0]
    assert told.quotes[0].text.strip() == "Inspectors found rockets under the grain."
    assert [told.quotes[0].text[start:end] for start, end in told.quotes[0].spans] == [
        "Inspectors",
        "rockets",
    ]
    assert [told.title.text[start:end] for start, end in told.title.spans] == ["Rockets"]


def test_each_rule_is_shown_by_the_sentence_that_holds_most_of_its_terms() -> None:
    words = "A missile was seen. Talks went on. The army fired a missile at noon. Sanctions followed."
    item = Item("n", "https://news.example/n", "Overnight", summary=words)

    def found(text: str, term: str, after: int = 0) -> Evidence:
        start = words.index(text, after)
        return Evidence(Field.SUMMARY, start, start + len(text), text, term)

    launch = (found("missile", "missile"), found("fired", "fire"), found("missile", "missile", 30))
    told = digest(
        match(1, 7, CRITICAL, *launch, item=item),
        match(2, 7, HIGH_A, found("Sanctions", "sanctions"), item=item),
    ).entries[0]
    assert [quote.text.strip() for quote in told.quotes] == [
        "The army fired a missile at noon.",
        "Sanctions followed.",
    ]


def test_there_is_no_quote_when_only_the_title_matched() -> None:
    told = digest(match(1, 7, CRITICAL, evidence(ITEM, Field.TITLE, "ferry"))).entries[0]
    assert told.quotes == ()


def test_overlapping_evidence_is_marked_as_one_span() -> None:
    told = digest(
        match(1, 7, CRITICAL, evidence(ITEM, Field.TITLE, "Rockets found")),
        match(2, 7, HIGH_A, evidence(ITEM, Field.TITLE, "found on")),
    ).entries[0]
    assert told.title.spans == ((0, 16),)


def test_evidence_that_an_edit_has_moved_marks_nothing() -> None:
    stale = Evidence(Field.TEXT, 0, 7, "Rockets", "rockets")
    told = digest(match(1, 7, CRITICAL, stale)).entries[0]
    assert (told.title.spans, told.quotes) == ((), ())


def test_an_undated_item_takes_the_time_we_first_saw_it_and_says_so() -> None:
    seen = NOW - timedelta(hours=3)
    told = digest(match(1, 7, CRITICAL, seen_at=seen), match(2, 7, HIGH_A, seen_at=NOW)).entries[0]
    assert (told.dated, told.published_at) == (False, seen)


def test_a_digest_keeps_a_bounded_number_of_entries_and_the_true_total() -> None:
    told = digest(*(match(n, n, CRITICAL) for n in range(1, MOST_ENTRIES + 101)))
    assert (len(told.entries), told.total) == (MOST_ENTRIES, MOST_ENTRIES + 100)


def test_a_digest_is_late_more_than_an_hour_after_it_was_due() -> None:
    assert not digest(due=NOW - timedelta(hours=1)).late
    assert digest(due=NOW - timedelta(hours=1, seconds=1)).late
    assert not digest(due=None).late


def test_no_matches_make_an_empty_digest() -> None:
    assert (digest().entries, digest().total) == ((), 0)
