"""Rules and situations that we ship are called something in every language; what others wrote stays."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest
from sample_digests import LAUNCH, LINKS, LOCALES, RENDERER, ROOT, digest, entry, reader
from sample_signals import DRAFT, LAUNCHES, with_signals
from structlog.testing import capture_logs

from alerts.digests.catalogues import Catalogues
from alerts.digests.fragment import clean, strength
from alerts.digests.naming import Named, called
from alerts.model import Cadence, Letter, LetterKind, LetterLinks, Message, Plan, RuleName

LANGUAGES = tuple(each for each in RENDERER.languages if each != "en")
LONGEST = 60
"""Code points of a name: with the severity it leaves room for a headline, and needs no cut anywhere."""

every_language = pytest.mark.parametrize("language", LANGUAGES)


def shipped() -> Iterator[tuple[Named, str]]:
    for named in get_args(Named):
        for path in sorted((ROOT / "alerts" / "catalog" / f"{named}s").glob("*.toml")):
            for table in tomllib.loads(path.read_text("utf-8"))[named]:
                yield named, table["name"]


SHIPPED = tuple(shipped())


def alert(language: str, rule: RuleName) -> Message:
    news = entry("إطلاق صاروخين من الميدان الشمالي", language="ar", rules=(rule,))
    told = digest((news,), Cadence.IMMEDIATE, rules=(rule,), coverage=None)
    return RENDERER.render(told, reader(language, cadence=Cadence.IMMEDIATE), LINKS, "Harbour Watch")


# --- the names ------------------------------------------------------------------------------


@every_language
def test_every_rule_and_situation_that_we_ship_has_a_name_in_every_language(language: str) -> None:
    words = Catalogues(LOCALES).translations(language)
    held: dict[str, str] = words._catalog  # type: ignore[attr-defined]
    assert len(SHIPPED) > 140
    assert [name for named, name in SHIPPED if not held.get(f"{named}\x04{name}")] == []


@every_language
def test_no_two_rules_and_no_two_situations_are_called_the_same(language: str) -> None:
    words = RENDERER.translations(language)
    said = [(named, called(name, named, words)) for named, name in SHIPPED]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("language", RENDERER.languages)
def test_a_name_is_one_short_line_that_harms_no_subject(language: str) -> None:
    words = RENDERER.translations(language)
    for named, name in SHIPPED:
        said = called(name, named, words)
        assert clean(said) == said and len(said) <= LONGEST


def test_an_arabic_name_may_begin_and_end_an_arabic_subject() -> None:
    words = RENDERER.translations("ar")
    for named, name in SHIPPED:
        said = called(name, named, words)
        assert {strength(said[0]), strength(said[-1])} == {"rtl"}, said


@every_language
def test_a_name_that_somebody_wrote_or_changed_is_shown_as_it_is_and_nothing_is_missed(language: str) -> None:
    words = Catalogues(LOCALES).translations(language)
    with capture_logs() as logs:
        for name in ("Famine in the north", "famine", "50% cut", "مجاعة", ""):
            assert called(name, "rule", words) == name
        assert called("Famine", "situation", words) == "Famine", (
            "the name of a rule is not that of a situation"
        )
    assert logs == []


def test_the_english_name_is_the_one_that_is_kept() -> None:
    words = RENDERER.translations("en")
    assert all(called(name, named, words) == name for named, name in SHIPPED)


# --- in mails -------------------------------------------------------------------------------


def test_an_arabic_alert_names_the_rule_in_arabic_its_subject_too() -> None:
    message = alert("ar", replace(LAUNCH, name="Missile launch or strike"))
    for part in (message.subject, message.text, message.html):
        assert "إطلاق صواريخ أو ضربة صاروخية" in part
        assert "Missile" not in part


@pytest.mark.parametrize("name", ["Missile launch or strike!", "Rockets", "missile launch or strike"])
def test_a_name_that_an_editor_changed_is_shown_in_a_mail_as_changed(name: str) -> None:
    message = alert("ar", replace(LAUNCH, name=name))
    assert name in message.text and name in message.html


SUDAN = "Sudan and South Sudan"


def says_in(language: str, message: Message, *names: tuple[str, Named]) -> None:
    """Both parts name each of these in that language, and in no other."""
    words = RENDERER.translations(language)
    for part in (message.text, message.html):
        for name, named in names:
            said = called(name, named, words)
            assert said in part
            assert said == name or name not in part


@every_language
def test_a_digest_names_rules_and_situations_in_its_language_wherever_it_does(language: str) -> None:
    """Counts, headings, signals, what is followed, and the links that end it."""
    rule = replace(LAUNCH, name="Famine")
    quiet = RuleName("quiet", "Ultimatum", LAUNCH.severity)
    told = with_signals(
        digest((entry(rules=(rule,)),), rules=(rule, quiet)),
        replace(LAUNCHES, rule=rule.key),
        replace(DRAFT, name="Iran"),
        situations=(SUDAN,),
    )
    links = replace(LINKS, unsubscribe_situations=((SUDAN, "https://alerts.example.org/u/sudan"),))
    message = RENDERER.render(told, reader(language), links, "Harbour Watch")
    names: tuple[tuple[str, Named], ...] = (("Famine", "rule"), ("Ultimatum", "rule"))
    says_in(language, message, *names, (SUDAN, "situation"), ("Iran", "situation"))


@every_language
def test_a_letter_repeats_in_its_language_what_was_chosen(language: str) -> None:
    plan = Plan(Cadence.WEEKLY, situations=(SUDAN,), rules=("Famine",))
    letter = Letter(LetterKind.WELCOME, language, plan=plan)
    message = RENDERER.render_letter(letter, LetterLinks("https://alerts.example.org/p/x"), "Harbour Watch")
    says_in(language, message, ("Famine", "rule"), (SUDAN, "situation"))
