"""What a feed says about how often to ask: ttl, skipHours, skipDays (RSS 2.0), the syndication module."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from alerts.model import PollHints

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {
    "hourly": 3_600,
    "daily": 86_400,
    "weekly": 7 * 86_400,
    "monthly": 30 * 86_400,
    "yearly": 365 * 86_400,
}
_LONGEST_SECONDS = 365 * 86_400
_SKIP_HOURS = re.compile(r"<skipHours\s*>(.{0,4000}?)</skipHours\s*>", re.DOTALL | re.IGNORECASE)
_SKIP_DAYS = re.compile(r"<skipDays\s*>(.{0,4000}?)</skipDays\s*>", re.DOTALL | re.IGNORECASE)
_HOUR = re.compile(r"<hour\s*>\s*(\d{1,2})\s*</hour\s*>", re.IGNORECASE)
_DAY = re.compile(r"<day\s*>\s*([a-z]+)\s*</day\s*>", re.IGNORECASE)


def poll_hints(head: Mapping[str, Any], text: str) -> PollHints:
    """The hints of a document: ``head`` as feedparser read it, ``text`` for what feedparser forgets."""
    # feedparser keeps only the last of several elements with one name.
    hours = {int(hour) % 24 for part in _SKIP_HOURS.findall(text)[:1] for hour in _HOUR.findall(part)}
    named = {day.lower() for part in _SKIP_DAYS.findall(text)[:1] for day in _DAY.findall(part)}
    days = tuple(day for day, name in enumerate(_DAYS) if name in named)
    return PollHints(
        ttl_seconds=_seconds(_number(head.get("ttl")), 60),
        skip_hours=tuple(sorted(hours)) if len(hours) < 24 else (),
        skip_days=days if len(days) < 7 else (),
        period_seconds=_period(head),
    )


def _period(head: Mapping[str, Any]) -> int | None:
    name = head.get("sy_updateperiod")
    frequency = _number(head.get("sy_updatefrequency", "1"))
    period = _PERIODS.get(name.strip().lower()) if isinstance(name, str) else None
    return _seconds(period, 1 / frequency) if period and frequency else None


def _number(text: object) -> int | None:
    written = text.strip() if isinstance(text, str) else ""
    return int(written) if re.fullmatch(r"\d{1,9}", written) else None


def _seconds(number: int | None, each: float) -> int | None:
    """At least a second, at most a year; None for nothing and zero, which feeds use for *no hint*."""
    return max(1, min(_LONGEST_SECONDS, round(number * each))) if number else None
