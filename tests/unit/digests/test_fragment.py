from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.digests.fragment import clean, direction, fragment, language_direction
from alerts.model import Marked

TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("a\r\nBcc: x@example.org", "a Bcc: x@example.org"),
        ("a\u2028b\u2029c\u0085d\x0ce\x00f", "a b c d e f"),
        ("left \u202egnp.exe\u202c right", "left gnp.exe right"),
        ("soft\u00adhyphen and\ufeff mark", "softhyphen and mark"),
        ("  much \t white\u2003space  ", "much white space"),
        ("Kiev\u00a0: 1\u202f200 \u00a0morts\u00a0", "Kiev\u00a0: 1\u202f200 morts"),
        ("می‌رود", "می‌رود"),
        ("👩‍🚒 at work", "👩‍🚒 at work"),
        ("half \ud800 pair", "half \ufffd pair"),
        ("=?utf-8?q?x?=", "=?utf-8?q?x?="),
    ],
)
def test_foreign_words_become_one_harmless_line(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(st.text(max_size=400), st.integers(0, 400), st.integers(0, 400), st.integers(5, 200))
def test_a_fragment_never_turns_breaks_or_outgrows_a_page(text: str, one: int, two: int, limit: int) -> None:
    start, end = sorted((min(one, len(text)), min(two, len(text))))
    made = fragment(Marked(text, ((start, end),) if start < end else ()), "en", limit)
    assert len(made.text) <= limit + 2
    assert not set(made.text) & set(TURNING)
    assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in made.text)
    assert all(piece.text for piece in made.pieces)


@given(st.text(alphabet="ab \n\u202e\u00ad中é", max_size=60), st.integers(0, 60), st.integers(1, 9))
def test_marks_stay_on_their_words_when_others_are_removed(text: str, start: int, length: int) -> None:
    end = min(start + length, len(text))
    made = fragment(Marked(text, ((start, end),) if start < end else ()), "en", 100)
    wanted = [c for c in text[start:end] if c not in " \n\u202e\u00ad"]
    assert [c for piece in made.pieces if piece.marked for c in piece.text if c != " "] == wanted


def test_a_long_text_is_cut_at_a_word_and_shows_what_matched() -> None:
    text = "word " * 100 + "rocket " + "word " * 100
    start = text.index("rocket")
    made = fragment(Marked(text, ((start, start + 6),)), "en", 90)
    assert [piece.text for piece in made.pieces if piece.marked] == ["rocket"]
    assert made.text.startswith("…word") and made.text.endswith("word…")


def test_a_cut_never_parts_a_letter_from_its_marks() -> None:
    made = fragment("e\u0301" * 200, "fr", 101)
    assert made.text.rstrip("…").endswith("e\u0301")


@pytest.mark.parametrize(
    ("text", "language", "way"),
    [
        ("NATO: آتش‌بس", "fa", "rtl"),
        ("NATO", "fa", "ltr"),
        ("عقوبات", "en", "rtl"),
        ("2026!", "ar", "rtl"),
        ("2026!", "und", "ltr"),
        ("סנקציות", "und", "rtl"),
        ("Санкции", "ru", "ltr"),
        ("ئۇيغۇر", "ug-Arab", "rtl"),
        ("uyghur", "ug-Latn", "ltr"),
    ],
)
def test_direction_follows_the_script_of_the_language_unless_no_letter_is_of_it(
    text: str, language: str, way: str
) -> None:
    assert direction(text, language) == way


def test_a_script_subtag_wins_over_the_language() -> None:
    assert [language_direction(tag) for tag in ("pa", "pa-Arab", "az_Arab", "ar", "ar-Latn")] == [
        "ltr", "rtl", "rtl", "rtl", "ltr",
    ]  # fmt: skip


@pytest.mark.parametrize("tag", ['en" onload="x', "", "e", "en\n", "<b>"])
def test_a_language_that_is_no_tag_counts_as_unknown(tag: str) -> None:
    assert fragment("x", tag, 10).language == "und"
