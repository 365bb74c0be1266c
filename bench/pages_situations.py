"""Situations of the service that ``bench.pages_world`` fills: counts, surges and calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from alerts.model import Level, Reason, Surge, Trend, TrendCall
from alerts.store import signal_schema as signal
from bench.pages_world import DAYS, NOW, News

_A_DAY = timedelta(days=1)


def fill_situations(news: News) -> None:
    """Adds what was counted for the situations of the catalogue, and what was noticed."""
    chance = news.chance
    places = sorted({place for each in news.followed for place in each.places})
    where = [chance.choice(places) for _ in news.met]
    found = [
        (match_id, item_id, rule_id, place)
        for match_id, ((item_id, rule_id), place) in enumerate(zip(news.met, where, strict=True), 1)
        if rule_id <= news.shipped
    ]
    news.put(signal.MatchPlace, ({"match_id": each[0], "place": each[3]} for each in found))
    seen: dict[tuple[int, str, int], tuple[int, date]] = {}
    for match_id, item_id, rule_id, place in found:
        day = news.moment(item_id, news.size.items).date()
        for named in (place, ""):
            seen.setdefault((rule_id, named, news.story_of[item_id - 1]), (match_id, day))
    news.put(
        signal.Sighting,
        (
            {"rule_id": key[0], "place": key[1], "story_id": key[2], "match_id": told[0], "day": told[1]}
            for key, told in seen.items()
        ),
    )
    news.put(
        signal.Exposure,
        (
            {"rule_id": rule_id, "day": NOW.date() - age * _A_DAY, "exposure": 2000.0}
            for rule_id in news.rule_ids
            for age in range(1, DAYS if rule_id <= news.shipped else 29)
        ),
    )
    news.put(signal.SurgeRow, _surges(news))
    news.put(signal.TrendCallRow, _calls(news))


def _surges(news: News) -> Iterator[Mapping[str, Any]]:
    told: set[tuple[int, str, date]] = set()
    for number in range(600):
        each = news.followed[number % len(news.followed)]
        rule_id, place = min(each.rule_ids), each.situation.places[0]
        day = NOW.date() - news.chance.randrange(28) * _A_DAY
        if (rule_id, place, day) in told:
            continue
        told.add((rule_id, place, day))
        surge = Surge(each.situation.rules[0], place, day, Level.WARNING, 0.005, 9, 1.2, 0.4, 3, 4, NOW)
        made = {"rule_id": rule_id, "place": place, "day": day, "level": surge.level}
        yield {**made, "made_at": NOW, "surge": surge}


def _calls(news: News) -> Iterator[Mapping[str, Any]]:
    reasons = (Reason("calm", True, (("days", 28.0),)),)
    for week in range(12, -1, -1):
        at = NOW - timedelta(weeks=week)
        for each in news.followed:
            trend = news.chance.choice(list(Trend))
            call = TrendCall(at.date() - _A_DAY, trend, 0.9, False, False, False, reasons, "TREND-28/84-1")
            replaced_at = at + timedelta(weeks=1) if week else None
            yield {"situation_id": each.id, "made_at": at, "call": call, "replaced_at": replaced_at}
