"""NEAR: which places of two sides are near enough to one another, in steps in proportion to their number."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf

from alerts.rules.proof import Place, together
from alerts.rules.terms import AnalysedPassage, Span
from alerts.rules.tree import Near


def fewest_between(one: Sequence[Place], other: Sequence[Place], where: AnalysedPassage) -> float:
    """How many words at least stand between a place of the one and a place of the other that begins later,
    0 when they touch or overlap; infinity when none begins later."""
    fewest, ahead = inf, sorted(other, key=_span)
    for a in one:
        if (at := bisect_right(ahead, a.span, key=_span)) < len(ahead):
            begins, ended = ahead[at].span[0], a.span[1] + 1
            fewest = min(fewest, (where.half_words[begins] - where.half_words[ended]) / 2)
    return max(0.0, fewest)


_Pairs = dict[Span, list[tuple[Place, Place]]]


def near(
    node: Near, left: Sequence[Place], right: Sequence[Place], where: AnalysedPassage
) -> Iterator[Place]:
    """The places of NEAR: from one of the left to one of the right that is another place and near enough.

    Of such places that contain one another only the shortest counts, so that their number stays that of
    the words however many NEARs stand in a row; n places on both sides cost n log n steps. What it joins
    are all that begin and end there, and of those inside another one at least.
    """
    if not left or not right:
        return
    turns = ((left, right),) if node.ordered else ((left, right), (right, left))
    met = [(_soonest(one, other, node.distance, where), _by_end(other)) for one, other in turns]
    for span in _shortest(span for pairs, _ in met for span in pairs):
        joined: dict[Place, None] = {}
        for pairs, ending in met:
            if found := pairs.get(span):
                shortest, longest = found[0][0].span, found[-1][0].span
                reach = 2 * node.distance + where.half_words[longest[1] + 1]
                joined.update((place, None) for pair in found for place in pair)
                joined.update(
                    (b, None)
                    for b in ending.get(span[1], ())
                    if b.span > shortest and where.half_words[b.span[0]] <= reach
                )
        yield Place(span, together([place.proof for place in joined]))


def _soonest(one: Sequence[Place], other: Sequence[Place], distance: int, where: AnalysedPassage) -> _Pairs:
    """For each place of the one the near enough place of the other that begins later and ends soonest, by
    the place of both; at each the shorter of the one come first.

    A place that ends later reaches further; ``ahead`` is what is in reach, without what begins before
    another and ends after it, so that the first one that begins later ends soonest.
    """
    pairs: _Pairs = {}
    coming = sorted(other, key=_span, reverse=True)
    ahead: list[Place] = []
    for a in sorted(one, key=_end):
        first, last = a.span
        reach = 2 * distance + where.half_words[last + 1]
        while coming and where.half_words[coming[-1].span[0]] <= reach:
            b = coming.pop()
            while ahead and ahead[-1].span[1] > b.span[1]:
                ahead.pop()
            ahead.append(b)
        at = bisect_right(ahead, a.span, key=_span)
        if at < len(ahead):
            b = ahead[at]
            pairs.setdefault((first, max(last, b.span[1])), []).append((a, b))
    return pairs


def _by_end(places: Iterable[Place]) -> Mapping[int, Sequence[Place]]:
    ending: dict[int, list[Place]] = defaultdict(list)
    for place in places:
        ending[place.span[1]].append(place)
    return ending


def _span(place: Place) -> Span:
    return place.span


def _end(place: Place) -> int:
    return place.span[1]


def _shortest(spans: Iterable[Span]) -> list[Span]:
    """Those that contain no other one, in order."""
    kept: list[Span] = []
    for first, last in sorted(spans, key=lambda span: (-span[0], span[1])):
        if not kept or last < kept[-1][1]:
            kept.append((first, last))
    return kept[::-1]
