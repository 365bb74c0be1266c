"""Trend calls beside CrisisWatch's own judgement, and on invented news of which the truth is known.

**CrisisWatch**: see ``bench.crisiswatch``. *Not enough data* counts as unchanged, for all methods alike.
One month has a dozen changes, so that one call more or less moves the macro-F1 by .03; therefore also what
other constants would have given.

**Invented**: negative binomial counts with the scatter that the method takes them to have and a strong
week, escalation at three rates and a third as much de-escalation, unchanged or changed in the last four
weeks.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from alerts.model import Polarity, Trend, TrendCall
from alerts.warning import surge, trend
from alerts.warning.trend import Alarm, TrendDay, call
from bench.crisiswatch import Month, current_events, month_of

CLASSES = (Trend.DETERIORATED, Trend.IMPROVED, Trend.UNCHANGED)
SPAN = trend.RECENT_DAYS + trend.BEFORE_DAYS
RUNS = 400
WEEK = (1.25, 1.25, 1.2, 1.2, 1.1, 0.5, 0.5)
PEACE = 1 / 3
"""De-escalation per escalation in invented news."""

QUIETER = "quieter"

Method = Callable[[Sequence[TrendDay], date], Trend]
Pair = tuple[Trend, Trend]


def report(corpora: Path) -> None:
    """Print everything."""
    labelled = sorted((corpora / "labels").glob("crisiswatch_*.json"))
    news = current_events(sorted((corpora / "labels").glob("wp_current_events_*.jsonl.xz")))
    months = [month for file in labelled if (month := month_of(file, news))]
    for month in months:
        _print_month(month)
    if months:
        _print_sensitivity(months)
    else:
        print("CrisisWatch: no month whose sixteen weeks the current events cover\n")
    _print_invented()


# --- CrisisWatch ----------------------------------------------------------------------------


def _pairs(month: Month, method: Method) -> list[Pair]:
    """Label and call of each country."""
    called = ((label, method(month.days[code], month.as_of)) for code, label in month.labels.items())
    return [(label, Trend.UNCHANGED if said is Trend.UNKNOWN else said) for label, said in called]


def _ours(days: Sequence[TrendDay], as_of: date) -> Trend:
    return call(days, as_of).trend


def _always_unchanged(_days: Sequence[TrendDay], _as_of: date) -> Trend:
    return Trend.UNCHANGED


def _sums(days: Sequence[TrendDay], as_of: date) -> tuple[int, int]:
    recent = sum(day.escalation for day in days if 0 <= (as_of - day.date).days < trend.RECENT_DAYS)
    both = sum(day.escalation for day in days if 0 <= (as_of - day.date).days < SPAN)
    return recent, both - recent


def _by_ratio(days: Sequence[TrendDay], as_of: date) -> Trend:
    """Half as much again, or two thirds."""
    recent, before = _sums(days, as_of)
    usual = before * trend.RECENT_DAYS / trend.BEFORE_DAYS
    if recent + before < trend.LEAST_REPORTS:
        return Trend.UNCHANGED
    if recent > 1.5 * usual:
        return Trend.DETERIORATED
    return Trend.IMPROVED if recent < usual / 1.5 else Trend.UNCHANGED


def _by_z(days: Sequence[TrendDay], as_of: date) -> Trend:
    """The difference of two Poisson rates in standard errors, beyond 1.64."""
    recent, before = _sums(days, as_of)
    part = trend.RECENT_DAYS / trend.BEFORE_DAYS
    if recent + before < trend.LEAST_REPORTS:
        return Trend.UNCHANGED
    z = (recent - before * part) / math.sqrt(recent + before * part * part)
    return Trend.DETERIORATED if z > 1.64 else Trend.IMPROVED if z < -1.64 else Trend.UNCHANGED


METHODS: Mapping[str, Method] = {
    "ours": _ours,
    "always unchanged": _always_unchanged,
    "ratio > 1.5": _by_ratio,
    "z > 1.64": _by_z,
}


def macro_f1(pairs: Sequence[Pair]) -> float:
    """The mean of the three classes' F1, 0 for a class that is neither there nor called."""
    found = Counter(pairs)

    def f1(each: Trend) -> float:
        here = sum(n for pair, n in found.items() if each in pair)
        both = found[each, each]
        return 2 * both / (here + both) if here else 0.0

    return sum(map(f1, CLASSES)) / len(CLASSES)


def _print_month(month: Month) -> None:
    known = sum(call(days, month.as_of).trend is not Trend.UNKNOWN for days in month.days.values())
    labels = Counter(month.labels.values())
    print(
        f"CrisisWatch {month.name}: {len(month.labels)} countries, {labels[Trend.DETERIORATED]} deteriorated,"
        f" {labels[Trend.IMPROVED]} improved; enough news of {known}"
    )
    print(f"{'':18}macro-F1  accuracy  opposite   called deteriorated  rightly")
    for name, method in METHODS.items():
        pairs = _pairs(month, method)
        rightly = sum(pair == (Trend.DETERIORATED, Trend.DETERIORATED) for pair in pairs)
        called = sum(said is Trend.DETERIORATED for _, said in pairs)
        accuracy = sum(label is said for label, said in pairs) / len(pairs)
        opposite = sum({*pair} == {Trend.DETERIORATED, Trend.IMPROVED} for pair in pairs) / len(pairs)
        print(f"{name:18}{macro_f1(pairs):8.3f}{accuracy:10.3f}{opposite:10.3f}{called:22}{rightly:9}")
    alerted = {code for code, days in month.days.items() if _with_alarms(days, month.as_of).risk_alert}
    both = len(alerted & month.at_risk)
    print(
        f"risk alerts: {len(alerted)} raised, {both} of them on CrisisWatch's list of {len(month.at_risk)}\n"
    )


def _with_alarms(days: Sequence[TrendDay], as_of: date) -> TrendCall:
    readings = surge.replay(surge.Day(day.date, day.escalation, day.exposure) for day in days)
    alarms = [Alarm(r.date, r.level, Polarity.ESCALATION) for r in readings if r.fires and r.level]
    return call(days, as_of, alarms)


# --- what other constants would have given ----------------------------------------------------

OTHERWISE: Mapping[str, Mapping[str, float]] = {
    "as it is": {},
    "sure at .85": {"SURE": 0.85},
    "sure at .95": {"SURE": 0.95},
    "worse from × 1.3": {"WORSE": 1.3},
    "worse from × 2": {"WORSE": 2.0},
    "scatter 1.4": {"PHI": 1.4},
    "scatter 2.4": {"PHI": 2.4},
    "scatter 3": {"PHI": 3.0},
    "prior of half a report": {"PRIOR": 0.5},
    "prior of two reports": {"PRIOR": 2.0},
    "4 reports are enough": {"LEAST_REPORTS": 4},
    "9 reports are needed": {"LEAST_REPORTS": 9},
    "peace sure at .9": {"SURE_OF_PEACE": 0.9},
    "before: 56 days": {"BEFORE_DAYS": 56},
}


@contextmanager
def _constants(values: Mapping[str, float]) -> Iterator[None]:
    kept = {name: getattr(trend, name) for name in values}
    try:
        for name, value in values.items():
            setattr(trend, name, value)
        yield
    finally:
        for name, value in kept.items():
            setattr(trend, name, value)


def _print_sensitivity(months: Sequence[Month]) -> None:
    print(f"{'Macro-F1 with other constants':30}{'  '.join(month.name for month in months)}")
    for name, values in OTHERWISE.items():
        with _constants(values):
            print(f"{name:30}{'  '.join(f'{macro_f1(_pairs(month, _ours)):7.3f}' for month in months)}")
    by_items = [f"{macro_f1(_pairs(month, _ours)):7.3f}" for month in map(_seen_by_items, months)]
    print(f"{'exposure by items of the day':30}{'  '.join(by_items)}\n")


def _seen_by_items(month: Month) -> Month:
    """The month with the number of all items of a day as its exposure."""
    days = {
        code: [replace(day, exposure=float(month.items[day.date])) for day in seen]
        for code, seen in month.days.items()
    }
    return replace(month, days=days)


# --- invented news ------------------------------------------------------------------------------


def _clumped(mean: float, dice: random.Random) -> int:
    """A negative binomial count of that mean, and ``PHI`` times its variance."""
    if mean <= 0:
        return 0
    rate = dice.gammavariate(mean / (trend.PHI - 1), trend.PHI - 1)
    count, left = 0, dice.expovariate(1)
    while left < rate:
        count, left = count + 1, left + dice.expovariate(1)
    return count


def _invented(rate: float, change: float, dice: random.Random) -> list[TrendDay]:
    last = date(2026, 2, 28)
    return [
        TrendDay(
            day := last - timedelta(n),
            _clumped(rate * WEEK[day.weekday()] * (change if n < trend.RECENT_DAYS else 1), dice),
            _clumped(rate * PEACE * WEEK[day.weekday()], dice),
        )
        for n in range(SPAN)
    ]


def _print_invented() -> None:
    last = date(2026, 2, 28)
    print(f"Invented news, {RUNS} situations each: the share that is called")
    print("escalation  unchanged, but called             × 2.5, called  × 0.4, called")
    print("a day       deteriorated  improved  quieter  deteriorated   improved  quieter")
    for rate in (0.1, 0.5, 3.0):
        dice = random.Random(f"trend {rate}")
        same, more, less = (
            Counter(_outcome(call(_invented(rate, change, dice), last)) for _ in range(RUNS))
            for change in (1, 2.5, 0.4)
        )
        worse, better = Trend.DETERIORATED.value, Trend.IMPROVED.value
        print(
            f"{rate:<12}{same[worse] / RUNS:12.3f}{same[better] / RUNS:10.3f}{same[QUIETER] / RUNS:9.3f}"
            f"{more[worse] / RUNS:14.2f}{less[better] / RUNS:11.2f}{less[QUIETER] / RUNS:9.2f}"
        )


def _outcome(called: TrendCall) -> str:
    return QUIETER if called.quieter else called.trend.value
