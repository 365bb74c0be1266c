"""What is suggested at the caret of a query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.shipped import concepts_with
from alerts.web.desk.rule_completion import Completion, complete

LANGUAGES = ("en", "fr", "ar")
KNOWN = concepts_with((), LANGUAGES)


def at_end(text: str) -> Completion:
    return complete(text, len(text), KNOWN, LANGUAGES)


def texts(text: str) -> list[str]:
    return [each.text for each in at_end(text).suggestions]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("@mis", "@missile"),
        ("border AND (@sanctions", "@sanctions"),
        ("@north", "@kp"),
        ("＠missi", "@missile"),
        ("missi", "@missile"),
        ("rake", "@missile"),
        ("صارو", "@missile"),
        ("ti", "title:"),
        ("NEA", "NEAR/5"),
        ("launch ON", "ONEAR/5"),
        ("lang:f", "fr"),
        ("type: br", "briefing"),
        ("place:@nor", "@kp"),
    ],
)
def test_the_first_suggestion_is_what_is_most_likely_meant(typed: str, first: str) -> None:
    assert texts(typed)[0] == first


def test_only_countries_are_places() -> None:
    assert "@missile" not in texts("place:@mi")


@pytest.mark.parametrize(
    "typed", ["", "@missile-launch", '"@mis', '"ballistic la', "=mis", "NATO", "a", "mis*"]
)
def test_nothing_is_suggested_where_nothing_is_missing(typed: str) -> None:
    assert texts(typed) == []


def test_a_closed_phrase_is_no_phrase_any_more() -> None:
    assert texts('"grey heron" @mis')[0] == "@missile"


def test_within_a_word_nothing_is_suggested() -> None:
    assert complete("@missile", 4, KNOWN, LANGUAGES) == Completion()
    assert complete("@mis OR x", 4, KNOWN, LANGUAGES).suggestions[0].text == "@missile"


def test_a_plain_word_may_be_meant_as_it_stands() -> None:
    assert (at_end("missil").sure, at_end("@missil").sure) == (False, True)


def test_the_term_that_led_there_is_told_first() -> None:
    assert at_end("صارو").suggestions[0].about.startswith("Missiles: صاروخ")


@given(st.text(max_size=30), st.integers(-5, 40))
def test_what_was_typed_stands_before_the_caret_whatever_the_text(text: str, caret: int) -> None:
    found = complete(text, caret, KNOWN, LANGUAGES)
    assert text[: max(0, caret)].endswith(found.typed)
    assert bool(found.suggestions) or not found.typed
