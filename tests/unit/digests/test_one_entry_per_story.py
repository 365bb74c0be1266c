"""A story is told once: by which item, by whom else, and with the words of every rule that it met."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

from alerts.digests.build import MOST_OTHERS, Voices, build
from alerts.model import (
    Cadence,
    Digest,
    Entry,
    Evidence,
    Field,
    Item,
    Match,
    RuleName,
    Severity,
    Teller,
    Window,
)

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=1), NOW)
CRITICAL = RuleName("launch", "Launch", Severity.CRITICAL)
HIGH = RuleName("arms", "Arms", Severity.HIGH)


def item(number: int, words: str = "Rockets leave the range", **more: object) -> Item:
    told = {"url": f"https://news.example/{number}", "language": "en", "source": f"Wire {number}"} | more
    return Item(str(number), title=words, **told)  # type: ignore[arg-type]


def match(
    number: int,
    told: Item,
    rule: RuleName = CRITICAL,
    *words: str,
    hours: float = 0,
    field: Field = Field.TITLE,
) -> Match:
    found = []
    for word in words:
        start = told[field].index(word)
        found.append(Evidence(field, start, start + len(word), word, word))
    return Match(number, int(told.key), rule, told, tuple(found), NOW - timedelta(hours=hours))


def teller(number: int, hours: float, family: str = "") -> Teller:
    source = f"Wire {number}"
    return Teller(
        family or source, source, source, f"https://w{number}.example/", "en", NOW - timedelta(hours=hours)
    )


def digest(*matches: Match, tellers: tuple[Teller, ...] = (), places: tuple[str, ...] = ()) -> Digest:
    voices = Voices(len(tellers) or 1, len(tellers) or 1, 77, tellers, places)
    return build(
        Cadence.DAILY,
        WINDOW,
        matches,
        (CRITICAL, HIGH),
        None,
        NOW,
        None,
        voices={each.item_id: voices for each in matches},
    )


def only(told: Digest) -> Entry:
    (entry,) = told.entries
    return entry


def test_the_items_of_a_story_are_one_entry_and_both_are_counted() -> None:
    told = digest(match(1, item(1)), match(2, item(2)), match(3, item(3), HIGH))
    assert (len(told.entries), told.total, told.items) == (1, 1, 3)
    assert only(told).rules == (CRITICAL, HIGH)


def test_items_of_no_known_story_stand_alone() -> None:
    matches = [match(1, item(1)), match(2, item(2))]
    told = build(Cadence.DAILY, WINDOW, matches, (CRITICAL,), None, NOW, None)
    assert (len(told.entries), told.total, told.items) == (2, 2, 2)


def test_the_item_that_can_be_opened_is_most_severe_most_telling_and_earliest_leads() -> None:
    unusable = match(1, item(1, url="javascript:alert(1)"), CRITICAL, "Rockets", "range", hours=9)
    mild = match(2, item(2), HIGH, "Rockets", "leave", "range", hours=8)
    late = match(3, item(3), CRITICAL, "Rockets", "range", hours=1)
    poor = match(4, item(4), CRITICAL, "Rockets", hours=7)
    best = match(5, item(5), CRITICAL, "Rockets", "range", hours=6)
    everything = [unusable, mild, late, poor, best]
    for order in permutations(everything):
        assert only(digest(*order)).item_id == 5
    leads = []
    while everything:
        leads.append(only(digest(*everything)).item_id)
        everything = [each for each in everything if each.item_id != leads[-1]]
    assert leads == [5, 3, 4, 2, 1]


def test_others_are_named_once_in_the_order_they_came_without_the_leads_own_family() -> None:
    tellers = (teller(3, 5), teller(1, 4, "house"), teller(2, 3))
    entry = only(digest(match(1, item(1)), tellers=tellers))
    assert [each.source for each in entry.others] == ["Wire 3", "Wire 2"]
    sister = Item("9", "https://news.example/9", "Rockets", source="Wire 1")
    own = (teller(1, 4, "house"), teller(5, 2, "house"))
    assert only(digest(match(9, sister), tellers=own)).others == ()


def test_at_most_five_others_are_kept_and_all_are_counted() -> None:
    entry = only(digest(match(1, item(1)), tellers=tuple(teller(n, 9 - n / 9) for n in range(1, 12))))
    assert (len(entry.others), entry.outlets) == (MOST_OTHERS, 11)


def test_who_came_after_the_first_match_is_counted() -> None:
    tellers = (teller(1, 5), teller(2, 5), teller(3, 2), teller(4, 1))
    entry = only(digest(match(2, item(2), hours=2), match(1, item(1), hours=5), tellers=tellers))
    assert (entry.found_at, entry.joined) == (NOW - timedelta(hours=5), 2)


def test_a_rule_that_only_another_item_met_is_shown_by_that_items_words_and_source() -> None:
    lead = match(1, item(1, summary="Two rockets rose."), CRITICAL, "rockets", field=Field.SUMMARY)
    other = item(2, "Des armes saisies", language="fr", source="La Dépêche")
    entry = only(digest(lead, match(2, other, HIGH, "armes")))
    assert [(quote.text, quote.source, quote.language) for quote in entry.quotes] == [
        ("Two rockets rose.", "", ""),
        ("Des armes saisies", "La Dépêche", "fr"),
    ]
    assert [entry.quotes[1].text[start:end] for start, end in entry.quotes[1].spans] == ["armes"]


def test_the_countries_of_a_story_are_kept_with_it() -> None:
    assert only(digest(match(1, item(1)), places=("kp",))).places == ("kp",)
