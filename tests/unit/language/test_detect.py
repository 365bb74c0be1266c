from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.language.detect import Detected, detect

DEMO = ("en", "fr", "es", "ar", "ru", "zh", "ko", "ja", "de")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Government and rebels agree to resume talks next week", "en"),
        ("Le gouvernement décrète l'état d'urgence dans la capitale", "fr"),
        ("El gobierno declara el estado de emergencia en la capital", "es"),
        ("Regierung verhängt Ausnahmezustand über die Hauptstadt", "de"),
        ("الحكومة تعلن حالة الطوارئ في العاصمة", "ar"),
        ("Правительство ввело чрезвычайное положение в столице", "ru"),
        ("政府宣布首都进入紧急状态", "zh"),
        ("政府、首都に非常事態を宣言", "ja"),
        ("정부, 수도에 비상사태 선포", "ko"),
    ],
)
def test_headlines_are_recognised_without_a_claim(text: str, language: str) -> None:
    assert detect(text, None, DEMO).language == language


MANY = "en fr es pt de it nl sv pl ru uk bg ar fa ur he tr hi id zh ja ko th"
ALL = MANY.split()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Dozens hurt as protesters clash with police outside parliament", "en"),
        ("Le Conseil de sécurité se réunit après les tirs de missiles", "fr"),
        ("La oposición denuncia la detención de tres periodistas", "es"),
        ("Oposição denuncia a prisão de três jornalistas na fronteira", "pt"),
        ("Zahlreiche Verletzte nach Zusammenstößen mit der Polizei", "de"),
        ("Il governo dichiara lo stato di emergenza nella regione", "it"),
        ("Regering kondigt noodtoestand af na zware aanvallen", "nl"),
        ("Regeringen utlyser undantagstillstånd efter attackerna", "sv"),
        ("Rząd ogłasza stan wyjątkowy po atakach na granicy", "pl"),
        ("Войска заняли мост через реку, сообщили военные", "ru"),
        ("Війська зайняли міст через річку", "uk"),
        ("Уряд оголосив надзвичайний стан", "uk"),
        ("Войските превзеха моста над реката", "bg"),
        ("الجيش يعلن وقف إطلاق النار في الجنوب", "ar"),
        ("ارتش از آتش‌بس در جنوب کشور خبر داد", "fa"),
        ("فوج نے جنوب میں جنگ بندی کا اعلان کر دیا", "ur"),
        ("הצבא הודיע על הפסקת אש בדרום", "he"),
        ("Ordu güneyde ateşkes ilan etti", "tr"),
        ("ORDU GÜNEYDE ATEŞKES İLAN ETTİ", "tr"),
        ("REGIERUNG VERHÄNGT AUSNAHMEZUSTAND ÜBER DIE HAUPTSTADT", "de"),
        ("सेना ने दक्षिण में युद्धविराम की घोषणा की", "hi"),
        ("Pemerintah mengumumkan keadaan darurat di ibu kota", "id"),
        ("軍方宣布南部停火", "zh"),
        ("北朝鮮、弾道弾発射", "ja"),  # no kana, but characters of Japanese alone
        ("日米首脳が電話で協議", "ja"),
        ("군이 남부에서 휴전을 선언", "ko"),
        ("กองทัพประกาศหยุดยิงในภาคใต้", "th"),
        ("Anna Schmidt กล่าวกับ Reuters", "th"),  # Latin names do not make it another language
        ("Reuters 記者 John Smith 在 Tel Aviv 報導", "zh"),
        ("The word 北京 in an English headline about a capital city", "en"),
    ],
)
def test_headlines_of_many_languages_are_told_apart(text: str, language: str) -> None:
    assert detect(text, None, ALL).language == language


@pytest.mark.parametrize(
    ("text", "claim", "language"),
    [
        ("政府宣布进入紧急状态", None, "zh-Hans"),
        ("政府宣布進入緊急狀態", None, "zh-Hant"),
        ("政府宣布进入紧急状态", "zh-hant", "zh-Hant"),  # the feed says so
        ("政府宣布進入緊急狀態", "zh_TW", "zh-Hant"),
        ("Regjeringen erklærer unntakstilstand i hovedstaden", None, "nb"),
        ("Governo decreta estado de emergência na capital", "pt", "pt-BR"),
    ],
)
def test_the_answer_is_one_of_the_enabled_tags(text: str, claim: str | None, language: str) -> None:
    enabled = ("en", "zh-Hans", "zh-Hant", "nb", "pt-BR", "ja")
    assert detect(text, claim, enabled).language == language


@settings(deadline=None)  # the model is loaded first
@given(st.text(), st.sampled_from([None, "en", "zh-TW", "xx", "iw", ""]))
def test_any_text_gets_an_enabled_language(text: str, claim: str | None) -> None:
    found = detect(text, claim, ("ar", "fa", "zh-Hant", "ja", "uk", "ru"))
    assert found.language in ("ar", "fa", "zh-Hant", "ja", "uk", "ru")
    assert 0 <= found.confidence <= 1


@pytest.mark.parametrize(
    ("text", "claim", "language"),
    [
        ("Iran, Oman, Qatar", "fr-FR", "fr"),  # names alone: the feed knows better
        ("政府宣布紧急状态", "en", "zh"),  # the script contradicts the feed
        ("Le gouvernement décrète l'état d'urgence dans la capitale", "en", "fr"),  # sure of another
        ("The government declared an emergency", "en_GB", "en"),
        ("", "ar", "ar"),
        ("", "xx", "en"),
        ("12 : 30", None, "en"),
        ("Λέξεις μόνο", "fr", "fr"),  # no enabled language is written so
    ],
)
def test_the_claim_of_the_feed_counts_while_script_and_statistics_allow(
    text: str, claim: str | None, language: str
) -> None:
    assert detect(text, claim, DEMO).language == language


def test_one_list_of_languages_does_not_disturb_another() -> None:
    text = "Regierung verhängt Ausnahmezustand über die Hauptstadt"
    assert detect(text, None, ("en", "de")).language == "de"
    assert detect(text, None, ("en", "fr")).language != "de"
    assert detect(text, None, ("en", "de")).language == "de"


def test_what_cannot_be_judged_says_so() -> None:
    assert detect("whatever", None, ()) == Detected("und", 0.0)
    assert detect("whatever", "qq", ("qq", "qx")).confidence == 0.0


def test_importing_loads_no_model() -> None:
    code = "import sys, alerts.language.detect; sys.exit('py3langid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
