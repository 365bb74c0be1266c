"""CrisisWatch's labels of a month, beside Wikipedia's current events of the weeks before its end.

Each ``labels/crisiswatch_YYYY-MM.json`` says for the countries of a month whether they deteriorated,
improved or stayed as they were. The news are those of ``labels/wp_current_events_*``, matched by the
starter rules that have a polarity and placed by the gazetteer.
"""

from __future__ import annotations

import json
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from babel.core import get_global

from alerts.model import Item, Polarity, Trend
from alerts.rules.files import read_rules
from alerts.rules.gazetteer import Gazetteer
from alerts.rules.index import RuleIndex
from alerts.rules.shipped import RULES, concepts_with
from alerts.warning.trend import BEFORE_DAYS, RECENT_DAYS, TrendDay


@dataclass(frozen=True, slots=True)
class Month:
    """One month's labels by country, and the days of each country up to its end, every day seen alike:
    one source that writes one page a day, on which more happened when it is longer."""

    name: str
    as_of: date
    labels: Mapping[str, Trend]
    at_risk: frozenset[str]
    items: Counter[date]
    days: Mapping[str, Sequence[TrendDay]]


@dataclass(frozen=True, slots=True)
class News:
    """All items a day; and for each country those a day that speak of escalation, and of its contrary."""

    items: Counter[date]
    escalation: Mapping[str, Counter[date]]
    deescalation: Mapping[str, Counter[date]]


def current_events(files: Sequence[Path]) -> News:
    """The news of these files, which may overlap."""
    events: dict[tuple[date, str], None] = {}
    for file in files:
        with lzma.open(file, "rt", encoding="utf-8") as lines:
            for event in map(json.loads, lines):
                title = ": ".join(filter(None, (event["context"], event["text"])))
                events[date.fromisoformat(event["day"]), title] = None
    days = [day for day, _ in events]
    items = [Item(str(number), "", title, language="en") for number, (_, title) in enumerate(events)]
    concepts = concepts_with((), ["en"])
    places = Gazetteer(concepts).places(items)
    met = RuleIndex(read_rules(RULES), concepts).matches(items)
    news = News(Counter(days), defaultdict(Counter), defaultdict(Counter))
    for day, codes, rules in zip(days, places, met, strict=True):
        escalates = any(rule.polarity.escalates for rule in rules)
        eases = any(rule.polarity is Polarity.DEESCALATION for rule in rules)
        for code in codes:
            news.escalation[code][day] += escalates
            news.deescalation[code][day] += eases
    return news


def month_of(file: Path, news: News) -> Month | None:
    """The month of a file of labels; None when the news do not reach over its sixteen weeks."""
    found = re.fullmatch(r"crisiswatch_(\d{4})-(\d{2})", file.stem)
    if not found:
        return None
    year, number = map(int, found.groups())
    as_of = date(year + number // 12, number % 12 + 1, 1) - timedelta(1)
    first = min(news.items, default=date.max)
    if as_of - timedelta(RECENT_DAYS + BEFORE_DAYS - 1) < first or as_of > max(news.items):
        return None
    told = json.loads(file.read_text("utf-8"))
    labels = {_country(entry["iso3"]): Trend.UNCHANGED for entry in told["entries"]}
    for label in (Trend.DETERIORATED, Trend.IMPROVED):
        labels |= {_country(code): label for code in told[label.value]}
    span = [first + timedelta(n) for n in range((as_of - first).days + 1)]
    days = {
        code: [TrendDay(day, news.escalation[code][day], news.deescalation[code][day]) for day in span]
        for code in labels
    }
    at_risk = frozenset(map(_country, told["conflict_risk_alerts"]))
    return Month(file.stem.removeprefix("crisiswatch_"), as_of, labels, at_risk, news.items, days)


def _country(iso3: str) -> str:
    """Our key of a country by its ISO 3166 code of three letters."""
    (code,) = get_global("territory_aliases").get(iso3, [iso3])
    return "xk" if iso3 == "XKX" else code.lower()
