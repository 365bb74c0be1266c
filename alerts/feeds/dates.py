"""Dates as feeds write them: RFC 822 and ISO 8601 as specified, and as people type them in many languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from alerts.feeds.zones import zone

EARLIEST_YEAR = 1970
LATEST_YEAR = 2100
_LONGEST = 100
_CENTURY_TURN = 70  # "70" is 1970, "69" is 2069

_TIME = (
    r"(?:(?:[\s,]*\bT|T|[\s,–-]+(?:at\s+|um\s+|à\s+|a\s+las\s+|в\s+)?)"
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?(?![a-z]))?)?"
)
_ZONE = r"[\s,]*(?P<zone>[^\d\s].*|[+-]\d.*)?"
_NAME = r"[^\W\d_]+\.?"
_SHAPES = tuple(
    re.compile(shape + r"\s*", re.IGNORECASE)
    for shape in (
        # 2031-03-04T07:30:00+02:00, 2031/3/4 7:30, 20310304T073000Z, 2031-03
        rf"(?P<year>\d{{4}})(?P<mark>[-/.]?)(?P<month>\d{{1,2}})(?:(?P=mark)(?P<day>\d{{1,2}}))?{_TIME}{_ZONE}",
        # Tue, 04 Mar 2031 07:30:00 +0200; 4-Mar-31; 4 de marzo de 2031
        rf"(?:{_NAME}\s*,?\s*)?(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?[\s-]*(?:de\s+)?(?P<name>{_NAME}),?"
        rf"[\s-]*(?:de\s+|del\s+)?(?P<year>\d{{4}}|\d{{2}}){_TIME}{_ZONE}",
        # March 4, 2031 7:30 PM; Tue, Mar 4 2031
        rf"(?:{_NAME}\s*,?\s+)?(?P<name>{_NAME})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})"
        rf"{_TIME}{_ZONE}",
        # Tue Mar  4 07:30:00 EET 2031 (asctime, date(1))
        rf"{_NAME},?\s+(?P<name>{_NAME})\s+(?P<day>\d{{1,2}}){_TIME}\s+(?:(?P<zone>[^\d\s]\S*|[+-]\d+)\s+)?"
        r"(?P<year>\d{4})",
        # 04.03.2031 07:30
        rf"(?:{_NAME}\s*,?\s+)?(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}){_TIME}{_ZONE}",
        # 23/03/2031, 03/23/2031: only when one of them can be no month
        rf"(?P<first>\d{{1,2}})/(?P<other>\d{{1,2}})/(?P<year>\d{{4}}){_TIME}{_ZONE}",
    )
)
_EPOCH = re.compile(r"(\d{10})(?:\d{3}|\.\d+)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})[T ]?(\d{2})(\d{2})(\d{2})?(?=\D|$)")
_IDEOGRAPHS = str.maketrans(
    {"年": "-", "月": "-", "日": " ", "년": "-", "월": "-", "일": " ", "時": ":", "时": ":"}
)
# fmt: off
# How month names begin, in the languages of feeds that translate them; the longest beginning counts.
_MONTHS = {
    start: number
    for number, starts in enumerate((
        "jan ene gen янв січ oca sty يناير", "feb fev fév février febr лют фев şub lut فبراير",
        "mar mär mrz mrt maa мар бер مارس", "apr avr abr кві апр nis kwi أبريل ابريل",
        "may mai mag mei maj мая май тра مايو", "jun juin giu июн чер haz cze يونيو يونيه",
        "jul juil lug июл лип tem lip يوليو يوليه", "aug aoû aou ago авг сер ağu sie أغسطس اغسطس",
        "sep set сен вер eyl wrz سبتمبر", "oct okt out ott окт жов eki paź أكتوبر اكتوبر",
        "nov ноя лис kas lis نوفمبر", "dec déc dez des dic дек гру ara gru ديسمبر",
    ), 1)
    for start in starts.split()
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in UTC; ``zoned`` is False when the text named no zone that we know, so that UTC was assumed."""

    at: datetime
    zoned: bool


def moment(text: str, language: str | None = None) -> Moment | None:
    """The time that ``text`` tells, or None when it tells none between 1970 and 2100.

    A missing time of day is midnight. ``language`` decides what an ambiguous zone name means: CST is
    in China for Chinese text. Ambiguous dates such as 03/04/2031 are no dates.
    """
    read = _read(text[:_LONGEST])
    if read is None:
        return None
    at, name = read
    where = zone(name, language)
    return in_reason(_in_utc(at, where), zoned=where is not None)


@lru_cache(maxsize=1_000)
def _read(text: str) -> tuple[datetime, str] | None:
    """The time on the clocks of a zone, and what the text calls that zone."""
    if not text.isascii():
        text = text.translate(_IDEOGRAPHS)
    text = " ".join(text.split()).replace("- ", "-").replace(": ", ":")
    if epoch := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(epoch[1]), UTC).replace(tzinfo=None), "UTC"
    if compact := _COMPACT.match(text):
        date, time = "-".join(compact.groups()[:3]), ":".join(filter(None, compact.groups()[3:]))
        text = f"{date}T{time}{text[compact.end() :]}"
    for shape in _SHAPES:
        match = shape.fullmatch(text)
        if match:
            return _clock(match.groupdict())
    return None


def _clock(parts: Mapping[str, str | None]) -> tuple[datetime, str] | None:
    day = _day(parts)
    if day is None:
        return None
    hour, minute = int(parts.get("hour") or 0), int(parts.get("minute") or 0)
    second = min(int(parts.get("second") or 0), 59)  # a leap second is not worth a lost date
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half in "pP" else 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    return day + timedelta(hours=hour, minutes=minute, seconds=second), parts.get("zone") or ""


def _in_utc(at: datetime, where: timedelta | tzinfo | None) -> datetime:
    if isinstance(where, ZoneInfo):
        return at.replace(tzinfo=where).astimezone(UTC)
    return at.replace(tzinfo=UTC) - (where if isinstance(where, timedelta) else timedelta())


def _day(parts: Mapping[str, str | None]) -> datetime | None:
    written = parts["year"] or ""
    year = int(written)
    if len(written) == 2:
        year += 1900 if year >= _CENTURY_TURN else 2000
    day, month = int(parts.get("day") or 1), int(parts.get("month") or 0)
    if name := parts.get("name"):
        month = _month(name)
    if first := parts.get("first"):
        day, month = _in_order(int(first), int(parts["other"] or 0))
    try:
        return datetime(year, month, day)  # noqa: DTZ001 - the zone is put on when it is known
    except ValueError:
        return None


def _month(name: str) -> int:
    """1 to 12, or 0 for no month."""
    name = name.lower().removesuffix(".")
    return next((_MONTHS[name[:n]] for n in range(len(name), 2, -1) if name[:n] in _MONTHS), 0)


def _in_order(first: int, other: int) -> tuple[int, int]:
    """Day and month when one of both can be no month, or zeros."""
    if first > 12 >= other:
        return first, other
    return (other, first) if other > 12 >= first or first == other else (0, 0)


def in_reason(at: datetime, *, zoned: bool) -> Moment | None:
    """A moment between 1970 and 2100, or None."""
    return Moment(at, zoned) if EARLIEST_YEAR <= at.year <= LATEST_YEAR else None
