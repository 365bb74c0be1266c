"""NEAR against its meaning said the long way: every place of one side beside every place of the other."""

from __future__ import annotations

from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.model import Evidence, Field
from alerts.rules.near import fewest_between, near
from alerts.rules.proof import Place, shown
from alerts.rules.terms import AnalysedPassage, Span
from alerts.rules.tree import Near, Word

WORDS = 14

spans: st.SearchStrategy[Span] = st.tuples(st.integers(0, WORDS - 1), st.integers(0, 6)).map(
    lambda drawn: (drawn[0], min(WORDS - 1, drawn[0] + drawn[1]))
)
sides = st.lists(spans, max_size=12).map(
    lambda drawn: [Place(span, _evidence(span, str(number))) for number, span in enumerate(sorted(drawn))]
)
passages = st.lists(st.sampled_from([1, 2, 2]), min_size=WORDS, max_size=WORDS).map(
    lambda widths: AnalysedPassage(Field.TITLE, "", (), {}, (), [sum(widths[:at]) for at in range(WORDS + 1)])
)


def _evidence(span: Span, term: str) -> Evidence:
    return Evidence(Field.TITLE, *span, "", term)


def _between(a: Span, b: Span, where: AnalysedPassage) -> float:
    (_, ended), (begins, _) = sorted((a, b))
    return max(0, where.half_words[begins] - where.half_words[ended + 1]) / 2


def _around(a: Span, b: Span) -> Span:
    return min(a[0], b[0]), max(a[1], b[1])


def _contains(outer: Span, inner: Span) -> bool:
    return outer != inner and outer[0] <= inner[0] and inner[1] <= outer[1]


def _pairs(
    node: Near, left: list[Place], right: list[Place], where: AnalysedPassage
) -> list[tuple[Span, Span]]:
    return [
        (a.span, b.span)
        for a in left
        for b in right
        if a.span != b.span
        and not (node.ordered and b.span < a.span)
        and _between(a.span, b.span, where) <= node.distance
    ]


@settings(max_examples=600, deadline=None)
@given(sides, sides, passages, st.integers(1, 5), st.booleans())
def test_near_has_the_shortest_places_of_all_pairs_and_shows_what_stands_at_their_ends(
    left: list[Place], right: list[Place], where: AnalysedPassage, distance: int, ordered: bool
) -> None:
    node = Near(Word("a"), Word("b"), distance, ordered)
    pairs = _pairs(node, left, right, where)
    around = {_around(a, b) for a, b in pairs}
    found = {place.span: place for place in near(node, left, right, where)}
    assert set(found) == {span for span in around if not any(_contains(span, other) for other in around)}
    for span, place in found.items():
        both = [pair for pair in pairs if _around(*pair) == span]
        at_ends = {part for pair in both for part in pair if part[0] == span[0] or part[1] == span[1]}
        told = {(each.start, each.end) for each in shown(place.proof)}
        assert at_ends & _touching(both) <= told <= {part for pair in both for part in pair}


def _touching(pairs: list[tuple[Span, Span]]) -> set[Span]:
    """The parts of pairs of which neither lies inside the other, away from its ends."""
    return {
        part
        for a, b in pairs
        if not (a[0] < b[0] and b[1] < a[1]) and not (b[0] < a[0] and a[1] < b[1])
        for part in (a, b)
    }


@given(sides, sides, passages)
def test_the_fewest_words_between_two_sides_are_those_of_the_nearest_pair(
    left: list[Place], right: list[Place], where: AnalysedPassage
) -> None:
    pairs = [(a.span, b.span) for a in left for b in right if a.span < b.span]
    assert fewest_between(left, right, where) == min((_between(a, b, where) for a, b in pairs), default=inf)
