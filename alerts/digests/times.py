"""Moments as a reader reads them: in their zone, in their language (CLDR, through Babel)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import available_timezones

from babel import Locale, dates
from babel.core import get_global

from alerts.digests.window import zone
from alerts.model import Window

_known_zones = cache(available_timezones)


@lru_cache(maxsize=1024)
def _day(skeleton: str, on: date, locale: Locale) -> str:
    return str(dates.format_skeleton(skeleton, on, locale=locale))


@cache
def _day_and_clock(locale: Locale) -> str:
    return str(dates.get_datetime_format("long", locale)).replace("'", "")


class Times:
    """One reader's way to write times. ``locale`` is a Babel identifier such as ``ar`` or ``zh_Hans``.

    Raises BadInput when the time zone is unknown.
    """

    def __init__(self, locale: str, timezone: str) -> None:
        self._locale = Locale.parse(locale)
        self._zone = zone(timezone)
        self._timezone = timezone

    @property
    def locale(self) -> Locale:
        """What Babel knows of the reader's language."""
        return self._locale

    def day(self, on: date) -> str:
        """Long date, such as *November 19, 2026*."""
        return dates.format_date(on, "long", self._locale)

    def moment(self, at: datetime) -> str:
        """Long date and 24-hour clock, such as *November 19, 2026, 14:05*."""
        local = at.astimezone(self._zone)
        return self._joined(dates.format_date(local, "long", self._locale), local)

    def days(self, window: Window) -> str:
        """The dates of a window, such as *Nov 9 – 16, 2026*; midnight at its end is not a new day."""
        first = window.since.astimezone(self._zone).date()
        last = (window.until - timedelta(microseconds=1)).astimezone(self._zone).date()
        if first >= last:
            return dates.format_date(last, "long", self._locale)
        return str(dates.format_interval(first, last, "yMMMMd", locale=self._locale))

    def short(self, at: datetime, near: datetime) -> str:
        """Day and 24-hour clock, such as *Nov 19, 14:05*, with the year where it is not that of ``near``."""
        return self._short(at.astimezone(self._zone), near)

    def there(self, at: datetime, place: str) -> str | None:
        """The clock in a country at that moment, such as *21:05*, with the day where that is another than
        here. None when the country has several zones (CLDR), or its clocks show what ours do."""
        zones = get_global("territory_zones").get(place.upper(), ())
        if len(zones) != 1 or zones[0] not in _known_zones():
            return None
        here, there = at.astimezone(self._zone), at.astimezone(zone(zones[0]))
        if here.utcoffset() == there.utcoffset():
            return None
        return f"{there:%H:%M}" if here.date() == there.date() else self._short(there, here)

    def _short(self, local: datetime, near: datetime) -> str:
        skeleton = "MMMd" if local.year == near.year else "yMMMd"
        return self._joined(_day(skeleton, local.date(), self._locale), local)

    def _joined(self, day: str, local: datetime) -> str:
        """Day and clock in the locale's own order; the clock is written in digits only, as Babel's short time
        gives AM and PM in the wrong place for some languages."""
        pattern = _day_and_clock(self._locale)
        return pattern.replace("{0}", f"{local:%H:%M}").replace("{1}", day)

    def lasting(self, time: timedelta) -> str:
        """How long something lasts, such as *9 hours*, in the unit that fits."""
        return str(dates.format_timedelta(time, granularity="minute", locale=self._locale))

    def weekday(self, number: int) -> str:
        """The name of a day, 0 for Monday."""
        return str(dates.get_day_names("wide", "format", self._locale)[number])

    @property
    def zone_name(self) -> str:
        """The zone without season, such as *Central European Time*, or else its place; UTC and offsets from
        it as they are."""
        canonical = get_global("zone_aliases").get(self._timezone, self._timezone)
        if get_global("zone_territories").get(canonical, "ZZ") == "ZZ":  # of no country
            return str(canonical).removeprefix("Etc/")
        name = dates.get_timezone_name(self._zone, "long", locale=self._locale, zone_variant="generic")
        before, _, after = self._locale.zone_formats["region"].partition("%s")
        if name == dates.get_timezone_location(self._zone, self._locale) and {":", ","} & {*before, *after}:
            # Set beside a place, not made one with it ("heure : Sénégal"; Russian has "summer time" there).
            return name.removeprefix(before).removesuffix(after)
        return name

    def language_name(self, tag: str) -> str | None:
        """The name of a language, such as *Korean*; None when it has none here."""
        code = tag.split("-")[0].lower()
        return None if code == "und" else self._locale.languages.get(code)
