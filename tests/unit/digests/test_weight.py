"""In which order stories stand: what the methodology page promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from sample_digests import EMBARGO, LAUNCH, NOON, entry

from alerts.digests.weight import precedence, weight
from alerts.model import Entry, Window

WEEK = Window(NOON - timedelta(days=7), NOON)


def story(number: int = 1, *, origins: int = 1, outlets: int | None = None, days: float = 0) -> Entry:
    told = entry(number=number, published_at=NOON - timedelta(days=days))
    return replace(told, origins=origins, outlets=outlets or origins)


@pytest.mark.parametrize(
    ("heavier", "lighter"),
    [
        (story(origins=2), story(origins=1)),
        (story(outlets=2), story(outlets=1)),
        (story(days=0), story(days=1)),
        (story(origins=2), story(outlets=9)),
        (story(days=0), story(origins=2, outlets=2, days=7)),
        (story(origins=4, days=7), story(days=0)),
    ],
    ids=["sources", "outlets", "newness", "a source before copies", "news before old", "but not for ever"],
)
def test_what_weighs_more(heavier: Entry, lighter: Entry) -> None:
    assert weight(heavier, WEEK) > weight(lighter, WEEK)


def test_a_window_without_length_weighs_all_as_new() -> None:
    alert = Window(NOON, NOON)
    assert weight(story(days=3), alert) == weight(story(), alert)


def test_severity_comes_before_weight_and_rules_stay_together() -> None:
    severe = replace(story(1, days=6), rules=(LAUNCH, EMBARGO))
    heavy = replace(story(2, origins=40), rules=(EMBARGO,))
    light = replace(story(3, days=5), rules=(EMBARGO,))
    for order in permutations((severe, heavy, light)):
        assert sorted(order, key=lambda each: precedence(each, WEEK)) == [severe, heavy, light]


def test_a_date_in_the_future_gives_no_weight() -> None:
    assert weight(story(days=-30), WEEK) == weight(story(), WEEK)
