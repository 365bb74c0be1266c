"""The timeline of a situation as an SVG: stories a day, and what was to be expected. Pure.

Escalation stands above the line and de-escalation hangs below it, on one scale, each over its expected
band. What is across is in percent and what is up is in pixels, so that the drawing is as wide as its page
while words and marks keep their size. Where one reads from right to left, time runs so too. Colours come
from the stylesheet; nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from xml.etree import ElementTree as Xml

from markupsafe import Markup

from alerts.digests.fragment import Direction
from alerts.model import Level
from alerts.services.situation_days import Band, ShownDay

_LABELS, _MARK, _TOP = 13.0, 24.0, 38.0
_UP, _DOWN_LEAST, _DOWN_MOST, _DATES = 132.0, 26.0, 132.0, 22.0
_HALF = 0.5
"""Of a story: so far a band goes beyond its counts, so that one on its edge lies in it."""

_NEAR_MARK = 3
"""Days that have to lie between two marks; a milder one that is nearer is told with the graver."""

_LETTER = 1.7
"""As many days are as wide as a letter on the smallest screen."""

_SHAPES = {
    Level.URGENT: "M0-7 7 0 0 7-7 0Z",
    Level.WARNING: "M0-6.5 6.5 5H-6.5Z",
    Level.WATCH: "M-5 0A5 5 0 0 1 5 0 5 5 0 0 1-5 0Z",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """The surges of one day: the gravest level, its name, and all that is to be told of them."""

    day: date
    level: Level
    label: str
    told: str


@dataclass(frozen=True, slots=True)
class Words:
    """What the drawing says, in the reader's language. ``told`` tells a day, ``dated`` names it."""

    title: str
    description: str
    unseen: str
    told: Callable[[ShownDay], str]
    dated: Callable[[date], str]


def timeline(days: Sequence[ShownDay], marks: Iterable[Mark], words: Words, direction: Direction) -> Markup:
    """The drawing of at least one day, oldest first. Its ids begin with ``timeline-``."""
    return Markup(Xml.tostring(_Drawing(days, words, direction).drawn(marks), encoding="unicode"))  # noqa: S704 escaped by the writer


def spark(days: Sequence[ShownDay], label: str, direction: Direction) -> Markup:
    """The same in small: bars only, as wide and high as the stylesheet says."""
    up, down = _most(days, lambda day: day.escalation), _most(days, lambda day: day.deescalation)
    scale = 24 / max(up + down, 4)
    line = up * scale
    size = {"viewBox": f"0 0 {len(days)} 25", "preserveAspectRatio": "none"}
    svg = Xml.Element("svg", {"class": "spark", "role": "img", "aria-label": label, **size})
    bars: dict[str, list[str]] = {"gap": [], "up": [], "down": []}
    for number, day in enumerate(days):
        x = number if direction == "ltr" else len(days) - 1 - number
        for name, y, tall in (
            ("gap", line, 0 if day.seen else 1.0),
            ("up", line - day.escalation * scale, day.escalation * scale),
            ("down", line + 1, day.deescalation * scale),
        ):
            if tall:
                bars[name].append(f"M{x + 0.1:.1f} {y:.2f}h.8v{tall:.2f}h-.8z")
    for name, drawn in bars.items():
        if drawn:
            Xml.SubElement(svg, "path", {"class": name, "d": "".join(drawn)})
    axis = {"class": "axis", "x": "0", "width": str(len(days)), "y": f"{line:.2f}", "height": "1"}
    Xml.SubElement(svg, "rect", axis)
    return Markup(Xml.tostring(svg, encoding="unicode"))  # noqa: S704 escaped by the writer


def kept_apart(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """The marks that can stand side by side, oldest first: the gravest, and those far enough from them."""
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (-mark.level.rank, mark.day)):
        near = [number for number, each in enumerate(kept) if abs((each.day - mark.day).days) < _NEAR_MARK]
        if not near:
            kept.append(mark)
            continue
        graver = kept[near[0]]
        kept[near[0]] = Mark(graver.day, graver.level, graver.label, f"{graver.told}\n{mark.told}")
    return tuple(sorted(kept, key=lambda mark: mark.day))


def step(most: int) -> int:
    """The distance of the lines that help to read a height: 1, 2 or 5 times a power of ten, so that there
    are at most three."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if most / (factor * size) < 4:
                return factor * size
        size *= 10


def _most(days: Sequence[ShownDay], count: Callable[[ShownDay], int]) -> int:
    return max(map(count, days), default=0)


def _high(count: int, band: Band | None) -> int:
    return max(count, band[1] if band else 0)


class _Drawing:
    def __init__(self, days: Sequence[ShownDay], words: Words, direction: Direction) -> None:
        self._days, self._words, self._direction = days, words, direction
        self._up = max(4, _most(days, lambda day: _high(day.escalation, day.escalation_band)))
        down = _most(days, lambda day: _high(day.deescalation, day.deescalation_band))
        self._scale = min(_UP / (self._up + _HALF), _DOWN_MOST / (down + _HALF))
        self._line = _TOP + (self._up + _HALF) * self._scale
        self._bottom = self._line + max(_DOWN_LEAST, (down + _HALF) * self._scale)
        self._number = {day.date: number for number, day in enumerate(days)}

    def drawn(self, marks: Iterable[Mark]) -> Xml.Element:
        named = {"aria-labelledby": "timeline-title timeline-desc", "direction": self._direction}
        size = {"width": "100%", "height": f"{self._bottom + _DATES:.0f}"}
        svg = Xml.Element("svg", {"class": "timeline", "role": "img", **named, **size})
        Xml.SubElement(svg, "title", {"id": "timeline-title"}).text = self._words.title
        Xml.SubElement(svg, "desc", {"id": "timeline-desc"}).text = self._words.description
        self._hatching(svg)
        self._gaps(svg)
        self._bands(svg)
        self._lines(svg)
        shown = [mark for mark in kept_apart(marks) if mark.day in self._number]
        for mark in shown:
            x = self._middle(self._number[mark.day])
            ends = {"x1": x, "x2": x, "y1": f"{_MARK:.1f}", "y2": f"{self._line:.1f}"}
            Xml.SubElement(svg, "line", {"class": "stem", **ends})
        for number, day in enumerate(self._days):
            self._bars(svg, number, day)
        self._marks(svg, shown)
        self._rule(svg, "axis", self._line)
        self._dates(svg)
        return svg

    # --- where things are -----------------------------------------------------------------

    def _across(self, first: int, number: int = 1, inset: float = 0) -> dict[str, str]:
        """``x`` and ``width`` of so many days from one on, with some of a day left free on both sides."""
        wide = 100 / len(self._days)
        start = first if self._direction == "ltr" else len(self._days) - first - number
        return {"x": f"{(start + inset) * wide:.3f}%", "width": f"{(number - 2 * inset) * wide:.3f}%"}

    def _middle(self, number: int) -> str:
        place = number if self._direction == "ltr" else len(self._days) - 1 - number
        return f"{(place + 0.5) * 100 / len(self._days):.3f}%"

    def _room(self, words: str, number: int) -> float:
        """Where the middle of words about a day lies so that they stay in the drawing."""
        half = _LETTER * len(words) / 2
        return max(half, min(number + 0.5, len(self._days) - half))

    def _written(self, svg: Xml.Element, name: str, words: str, number: int, y: float) -> None:
        """Words about a day: under their middle, or from the edge that is too near for that."""
        x, anchor, room = self._middle(number), "middle", self._room(words, number)
        if room > number + 0.5:
            x, anchor = self._start, "start"
        elif room < number + 0.5:
            x, anchor = ("100%" if self._direction == "ltr" else "0%"), "end"
        at = {"x": x, "y": f"{y:.1f}", "text-anchor": anchor}
        Xml.SubElement(svg, "text", {"class": name, **at}).text = words

    @property
    def _start(self) -> str:
        return "0%" if self._direction == "ltr" else "100%"

    # --- parts ----------------------------------------------------------------------------

    def _hatching(self, svg: Xml.Element) -> None:
        size = {"width": "6", "height": "6", "patternUnits": "userSpaceOnUse"}
        pattern = Xml.SubElement(svg, "pattern", {"id": "timeline-hatch", **size})
        Xml.SubElement(pattern, "path", {"class": "hatch", "d": "M-1 1 1-1M0 6 6 0M5 7 7 5"})

    def _gaps(self, svg: Xml.Element) -> None:
        for first, number in self._runs_unseen():
            tall = {"y": f"{_TOP:.1f}", "height": f"{self._bottom - _TOP:.1f}"}
            hatched = {"class": "gap", "fill": "url(#timeline-hatch)"}
            Xml.SubElement(svg, "rect", {**hatched, **self._across(first, number), **tall})
            if number > _LETTER * len(self._words.unseen):
                self._written(svg, "unseen", self._words.unseen, first + number // 2, _TOP + 24)

    def _runs_unseen(self) -> Iterator[tuple[int, int]]:
        """The first day and the length of each gap."""
        first = 0
        for seen, run in groupby(self._days, key=lambda day: day.seen):
            number = len(list(run))
            if not seen:
                yield first, number
            first += number

    def _bands(self, svg: Xml.Element) -> None:
        for number, day in enumerate(self._days):
            if day.escalation_band:
                low, high = day.escalation_band
                self._band(svg, number, self._line - (high + _HALF) * self._scale, low, high)
            if day.deescalation_band and day.deescalation_band[1]:
                low, high = day.deescalation_band
                self._band(svg, number, self._line + max(0, low - _HALF) * self._scale, low, high)

    def _band(self, svg: Xml.Element, number: int, y: float, low: int, high: int) -> None:
        tall = high + _HALF - max(0, low - _HALF)
        place = {"y": f"{y:.2f}", "height": f"{tall * self._scale:.2f}"}
        Xml.SubElement(svg, "rect", {"class": "band", **self._across(number), **place})

    def _lines(self, svg: Xml.Element) -> None:
        apart = step(self._up)
        for height in range(apart, self._up + 1, apart):
            y = self._line - height * self._scale
            self._rule(svg, "grid", y)
            at = {"x": self._start, "y": f"{y - 3:.1f}", "text-anchor": "start"}
            Xml.SubElement(svg, "text", {"class": "height", **at}).text = str(height)

    def _rule(self, svg: Xml.Element, name: str, y: float) -> None:
        ends = {"x1": "0%", "x2": "100%", "y1": f"{y:.1f}", "y2": f"{y:.1f}"}
        Xml.SubElement(svg, "line", {"class": name, **ends})

    def _bars(self, svg: Xml.Element, number: int, day: ShownDay) -> None:
        group = Xml.SubElement(svg, "g", {"class": "day" if day.over else "day open"})
        Xml.SubElement(group, "title").text = self._words.told(day)
        tall = {"y": f"{_TOP:.1f}", "height": f"{self._bottom - _TOP:.1f}"}
        Xml.SubElement(group, "rect", {"class": "reach", **self._across(number), **tall})
        for name, count, band in (
            ("up", day.escalation, day.escalation_band),
            ("down", day.deescalation, day.deescalation_band),
        ):
            if count:
                beyond = " beyond" if band and count > band[1] else ""
                y = self._line - count * self._scale if name == "up" else self._line
                place = {"y": f"{y:.2f}", "height": f"{count * self._scale:.2f}"}
                across = self._across(number, inset=0.12)
                Xml.SubElement(group, "rect", {"class": name + beyond, **across, **place})

    def _marks(self, svg: Xml.Element, shown: Sequence[Mark]) -> None:
        labelled: list[tuple[float, int]] = []
        for mark in sorted(shown, key=lambda mark: (-mark.level.rank, -mark.day.toordinal())):
            number = self._number[mark.day]
            place = {"x": self._middle(number), "y": f"{_MARK:.1f}", "width": "1", "height": "1"}
            sign = Xml.SubElement(svg, "svg", {"class": f"mark {mark.level.value}", **place})
            Xml.SubElement(sign, "title").text = mark.told
            Xml.SubElement(sign, "path", {"d": _SHAPES[mark.level]})
            room, long = self._room(mark.label, number), len(mark.label)
            if all(abs(room - other) > _LETTER * (long + its) / 2 for other, its in labelled):
                labelled.append((room, long))
                self._written(svg, "level", mark.label, number, _LABELS)

    def _dates(self, svg: Xml.Element) -> None:
        for number, day in enumerate(self._days):
            if day.date.day not in (1, 15):
                continue
            x = self._middle(number)
            ends = {"x1": x, "x2": x, "y1": f"{self._bottom:.1f}", "y2": f"{self._bottom + 4:.1f}"}
            Xml.SubElement(svg, "line", {"class": "tick", **ends})
            self._written(svg, "date", self._words.dated(day.date), number, self._bottom + 17)
