from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.feeds.dates import moment

MORNING = "2031-03-04T07:30"
MIDNIGHT = "2031-03-04T00:00"


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("Tue, 04 Mar 2031 07:30:00 GMT", MORNING),
        ("Tue, 04 Mar 2031 09:30:00 +0200", MORNING),
        ("Tue, 4 Mar 31 09:30 +02:00", MORNING),
        ("04 Mar 2031 09:30:00 +2:00", MORNING),
        ("Tue, 04 Mar 2031 09:30:00 GMT+2", MORNING),
        ("Tue, 04 Mar 2031 09:30:00 UTC+0200", MORNING),
        ("Tue, 04 Mar 2031 09:30:00 +0200 (EET)", MORNING),
        ("Tue, 04 Mar 2031 02:30:00 EST", MORNING),
        ("Tue, 04 Mar 2031 10:30:00 MSK", MORNING),
        ("Tue, 04 Mar 2031 16:30:00 KST", MORNING),
        ("Tue, 04 Mar 2031 16:30:00 JST", MORNING),
        ("Tue, 04 Mar 2031 13:00:00 IST", MORNING),
        ("Tue, 04 Mar 2031 08:30:00 CET", MORNING),
        ("Tue, 04 Mar 2031 16:30:00 Asia/Seoul", MORNING),
        ("Thu, 03 Jul 2031 12:00:00 Europe/Paris", "2031-07-03T10:00"),
        ("Mon, 03 Mar 2031 24:00:00 GMT", MIDNIGHT),
        ("Tuesday, 4 March 2031 7:30 pm UTC", "2031-03-04T19:30"),
        ("March 4, 2031 2:30 AM EST", MORNING),
        ("Tue Mar  4 09:30:00 EET 2031", MORNING),
        ("mar., 4 mars 2031 08:30:00 +0100", MORNING),
        ("mar, 4 de marzo de 2031 09:30:00 +0200", MORNING),
        ("Di, 04 Mrz 2031 08:30:00 MEZ", MORNING),
        ("вт, 04 мар 2031 10:30:00 +0300", MORNING),
        ("Sal, 04 Mar 2031 10:30:00 TRT", MORNING),
        ("2031-03-04T07:30:00Z", MORNING),
        ("2031-03-04T07:30:00.123456+00:00", MORNING),
        ("2031-03-04T09:30+0200", MORNING),
        ("2031-03-04 09:30:00 +0200", MORNING),
        ("2031-03-04T02:30:00-05:00[America/New_York]", MORNING),
        ("20310304T073000Z", MORNING),
        ("1930375800", MORNING),
        ("1930375800000", MORNING),
    ],
)
def test_a_date_with_a_zone_is_a_moment(written: str, utc: str) -> None:
    found = moment(written)
    assert found is not None
    assert (f"{found.at:%Y-%m-%dT%H:%M}", found.zoned) == (utc, True)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2031-03-04T07:30:00", MORNING),
        ("2031-03-04 07:30", MORNING),
        ("2031/03/04 07:30:00", MORNING),
        ("20310304073000", MORNING),
        ("04.03.2031 07:30", MORNING),
        ("Tue, 04 Mar 2031 07:30:00", MORNING),
        ("Tue, 04 Mar 2031 07:30:00 Lunar", MORNING),
        ("Tue, 04 Mar 2031 07:30:00 +3000", MORNING),
        ("4 mars 2031 à 7h30", MORNING),
        ("2031年3月4日 07:30", MORNING),
        ("2031년 3월 4일 07:30", MORNING),
        ("2031-03-04", MIDNIGHT),
        ("20310304", MIDNIGHT),
        ("4-Mar-31", MIDNIGHT),
        ("23/03/2031", "2031-03-23T00:00"),
        ("03/23/2031", "2031-03-23T00:00"),
        ("2031-03", "2031-03-01T00:00"),
    ],
)
def test_a_date_without_a_known_zone_is_in_utc_and_says_so(written: str, utc: str) -> None:
    found = moment(written)
    assert found is not None
    assert (f"{found.at:%Y-%m-%dT%H:%M}", found.zoned) == (utc, False)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "31 Feb 2031",
        "03/04/2031",  # March or April?
        "Tue, 04 Mar 2031 25:00:00 GMT",
        "Tue, 04 Mar 2031 07:61:00 GMT",
        "Thu, 01 Jan 0001 00:00:00 GMT",
        "2999-01-01",
        "1969-12-31T23:59:59Z",
        "-1",
        "9" * 400,
        "Tue, 04 Foo 2031",
    ],
)
def test_what_is_no_date_or_an_ambiguous_one_is_none(written: str) -> None:
    assert moment(written) is None


def test_an_ambiguous_zone_is_the_one_of_the_language() -> None:
    written = "Tue, 04 Mar 2031 15:30:00 CST"
    chinese, english = moment(written, "zh-CN"), moment(written, "en")
    assert chinese and english
    assert (chinese.at.hour, english.at.hour) == (7, 21)


@given(st.integers(86_400, 4_133_000_000), st.integers(-12 * 60, 14 * 60))
def test_both_standards_are_read_back(seconds: int, offset: int) -> None:
    sign, hours, minutes = "-" if offset < 0 else "+", *divmod(abs(offset), 60)
    at = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    rfc822 = f"{days[at.weekday()]}, {at.day:02} {months[at.month - 1]} {at.year} {at:%H:%M:%S}"
    for written in (
        f"{rfc822} {sign}{hours:02}{minutes:02}",
        f"{at.isoformat()}{sign}{hours:02}:{minutes:02}",
    ):
        found = moment(written)
        assert found is not None
        assert found.zoned
        assert (at.replace(tzinfo=UTC) - found.at).total_seconds() == offset * 60


@given(st.text(max_size=120))
def test_any_text_is_a_moment_in_reason_or_none(text: str) -> None:
    found = moment(text)
    assert found is None or 1970 <= found.at.year <= 2100
