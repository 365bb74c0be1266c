"""Changes of our own invention, noticed in the news of ``specimen_news``: surges, and where situations go."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from alerts.digests.specimen_news import NOON
from alerts.model import Assessment, Lead, Level, Reason, Surge, Trend, TrendCall

DAY = date(2026, 11, 15)

LEADS = (
    Lead("https://news.example/lead/1", "Rockets cross the strait & fall short", "Harbour Wire", "en"),
    Lead("https://news.example/lead/2", "북부 시험장의 로켓, 해협을 넘다", "항구통신", "ko"),
    Lead("https://news.example/lead/3", "صواريخ تعبر المضيق", "وكالة الميناء", "ar"),
)
URGENT = Surge(
    rule="launch",
    place="kp",
    day=DAY,
    level=Level.URGENT,
    p=0.0022,
    observed=19,
    expected=2.4,
    usual=0.8,
    days=3,
    sources=9,
    first_seen_at=NOON - timedelta(hours=55),
    stories=LEADS,
)
WARNING = replace(URGENT, rule="fighting", place="ba", level=Level.WARNING, p=0.008, stories=LEADS[1:])
WATCH = replace(URGENT, rule="truce", place="", level=Level.WATCH, p=0.024, usual=0.03, stories=())
SURGES = (URGENT, WARNING, WATCH)


def reason(kind: str, supports: bool, **numbers: float) -> Reason:
    return Reason(kind, supports, tuple(numbers.items()))


WORSE = TrendCall(
    as_of=DAY,
    trend=Trend.DETERIORATED,
    probability=0.9996,
    quieter=False,
    risk_alert=True,
    resolution_opportunity=False,
    reasons=(
        reason("more", True, recent=84, usual=27.6, ratio=2.96, probability=0.9996),
        reason("no-peace", True, recent=3, share=3.4, before=11.8, probability=0.03),
        reason("urgent", True, days_ago=2),
        reason("gaps", False, missing=5, days=112),
    ),
    method="specimen",
)
CALMER = replace(
    WORSE,
    trend=Trend.UNCHANGED,
    probability=0.94,
    quieter=True,
    risk_alert=False,
    reasons=(
        reason("fewer", True, recent=4, usual=12.2, ratio=0.38, probability=0.94),
        reason("calm", True, days=28),
    ),
)
DRAFT = Assessment("strait", "Northern Strait", Trend.DETERIORATED, True, False, False, "", WORSE)
CONFIRMED = Assessment("lakes", "Lake Country", Trend.UNCHANGED, False, False, True, "", CALMER)
OVERRIDDEN = Assessment(
    "pass",
    "ممر الشمال",
    Trend.IMPROVED,
    False,
    True,
    True,
    "The two sides met at the lake on Friday & agreed <to go on>.",
    CALMER,
)
UNKNOWN = Assessment("isles", "西部群岛", Trend.UNKNOWN, False, False, False, "", replace(CALMER, reasons=()))
ASSESSMENTS = (DRAFT, CONFIRMED, OVERRIDDEN, UNKNOWN)
