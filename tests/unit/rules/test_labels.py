"""What an item tells of besides the event: the labels that the shipped concepts give."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerts.model import Cadence, Concept, Digest, Entry, Label, Marked, RuleName, Severity, Window
from alerts.rules.labels import CONCEPTS, label_concepts, labelled, labels
from alerts.rules.shipped import catalog_concepts

SHIPPED = label_concepts(catalog_concepts())
RELEASED = ("en", "fr", "es", "ar", "ru", "zh", "ko")
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "title", "label"),
    [
        ("en", "Port holds evacuation drill as rockets are simulated", Label.EXERCISE),
        ("en", "Fleets begin naval exercise near the strait", Label.EXERCISE),
        ("fr", "Essai des sirènes mercredi dans tout le département", Label.EXERCISE),
        ("es", "Simulacro de ataque con misiles en la costa", Label.EXERCISE),
        ("ar", "مناورة عسكرية مشتركة قرب الحدود", Label.EXERCISE),
        ("ru", "В городе прошла учебная тревога", Label.EXERCISE),
        ("zh", "全市举行防空演习", Label.EXERCISE),
        ("ko", "전국 민방위훈련 실시", Label.EXERCISE),
        ("en", "Ministry denies missile launch", Label.DENIAL),
        ("fr", "L'armée dément tout tir de missile", Label.DENIAL),
        ("es", "El gobierno desmiente el ataque", Label.DENIAL),
        ("ar", "وزارة الدفاع تنفي إطلاق صاروخ", Label.DENIAL),
        ("ru", "Минобороны опровергло сообщения об ударе", Label.DENIAL),
        ("zh", "国防部否认发射导弹", Label.DENIAL),
        ("ko", "국방부, 미사일 발사 부인", Label.DENIAL),
        ("en", "Ten years after the shelling, families return", Label.ANNIVERSARY),
        ("fr", "Vingt ans après le siège, la ville commémore", Label.ANNIVERSARY),
        ("es", "Se cumplen diez años del bombardeo", Label.ANNIVERSARY),
        ("ar", "إحياء الذكرى السنوية للقصف", Label.ANNIVERSARY),
        ("ru", "Город почтил память: годовщина обстрела", Label.ANNIVERSARY),
        ("zh", "炮击事件十周年纪念", Label.ANNIVERSARY),
        ("ko", "포격 10주년 추모식", Label.ANNIVERSARY),
    ],
)
def test_a_headline_gets_its_label_in_every_language_of_release(
    language: str, title: str, label: Label
) -> None:
    assert label in labels((title,), language, SHIPPED)


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Two rockets leave the northern range before dawn"),
        ("en", "Firm wins licence to drill for oil in the strait"),
        ("en", "Aid convoy denied access to the camp"),
        ("es", "El ejército se niega a retirarse de la ciudad"),
        ("ko", "대통령 부인, 난민촌 방문"),
        ("zh", "北部靶场发射两枚火箭"),
    ],
)
def test_plain_news_gets_none(language: str, title: str) -> None:
    assert labels((title,), language, SHIPPED) == ()


def test_every_label_has_concepts_that_speak_the_languages_of_release() -> None:
    assert set(CONCEPTS) == set(Label)
    for keys in CONCEPTS.values():
        for key in keys:
            assert set(RELEASED) <= {language for language, _ in SHIPPED.by_key[key].terms}


def test_labels_come_from_the_title_and_the_sentences_of_the_same_item() -> None:
    quotes = (Marked("The ministry denied it."), Marked("Il y a dix ans", source="Autre", language="fr"))
    rule = RuleName("launch", "Launch", Severity.HIGH)
    told = Entry(1, "", Marked("Rockets at a drill"), quotes, "Wire", "en", NOON, True, (rule,))
    digest = Digest(Cadence.WEEKLY, Window(NOON, NOON), (told,), 1, (rule,), None)
    assert labelled(digest, SHIPPED).entries[0].labels == (Label.EXERCISE, Label.DENIAL)


def test_a_deployments_own_concept_decides_and_without_one_there_is_no_label() -> None:
    own = label_concepts([Concept("denial", "Denials", terms=(("en", ("poppycock",)),))])
    assert labels(("Poppycock, says the ministry; a drill",), "en", own) == (Label.DENIAL,)
    assert labels(("Ministry denies a drill",), "en", own) == ()
