from __future__ import annotations

import pytest

from alerts.model import Evidence, Field, Item, Rule
from alerts.rules.countries import countries
from alerts.rules.evaluate import analyse, applies, evaluate
from alerts.rules.lexicon import Concepts
from alerts.rules.query import parse


def _item(title: str, language: str | None = "en", summary: str = "", text: str = "") -> Item:
    return Item(key="k", url="", title=title, summary=summary, text=text, language=language)


def _found(query: str, item: Item) -> list[tuple[str, str, str]] | None:
    evidence = evaluate(parse(query), analyse(item))
    if evidence is None:
        return None
    for piece in evidence:
        assert item[piece.field][piece.start : piece.end] == piece.text
    return [(piece.field, piece.text, piece.term) for piece in evidence]


@pytest.mark.parametrize(
    ("query", "language", "title", "words"),
    [
        ("missile launch", "en", "Pyongyang launches two missiles", ["launches", "missiles"]),
        ("sanction", "en", "New sanctions against Mali", ["sanctions"]),
        ("санкции", "ru", "Новых санкций против Мали", ["санкций"]),
        ("ракета", "ru", "Запуск ракетой", ["ракетой"]),
        ("sanction", "fr", "Des sanctions contre le Mali", ["sanctions"]),
        ("Coree", "fr", "La Corée du Nord", ["Corée"]),
        ("misil", "es", "Disparan dos misiles", ["misiles"]),
        ("Rakete", "de", "Raketen über dem Meer", ["Raketen"]),
        ("NATO", "ru", "Саммит NATO завершён", ["NATO"]),
        ("ölmek", "tr", "İki asker öldü", ["öldü"]),
        ("صاروخ", "ar", "إطلاق الصاروخ والعقوبات", ["الصاروخ"]),
        ("عقوبات", "ar", "إطلاق الصاروخ والعقوبات", ["والعقوبات"]),
        ("حرب", "ar", "وللحرب وجوه والحربية", ["وللحرب"]),
        ("الحرب", "ar", "حرب جديدة", ["حرب"]),
        ('"وقف النار"', "ar", "لوقف النار", ["لوقف النار"]),
        ("NATO", "ar", "قمة الـNATO", ["NATO"]),
        ("מלחמה", "he", "והמלחמה נמשכת", ["והמלחמה"]),
        ("טיל", "he", "הטילים הגיעו", ["הטילים"]),
        ("صاروخ", "ar", "سقوط الصواريخ", ["الصواريخ"]),
        ("导弹 发射", "zh", "朝鲜发射弹道导弹", ["发射", "导弹"]),
        ("导弹", "zh", "弹道 导\n弹", ["导\n弹"]),
        ("ミサイル", "ja", "北朝鮮がﾐｻｲﾙを発射", ["ﾐｻｲﾙ"]),
        ("미사일", "ko", "북한, 탄도미사일을 발사", ["미사일"]),
        ('"탄도 미사일"', "ko", "탄도미사일 발사", ["탄도미사일"]),
        ("ICBM", "ko", "북한 ICBM발사", ["ICBM"]),
        ("ขีปนาวุธ", "th", "เกาหลีเหนือยิงขีปนาวุธ", ["ขีปนาวุธ"]),
        ("test-fire", "en", "Army test fires gun, test-fires rocket", ["test fires", "test-fires"]),
        ("missil*", "en", "Missilery and missiles", ["Missilery", "missiles"]),
        ("=fire", "en", "Fire fired", ["Fire"]),
        ("=US", "en", "Leave us alone, US and U.S. envoys hear", ["US", "U.S"]),
        ('"Kim Jong Un"', "en", "Kim Jong-un’s speech", ["Kim Jong-un"]),
        ("launch OR missile", "en", "Missile seen", ["Missile"]),
        ("(launch test) OR missile", "en", "Missile test seen", ["Missile"]),
        ("missile -parade", "en", "Missile seen", ["Missile"]),
        ("missile", None, "Missile seen", ["Missile"]),
    ],
)
def test_a_title_matches_and_says_by_which_words(
    query: str, language: str, title: str, words: list[str]
) -> None:
    found = _found(query, _item(title, language))
    assert found is not None
    assert [word for _, word, _ in found] == words


@pytest.mark.parametrize(
    ("query", "language", "title"),
    [
        ('"ballistic launch"', "en", "Launch of a ballistic missile"),
        ('"sanction"', "en", "New sanctions"),
        ("=fired", "en", "They fire"),
        ("=US", "en", "They told us"),
        ("missile -parade", "en", "Missile at parades"),
        ("missile launch", "en", "Missile seen"),
        ("核", "zh", "核心问题"),
        ("制裁", "zh", "管制。裁军"),
        ("북한", "ko", "전북 한우"),
        ("حرب", "ar", "حربية"),
        ("ألبانيا", "ar", "إسبانيا اليوم"),
        ('"عقوبات"', "ar", "عقوبة جديدة"),
        ("ölmek", "tr", "Neler olacak"),
        ("fire", "fr", "Il est fier"),
        ("missile", "en", ""),
    ],
)
def test_a_title_does_not_match(query: str, language: str, title: str) -> None:
    assert _found(query, _item(title, language)) is None


def test_a_rule_holds_within_one_passage_and_not_across() -> None:
    item = _item("World", text="Here a missile was seen.\n\nThere a ship was launched.")
    assert _found("missile launch", item) is None
    assert _found("missile OR launch", item) is not None


def test_the_title_belongs_to_every_passage() -> None:
    item = _item("Missile", text="Nothing.\n\nIt was launched.\n\nThe missile launch failed.")
    assert _found("missile launch", item) == [
        ("title", "Missile", "missile"),
        ("text", "launched", "launch"),
        ("text", "missile", "missile"),
        ("text", "launch", "launch"),
    ]


def test_a_phrase_does_not_run_from_the_title_into_the_text() -> None:
    assert _found('"missile launch"', _item("Missile", summary="launch")) is None


def test_what_is_excluded_is_looked_for_in_the_same_passage() -> None:
    one = _item("Missile seen", summary="It was at a parade.")
    two = _item("News", summary="Missile at a parade.\n\nMissile at sea.")
    assert _found("missile -parade", one) is None
    assert _found("missile -parade", two) == [("summary", "Missile", "missile")]
    assert _found("missile -parade", _item("Parade", summary="Missile at sea.")) is None


def test_of_places_of_near_that_contain_one_another_the_shortest_counts() -> None:
    item = _item("missile one launch two missile")
    assert _found("missile NEAR/3 launch", item) == [
        ("title", "missile", "missile"),
        ("title", "launch", "launch"),
        ("title", "missile", "missile"),
    ]
    assert _found("missile NEAR/5 launch", _item("missile missile launch")) == [
        ("title", "missile", "missile"),
        ("title", "launch", "launch"),
    ]


def test_offsets_count_from_the_start_of_the_field() -> None:
    item = _item("x", summary="  One.\n\nA \U0001f680 missile")
    evidence = evaluate(parse('"missile"'), analyse(item))
    assert evidence == (Evidence(Field.SUMMARY, 12, 19, "missile", '"missile"'),)


def test_scope_limits_a_rule_to_languages_and_sources() -> None:
    item = Item(key="k", url="", title="t", language="en-GB", source="BBC")
    assert applies(Rule("r", "r", "q"), item)
    assert applies(Rule("r", "r", "q", languages=("en",), sources=("BBC",)), item)
    assert not applies(Rule("r", "r", "q", languages=("fr",)), item)
    assert not applies(Rule("r", "r", "q", sources=("AFP",)), item)


def test_a_monthly_page_about_twenty_countries_joins_no_two_of_them() -> None:
    concepts = Concepts(countries(("en",)))
    names = [
        "North Korea",
        "South Korea",
        "Japan",
        "Iran",
        "Iraq",
        "Syria",
        "Yemen",
        "Sudan",
        "South Sudan",
        "Mali",
    ]
    names += [
        "Niger",
        "Nigeria",
        "Chad",
        "Haiti",
        "Venezuela",
        "Ukraine",
        "Russia",
        "Armenia",
        "Georgia",
        "Myanmar",
    ]
    paragraphs = [f"{name}: event{number} was seen there this month." for number, name in enumerate(names)]
    page = analyse(_item("Twenty places to watch", text="\n\n".join(paragraphs)))
    keys = ["kp", "kr", "jp", "ir", "iq", "sy", "ye", "sd", "ss", "ml"]
    keys += ["ne", "ng", "td", "ht", "ve", "ua", "ru", "am", "ge", "mm"]
    for number, key in enumerate(keys):
        held = [n for n in range(20) if evaluate(parse(f"@{key} AND event{n}"), page, concepts) is not None]
        assert held == [number], key
