from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_digests import RENDERER
from sample_signals import CONFIRMED, DAY, DRAFT, LAUNCHES, OVERRIDDEN

from alerts.digests.signal_words import SignalWords, capitalised
from alerts.digests.times import Times
from alerts.model import Level, Polarity, Reason, Trend
from alerts.rules.country_codes import COUNTRY_CODES
from alerts.warning import trend
from alerts.warning.trend import Alarm, TrendDay, call

LANGUAGES = RENDERER.languages
FIGURES = [
    "recent",
    "usual",
    "ratio",
    "probability",
    "limit",
    "share",
    "before",
    "reports",
    "seen",
    "days",
    "missing",
    "days_ago",
    "warnings",
]


def words(language: str = "en") -> SignalWords:
    return SignalWords(RENDERER.translations(language), Times(language.replace("-", "_"), "Europe/Berlin"))


def told(kind: str, language: str = "en", **figures: float) -> str:
    return words(language).reason_sentence(Reason(kind, True, tuple(figures.items())), DAY)


def kinds() -> list[str]:
    """The kinds that the method lists."""
    _, table, _ = re.split(r"\n=+  =+\n", trend.__doc__ or "")
    return [kind for row in table.splitlines() for kind in row.split("  ")[0].split(", ") if kind]


# --- surges -----------------------------------------------------------------------------------


def test_a_surge_is_told_by_its_stories_what_is_usual_how_likely_that_is_and_since_when() -> None:
    assert words().surge_sentences(LAUNCHES) == (
        "19 stories in 3 days, from 9 independent publishers.",
        "Usual is 0.8 a day (last four weeks, adjusted for how much was collected).",
        "By chance about once in 450 such days.",
        "First seen November 13, 2026, 06:10.",
    )


def test_nothing_is_said_of_publishers_and_times_that_are_not_known() -> None:
    unknown = replace(LAUNCHES, observed=1, days=1, sources=None, first_seen_at=None)
    assert words().surge_sentences(unknown)[0] == "1 story in 1 day."
    assert len(words().surge_sentences(unknown)) == 3


@pytest.mark.parametrize(
    ("a_day", "said"),
    [
        (0, "next to none"),
        (0.00009, "next to none"),
        (0.03, "one in 33 days"),
        (0.0999, "one in 10 days"),
        (0.1, "0.1 a day"),
        (0.837, "0.84 a day"),
        (9.96, "10 a day"),
        (12.4, "12 a day"),
        (1234.5, "1,234 a day"),
    ],
)
def test_what_is_usual_reads_well_however_little_it_is(a_day: float, said: str) -> None:
    assert words().usual(a_day).startswith(f"Usual is {said} (last four weeks")


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (1.0, "on 100% of such days"),
        (0.12, "on 12% of such days"),
        (0.0999, "about once in 10 such days"),
        (0.0091, "about once in 110 such days"),
        (0.0001, "about once in 10,000 such days"),
        (0.00009, "less than once in 10,000 such days"),
        (0, "less than once in 10,000 such days"),
    ],
)
def test_chance_reads_well_however_small_it_is(p: float, said: str) -> None:
    assert words().by_chance(p) == f"By chance {said}."


@pytest.mark.parametrize(
    ("number", "stories"),
    [
        (0, "لا قصص إخبارية"),
        (1, "قصة إخبارية واحدة"),
        (2, "قصتان إخباريتان"),
        (3, "3 قصص إخبارية"),
        (11, "11 قصة إخبارية"),
        (100, "100 قصة إخبارية"),
        (1103, "1,103 قصص إخبارية"),
    ],
)
def test_arabic_counts_stories_in_its_six_forms(number: int, stories: str) -> None:
    assert words("ar").surge_sentences(replace(LAUNCHES, observed=number))[0].startswith(f"{stories} في ")


def test_every_level_and_trend_has_words_of_its_own_in_every_language() -> None:
    for language in LANGUAGES:
        assert len({words(language).level(level) for level in Level}) == len(Level)
        assert len({words(language).trend(each) for each in Trend}) == len(Trend)


def test_every_country_has_a_name_in_every_language() -> None:
    for language in LANGUAGES:
        names = {key: words(language).place(key) for key in COUNTRY_CODES}
        assert not {key for key, name in names.items() if name == key or "(" in name}
    assert words().place("kp") == "North Korea" and words("ar").place("kp") == "كوريا الشمالية"


def test_a_place_that_is_no_country_is_told_by_its_key_and_everywhere_by_nothing() -> None:
    assert (words().place("sahel"), words().place("")) == ("sahel", "")


# --- situations -------------------------------------------------------------------------------


def test_the_trends_are_called_what_crisiswatch_calls_them() -> None:
    said = {each: f"{words().arrow(each)} {capitalised(words().trend(each))}".strip() for each in Trend}
    assert said == {
        Trend.DETERIORATED: "↓ Deteriorated situation",
        Trend.IMPROVED: "↑ Improved situation",
        Trend.UNCHANGED: "↔ Unchanged situation",
        Trend.UNKNOWN: "Not enough data",
    }
    assert words().marks(DRAFT) == ("conflict risk alert",)
    assert words().marks(OVERRIDDEN) == ("resolution opportunity",)
    assert words().marks(CONFIRMED) == ("much less news than before",)


def test_a_draft_says_that_it_is_one_and_an_editor_whether_they_agree() -> None:
    assert words().authority(DRAFT) == "media signal (machine draft)"
    assert words().authority(CONFIRMED) == "confirmed by an editor"
    assert words().authority(OVERRIDDEN) == "decided by an editor, against the machine draft"


# --- reasons ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (
            told("more", recent=84, usual=27.6, ratio=2.96, probability=0.99999),
            "84 reports of escalation in four weeks, where 28 would be usual."
            " That is 3 times the rate; a rise is 99% probable.",
        ),
        (
            told("fewer", recent=1, usual=4.26, ratio=0.384, probability=0.936),
            "1 report of escalation in four weeks, where 4.3 would be usual."
            " That is 0.38 times the rate; a fall is 94% probable.",
        ),
        (
            told("steady", recent=0, usual=0, ratio=1, probability=0.5),
            "0 reports of escalation in four weeks, where 0 would be usual. That is about the same.",
        ),
        (
            told("chance", probability=0.75),
            "The change may be chance: it is real with a probability of only 75%.",
        ),
        (
            told("slight", ratio=1.464, limit=1.5),
            "The change is sure but slight: 1.46 times the rate, where it takes 1.5 times.",
        ),
        (
            told("peace", recent=12, share=34.2, before=11.8, probability=0.97),
            "De-escalation is 34% of the news of four weeks (12 reports); before it was 12%."
            " That it is a larger part now is 97% probable.",
        ),
        (
            told("no-peace", recent=1, share=3.4, before=0, probability=0.3),
            "There is no sure sign of peace."
            " De-escalation is 3% of the news of four weeks (1 report); before it was 0%.",
        ),
        (told("few", reports=5, limit=6), "5 reports in sixteen weeks; at least 6 are needed."),
        (
            told("unseen", seen=1, days=28, limit=14),
            "News was read on 1 day of 28; at least 14 are needed.",
        ),
        (
            told("gaps", missing=12, days=112),
            "Nothing was read on 12 days of 112; they count neither way.",
        ),
        (told("urgent", days_ago=3), "Urgent surge of escalation on November 12, 2026."),
        (
            told("warnings", warnings=2, days=28),
            "Surge warnings for escalation on 2 of the last 28 days.",
        ),
        (
            told("precursor", days_ago=0),
            "Surge on November 15, 2026 of what tends to come before fighting.",
        ),
        (told("opportunity", days_ago=15), "Surge of de-escalation on October 31, 2026."),
        (
            told("calm", days=28),
            "No surges in the last 28 days that would make a conflict risk alert.",
        ),
    ],
)
def test_a_reason_is_told_with_its_figures(sentence: str, said: str) -> None:
    assert sentence == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_that_the_method_lists_has_a_sentence(language: str) -> None:
    assert len(kinds()) == 15
    for kind in kinds():
        sentence = told(kind, language, **dict.fromkeys(FIGURES, 2.0))
        assert sentence.endswith((".", "。")) and not sentence.startswith(kind) and "%(" not in sentence


days = st.builds(
    lambda counts, exposed: [
        TrendDay(DAY - timedelta(age), *figures, exposed) for age, figures in enumerate(counts)
    ],
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), max_size=120),
    st.sampled_from((0.0, 0.01, 1.0, 40.0)),
)
alarms = st.lists(
    st.builds(
        lambda age, level, way, precursor: Alarm(DAY - timedelta(age), level, way, precursor),
        st.integers(0, 40),
        st.sampled_from(Level),
        st.sampled_from((Polarity.ESCALATION, Polarity.DEESCALATION)),
        st.booleans(),
    ),
    max_size=6,
)


@given(days, alarms, st.sampled_from(LANGUAGES))
def test_whatever_the_method_calls_has_sentences(
    counted: list[TrendDay], loud: list[Alarm], language: str
) -> None:
    for reason in call(counted, DAY, loud).reasons:
        sentence = words(language).reason_sentence(reason, DAY)
        assert reason.kind in kinds()
        assert sentence.endswith((".", "。")) and not sentence.startswith(f"{reason.kind}:")


@given(
    st.integers(0, 10**7),
    st.integers(1, 100),
    st.one_of(st.none(), st.integers(0, 10**5)),
    st.floats(0, 1e7),
    st.floats(0, 1),
    st.sampled_from(LANGUAGES),
)
def test_any_figures_make_full_sentences(
    observed: int, window: int, sources: int | None, usual: float, p: float, language: str
) -> None:
    odd = replace(LAUNCHES, observed=observed, days=window, sources=sources, usual=usual, p=p)
    for sentence in words(language).surge_sentences(odd):
        assert sentence.endswith((".", "。")) and "%(" not in sentence
        assert not re.search(r"\d[eE]|nan|inf|\s\s", sentence)


def test_a_reason_of_a_kind_that_is_gone_is_told_by_its_name_and_figures() -> None:
    assert told("omen", comets=2, crows=13.2) == "omen: comets 2, crows 13"
    assert told("omen") == "omen"


def test_a_surge_is_dated_by_the_day_of_the_call_whatever_day_it_is_told_on() -> None:
    urgent = Reason("urgent", True, (("days_ago", 2),))
    assert words("ar").reason_sentence(urgent, date(2026, 1, 1)).endswith("30 ديسمبر 2025.")


def test_sentences_stand_apart_as_their_language_has_it() -> None:
    """R41. Chinese has no space between them."""
    figures = {"recent": 84, "usual": 28, "ratio": 3, "probability": 0.99}
    assert "。相当于" in told("more", "zh-Hans", **figures) and "。 " not in told(
        "more", "zh-Hans", **figures
    )
    assert "habituellement. Soit" in told("more", "fr", **figures)
