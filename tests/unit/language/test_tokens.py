from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.language.forms import forms
from alerts.language.tokens import is_character, joined, surfaces, tokens

LANGUAGES = ["en", "fr", "es", "de", "ru", "ar", "he", "zh", "ja", "ko", "th", "tr", "und"]
AWKWARD = st.text(
    st.sampled_from(
        "aZsUé'’ʼ\"-‐_ .,іﬁİ㎏½ｶﾞがᄒ\u1161\u11ab한국중核心ผ\u0e35ำสْـأ\u200c\u00ad\u0301\U0001f680"
        "\U00020000ßצל׳״\u200b１٣๒〇。・"
    )
)
TEXT = st.text() | AWKWARD


@settings(deadline=None)  # a language may load its dictionary
@given(TEXT, st.sampled_from(LANGUAGES))
def test_tokens_lie_in_order_inside_the_text_and_none_is_empty(text: str, language: str) -> None:
    end = 0
    for token in tokens(text, language):
        assert end <= token.start < token.end <= len(text)
        assert token.exact == token.forms[0] != ""
        end = token.end


@settings(deadline=None)  # a language may load its dictionary
@given(TEXT, st.sampled_from(LANGUAGES))
def test_a_token_cut_out_alone_gives_the_same_token(text: str, language: str) -> None:
    for token in tokens(text, language):
        alone = tokens(text[token.start : token.end], language)
        assert [part.exact for part in alone] == [token.exact]


@settings(deadline=None)  # a language may load its dictionary
@given(TEXT, st.sampled_from(LANGUAGES))
def test_surfaces_say_what_tokens_say_and_what_is_joined_after_them(text: str, language: str) -> None:
    expected: list[str] = []
    before = False
    for token in tokens(text, language):
        if token.apart and before:
            expected.append("")
        expected.append(token.exact)
        before = is_character(token.exact)
    if parts := joined(text, language):
        expected += ["", *(part.exact for part in parts)]
    assert [forms(surface, language)[0] if surface else "" for surface in surfaces(text)] == expected


@given(TEXT)
def test_a_joined_word_is_its_parts_without_what_joined_them(text: str) -> None:
    for word in joined(text, "und"):
        parts = [
            token for token in tokens(text, "und") if word.start <= token.start and token.end <= word.end
        ]
        assert (parts[0].start, parts[-1].end) == (word.start, word.end)
        assert len(parts) > 1
        assert "-" not in word.exact


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("North Korea’s test-fire", ["north", "korea", "test", "fire"]),
        ("L'Iran et l’ONU", ["l", "iran", "et", "l", "onu"]),
        ("the U.S. said 5.5", ["the", "u", "s", "said", "5", "5"]),
        ("snake_case", ["snake", "case"]),
        ("Kore'nin füzesi", ["kore", "nin", "fuzesi"]),
        ("прем'єр-міністр", ["премєр", "міністр"]),
        ("об’єкт", ["обєкт"]),
        ("צה\"ל תקף בג'נין", ["צהל", "תקף", "בגנין"]),
        ('ה"שלום" הזה', ["ה", "שלום", "הזה"]),
        ("NATO扩大制裁", ["nato", "扩", "大", "制", "裁"]),
        ("ｶﾞｻﾞ地区", ["ガ", "ザ", "地", "区"]),
        ("북한, ICBM발사", ["북", "한", "icbm", "발", "사"]),
        ("ขีปนาวุธ ๒๕๖๗", ["ขี", "ป", "น", "า", "วุ", "ธ", "2567"]),
        ("ຂີປະນາວຸດ", ["ຂີ", "ປ", "ະ", "ນ", "າ", "ວຸ", "ດ"]),
        ("می\u200cخواهد", ["ميخواهد"]),
        ("وNATO بـG7", ["و", "nato", "ب", "g7"]),
        ("مدينة-٣", ["مدينه", "3"]),
        ("ـــ \u0301 …", []),
    ],
)
def test_text_is_cut_as_its_script_asks(text: str, words: list[str]) -> None:
    assert [token.exact for token in tokens(text, "en")] == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a test-fire in the Al-Hasakah area", ["testfire", "alhasakah"]),
        ("U.S. and EE.UU., no e.g. here", ["us", "eeuu"]),
        ("Jean‑Luc, 2024-05-01", ["jeanluc", "20240501"]),
        ("Iran–Iraq, a - b, a-, -b", []),
        ("نووي-G7", []),
        ("прем’єр-міністр", ["премєрміністр"]),
        ("ข่าว-ข่าว 朝-鲜", []),
    ],
)
def test_hyphenated_words_and_initials_are_also_one_word(text: str, words: list[str]) -> None:
    found = joined(text, "und")
    assert [token.exact for token in found] == words
    assert not any(token.apart for token in found)


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("核心", [True, False]),
        ("核 心", [True, False]),
        ("核，心", [True, True]),
        ("核A心", [True, False, True]),
        ("A 核", [False, True]),
        ("missile test", [False, False]),
        ("ข\u200bว", [True, False]),
        ("朝·鲜", [True, True]),
    ],
)
def test_a_character_is_apart_where_more_than_white_space_parts_it(text: str, apart: list[bool]) -> None:
    assert [token.apart for token in tokens(text, "zh")] == apart


def test_surfaces_are_as_written_with_a_gap_where_characters_are_apart() -> None:
    assert surfaces("NATO扩，大 test-Fire") == ["NATO", "扩", "", "大", "test", "Fire", "", "testFire"]
    assert surfaces("Seoul's plan") == ["Seoul", "plan"]
    assert surfaces("") == []
