from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model import Item
from alerts.warning.prints import Print, print_of
from alerts.warning.stories import SPAN, Candidate, Placed, origin, place
from alerts.warning.weights import Weights

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

TELL_OF_ONE_EVENT = [
    ("en", "Ferry with 200 aboard capsizes off Lamora", "Dozens missing after Lamora ferry capsizes"),
    ("fr", "Un ferry chavire au large de Lamora, 40 disparus", "Naufrage d'un ferry à Lamora : 40 disparus"),
    ("es", "Naufraga un ferri frente a Lamora", "Decenas de desaparecidos al naufragar un ferri en Lamora"),
    ("de", "Fähre vor Lamora gekentert, Dutzende vermisst", "Dutzende vermisst: Fähre bei Lamora gekentert"),
    ("pl", "Prom zatonął koło Lamory, wielu zaginionych", "Wielu zaginionych: zatonął prom koło Lamory"),
    ("ru", "У берегов Ламоры затонул паром, десятки пропали", "Десятки пропали при крушении парома у Ламоры"),
    ("ar", "غرق عبارة قبالة سواحل لامورا وفقدان العشرات", "العشرات مفقودون بعد غرق العبارة قبالة لامورا"),
    ("zh", "一艘渡轮在拉莫拉附近海域沉没 数十人失踪", "拉莫拉渡轮沉没事故致数十人失踪"),
    ("ja", "ラモラ沖でフェリー転覆、数十人が行方不明", "フェリー転覆で数十人行方不明 ラモラ沖"),
    ("ko", "라모라 앞바다서 여객선 전복, 수십 명 실종", "여객선 라모라 해상서 전복…수십 명 실종"),
]  # fmt: skip

TELL_OF_TWO = [
    ("en", "Ferry with 200 aboard capsizes off Lamora", "Central bank of Lamora raises interest rate"),
    ("en", "Two soldiers killed in raid on Dorval", "Two soldiers jailed over looting in Veskar"),
    ("fr", "Un ferry chavire au large de Lamora", "La banque centrale de Lamora relève son taux"),
    ("pl", "Prom zatonął u wybrzeży Lamory", "Bank centralny Lamory podnosi stopy procentowe"),
    ("ru", "У берегов Ламоры затонул паром", "Центральный банк Ламоры поднял ставку"),
    ("ar", "غرق عبارة قبالة سواحل لامورا", "البنك المركزي في لامورا يرفع سعر الفائدة"),
    ("zh", "一艘渡轮在拉莫拉附近海域沉没", "拉莫拉央行宣布上调利率"),
    ("ja", "ラモラ沖でフェリー転覆", "ラモラ中央銀行が利上げを決定"),
    ("ko", "라모라 앞바다서 여객선 전복", "라모라 중앙은행 기준금리 인상"),
]


def told(title: str, summary: str = "", language: str = "en") -> Print:
    return print_of(Item("key", "https://paper.example/1", title, summary, language=language))


def kept(
    print_: Print, ago: timedelta = HOUR, *, number: int = 1, story: int = 1, began: timedelta | None = None,
    family: str = "One",
) -> Candidate:  # fmt: skip
    first = NOW - (ago if began is None else began)
    return Candidate(number, story, print_, NOW - ago, first, family, family)


def placed(
    new: Print, *candidates: Candidate, family: str = "Other", weights: Weights | None = None
) -> Placed:
    return place(new, family, candidates, weights or Weights(), NOW)


@pytest.mark.parametrize(("language", "first", "second"), TELL_OF_ONE_EVENT)
def test_two_headlines_about_one_event_are_one_story(language: str, first: str, second: str) -> None:
    found = placed(told(second, language=language), kept(told(first, language=language)))
    assert found.story_id == found.like == 1
    assert found.score >= found.needed
    assert found.shared
    assert all(word.casefold() in second.casefold() for word in found.shared)


@pytest.mark.parametrize(("language", "first", "second"), TELL_OF_TWO)
def test_two_events_in_one_place_are_two_stories(language: str, first: str, second: str) -> None:
    assert placed(told(second, language=language), kept(told(first, language=language))) == Placed(None)


def test_items_of_two_languages_are_two_stories() -> None:
    spanish = told("Lamora Veskar Dorval 2024", language="es")
    assert placed(told("Lamora Veskar Dorval 2024"), kept(spanish)).story_id is None


def test_the_first_item_begins_a_story() -> None:
    assert placed(told("Ferry capsizes off Lamora")) == Placed(None)


LAUNCHES = [
    ("North Varnia fires ballistic missile into sea", "North Varnia launches missile off east coast"),
    (
        "North Varnia fires two ballistic missiles toward sea",
        "North Varnia fires ballistic missile off east coast",
    ),
]


@pytest.mark.parametrize(("first", "second"), LAUNCHES)
def test_a_launch_days_after_one_worded_alike_is_another_story(first: str, second: str) -> None:
    assert placed(told(second), kept(told(first))).story_id == 1
    for days in (2, 3, 4):
        assert placed(told(second), kept(told(first), timedelta(days=days))).story_id is None


def test_the_same_short_headline_a_day_later_is_not_taken_for_a_copy() -> None:
    headline = told("North Varnia fires ballistic missile")
    assert placed(headline, kept(headline)).copy_of == 1
    assert placed(headline, kept(headline, timedelta(days=1))).copy_of is None


def test_headlines_that_recur_have_to_be_more_alike() -> None:
    new = told("Three killed in army raid on Dorval camp", "Soldiers entered the camp at night.")
    yesterday = kept(told("Army raid on Dorval camp leaves two dead"), timedelta(hours=20))
    weeks_before = kept(told("Four killed in army raid on Dorval camp"), timedelta(days=8), number=2, story=2)
    alone, after_others = placed(new, yesterday), placed(new, yesterday, weeks_before)
    assert alone.story_id == 1
    assert after_others.story_id is None or after_others.needed > alone.needed


def test_after_silence_a_word_that_only_the_story_has_is_a_follow_up() -> None:
    before = kept(told("Fishermen find wreck of the Mesaba", "It sank off Lamora."), timedelta(days=2))
    new = told("Divers film wreck of the Mesaba", "It lies off Lamora.")
    read = [told(f"Council of Veskar debates budget {number}") for number in range(600)]
    others = [told(f"Mesaba wreck found off Lamora coast {number}") for number in range(20)]
    known, common = Weights([*read, before.print]), Weights([*read, *others, before.print])
    follow_up, recurring = placed(new, before, weights=known), placed(new, before, weights=common)
    assert follow_up.story_id == 1
    assert recurring.story_id is None or recurring.needed > follow_up.needed


def test_a_title_that_says_again_has_to_be_more_alike() -> None:
    before = kept(told("Varnia tests missile near Dorval", "The missile fell into the sea."), 10 * HOUR)
    plain = placed(told("Missile test by Varnia near Dorval", "It fell into the sea."), before)
    again = placed(told("Another missile test by Varnia near Dorval", "It fell into the sea."), before)
    assert plain.story_id == 1
    assert again.story_id is None or again.needed > plain.needed


YESTERDAY = "Veskar launches ballistic missile after warning over exercises"
TODAY = "Veskar launches suspected ICBM ballistic missile, Dorval says"
FIRST_OF_TODAY = "Veskar launches ballistic missile, suspected ICBM, into sea"


def one_story(*items: tuple[str, timedelta, str]) -> list[Candidate]:
    """Titles, how long ago each was seen, and by which family."""
    return [
        kept(told(title), ago, number=number, began=max(ago for _, ago, _ in items), family=family)
        for number, (title, ago, family) in enumerate(items, 1)
    ]


def waking(silence: timedelta, *families: str, first: str = FIRST_OF_TODAY) -> list[Candidate]:
    """A story of yesterday, and what these families have added to it lately."""
    today = [(first, HOUR, family) for family in families]
    return one_story((YESTERDAY, silence + HOUR, "One"), (YESTERDAY, silence + HOUR, "Two"), *today)


def test_a_wave_of_publishers_after_a_silence_is_another_event() -> None:
    assert placed(told(TODAY), *waking(12 * HOUR, "Two", "Three"), family="Four") == Placed(None)


@pytest.mark.parametrize(
    "candidates",
    [waking(11 * HOUR, "Two", "Three"), waking(12 * HOUR, "Two"), waking(12 * HOUR, "Two", "Four")],
    ids=["no silence", "two publishers", "one of them twice"],
)
def test_a_few_more_items_are_the_same_event(candidates: list[Candidate]) -> None:
    assert placed(told(TODAY), *candidates, family="Four").story_id == 1


def test_a_copy_is_no_news_however_many_print_it() -> None:
    candidates = waking(12 * HOUR, "Two", "Three", first=TODAY)
    assert placed(told(TODAY), *candidates, family="Four").story_id == 1


def test_a_wave_begins_one_story_and_no_more() -> None:
    woken = kept(told(TODAY), HOUR / 2, number=9, story=9, family="Four")
    found = placed(told(FIRST_OF_TODAY), *waking(12 * HOUR, "Two", "Three"), woken, family="Five")
    assert found.story_id in (1, 9)


def test_one_publisher_has_to_be_more_alike_than_two() -> None:
    before = kept(told("Flood in Dorval kills dozens", "The river Osk burst its banks."))
    follow_up = told("Rescuers search Dorval for flood victims", "The river Osk fell overnight.")
    other, same = placed(follow_up, before), placed(follow_up, before, family="One")
    assert other.story_id == 1
    assert same.story_id is None or same.needed > other.needed


def test_warnings_made_from_one_sentence_stay_apart() -> None:
    first = kept(told("M 5.4 earthquake 20 km west of Dorval", "Depth 10 km."))
    assert (
        placed(told("M 4.9 earthquake 102 km south of Veskar", "Depth 35 km."), first, family="One").story_id
        is None
    )
    korean = kept(told("도르발 등 강원 14곳 폭염주의보", language="ko"))
    assert placed(told("베스카르에 폭염주의보", language="ko"), korean, family="One").story_id is None


def test_a_story_closes_after_its_span() -> None:
    item = told(
        "Ferry capsizes off Lamora", "The ferry had left Lamora with 200 aboard, the coast guard said."
    )
    open_, closed = SPAN - HOUR, SPAN + HOUR
    assert placed(item, kept(item, began=open_)).story_id == 1
    assert placed(item, kept(item, began=closed)).story_id is None


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Ukraine war: What we know on day 386 of the invasion"),
        ("en", "The Papers: Lamora ferry and rates row"),
        ("en", "Your Wednesday Briefing: ferry capsizes off Lamora"),
        ("en", "Lamora ferry live updates: dozens missing"),
        ("en", "The latest on the Lamora ferry"),
        ("en", "Newspaper headlines: ferry and rates row"),
        ("fr", "En direct : le ferry de Lamora"),
        ("de", "Liveticker: Fähre vor Lamora"),
        ("pl", "Prom koło Lamory. Najważniejsze wydarzenia"),
        ("ru", "Паром у Ламоры: главное за день"),
        ("ar", "مباشر: غرق عبارة قبالة لامورا"),
        ("zh", "直播：拉莫拉渡轮沉没"),
        ("ko", "오늘의 주요 뉴스: 라모라 여객선"),
    ],
)
def test_a_roundup_joins_nothing_but_itself(language: str, title: str) -> None:
    roundup = told(title, language=language)
    assert roundup.roundup
    plain = Print(language, roundup.words, roundup.shown, roundup.title, roundup.names)
    more = Print(language, (*plain.words, "more"), (*plain.shown, "more"), plain.title, plain.names)
    assert not placed(roundup, kept(more)).story_id or placed(roundup, kept(more)).copy_of
    assert placed(roundup, kept(plain, timedelta(days=1))).story_id is None
    assert placed(roundup, kept(roundup, timedelta(days=1))).story_id is None


@pytest.mark.parametrize(
    "title", ["", "…", "News", "Video", "Update", "The of and", "🔴", "1", "Breaking news"]
)
def test_an_empty_or_odd_title_joins_nothing(title: str) -> None:
    assert placed(told(title), kept(told(title))).story_id is None
    assert placed(told(title), kept(told("Ferry capsizes off Lamora"))).story_id is None


TEXT = "The coast guard of Lamora said on Monday that the ferry Osk had left Dorval with 200 people aboard."


@settings(deadline=None)  # dictionaries are loaded
@given(st.sampled_from(TELL_OF_ONE_EVENT), st.integers(0, 19))
def test_a_copy_always_joins(headlines: tuple[str, str, str], hours: int) -> None:
    language, first, second = headlines
    for title in (first, second):
        copy = told(title, TEXT, language)
        found = placed(copy, kept(copy, timedelta(hours=hours)), kept(told(second), number=2, story=2))
        assert (found.story_id, found.copy_of, found.score) == (1, 1, 1.0)


HEADLINES = [
    "Ferry capsizes off Lamora", "Dozens missing after Lamora ferry capsizes", "Lamora mourns ferry dead",
    "Owner of Lamora ferry arrested", "Central bank of Lamora raises rate", "Ferry capsizes off Lamora",
]  # fmt: skip


def test_the_order_of_the_candidates_does_not_matter() -> None:
    candidates = [
        kept(told(title), number * HOUR, number=number + 1, story=number % 3 + 1)
        for number, title in enumerate(HEADLINES[:5])
    ]
    new = told("Ferry owner arrested after Lamora capsizing")
    assert len({placed(new, *order) for order in permutations(candidates)}) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(HEADLINES), max_size=8), st.text(max_size=80), st.text(max_size=200))
def test_any_text_gets_a_place_among_any_candidates(titles: list[str], title: str, summary: str) -> None:
    candidates = [kept(told(each), number=number, story=number) for number, each in enumerate(titles)]
    found = placed(told(title, summary), *candidates)
    assert 0.0 <= found.score <= 1.0
    assert (found.story_id is None) == (found.like is None)


def test_a_chain_of_neighbours_does_not_lead_from_one_event_to_the_next() -> None:
    words = [f"Name{number}" for number in range(90)]
    story, joined = [kept(told(" ".join(words[:8])), number=1)], 1
    for step in range(1, 20):
        new = told(" ".join(words[step * 4 : step * 4 + 8]))
        found = placed(new, *story, family=f"Paper {step}")
        if found.story_id is None:
            break
        joined += 1
        story.append(kept(new, number=step + 1, family=f"Paper {step}"))
    assert joined < 8


def test_the_origin_is_the_credited_agency_then_the_copied_item_then_the_publisher() -> None:
    copied = Candidate(1, 1, told("A"), NOW, NOW, "One", "Agency")
    assert origin("Other", "Wire", copied) == "Wire"
    assert origin("Other", None, copied) == "Agency"
    assert origin("Other", None, None) == "Other"
