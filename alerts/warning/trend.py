"""Where did a situation go? The last four weeks against the twelve before: TREND-28/84.

Each question is one of two counts at two exposures. Reports come in clumps, so a count tells as much as
``PHI`` times fewer would; of all of them, the share that fell into the last four weeks has a beta
distribution, and the rate went up as surely as that share lies above the share of exposure. Before any
report the guess is that nothing changed, with the weight of ``PRIOR`` reports.

- **deteriorated**: escalation went up with a probability of ``SURE`` and to ``WORSE`` times the rate.
- **improved**: escalation did not go up, and de-escalation is a larger part of the news: ``LEAST_PEACE``
  reports at least, ``BETTER`` times the share, with a probability of ``SURE_OF_PEACE``. Silence alone is
  no peace; and to call peace too early costs more than to call it late.
- **unchanged** otherwise; **quieter** when escalation fell to less than 1/``WORSE`` with that probability.
- **not enough data** with fewer than ``LEAST_REPORTS`` reports, or when too few days were seen. A day at
  exposure 0 says nothing: its counts are not used.

The reasons of a call begin with the one that decides. By ``kind``, with the names of their figures:

===========  ==========================================================================================
more, fewer  escalation went up, or down: recent, usual (at the same exposure), ratio, probability
steady       it did neither: the same figures
chance       such a change comes by chance too often: probability (of a real change)
slight       a sure change, but too small: ratio, limit
peace        de-escalation is a larger part of the news: recent, share, before (in percent), probability
no-peace     it is not, or not surely: the same figures
few          too few reports: reports, limit
unseen       too few days of a window were seen: seen, days, limit
gaps         days that were not seen: missing, days
urgent       for a risk alert, an urgent surge of escalation: days_ago
warnings     for a risk alert, days with a warning of escalation: warnings, days
precursor    for a risk alert, a surge of what comes before fighting: days_ago
opportunity  for a resolution opportunity, a surge of de-escalation: days_ago
calm         no surge that would make a risk alert: days
===========  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import fsum, isfinite

from alerts.model import Level, Polarity, Reason, Trend, TrendCall
from alerts.warning.beta import beta_below

METHOD = "TREND-28/84-1"

RECENT_DAYS, BEFORE_DAYS = 28, 84
SURE, SURE_OF_PEACE = 0.9, 0.95
WORSE, BETTER = 1.5, 1.3
LEAST_REPORTS, LEAST_PEACE = 6, 3
LEAST_SEEN = 14
"""Days of each window on which something could be read."""

PHI = 1.8
"""Variance ÷ mean of the daily reports of one situation."""

PRIOR = 1.0

URGENT_DAYS, ALARM_DAYS = 14, 28
LEAST_WARNINGS = 2
STEADY = 1.1
"""Up to so many times as many, either way, is as many as before."""


@dataclass(frozen=True, slots=True)
class TrendDay:
    """How many reports of escalation and of de-escalation a day (UTC) brought to a situation.

    ``exposure`` is what was fetched ÷ its usual amount, 0 for an outage. Raises ValueError for a number
    that is negative or not finite.
    """

    date: date
    escalation: int
    deescalation: int
    exposure: float = 1.0

    def __post_init__(self) -> None:
        figures = (self.escalation, self.deescalation, self.exposure)
        if not all(isfinite(each) and each >= 0 for each in figures):
            raise ValueError(f"{self.date}: figures of {figures}")


@dataclass(frozen=True, slots=True)
class Alarm:
    """A surge of one of the situation's series, on the day it was found. ``precursor``: of what tends to
    come before fighting, such as an ultimatum, a mobilisation, an embassy evacuated."""

    day: date
    level: Level
    polarity: Polarity
    precursor: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    """The sums of those days of a window that were seen."""

    escalation: float
    deescalation: float
    exposure: float
    days: int

    @property
    def news(self) -> float:
        return self.escalation + self.deescalation


@dataclass(frozen=True, slots=True)
class _Rise:
    """How surely a rate went up, how many times as high it is, the recent count, and the usual one: as many
    as before, at the recent exposure."""

    probability: float
    ratio: float
    recent: float
    usual: float

    @property
    def surer(self) -> float:
        """The probability of a rise or of a fall, whichever is likelier."""
        return max(self.probability, 1 - self.probability)

    @property
    def direction(self) -> str:
        return "more" if self.ratio > STEADY else "fewer" if self.ratio < 1 / STEADY else "steady"

    @property
    def figures(self) -> tuple[tuple[str, float], ...]:
        return (
            ("recent", self.recent),
            ("usual", self.usual),
            ("ratio", self.ratio),
            ("probability", self.surer),
        )


@dataclass(frozen=True, slots=True)
class _Verdict:
    trend: Trend
    probability: float
    reasons: tuple[Reason, ...]
    quieter: bool = False


def call(days: Sequence[TrendDay], as_of: date, alarms: Sequence[Alarm] = ()) -> TrendCall:
    """The call on ``as_of``, from the 112 days that end with it; others, and the order, do not matter.

    A day that is not given was not seen, and a day counts once. ``probability`` is 0.5 when there is not
    enough data. A reason ``supports`` the trend that is called, or speaks against it.
    """
    recent = _seen(days, as_of, range(RECENT_DAYS))
    before = _seen(days, as_of, range(RECENT_DAYS, RECENT_DAYS + BEFORE_DAYS))
    verdict = _too_little(recent, before) or _verdict(recent, before)
    loud = [(age, alarm) for alarm in alarms if 0 <= (age := (as_of - alarm.day).days) < ALARM_DAYS]
    loud = [(age, alarm) for age, alarm in loud if alarm.level.rank >= Level.WARNING.rank]
    risks, chances = tuple(_risks(loud)), tuple(_chances(loud))
    context = _context(recent, before, verdict.trend, calm=not risks)
    return TrendCall(
        as_of=as_of,
        trend=verdict.trend,
        probability=verdict.probability,
        quieter=verdict.quieter,
        risk_alert=bool(risks),
        resolution_opportunity=bool(chances),
        reasons=(*verdict.reasons, *risks, *chances, *context),
        method=METHOD,
    )


def _seen(days: Sequence[TrendDay], as_of: date, ages: range) -> _Seen:
    within = [day for day in days if (as_of - day.date).days in ages and day.exposure]
    return _Seen(
        sum(day.escalation for day in within),
        sum(day.deescalation for day in within),
        fsum(day.exposure for day in within),
        len(within),
    )


def _too_little(recent: _Seen, before: _Seen) -> _Verdict | None:
    for window, days in ((recent, RECENT_DAYS), (before, BEFORE_DAYS)):
        if window.days < LEAST_SEEN:
            unseen = _reason("unseen", True, seen=window.days, days=days, limit=LEAST_SEEN)
            return _Verdict(Trend.UNKNOWN, 0.5, (unseen,))
    reports = recent.news + before.news
    if reports < LEAST_REPORTS:
        few = _reason("few", True, reports=reports, limit=LEAST_REPORTS)
        return _Verdict(Trend.UNKNOWN, 0.5, (few,))
    return None


def _verdict(recent: _Seen, before: _Seen) -> _Verdict:
    war = _rise(recent.escalation, before.escalation, recent.exposure, before.exposure)
    peace = _rise(recent.deescalation, before.deescalation, recent.news, before.news)
    sure_peace = peace.probability >= SURE_OF_PEACE and peace.ratio >= BETTER
    peaceful = sure_peace and recent.deescalation >= LEAST_PEACE
    sign = Reason("peace" if peaceful else "no-peace", not peaceful, _shares(recent, before, peace))
    if war.probability >= SURE and war.ratio >= WORSE:
        return _Verdict(Trend.DETERIORATED, war.probability, (Reason("more", True, war.figures), sign))
    if peaceful and war.recent <= war.usual:
        counts = Reason(war.direction, True, war.figures)
        return _Verdict(Trend.IMPROVED, peace.probability, (replace(sign, supports=True), counts))
    quieter = 1 - war.probability >= SURE and war.ratio <= 1 / WORSE
    return _Verdict(Trend.UNCHANGED, war.surer, (*_unchanged(war, quieter), sign), quieter)


def _unchanged(war: _Rise, quieter: bool) -> Iterator[Reason]:
    """Why the counts of escalation are no change, then the counts."""
    if war.direction != "steady" and not quieter:
        if war.surer < SURE:
            yield _reason("chance", True, probability=war.surer)
        else:
            yield _reason("slight", True, ratio=war.ratio, limit=WORSE if war.ratio > 1 else 1 / WORSE)
    yield Reason(war.direction, quieter or war.direction == "steady", war.figures)


def _rise(recent: float, before: float, exposure: float, exposure_before: float) -> _Rise:
    """What two counts say of a rate. Nothing (0.5, and 1 time) when one of them had no exposure."""
    if not exposure or not exposure_before:
        return _Rise(0.5, 1.0, recent, before)
    share = min(max(exposure / (exposure + exposure_before), 1e-9), 1 - 1e-9)
    now, then = recent / PHI + PRIOR * share, before / PHI + PRIOR * (1 - share)
    return _Rise(
        probability=1 - beta_below(share, now, then),
        ratio=(now / then) * ((1 - share) / share),
        recent=recent,
        usual=before * (share / (1 - share)),
    )


def _shares(recent: _Seen, before: _Seen, peace: _Rise) -> tuple[tuple[str, float], ...]:
    return (
        ("recent", recent.deescalation),
        ("share", 100 * recent.deescalation / recent.news if recent.news else 0.0),
        ("before", 100 * before.deescalation / before.news if before.news else 0.0),
        ("probability", peace.probability),
    )


def _risks(loud: Sequence[tuple[int, Alarm]]) -> Iterator[Reason]:
    """Each condition of a conflict-risk alert that holds."""
    war = [(age, alarm.level) for age, alarm in loud if alarm.polarity.escalates]
    if urgent := [age for age, level in war if level is Level.URGENT and age < URGENT_DAYS]:
        yield _reason("urgent", True, days_ago=min(urgent))
    if (warnings := len({age for age, _ in war})) >= LEAST_WARNINGS:
        yield _reason("warnings", True, warnings=warnings, days=ALARM_DAYS)
    if precursors := [age for age, alarm in loud if alarm.precursor]:
        yield _reason("precursor", True, days_ago=min(precursors))


def _chances(loud: Sequence[tuple[int, Alarm]]) -> Iterator[Reason]:
    """What makes a resolution opportunity."""
    if ages := [age for age, alarm in loud if alarm.polarity is Polarity.DEESCALATION]:
        yield _reason("opportunity", True, days_ago=min(ages))


def _context(recent: _Seen, before: _Seen, trend: Trend, calm: bool) -> Iterator[Reason]:
    """What weakens or rounds off a call that could be made."""
    if trend is Trend.UNKNOWN:
        return
    if calm:
        yield _reason("calm", trend is not Trend.DETERIORATED, days=ALARM_DAYS)
    if missing := RECENT_DAYS + BEFORE_DAYS - recent.days - before.days:
        yield _reason("gaps", False, missing=missing, days=RECENT_DAYS + BEFORE_DAYS)


def _reason(kind: str, supports: bool, **numbers: float) -> Reason:
    return Reason(kind, supports, tuple(numbers.items()))
