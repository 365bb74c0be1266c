"""What a template gets of situations: every word written, every link safe to follow."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from alerts.digests.fragment import Fragment
from alerts.model import Level, Trend


@dataclass(frozen=True, slots=True)
class StandLine:
    """Where a situation stands. ``by`` is the editor who confirmed it, '' where no names are told.
    ``sentence`` is the one reason that is told first: the person's own words, or what decides the figures;
    ``own`` says which. The others speak for the trend, against it, or tell what the month ahead may bring.
    ``other`` is what the figures said, when the person said something else."""

    trend: Trend
    word: str
    quieter: bool
    risk_alert: bool
    resolution_opportunity: bool
    confirmed: bool
    by: str
    at: str
    iso: str
    sentence: str
    own: bool
    pro: tuple[str, ...]
    con: tuple[str, ...]
    ahead: tuple[str, ...]
    other: str
    method: str


@dataclass(frozen=True, slots=True)
class OverviewLine:
    """A situation in the overview. ``loud``: it is among those to look at first; ``called``: something is
    known of where it went, from the figures or from a person."""

    key: str
    name: str
    regions: tuple[str, ...]
    stand: StandLine | None
    newer: StandLine | None
    alarm: str
    level: str
    loud: bool
    called: bool
    spark: Markup
    retired: bool


@dataclass(frozen=True, slots=True)
class SurgeLine:
    level: Level
    word: str
    rule: str
    place: str
    day: str
    iso: str
    sentences: tuple[str, ...]
    stories: tuple[StoryLink, ...]


@dataclass(frozen=True, slots=True)
class StoryLink:
    """``url`` is None when it leads nowhere we would send anybody."""

    title: Fragment
    url: str | None
    source: Fragment


@dataclass(frozen=True, slots=True)
class StoryLine:
    lead: StoryLink
    widely: str
    at: str
    iso: str
    language: str | None
    others: tuple[tuple[Fragment, str | None], ...]
    more: int


@dataclass(frozen=True, slots=True)
class DayLine:
    day: str
    iso: str
    seen: bool
    over: bool
    escalation: str
    escalation_band: str
    deescalation: str
    deescalation_band: str


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call of the history: what the machine said, and what a person did, if anybody did."""

    draft: StandLine
    decision: StandLine | None
    agreed: bool
    replaced: str


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month: its name in full and in short, how an address names it; and where the situation stood."""

    name: str
    short: str
    iso: str
    stand: StandLine | None = None


@dataclass(frozen=True, slots=True)
class Page:
    line: OverviewLine
    places: tuple[str, ...]
    rules: tuple[str, ...]
    drawing: Markup
    sentence: str
    days: tuple[DayLine, ...]
    surges: tuple[SurgeLine, ...]
    kinds: tuple[tuple[str, tuple[StoryLine, ...]], ...]
    stories: str
    sources: tuple[tuple[Fragment, str], ...]
    more_sources: int
    months: tuple[MonthLine, ...]
    history: tuple[CallLine, ...]
    draft: StandLine | None
