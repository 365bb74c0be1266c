"""What a rule would have done, as the form shows it: bars, mails, samples, near misses, changes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode

from alerts.digests.fragment import Fragment, fragment
from alerts.digests.times import Times
from alerts.model import Item, Match, Rule, RuleName, Severity
from alerts.services.archive import Found
from alerts.services.near_misses import NearMiss
from alerts.services.trying import Brief, Trial
from alerts.web.desk.match_lines import MatchLine, match_line
from alerts.web.desk.rule_form import example_of

DAYS = 30
CHANGES_SHOWN = 60
"""Of the items added, and of those removed, at most so many; the command lists all of them."""

_TALL = 48
_STEP, _WIDE = 10, 8
_TITLE_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: where its bar stands and how tall it is, in the units of the drawing."""

    day: date
    matches: int
    x: int
    y: int
    wide: int
    tall: int


@dataclass(frozen=True, slots=True)
class Bars:
    """Matches by day. ``said`` tells what is drawn to those who do not see it."""

    bars: tuple[Bar, ...]
    wide: int
    tall: int
    most: int
    said: str


@dataclass(frozen=True, slots=True)
class TitleLine:
    title: Fragment
    url: str | None
    language: str | None
    at: datetime
    reason: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class TrialShown:
    """``items_said`` and ``matches_said`` tell how many there are, of which time; ``lately`` is what was
    asked for. ``samples`` are with the example that each would make; ``mails`` are for one person, by
    cadence; ``added`` and ``removed`` are whole numbers and what is shown of them. ``search`` is the query
    as the page of the items takes it."""

    items_said: str
    matches_said: str
    matches: int
    lately: str
    whole: bool
    search: str
    bars: Bars
    mails: tuple[tuple[str, str], ...]
    people: int
    in_all: str
    samples: tuple[tuple[MatchLine, str], ...]
    near_misses: tuple[TitleLine, ...]
    against: int | None
    added: tuple[int, tuple[TitleLine, ...]]
    removed: tuple[int, tuple[TitleLine, ...]]
    warnings: tuple[tuple[str, str, str], ...]


def shown(trial: Trial, rule: Rule, days: int = DAYS) -> TrialShown:
    """Of a trial on so many days."""
    names = Times("en", "UTC")
    mails = trial.expected_mails_per_week
    return TrialShown(
        items_said=seen_said(trial.items, trial.since, whole=trial.whole, days=days),
        matches_said=f"{trial.matches:,}" if trial.matches else "none",
        matches=trial.matches,
        lately=last_days(days),
        whole=trial.whole,
        search=urlencode({"q": rule.query, "days": days}),
        bars=bars(trial.per_day),
        mails=tuple((_CADENCES[cadence], _number(each)) for cadence, each in mails.per_subscriber.items()),
        people=mails.subscribers,
        in_all=_number(mails.total),
        samples=tuple((found_line(each, names), _example(each.item, rule)) for each in trial.samples),
        near_misses=tuple(_near(each, names, rule) for each in trial.near_misses),
        against=trial.against,
        added=(len(trial.added), _lines(trial.added, names)),
        removed=(len(trial.removed), _lines(trial.removed, names)),
        warnings=tuple((each.code, each.message, each.hint) for each in trial.warnings),
    )


def seen_said(items: int, since: datetime, *, whole: bool, days: int = DAYS) -> str:
    """*131,072 items of the last 30 days*, or *the newest 5,400 items, seen since 12 March 14:05*."""
    counted = f"{items:,} {'item' if items == 1 else 'items'}"
    if whole:
        return f"{counted} of the {last_days(days)}"
    return f"the newest {counted}, seen since {since.day} {since:%B %H:%M}"


def last_days(days: int) -> str:
    """*last 30 days*, *last day*."""
    return "last day" if days == 1 else f"last {days} days"


def _example(item: Item, rule: Rule) -> str:
    return example_of(item.title, item.language or "und", rule) if item.title else ""


_CADENCES = {
    "immediate": "with alerts",
    "daily": "with the daily digest",
    "weekly": "with the weekly digest",
    "monthly": "with the monthly digest",
}


def bars(per_day: Mapping[str, int], what: str = "Matches") -> Bars:
    """One bar for each day, the tallest as tall as the drawing; a day with a match is never invisible."""
    days = [(date.fromisoformat(day), matches) for day, matches in sorted(per_day.items())]
    most = max((matches for _, matches in days), default=0)
    drawn = []
    for place, (day, matches) in enumerate(days):
        tall = max(2, round(_TALL * matches / most)) if matches else 0
        drawn.append(Bar(day, matches, place * _STEP, _TALL - tall, _WIDE, tall))
    return Bars(tuple(drawn), max(1, len(days)) * _STEP, _TALL, most, _said(days, most, what))


def _said(days: Sequence[tuple[date, int]], most: int, what: str) -> str:
    if not days:
        return "No days to show."
    span = f"{what} by day, {_day(days[0][0])} to {_day(days[-1][0])}"
    if not most:
        return f"{span}: none."
    if len(days) == 1:
        return f"{what} on {_day(days[0][0])}: {most}."
    best = next(day for day, matches in days if matches == most)
    with_any = sum(1 for _, matches in days if matches)
    return f"{span}: on {with_any} of {len(days)} days, at most {most}, on {_day(best)}."


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def _number(mails: float) -> str:
    """A number of mails as people say it: no decimals from ten on, and never a false nought."""
    if 0 < mails < 0.1:
        return "less than 0.1"
    return f"{mails:.0f}" if mails >= 10 or mails == int(mails) else f"{mails:.1f}"


def found_line(found: Found, names: Times) -> MatchLine:
    """A kept item with what was found in it marked; ``seen_at`` is when it was news."""
    nameless = RuleName("", "", Severity.MEDIUM)
    match = Match(0, found.id, nameless, found.item, found.evidence, found.at)
    return replace(match_line([match], names), rules=())


def _near(near: NearMiss, names: Times, rule: Rule) -> TitleLine:
    item = near.item
    line = _line(item.title, item.language or "und", item.url, near.at, names)
    return replace(line, reason=near.reason, example=_example(item, rule))


def _lines(items: Sequence[Brief], names: Times) -> tuple[TitleLine, ...]:
    return tuple(_line(each.title, each.language, each.url, each.at, names) for each in items[:CHANGES_SHOWN])


def _line(title: str, language: str, url: str, at: datetime, names: Times) -> TitleLine:
    leads = url if url.startswith(("http://", "https://")) else None
    return TitleLine(fragment(title, language, _TITLE_LIMIT), leads, names.language_name(language), at)
