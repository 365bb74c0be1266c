from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from alerts.model import Item
from alerts.warning.likeness import core_likeness, likeness, may_be_alike, weigh
from alerts.warning.prints import MOST_WORDS, Print, print_of
from alerts.warning.story_keys import MOST_KEYS, keys
from alerts.warning.weights import MOST_TELLING, Weights

JSON = TypeAdapter(Print)
LANGUAGES = ("en", "fr", "ar", "ru", "zh", "ko", "ja", "pl", "th", "", "xx")


def told(title: str, summary: str = "", language: str = "en") -> Print:
    return print_of(Item("key", "https://paper.example/1", title, summary, language=language))


WORDS = st.sampled_from(
    ["ferry", "capsizes", "Lamora", "dozens", "missing", "200", "Veskar", "raid", "the", "US", "渡轮", "沉没"]
)
PRINTS = st.builds(
    told, st.lists(WORDS, max_size=9).map(" ".join), st.lists(WORDS, max_size=20).map(" ".join)
)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=800), st.sampled_from(LANGUAGES))
def test_a_print_is_small_and_comes_back_from_json(title: str, summary: str, language: str) -> None:
    print_ = told(title, summary, language)
    assert JSON.validate_json(JSON.dump_json(print_)) == print_
    assert len(print_.words) == len(print_.shown) == len(set(print_.words)) <= MOST_WORDS
    assert 0 <= print_.title <= len(print_.words)
    assert set(print_.names) <= set(print_.words)


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        ("en", "U.S. and N. Korea exchange 2,400 shells", ("US", "n", "korea", "exchang", "2400", "shell")),
        ("fr", "L'armée française a tiré", ("arme", "franc", "tir")),
        ("ar", "والصواريخ في المدينة", ("صاروخ", "مدينه")),
        ("zh", "北约峰会", ("北约", "约峰", "峰会")),
        ("ja", "北朝鮮がミサイルを発射", ("北朝", "朝鲜", "ミサイル", "発射")),
        ("ko", "북한 발사", ("북한", "발사")),
    ],
)
def test_words_are_stems_and_pairs_of_characters(language: str, title: str, words: tuple[str, ...]) -> None:
    assert told(title, language=language).words == words


def test_names_are_capitals_and_numbers_unless_all_words_have_capitals() -> None:
    assert told("Ferry with 200 aboard sinks off Lamora").names == ("ferri", "200", "lamora")
    assert told("Ferry With Hundreds Aboard Sinks Off Lamora", "It left Veskar at night.").names == (
        "veskar",
    )


def test_links_to_other_items_are_no_part_of_a_print() -> None:
    print_ = told("Ferry sinks", "It left Veskar at night.\n• Bank raises rate\n• Video: a storm nears")
    assert not {"bank", "storm"} & set(print_.words)


@given(PRINTS, PRINTS)
def test_likeness_is_symmetric_and_within_bounds(one: Print, other: Print) -> None:
    weights = Weights([one, other, one])
    first, second = weigh(one, weights), weigh(other, weights)
    assert likeness(first, second) == likeness(second, first)
    assert 0.0 <= likeness(first, second).score <= 1.0
    assert 0.0 <= core_likeness(first, [second, first]) <= 1.0


@given(PRINTS, PRINTS, st.lists(PRINTS, max_size=6))
def test_what_is_not_worth_weighing_is_not_alike_at_all(one: Print, other: Print, read: list[Print]) -> None:
    weights = Weights(read)
    first = weigh(one, weights)
    assert may_be_alike(first, other) or not likeness(first, weigh(other, weights)).score


@given(PRINTS)
def test_a_print_is_wholly_like_itself_or_says_too_little(print_: Print) -> None:
    weighed = weigh(print_, Weights())
    alike = likeness(weighed, weighed)
    assert alike.score == pytest.approx(1.0) or not alike.score
    assert not alike.copy or len(print_.words) >= 5


@given(PRINTS, st.lists(PRINTS, max_size=6))
def test_keys_are_few_distinct_and_fit_a_signed_column(print_: Print, read: list[Print]) -> None:
    found = keys(print_, Weights(read))
    assert len(found) == len(set(found)) <= MOST_KEYS
    assert all(0 <= key < 2**63 for key in found)
    assert bool(found) == bool(print_.words)


def test_keys_are_the_same_in_every_process() -> None:
    code = (
        "from alerts.model import Item; from alerts.warning.prints import print_of\n"
        "from alerts.warning.story_keys import keys; from alerts.warning.weights import Weights\n"
        "item = Item('k', '', 'Ferry capsizes off Lamora', 'The ferry Osk left Dorval.', language='en')\n"
        "print(keys(print_of(item), Weights()))"
    )
    told_by = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    here = keys(told("Ferry capsizes off Lamora", "The ferry Osk left Dorval."), Weights())
    assert told_by == {f"{here}\n".encode()}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (told("Ferry capsizes off Lamora"), told("Dozens missing after Lamora ferry sinks")),
        (
            told("Police raid home of minister", "Veskar Osk is accused of bribery."),
            told("Veskar Osk arrested in bribery case"),
        ),
        (told("拉莫拉渡轮沉没", language="zh"), told("拉莫拉附近一艘渡轮沉没", language="zh")),
    ],
)
def test_items_of_one_event_find_each_other(one: Print, other: Print) -> None:
    weights = Weights([told(f"Something else happened in town {number}") for number in range(300)])
    assert set(keys(one, weights)) & set(keys(other, weights))


def test_frequent_words_find_nothing_alone() -> None:
    weights = Weights([told(f"War in Veskar as army fights on, day{number}") for number in range(1000)])
    one, other = told("War in Veskar brings hunger"), told("War in Veskar empties schools")
    assert len(set(keys(one, weights)) & set(keys(other, weights))) <= 1


def test_a_roundup_is_found_by_its_whole_title_only() -> None:
    assert len(keys(told("The Papers: ferry capsizes off Lamora"), Weights())) == 1


def test_a_word_tells_less_the_more_items_have_it() -> None:
    weights = Weights()
    assert weights.weight("en", "ferri") == MOST_TELLING
    before = MOST_TELLING
    for _ in range(5):
        for _ in range(200):
            weights.learn(told("ferry sinks"))
        assert 0.0 <= weights.weight("en", "ferri") <= before
        before = weights.weight("en", "ferri")
    assert before < 1.0
    assert weights.weight("pl", "ferri") == MOST_TELLING
    assert weights.of(told("ferry news")) == [weights.weight("en", word) for word in told("ferry news").words]


def test_what_was_long_ago_is_forgotten_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.warning.weights._MOST_WORDS", 100)
    weights = Weights(told(f"ferry number{number} town{number} river{number}") for number in range(1000))
    assert len(weights._words["en"]) <= 101
