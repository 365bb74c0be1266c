"""Dates, times and zones as the readers of each language write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sample_digests import LINKS, RENDERER, reader

from alerts.digests.times import Times
from alerts.digests.window import latest_due, next_due
from alerts.model import Cadence, Coverage, Digest, Window

AFTERNOON = datetime(2026, 11, 16, 13, 5, tzinfo=UTC)
LOCALES = ("en", "fr", "es", "ar", "ru", "zh_Hans", "ko", "ja")


def week(locale: str, days: int = 7) -> str:
    return (
        Times(locale, "UTC").days(Window(AFTERNOON - timedelta(days=days), AFTERNOON)).replace("\u2009", " ")
    )


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "November 16, 2026, 22:05"),
        ("fr", "16 novembre 2026, 22:05"),
        ("es", "16 de noviembre de 2026, 22:05"),
        ("ar", "16 نوفمبر 2026، 22:05"),
        ("ru", "16 ноября 2026\u202fг., 22:05"),
        ("zh_Hans", "2026年11月16日 22:05"),
        ("ko", "2026년 11월 16일 22:05"),
        ("ja", "2026年11月16日 22:05"),
    ],
)
def test_a_moment_is_a_long_date_in_the_order_of_its_language_and_a_clock_of_24_hours(
    locale: str, said: str
) -> None:
    """R44."""
    assert Times(locale, "Asia/Seoul").moment(AFTERNOON) == said


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("hour", range(24))
def test_no_hour_is_told_with_a_half_of_the_day(locale: str, hour: int) -> None:
    """R44."""
    said = Times(locale, "UTC").moment(datetime(2026, 1, 2, hour, 9, tzinfo=UTC))
    assert f"{hour:02}:09" in said
    assert not {"AM", "PM", "am", "pm", "오전", "오후", "上午", "下午", "午前", "午後", "ص", "م"} & set(
        said.split()
    )


@pytest.mark.parametrize(
    ("locale", "one_month", "two_months", "two_years"),
    [
        ("en", "Nov 9 – 16, 2026", "Oct 17 – Nov 16, 2026", "Dec 31, 2025 – Nov 16, 2026"),
        ("fr", "9–16 nov. 2026", "17 oct. – 16 nov. 2026", "31 déc. 2025 – 16 nov. 2026"),
        (
            "es",
            "9–16 de noviembre de 2026",
            "17 de octubre – 16 de noviembre de 2026",
            "31 de diciembre de 2025 – 16 de noviembre de 2026",
        ),
        ("ar", "9–16 نوفمبر 2026", "17 أكتوبر – 16 نوفمبر 2026", "31 ديسمبر 2025 – 16 نوفمبر 2026"),
        ("zh_Hans", "2026年11月9日至16日", "2026年10月17日至11月16日", "2025年12月31日至2026年11月16日"),
        ("ko", "2026년 11월 9일~16일", "2026년 10월 17일 ~ 11월 16일", "2025년 12월 31일 ~ 2026년 11월 16일"),
        ("ja", "2026年11月9日～16日", "2026年10月17日～11月16日", "2025年12月31日～2026年11月16日"),
    ],
)
def test_a_window_says_what_its_ends_have_in_common_once(
    locale: str, one_month: str, two_months: str, two_years: str
) -> None:
    """R44."""
    assert (week(locale), week(locale, 30), week(locale, 320)) == (one_month, two_months, two_years)


@pytest.mark.parametrize(
    ("locale", "zone"),
    [
        ("en", "Central European Time"),
        ("fr", "heure d’Europe centrale"),
        ("es", "hora de Europa central"),
        ("ar", "توقيت وسط أوروبا"),
        ("ru", "Центральная Европа"),
        ("zh_Hans", "中欧时间"),
        ("ko", "중부유럽 시간"),
    ],
)
def test_the_zone_is_named_in_the_readers_language(locale: str, zone: str) -> None:
    """R44."""
    assert Times(locale, "Europe/Berlin").zone_name == zone


@pytest.mark.parametrize(
    ("locale", "zone"),
    [
        ("en", "Senegal Time"),
        ("fr", "Sénégal"),
        ("es", "hora de Senegal"),
        ("ar", "توقيت السنغال"),
        ("ru", "Сенегал"),
        ("zh_Hans", "塞内加尔时间"),
        ("ko", "세네갈 시간"),
    ],
)
def test_a_zone_without_a_name_of_its_own_is_named_by_its_place_and_nothing_is_set_before_it(
    locale: str, zone: str
) -> None:
    """R44. Not *heure : Sénégal*, and no summer time where there is none."""
    assert Times(locale, "Africa/Dakar").zone_name == zone


@pytest.mark.parametrize("language", RENDERER.languages)
@pytest.mark.parametrize("cadence", [Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY])
def test_a_digest_names_its_zone(language: str, cadence: Cadence) -> None:
    """R44."""
    told = Digest(cadence, Window(AFTERNOON - timedelta(days=1), AFTERNOON), (), 0, (), Coverage(1, 1))
    message = RENDERER.render(told, reader(language, "Asia/Seoul", cadence), LINKS, "Harbour Watch")
    zone = Times(language.replace("-", "_"), "Asia/Seoul").zone_name
    assert zone in " ".join(message.text.split()) and zone in message.html


@pytest.mark.parametrize(
    ("change", "hours"),
    [(date(2026, 3, 29), 7 * 24 - 1), (date(2026, 10, 25), 7 * 24 + 1), (date(2026, 6, 7), 168)],
)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_week_in_which_the_clocks_change_is_still_a_week_of_local_days(
    locale: str, change: date, hours: int
) -> None:
    """R44. From midnight to midnight in Berlin; the day of the change has 23 or 25 hours."""
    zone = ZoneInfo("Europe/Berlin")
    during = datetime(change.year, change.month, change.day, 12, tzinfo=zone)
    window = Window(
        latest_due(Cadence.WEEKLY, during, "Europe/Berlin", 0, 0),
        next_due(Cadence.WEEKLY, during, "Europe/Berlin", 0, 0),
    )
    assert window.until - window.since == timedelta(hours=hours)
    times = Times(locale, "Europe/Berlin")
    as_if = Window(
        datetime.combine(change - timedelta(days=6), datetime.min.time(), zone),
        datetime.combine(change, datetime.max.time(), zone),
    )
    assert times.days(window) == times.days(as_if)
    assert times.moment(window.since).endswith("00:00") and times.moment(window.until).endswith("00:00")
