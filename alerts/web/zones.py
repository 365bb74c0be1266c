"""Time zones as people look for theirs: by country, in their own language. Pure but for the zone files."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global


def zones(locale: str, now: datetime) -> tuple[tuple[str, str], ...]:
    """IANA name and label of every zone that belongs to a country, by country; UTC first.

    ``locale`` is a Babel identifier; the offset is today's.
    """
    labels = [(zone.key, f"{label} ({_offset(zone, now)})") for zone, label in _named(locale)]
    return ("UTC", "UTC"), *labels


@lru_cache(maxsize=32)
def _named(locale: str) -> tuple[tuple[ZoneInfo, str], ...]:
    """Zones, read once, with their country, and their city where a country has several."""
    read = Locale.parse(locale)
    usable = available_timezones()
    countries = {
        zone: country
        for zone, country in get_global("zone_territories").items()
        if country in read.territories and zone in usable and country != "ZZ"
    }
    count = Counter(countries.values())
    named = []
    for zone, country in countries.items():
        label = str(read.territories[country])
        if count[country] > 1:
            city = read.time_zones.get(zone, {}).get("city") or zone.rpartition("/")[2].replace("_", " ")
            label = f"{label}: {city}"
        named.append((ZoneInfo(zone), label))
    return tuple(sorted(named, key=lambda each: each[1].casefold()))


def _offset(zone: ZoneInfo, now: datetime) -> str:
    offset = now.astimezone(zone).strftime("%z")
    return f"UTC{offset[:3].replace('-', '−')}:{offset[3:5]}"
