from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.language.tokens import tokens

LANGUAGES = ["en", "fr", "es", "de", "ru", "ar", "he", "zh", "ja", "ko", "th", "tr", "und"]
AWKWARD = st.text(
    st.sampled_from(
        "aZé'’-_ .ﬁİ㎏½ｶﾞがᄒ\u1161\u11ab한국중核心ผ\u0e35ำสْـأ\u200c\u00ad\u0301\U0001f680\U00020000ß"
    )
)


@given(st.one_of(st.text(), AWKWARD), st.sampled_from(LANGUAGES))
def test_tokens_lie_in_order_inside_the_text_and_none_is_empty(text: str, language: str) -> None:
    end = 0
    for token in tokens(text, language):
        assert end <= token.start < token.end <= len(text)
        assert token.exact
        assert token.stem
        end = token.end


@given(st.one_of(st.text(), AWKWARD), st.sampled_from(LANGUAGES))
def test_a_token_cut_out_alone_gives_the_same_token(text: str, language: str) -> None:
    for token in tokens(text, language):
        alone = tokens(text[token.start : token.end], language)
        assert [part.exact for part in alone] == [token.exact] or token.exact == "s"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("North Korea’s test-fire", ["north", "korea", "test", "fire"]),
        ("L'Iran et l’ONU", ["l", "iran", "et", "l", "onu"]),
        ("the U.S. said 5.5", ["the", "u", "s", "said", "5", "5"]),
        ("snake_case", ["snake", "case"]),
        ("NATO扩大制裁", ["nato", "扩", "大", "制", "裁"]),
        ("ｶﾞｻﾞ地区", ["ガ", "ザ", "地", "区"]),
        ("북한, ICBM발사", ["북", "한", "icbm", "발", "사"]),
        ("ขีปนาวุธ", ["ขี", "ป", "น", "า", "วุ", "ธ"]),
        ("می\u200cخواهد", ["ميخواهد"]),
        ("وNATO بـG7", ["و", "nato", "ب", "g7"]),
        ("ـــ \u0301 …", []),
    ],
)
def test_text_is_cut_as_its_script_asks(text: str, words: list[str]) -> None:
    assert [token.exact for token in tokens(text, "en")] == words


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "sanctions", "sanctioned"),
        ("fr", "déclaré", "déclarée"),
        ("es", "misiles", "misil"),
        ("de", "Raketen", "Rakete"),
        ("ru", "санкций", "санкции"),
        ("ru", "ракетой", "ракета"),
        ("pt", "rebeldes", "rebelde"),
        ("pl", "rakiety", "rakieta"),
    ],
)
def test_inflected_forms_share_a_stem(language: str, one: str, other: str) -> None:
    assert tokens(one, language)[0].stem == tokens(other, language)[0].stem


def test_a_language_without_stemmer_keeps_the_exact_form() -> None:
    assert [token.stem for token in tokens("sanctions Санкций", "und")] == ["sanctions", "санкции"]


def test_threads_never_share_a_stemmer() -> None:
    words = [f"launch{n}ing sanction{n}s" for n in range(400)]
    expected = [tokens(text, "en") for text in words]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: tokens(text.upper().lower(), "en"), words)) == expected
