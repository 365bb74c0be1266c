from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.language.fold import fold, is_simplified


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("MISSILE", "missile"),
        ("Straße", "strasse"),
        ("Corée", "coree"),
        ("Core\u0301e", "coree"),
        ("Ñandú", "nandu"),
        ("ﬁre", "fire"),
        ("İstanbul", "istanbul"),
        ("Iğdır", "igdir"),
        ("Łódź", "lodz"),
        ("œuvre", "oeuvre"),
        ("ＮＡＴＯ", "nato"),
        ("Йемен", "иемен"),
        ("самолёт", "самолет"),
        ("Ελλάς", "ελλασ"),
        ("don’t", "don't"),
        ("cease–fire", "cease-fire"),
        ("أزمة", "ازمه"),
        ("إيران", "ايران"),
        ("آسيا", "اسيا"),
        ("قوى", "قوي"),
        ("مـــدينة", "مدينه"),
        ("صَارُوخٌ", "صاروخ"),
        ("ایران", "ايران"),
        ("١٢٣", "123"),
        ("שָׁלוֹם", "שלום"),
        ("ﾐｻｲﾙ", "ミサイル"),
        ("ガ", "ガ"),
        ("ｶﾞ", "ガ"),
        ("5㎏", "5kg"),
        ("彈道飛彈", "弹道飞弹"),
        ("台灣", "台湾"),
        ("ज़मीन", "जमीन"),
        ("हिन्दी हँसी", "हिंदी हंसी"),
        ("پاکستان ھے", "پاكستان هے"),
        ("ۀ ۂ ۓ", "ه ه ے"),
        ("१२३ ๑๒๓ ၁၂၃ １２３", "123 123 123 123"),
        ("п’ять", "пять"),
        ('צה"ל ג׳נין', "צהל גנין"),
        ("soft\u00adware", "software"),
    ],
)
def test_spellings_of_one_word_fold_to_one_form(written: str, plain: str) -> None:
    assert fold(written) == plain


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_korean_composed_and_decomposed_are_equal() -> None:
    assert fold("\u1112\u1161\u11ab") == fold("한")


def test_traditional_characters_are_told_from_simplified_ones() -> None:
    assert is_simplified("政府宣布首都进入紧急状态")
    assert not is_simplified("政府宣布首都進入緊急狀態")
    assert is_simplified("no ideograph at all")
