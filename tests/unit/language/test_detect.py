from __future__ import annotations

import subprocess
import sys

import pytest

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
