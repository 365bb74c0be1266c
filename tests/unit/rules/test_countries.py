from __future__ import annotations

import pytest
from babel import Locale

from alerts.model import Concept, Item
from alerts.rules.concepts import check_parents, read_concepts, term_leaves
from alerts.rules.countries import ADDITIONS, countries
from alerts.rules.country_codes import COUNTRY, COUNTRY_CODES
from alerts.rules.country_names import spoken_names
from alerts.rules.evaluate import analyse, evaluate
from alerts.rules.lexicon import Concepts
from alerts.rules.tree import ConceptRef

_ENABLED = "en fr es pt de it nl pl ru uk ar fa he tr hi id zh ja ko sv"
LANGUAGES = _ENABLED.split()


@pytest.fixture(scope="module")
def known() -> Concepts:
    return Concepts(countries(LANGUAGES))


def found(known: Concepts, language: str, title: str, among: str) -> set[str]:
    """Those of the countries that the title names."""
    analysed = analyse(Item(key="x", url="", title=title, language=language))
    return {code for code in among.split() if evaluate(ConceptRef(code), analysed, known) is not None}


def test_the_codes_are_those_of_the_standard_and_kosovo() -> None:
    no_countries = "ac cp cq dg ea eu ez ic qo ta un xa xb zz"
    listed = {code.lower() for code in Locale("en").territories if len(code) == 2 and code.isalpha()}
    assert listed.difference(no_countries.split()) == COUNTRY_CODES
    assert len(COUNTRY_CODES) == 250


def test_every_country_is_a_child_of_country_and_named_in_every_language() -> None:
    root, *found = countries(LANGUAGES)
    assert root == Concept(COUNTRY, "Country")
    assert {concept.key for concept in found} == COUNTRY_CODES
    assert {concept.parent for concept in found} == {COUNTRY}
    for concept in found:
        if concept.key not in ("cg", "re"):  # named as their neighbour or as a common word
            assert len(dict(concept.terms).keys() & set(LANGUAGES)) >= len(LANGUAGES) - 3, concept.key
    check_parents([root, *found])


def test_only_the_languages_asked_for_are_named() -> None:
    korea = next(concept for concept in countries(["pl"]) if concept.key == "kp")
    assert {language for language, _ in korea.terms} == {"pl", "mul"}
    assert korea.name == "North Korea"


def test_a_language_that_nobody_knows_names_no_country() -> None:
    assert all(dict(concept.terms).keys() <= {"mul"} for concept in countries(["xx"]))


def test_every_term_can_be_read_in_the_rule_language() -> None:
    more = "vi th bn ur sw el ro hu cs da fi no bg sr ka hy am km my ta"
    for concept in countries([*LANGUAGES, *more.split()]):
        for _, texts in (*concept.terms, *concept.exclude):
            for text in texts:
                assert term_leaves(text)


def test_the_additions_are_sound_files_of_concepts() -> None:
    assert len(read_concepts(ADDITIONS, countries=True)) > 60


@pytest.mark.parametrize(
    ("code", "name", "language", "terms"),
    [
        ("cd", "Congo - Kinshasa", "en", ["Congo Kinshasa"]),
        ("cg", "Congo", "es", []),
        ("mm", "Myanmar (Birma)", "nl", ["=Myanmar", "=Myanmars", "=Birma", "=Birmas"]),
        ("hk", "Hong Kong, RAE da China", "pt", ["Hong Kong"]),
        ("mo", "Макао (САР)", "ru", ["=Макао"]),
        ("cc", "Cocos (Keeling) Islands", "en", ["Cocos Islands"]),
        ("kn", "St. Kitts & Nevis", "xx", None),
        ("ba", "ボスニア・ヘルツェゴビナ", "ja", ['"ボスニア・ヘルツェゴビナ"']),
        ("dk", "Дания", "ru", ["=Дания", "=Дании", "=Данию", "=Данией"]),
        ("ir", "Irán", "es", ["=Irán"]),
        ("al", "ألبانيا", "ar", ['"ألبانيا"']),
        ("id", "إندونيسيا", "ar", ["إندونيسيا"]),
        ("kp", "کرهٔ شمالی", "fa", ["کرهٔ شمالی"]),
        ("bo", "Bolívie", "cs", ["Bolívi*"]),
        ("cu", "Kuba", "cs", ["=Kuba"]),
        ("bo", "Bolivia", "ro", ["Bolivi*"]),
        ("cn", "中国", "zh", ["中国"]),
    ],
)
def test_the_name_of_a_list_becomes_terms_of_the_news(
    code: str, name: str, language: str, terms: list[str] | None
) -> None:
    spoken = list(spoken_names(code, name, language))
    if terms is None:
        terms = ["St. Kitts and Nevis", "St. Kitts Nevis", "Saint Kitts and Nevis", "Saint Kitts Nevis"]
    assert spoken == terms


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "N. Korea fires two missiles, Seoul says"),
        ("en", "Kim Jong-un oversees a drill near Pyongyang"),
        ("fr", "Les médias nord-coréens annoncent un tir"),
        ("es", "El régimen norcoreano ensaya un cohete"),
        ("pt", "Regime norte-coreano dispara projétil"),
        ("de", "Nordkoreanische Rakete fliegt über das Meer"),
        ("de", "Nordkoreas Führung schweigt"),
        ("it", "I nordcoreani lanciano un altro razzo"),
        ("nl", "Noord-Koreaanse raket valt in zee"),
        ("pl", "Rakieta z Korei Północnej spadła do morza"),
        ("pl", "Północnokoreańska rakieta spadła do morza"),
        ("ru", "Ракета Северной Кореи упала в море"),
        ("ru", "В КНДР заявили об испытании"),
        ("uk", "Північнокорейська ракета впала в море"),
        ("ar", "أعلنت كوريا الشمالية إطلاق صاروخ"),
        ("ar", "الزعيم الكوري الشمالي يتفقد مصنعا"),
        ("fa", "کره شمالی موشک تازه‌ای آزمایش کرد"),
        ("he", "צפון קוריאה שיגרה טיל"),
        ("tr", "Kuzey Kore'nin füzesi denize düştü"),
        ("hi", "उत्तर कोरिया ने मिसाइल दागी"),
        ("id", "Korut tembakkan rudal"),
        ("zh", "朝鲜发射导弹"),
        ("zh", "北韓試射飛彈"),
        ("ja", "北朝鮮がミサイル発射"),
        ("ko", "북한, 미사일 발사"),
        ("ko", "北 김정은 시찰"),
    ],
)
def test_north_korea_is_found_as_each_language_writes_it(known: Concepts, language: str, title: str) -> None:
    assert found(known, language, title, "kp") == {"kp"}


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("Papua New Guinea signs a treaty", "pg"),
        ("Guinea signs a treaty", "gn"),
        ("Coup rumours in Guinea-Bissau", "gw"),
        ("Equatorial Guinea votes", "gq"),
        ("A guinea pig shortage", ""),
        ("South Sudan delays its election", "ss"),
        ("Sudan's army retakes Khartoum", "sd"),
        ("Nigerian troops free hostages", "ng"),
        ("Niger expels the envoy", "ne"),
        ("Niger Delta pipeline attacked", "ng"),
        ("Democratic Republic of the Congo accuses Rwanda", "cd rw"),
        ("Republic of Congo holds a vote", "cg"),
        ("Congo rebels take Goma", "cd"),
        ("Northern Ireland parties talk", "gb"),
        ("Wildfire in New Mexico", ""),
        ("American Samoa storm warning", "as"),
        ("Dominican Republic closes its border with Haiti", "do ht"),
        ("Georgia governor signs a voting bill", ""),
        ("Flooding near Atlanta, Georgia", ""),
        ("Georgia's parliament debates the foreign agents law", "ge"),
        ("Roast turkey recipes", ""),
        ("Turkey shells positions in Syria", "tr sy"),
        ("Michael Jordan sells his team", ""),
        ("Jordan intercepts drones", "jo"),
        ("Chad Johnson signs", ""),
        ("Chad declares an emergency", "td"),
        ("He told us to wait", ""),
        ("US warns Iran over ships", "us ir"),
        ("U.S. troops leave", "us"),
    ],
)
def test_names_that_look_alike_are_told_apart_in_english(known: Concepts, title: str, codes: str) -> None:
    asked = "pg gn gw gq ss sd ng ne cd cg rw gb ie mx us as ws dm do ht ge tr sy jo td ir il"
    assert found(known, "en", title, asked) == set(codes.split())


@pytest.mark.parametrize(
    ("language", "title", "code"),
    [
        ("es", "Van a votar otra vez", "ir"),
        ("ru", "Новые данные о торговле", "dk"),
        ("ru", "Росс стал тренером", "ru"),
        ("ru", "Кроме того, суд отложил дело", "tg in"),
        ("fr", "Tout va mal, dit le ministre", "ml"),
        ("fr", "La réunion est reportée", "re"),
        ("tr", "Su baskını nedeniyle cinayet davası ertelendi", "sd cn"),
        ("uk", "Кримінальна справа проти лівих", "ua ly"),
        ("ar", "تقرير مالي عن شمالي البلاد", "ml"),
        ("ar", "فوز منتخب إسبانيا", "al"),
        ("fa", "قربانیان تظاهرات", "al af"),
        ("he", "בכיוון שמאל", "gr ml"),
        ("zh", "发展中国家的债务", "cn"),
        ("zh", "上海地铁", "ht"),
        ("ja", "アドバイザーのタイトル", "ae th"),
        ("ja", "ロードアイランド州", "ir"),
        ("ko", "모든 수단을 동원해 시위를 저지", "sd je"),
        ("ko", "태평양 훈련", "kp"),
    ],
)
def test_a_common_word_is_no_country(known: Concepts, language: str, title: str, code: str) -> None:
    assert found(known, language, title, code) == set()


@pytest.mark.parametrize(
    ("language", "title", "code"),
    [
        ("ru", "Переговоры с Данией", "dk"),
        ("pl", "Rozmowy w Nigrze", "ne"),
        ("uk", "Удар по Лівії", "ly"),
        ("de", "Malis Regierung tritt zurück", "ml"),
        ("ar", "هجوم في مالي", "ml"),
        ("zh", "馬里北部遇襲", "ml"),
        ("ja", "タイとカンボジアが停戦", "th"),
        ("es", "EE.UU. impone sanciones", "us"),
        ("hi", "रूस ने हमला किया", "ru"),
        ("he", "משרד החוץ של ארה״ב", "us"),
    ],
)
def test_the_country_itself_is_still_found(known: Concepts, language: str, title: str, code: str) -> None:
    assert found(known, language, title, code) == {code}


def test_country_means_any_country(known: Concepts) -> None:
    assert found(known, "en", "Bhutan opens its border", COUNTRY) == {COUNTRY}
    assert found(known, "en", "Storm warning lifted", COUNTRY) == set()
