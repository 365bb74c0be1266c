"""Rule and place alone join two reports only when another such event is unlikely."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.warning.stories import CHANCE, OCCASION, Occasion, same_occasion

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


def occasion(hours: float = 3, usual: float = 0.04, family: str = "Wire", story_id: int = 1) -> Occasion:
    return Occasion(story_id, NOW - timedelta(hours=hours), usual, frozenset({family}))


def test_a_story_that_is_seldom_there_takes_another_publishers_report() -> None:
    assert same_occasion([occasion()], "Post", NOW) == 1


def test_its_own_publisher_tells_of_something_else() -> None:
    assert same_occasion([occasion(family="Post")], "Post", NOW) is None


def test_what_is_met_there_every_day_is_told_apart() -> None:
    assert same_occasion([occasion(usual=1.0)], "Post", NOW) is None


def test_of_several_the_latest_is_taken() -> None:
    found = [occasion(5, story_id=1), occasion(2, story_id=2), occasion(4, story_id=3)]
    assert same_occasion(found, "Post", NOW) == 2


def test_without_any_there_is_none() -> None:
    assert same_occasion([], "Post", NOW) is None


@given(
    st.lists(st.tuples(st.floats(0, 48), st.floats(0, 50), st.sampled_from("ABC")), max_size=6),
    st.sampled_from("ABC"),
)
def test_whatever_is_joined_began_lately_is_rare_enough_and_was_told_by_others(
    drawn: list[tuple[float, float, str]], family: str
) -> None:
    found = [occasion(*each, story_id=number) for number, each in enumerate(drawn)]
    joined = same_occasion(found, family, NOW)
    assert joined == same_occasion(found[::-1], family, NOW)
    if joined is not None:
        (taken,) = (each for each in found if each.story_id == joined)
        gap = NOW - taken.begun_at
        assert family not in taken.families
        assert gap <= OCCASION
        assert taken.usual * gap / timedelta(days=1) <= CHANCE + 1e-9
