"""Figures as a reader reads them: rounded to what they are worth, in their language (CLDR, through Babel)."""

from __future__ import annotations

from babel import Locale, numbers

from alerts.digests.fragment import clean

_WHOLE_FROM = 10


def amount(value: float, locale: Locale) -> str:
    """A number, whole from ten on, below with two significant digits: *0.83*, *4.5*, *1,204*."""
    rounded = round(value) if abs(value) >= _WHOLE_FROM else float(f"{value:.2g}")
    return clean(numbers.format_decimal(rounded, "#,##0.######", locale=locale))


def hundredths(value: float, locale: Locale) -> str:
    """A number with two decimals at most, for what is compared with a limit: *1.46*."""
    return clean(numbers.format_decimal(value, "#,##0.##", locale=locale))


def percent(part: float, locale: Locale) -> str:
    """A part of a whole, 0–1: *34%*."""
    return clean(numbers.format_percent(part, locale=locale))


def likelihood(probability: float, locale: Locale) -> str:
    """A probability in percent, from 1% to 99%: nothing is certain."""
    return percent(min(max(probability, 0.01), 0.99), locale)


def place_name(key: str, locale: Locale) -> str:
    """The name of a country from its key, such as *North Korea* for ``kp``, without its other name in
    brackets; a key that has no name as it is."""
    return clean(locale.territories.get(key.upper(), key)).partition("(")[0].rstrip()
