"""The drawing of a situation's days: whatever the figures, it is whole, honest and the right way round."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from alerts.digests.fragment import Direction
from alerts.model import Level
from alerts.services.situation_days import ShownDay
from alerts.web.situations.timeline import Mark, Words, kept_apart, spark, step, timeline

FIRST = date(2026, 1, 20)
BAR = re.compile(r"M[\d.]+ (-?[\d.]+)h\.8v([\d.]+)h-\.8z")
WORDS = Words(
    title="Stories <a> day",
    description="Many & more",
    unseen="Not collected",
    told=lambda day: f"{day.date}: {day.escalation}",
    dated=lambda day: f"{day:%d.%m.}",
)


def day(number: int, escalation: int = 0, **more: object) -> ShownDay:
    return ShownDay(FIRST + timedelta(days=number), escalation, **more)  # type: ignore[arg-type]


def mark(number: int, level: Level = Level.WATCH, told: str = "told") -> Mark:
    return Mark(FIRST + timedelta(days=number), level, level.value, told)


def read(markup: Markup) -> Xml.Element:
    return Xml.fromstring(str(markup))  # noqa: S314 our own


def drawn(days: Sequence[ShownDay], marks: Sequence[Mark] = (), direction: Direction = "ltr") -> Xml.Element:
    return read(timeline(days, marks, WORDS, direction))


def of_class(svg: Xml.Element, name: str) -> list[Xml.Element]:
    return [each for each in svg.iter() if name in each.get("class", "").split()]


counts = st.integers(0, 100_000)
bands = st.none() | st.tuples(counts, counts).map(lambda ends: (min(ends), max(ends)))
few = st.tuples(counts, counts, st.booleans(), st.booleans(), bands, bands)
runs = st.lists(few, min_size=1, max_size=100).map(
    lambda rows: [
        ShownDay(FIRST + timedelta(days=number), *row)
        if row[2]
        else ShownDay(FIRST + timedelta(days=number), seen=False)
        for number, row in enumerate(rows)
    ]
)
marked = st.lists(
    st.builds(
        mark,
        st.integers(0, 99),
        st.sampled_from(list(Level)),
        st.text(st.characters(codec="ascii", min_codepoint=32)),
    )
)


@given(runs, marked)
def test_any_figures_give_a_whole_drawing_with_every_day_in_it(
    days: list[ShownDay], marks: list[Mark]
) -> None:
    svg = drawn(days, marks)
    assert svg.get("role") == "img"
    assert len(of_class(svg, "day")) == len(days)
    figures = [
        float(value.removesuffix("%"))
        for each in svg.iter()
        for name, value in each.attrib.items()
        if name in ("x", "y", "width", "height", "x1", "x2", "y1", "y2")
    ]
    tall = float(svg.get("height", ""))
    assert all(-10 <= value <= max(tall, 100.001) for value in figures)  # and none of them is not a number


@given(runs, marked)
def test_where_one_reads_from_right_to_left_time_runs_so_too(days: list[ShownDay], marks: list[Mark]) -> None:
    one, other = drawn(days, marks), drawn(days, marks, "rtl")
    for name in ("day", "band", "up", "down", "gap", "mark"):
        there, back = of_class(one, name), of_class(other, name)
        assert len(there) == len(back)
        for left, right in zip(there, back, strict=True):
            if left.get("x") is None:
                continue
            wide = left.get("width", "").endswith("%") and float(left.get("width", "")[:-1])
            mirrored = 100 - float(left.get("x", "")[:-1]) - (wide or 0)
            assert float(right.get("x", "")[:-1]) == pytest.approx(mirrored, abs=0.01)
            assert left.get("y") == right.get("y")


@given(runs)
def test_a_small_timeline_is_whole_for_any_figures_and_mirrored_too(days: list[ShownDay]) -> None:
    svg = read(spark(days, 'a "label"', "ltr"))
    back = read(spark(days, 'a "label"', "rtl"))
    assert svg.get("aria-label") == 'a "label"'
    assert len(list(svg)) == len(list(back))
    *bars, axis = svg
    drawn = [each for path in bars for each in BAR.findall(path.get("d", ""))]
    assert len(drawn) == sum(
        bool(each.escalation) + bool(each.deescalation) + (not each.seen) for each in days
    )
    for top, tall in [*drawn, (axis.get("y", ""), axis.get("height", ""))]:
        assert -0.02 <= float(top) <= float(top) + float(tall) <= 25.02


def test_words_are_escaped_and_said_to_those_who_do_not_see_the_drawing() -> None:
    svg = drawn([day(0, 3)])
    titles = {each.get("id"): each.text for each in svg if each.tag in ("title", "desc")}
    assert titles == {"timeline-title": "Stories <a> day", "timeline-desc": "Many & more"}
    assert (svg.get("aria-labelledby") or "").split() == list(titles)


def test_a_day_without_collection_has_no_bar_and_lies_in_a_hatched_gap() -> None:
    svg = drawn([day(0, 5), day(1, seen=False), day(2, seen=False), day(3, 5)])
    (gap,) = of_class(svg, "gap")
    assert (gap.get("x"), gap.get("width")) == ("25.000%", "50.000%")
    assert len(of_class(svg, "up")) == 2
    assert not of_class(svg, "unseen")


def test_a_long_gap_says_what_it_is() -> None:
    svg = drawn([day(number, seen=False) for number in range(30)] + [day(30, 1)])
    assert [each.text for each in of_class(svg, "unseen")] == ["Not collected"]


def test_a_count_above_its_band_looks_otherwise_and_one_on_its_edge_does_not() -> None:
    svg = drawn([day(0, 6, escalation_band=(1, 5)), day(1, 5, escalation_band=(1, 5))])
    assert [each.get("class") for each in of_class(svg, "up")] == ["up beyond", "up"]


def test_both_ways_are_on_one_scale() -> None:
    svg = drawn([day(0, 40, deescalation=20)])
    (up,), (down,) = of_class(svg, "up"), of_class(svg, "down")
    assert float(up.get("height", "")) == pytest.approx(2 * float(down.get("height", "")), abs=0.02)


def test_levels_differ_in_shape_and_the_gravest_is_named() -> None:
    days = [day(number, 1) for number in range(60)]
    svg = drawn(days, [mark(5), mark(30, Level.WARNING), mark(55, Level.URGENT)])
    shapes = {each.get("class"): each[1].get("d") for each in of_class(svg, "mark")}
    assert len(set(shapes.values())) == 3
    assert {each.text for each in of_class(svg, "level")} == {"watch", "warning", "urgent"}


def test_of_marks_that_would_touch_the_gravest_stays_and_tells_the_others() -> None:
    kept = kept_apart([mark(3, told="mild"), mark(4, Level.URGENT, "grave"), mark(9, told="far")])
    assert [(each.level, each.told) for each in kept] == [
        (Level.URGENT, "grave\nmild"),
        (Level.WATCH, "far"),
    ]


@given(st.lists(st.builds(mark, st.integers(0, 89), st.sampled_from(list(Level)))))
def test_every_surge_is_told_by_some_mark(marks: list[Mark]) -> None:
    told = "\n".join(each.told for each in kept_apart(marks))
    assert len(re.findall("told", told)) == len(marks)
    days = [each.day for each in kept_apart(marks)]
    assert all((later - earlier).days >= 3 for earlier, later in pairwise(days))


def test_words_at_an_edge_stay_within_the_drawing() -> None:
    days = [day(number, 1) for number in range(60)]
    first, last = (of_class(drawn(days, [mark(number, Level.URGENT)]), "level")[0] for number in (0, 59))
    assert (first.get("x"), first.get("text-anchor")) == ("0%", "start")
    assert (last.get("x"), last.get("text-anchor")) == ("100%", "end")


@given(st.integers(4, 10**9))
def test_there_are_at_most_three_lines_to_read_heights_by_and_at_least_one(most: int) -> None:
    assert 1 <= most // step(most) <= 3
    assert re.fullmatch("[125]0*", str(step(most)))
