"""Noticing change: surges, and where a situation stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from alerts.model.kinds import Level, Trend


@dataclass(frozen=True, slots=True)
class Lead:
    """A headline that stands for a story: what it says, who says it, and in which language."""

    url: str
    title: str
    source: str
    language: str


@dataclass(frozen=True, slots=True)
class Surge:
    """More news of a rule (in a place) than chance explains, as one test found it.

    ``rule`` and ``place`` (the key of a country, '' for everywhere) name the series. ``observed`` stories
    came within ``days`` days up to ``day``, from ``sources`` independent publishers (None: not known),
    where ``expected`` were to be expected; ``usual`` is that a day. ``p`` is the probability of so many or
    more when nothing has changed. ``stories`` are those that weigh most; ``first_seen_at`` is when the
    first of the window was seen. ``method`` names the version of the test.
    """

    rule: str
    place: str
    day: date
    level: Level
    p: float
    observed: int
    expected: float
    usual: float
    days: int
    sources: int | None = None
    first_seen_at: datetime | None = None
    stories: tuple[Lead, ...] = ()
    method: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against a trend call. ``kind`` says which sentence tells it (see
    ``alerts.digests.signal_words``), ``numbers`` are its figures by name."""

    kind: str
    supports: bool
    numbers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class TrendCall:
    """What the figures say of a situation on ``as_of``, before anybody has looked at it.

    ``probability`` is that of the change it names (of the likelier one when unchanged). ``quieter`` marks
    an unchanged situation with much less news and no sign of peace. ``reasons`` begin with the one that
    decides. ``method`` names the version of the formula.
    """

    as_of: date
    trend: Trend
    probability: float
    quieter: bool
    risk_alert: bool
    resolution_opportunity: bool
    reasons: tuple[Reason, ...]
    method: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """Where a situation stands: the machine's draft, or what a person made of it.

    ``reason`` is the person's, '' for a draft; ``call`` is what the figures said.
    """

    situation: str
    name: str
    trend: Trend
    risk_alert: bool
    resolution_opportunity: bool
    confirmed: bool
    reason: str
    call: TrendCall
