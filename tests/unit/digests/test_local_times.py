"""The clock where something happened, beside the reader's (R44)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerts.digests.times import Times

AFTERNOON = datetime(2026, 11, 16, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "place", "clock"),
    [
        ("Europe/Berlin", "kp", "22:05"),
        ("Asia/Kathmandu", "kp", "22:05"),
        ("Asia/Seoul", "kp", None),
        ("Europe/Berlin", "ru", None),
        ("Europe/Berlin", "ua", None),
        ("Europe/Berlin", "xx", None),
        ("Pacific/Auckland", "kp", "Nov 16, 22:05"),
    ],
    ids=["there", "half hours", "same time", "many zones", "two zones", "no country", "another day"],
)
def test_a_country_of_one_zone_has_a_clock_of_its_own(zone: str, place: str, clock: str | None) -> None:
    assert Times("en", zone).there(AFTERNOON, place) == clock


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "Nov 16, 14:05"),
        ("fr", "16 nov., 14:05"),
        ("ar", "16 نوفمبر، 14:05"),
        ("ru", "16 нояб., 14:05"),
        ("zh_Hans", "11月16日 14:05"),
        ("ko", "11월 16일 14:05"),
    ],
)
def test_a_short_moment_keeps_the_order_of_its_language(locale: str, words: str) -> None:
    assert Times(locale, "Europe/Berlin").short(AFTERNOON, AFTERNOON) == words


def test_a_short_moment_names_the_year_when_it_is_another() -> None:
    assert Times("en", "UTC").short(AFTERNOON, AFTERNOON.replace(year=2027)) == "Nov 16, 2026, 13:05"
