"""Inflected forms of the words of crisis news that must meet, and words that must not."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.language.codes import primary
from alerts.language.fold import fold
from alerts.language.forms import forms
from alerts.language.tokens import tokens

# language: groups of forms; each meets the first of its group
MEET = {
    "en": "missile missiles|sanction sanctions sanctioned|launch launches launched launching|troop troops"
    "|strike strikes struck striking|fight fighting fought|child children|shoot shoots shooting",
    "fr": "missile missiles|négociation négociations|rebelle rebelles|frappe frappes|tué tués tuée tuées"
    "|attaque attaques attaqué|lance lancé lancée|national nationaux|militaire militaires",
    "es": "misil misiles|negociación negociaciones|rebelde rebeldes|atacó atacan|sanción sanciones"
    "|lanzó lanzaron lanzan|explosión explosiones",
    "pt": "míssil mísseis|negociação negociações|rebelde rebeldes|ataque ataques|explosão explosões"
    "|lançou lançaram|sanção sanções",
    "de": "Rakete Raketen|Angriff Angriffe Angriffen Angriffs|Rebell Rebellen|Sanktion Sanktionen"
    "|Anschlag Anschläge Anschlägen|Krieg Kriege Krieges|starten startet|Flüchtling Flüchtlinge Flüchtlingen",
    "it": "missile missili|attacco attacchi|ribelle ribelli|sanzione sanzioni|bomba bombe|morto morti",
    "nl": "raket raketten|aanval aanvallen|rebel rebellen|sanctie sancties|bom bommen"
    "|vluchteling vluchtelingen",
    "pl": "rakieta rakiety rakiet rakietą|atak ataki ataków|sankcja sankcje sankcji"
    "|żołnierz żołnierze żołnierzy"
    "|północna północnej północną|wojna wojny wojnę|pocisk pociski pocisków|wystrzelił wystrzeliła",
    "ru": "ракета ракеты ракет ракетой ракету|санкции санкций санкциям|войска войск войсками"
    "|удар удары ударов"
    "|запуск запуска запуски|повстанец повстанцы повстанцев|обстрел обстрела обстрелы",
    "uk": "ракета ракети ракет ракету ракетою|санкції санкцій санкціями|військо війська військ"
    "|удар удари ударів"
    "|запуск запуску запуски|обстріл обстрілу обстріли|прем'єр прем'єра|вибух вибухи вибухів",
    "tr": "füze füzeler füzeyi füzesi|saldırı saldırılar saldırısı saldırıda"
    "|yaptırım yaptırımlar yaptırımları"
    "|asker askerler askerleri|savaş savaşı savaşta|Kore Kore'nin|deprem depremde depremi",
    "hi": "मिसाइल मिसाइलें मिसाइलों|हमला हमले हमलों|सैनिक सैनिकों|प्रतिबंध प्रतिबन्ध प्रतिबंधों|धमाका धमाके",
    "id": "rudal rudalnya|serangan serangannya|pasukan pasukannya",
    "sv": "missil missiler missilerna|sanktion sanktioner sanktionerna|attack attacken attacker"
    "|soldat soldater",
    "da": "missil missiler missilerne|sanktion sanktioner|angreb angrebet angrebene|soldat soldater",
    "no": "missil missiler missilene|sanksjon sanksjoner sanksjonene|angrep angrepet angrepene",
    "fi": "ohjus ohjukset ohjuksia|pakote pakotteet pakotteita|hyökkäys hyökkäyksen hyökkäykset"
    "|sota sodan sodassa",
    "cs": "raketa rakety raket raketu|sankce sankcí sankcím|voják vojáci vojáků|útok útoku útoky útoků"
    "|válka války",
    "sk": "raketa rakety rakiet raketu|sankcia sankcie sankcií|vojak vojaci vojakov|útok útoku útoky útokov",
    "hu": "rakéta rakéták rakétát|szankció szankciók szankciókat|támadás támadások támadást|katona katonák",
    "ro": "rachetă rachete rachetele|sancțiune sancțiuni sancțiunile|atac atacuri atacul"
    "|rebel rebeli rebelii",
    "bg": "ракета ракети ракетата ракетите|санкция санкции санкциите|войник войници войниците|удар удари",
    "el": "πύραυλος πύραυλοι πυραύλους|κύρωση κυρώσεις|επίθεση επιθέσεις|βόμβα βόμβες|στρατιώτης στρατιώτες",
    "sr": "ракета ракете ракету|санкција санкције|војник војници војника|напад напади напада",
    "hr": "raketa rakete raketu|sankcija sankcije|vojnik vojnici vojnika|napad napadi napada",
    "sl": "raketa rakete raket|sankcija sankcije sankcij|vojak vojaki vojakov|napad napadi napadov",
    "lt": "raketa raketos raketų|sankcija sankcijos sankcijų|karys kariai karių|ataka atakos atakų",
    "lv": "raķete raķetes raķešu|sankcija sankcijas sankciju|karavīrs karavīri|uzbrukums uzbrukumi",
    "et": "rakett raketid rakette|sanktsioon sanktsioonid|rünnak rünnakud rünnaku|sõdur sõdurid",
    "fa": "موشک موشک‌ها موشک‌های موشکها|تحریم تحریم‌ها تحریم‌های|جنگ جنگ‌ها|حمله حملات حمله‌های|نیرو نیروهای",
    "ar": "صاروخ صواريخ الصاروخ|عقوبة عقوبات العقوبات|جندي جنود",
    "he": "טיל טילים הטילים|התקפה התקפות|חייל חיילים",
}
# language: pairs of words that look alike
DIFFER = {
    "en": "missile mission|war Warsaw|rocket rock|launch lunch|strike string|army arm|mine minister",
    "fr": "missile mission|guerre guérison|attaque attache|armée armoire|tir tiroir",
    "es": "misil misión|ataque ático|tropas trópico|bomba bombero",
    "pt": "míssil missão|guerra garra|ataque ateu|tropas trópico|golpe gole",
    "de": "Rakete Racket|Krieg Krug|Angriff Angst|Waffe Waffel|Anschlag Anschluss|für Feuer",
    "it": "missile missione|guerra guaio|attacco attimo|arma armadio|morti motivi",
    "nl": "raket rakker|oorlog oorzaak|aanval aanvraag|bom boom|wapen waken",
    "pl": "rakieta rakija|wojna wojsko|atak atut|wybory wybuch|pocisk pociąg",
    "ru": "ракета ракушка|война воин|удар ударник|санкция санитар|выборы выбросы",
    "uk": "ракета ракушка|війна військо|удар ударник|санкція санітар|вибори вибухи",
    "tr": "füze füzyon|saldırı saldırgan|asker askı|savaş savunma|deprem depo",
    "hi": "मिसाइल मिसाल|हमला हल|सेना सोना|युद्ध बुद्ध|बम बल",
    "id": "rudal rusak|serangan seragam|perang perak|senjata senja",
    "sv": "missil mission|anfall anfang|vapen vatten",
    "ar": "صاروخ صراخ|حرب حزب|جيش جيل|عقوبات عقارات",
    "fa": "موشک موش|جنگ چنگ|حمله حرکت|تحریم تحریر",
    "he": "טיל טיול|מלחמה מחלה|צבא צבע|הפצצה הפצה",
    "zh": "导弹 导演|战争 竞争|制裁 制造",
    "ja": "ミサイル ミサ|戦争 競争|制裁 制作",
    "ko": "미사일 미술|전쟁 경쟁|제재 제작",
    "cs": "raketa raketoplán|válka valem|útok úrok|sankce sankt",
    "fi": "ohjus ohje|sota sata|pakote paketti",
    "hu": "rakéta rakás|háború három|támadás tanulás",
    "ro": "rachetă racord|război răzeși|atac atare",
    "el": "πύραυλος πύργος|πόλεμος πόλη|επίθεση επίθετο",
    "bg": "ракета ракия|война воин|удар ударник",
}


def _met(one: str, other: str, language: str) -> bool:
    first, second = tokens(one, language), tokens(other, language)
    if len(first) != len(second) and "'" not in one + other:  # which parts an ending from a name
        return False
    return all(set(a.forms) & set(b.forms) for a, b in zip(first, second, strict=False))


@pytest.mark.parametrize("language", MEET)
def test_inflected_forms_of_a_word_meet(language: str) -> None:
    groups = [group.split() for group in MEET[language].split("|")]
    apart = [(base, form) for base, *others in groups for form in others if not _met(base, form, language)]
    assert apart == []


@pytest.mark.parametrize("language", DIFFER)
def test_words_that_look_alike_stay_apart(language: str) -> None:
    pairs = [pair.split() for pair in DIFFER[language].split("|")]
    assert [(one, other) for one, other in pairs if _met(one, other, language)] == []


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "Präsident", "Praesident"),
        ("de", "Strassen", "Straße"),
        ("tr", "KIBRIS", "Kıbrıs"),
        ("tr", "İSTANBUL'DA", "İstanbul"),
        ("uk", "прем’єр", "премʼєр"),
        ("he", 'צה"ל', "צה״ל"),
        ("hi", "ज़मीन", "जमीन"),
        ("hi", "हिन्दू", "हिंदू"),
        ("fa", "كشور", "کشور"),
        ("ur", "بہت", "بهت"),
        ("zh", "飛彈", "飞弹"),
        ("zh", "導", "导"),
        ("ko", "ﾡ", "ㄱ"),
        ("th", "๑๒", "12"),
        ("nb", "missilene", "missil"),
        ("en-GB", "missiles", "missile"),
        ("sr-Latn", "rakete", "raketa"),
    ],
)
def test_ways_of_writing_one_word_meet(language: str, one: str, other: str) -> None:
    assert _met(one, other, language)


@pytest.mark.parametrize("language", ["und", "zh", "ko", "sw", "xx"])
def test_without_stemmer_and_dictionary_the_folded_word_is_all(language: str) -> None:
    assert forms("Sanctions", language) == ("sanctions",)


@pytest.mark.parametrize("surface", ["", "\u0640", "\u200b", "\u064b"])
def test_what_folds_to_nothing_has_no_forms(surface: str) -> None:
    assert forms(surface, "ar") == ()


LANGUAGES = st.sampled_from(["en", "fr", "de", "ru", "uk", "tr", "ar", "fa", "hi", "zh", "und"])


@settings(deadline=None)  # a language may load its dictionary
@given(st.text(min_size=1), LANGUAGES)
def test_forms_are_the_folded_word_then_stems_that_no_word_can_be(surface: str, language: str) -> None:
    found = forms(surface, language)
    if found:
        assert found[0] == fold(surface)
        assert all(form[0] in "\x01\x02\x03" and len(form) > 1 for form in found[1:])
        assert len(set(found)) == len(found)


@settings(deadline=None)  # a language may load its dictionary
@given(st.text(st.characters(categories=["L"])), LANGUAGES)
def test_forms_do_not_depend_on_what_was_asked_before(surface: str, language: str) -> None:
    first = forms(surface, language)
    forms.cache_clear()
    assert forms(surface, language) == first


def test_threads_get_what_one_thread_gets() -> None:
    words = [
        f"{stem}{ending}" for stem in ("launch", "strik", "sanction") for ending in ("ing", "ed", "es", "s")
    ]
    expected = [forms(word, "en") for word in words] * 50
    forms.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda word: forms(word, "en"), words * 50)) == expected


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("nb_NO", "no"),
        ("nn", "no"),
        ("zh-Hant-TW", "zh"),
        ("iw", "he"),
        ("EN-us", "en"),
        ("arb", "ar"),
        ("", ""),
    ],
)
def test_the_names_of_a_language_are_one_name(tag: str, code: str) -> None:
    assert primary(tag) == code


def test_importing_loads_no_dictionary() -> None:
    code = "import sys, alerts.language.tokens; sys.exit('simplemma' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
