"""Surges and assessments of our own invention, for the tests of this folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from sample_digests import digest

from alerts.model import Assessment, Cadence, Digest, Lead, Level, Reason, Surge, Trend, TrendCall

DAY = date(2026, 11, 15)
LEADS = (
    Lead("https://news.example/s1", "Rockets cross the strait", "Harbour Wire", "en"),
    Lead("https://news.example/s2", "북부 시험장에서 로켓 발사", "항구통신", "ko"),
    Lead("https://news.example/s3", "صواريخ تعبر المضيق", "وكالة الميناء", "ar"),
)
LAUNCHES = Surge(
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
    first_seen_at=datetime(2026, 11, 13, 5, 10, tzinfo=UTC),
    stories=LEADS,
)
EMBARGOES = replace(
    LAUNCHES, rule="embargo", place="", level=Level.WATCH, p=0.024, observed=4, usual=0.03, days=2, sources=2
)
MORE = Reason("more", True, (("recent", 84), ("usual", 27.6), ("ratio", 2.96), ("probability", 0.9996)))
NO_PEACE = Reason("no-peace", True, (("recent", 3), ("share", 3.4), ("before", 11.8), ("probability", 0.03)))
URGENT = Reason("urgent", True, (("days_ago", 2),))
WARNINGS = Reason("warnings", True, (("warnings", 3), ("days", 28)))
GAPS = Reason("gaps", False, (("missing", 5), ("days", 112)))
WORSE = TrendCall(
    as_of=DAY,
    trend=Trend.DETERIORATED,
    probability=0.9996,
    quieter=False,
    risk_alert=True,
    resolution_opportunity=False,
    reasons=(MORE, NO_PEACE, URGENT, WARNINGS, GAPS),
    method="TREND-28/84-1",
)
DRAFT = Assessment("strait", "Northern Strait", Trend.DETERIORATED, True, False, False, "", WORSE)
CALM = Reason("calm", True, (("days", 28),))
FEWER = Reason("fewer", True, (("recent", 4), ("usual", 12.2), ("ratio", 0.38), ("probability", 0.94)))
QUIETER = TrendCall(
    DAY, Trend.UNCHANGED, 0.94, True, False, False, (FEWER, replace(NO_PEACE, supports=True), CALM), "m"
)
CONFIRMED = Assessment("lakes", "Lake Country", Trend.UNCHANGED, False, False, True, "", QUIETER)
OVERRIDDEN = replace(
    CONFIRMED,
    trend=Trend.IMPROVED,
    resolution_opportunity=True,
    reason="The two sides met at the lake on Friday & agreed <to go on>.",
)


def alert(*signals: Surge | Assessment, situations: tuple[str, ...] = ()) -> Digest:
    return with_signals(
        digest((), Cadence.IMMEDIATE, coverage=None, rules=digest().rules[:2]),
        *signals,
        situations=situations,
    )


def with_signals(told: Digest, *signals: Surge | Assessment, situations: tuple[str, ...] = ()) -> Digest:
    return replace(
        told,
        surges=tuple(each for each in signals if isinstance(each, Surge)),
        assessments=tuple(each for each in signals if isinstance(each, Assessment)),
        situations=situations,
    )
