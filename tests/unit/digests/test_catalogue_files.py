"""Every catalogue, word for word. What we speak is decided here: a language that is missing is named."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from gettext import c2py

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from translation_rules import ALLOWED, NUMBERS, Told, findings

import words as collected
from alerts.digests.catalogues import Catalogues
from words import LOCALES, PLURALS, ROOT, brought_up_to_date, catalogue_path, forms, template, template_text

OURS = ("ar", "es", "fr", "ko", "ru", "zh_Hans")
"""What we speak beside English."""

ORDER = {
    "ar": ("zero", "one", "two", "few", "many", "other"),
    "es": ("one", "other"),
    "fr": ("one", "other"),
    "ko": ("other",),
    "ru": ("one", "few", "many"),
    "zh_Hans": ("other",),
}
"""The order of the forms in a catalogue, by CLDR's names."""

BEGUN = collected.begun()
GETTEXT = ("gettext", "ngettext", "pgettext", "npgettext")


@pytest.fixture(scope="module")
def said() -> Catalog:
    """What templates and code say today."""
    return template()


def text_of(locale: str) -> str:
    return catalogue_path(locale).read_text("utf-8")


def catalogue(locale: str) -> Catalog:
    with catalogue_path(locale).open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


def forms_of_numbers(locale: str) -> list[int]:
    """The form that each number takes by CLDR."""
    category = Locale.parse(locale).plural_form
    return [ORDER[locale].index(category(n)) for n in NUMBERS]


def test_we_speak_english_and_six_more_languages() -> None:
    """R41. A language without a catalogue is missing."""
    missing = sorted(set(OURS) - set(BEGUN))
    assert not missing, f"no catalogue of {', '.join(missing)}"
    assert not set(BEGUN) - set(OURS)


def test_everything_that_is_decided_of_a_language_is_decided_of_all() -> None:
    assert sorted(PLURALS) == sorted(ORDER) == sorted(ALLOWED) == sorted(OURS)


# --- the forms of plurals, of all languages, whether begun or not -----------------------------------


@pytest.mark.parametrize("locale", OURS)
def test_every_number_takes_the_form_that_cldr_names_in_the_order_of_gnu(locale: str) -> None:
    """R41."""
    count, expression = re.fullmatch(r"nplurals=(\d); plural=(.+);", PLURALS[locale]).groups()
    assert int(count) == len(ORDER[locale])
    assert list(map(c2py(expression), NUMBERS)) == forms_of_numbers(locale)


@pytest.mark.parametrize("locale", BEGUN)
def test_what_is_printed_for_a_number_is_the_form_of_the_table(locale: str) -> None:
    """R41. As the catalogue is read at run time."""
    translations = Catalogues(LOCALES).translations(locale.replace("_", "-"))
    assert list(map(translations.plural, NUMBERS)) == forms_of_numbers(locale)  # type: ignore[attr-defined]


# --- what is said and what is held -------------------------------------------------------------------


def test_no_words_in_python_stand_where_the_extractor_does_not_find_them(said: Catalog) -> None:
    """Before Python 3.12 it does not look into f-strings."""
    calls = [
        call
        for path in (ROOT / "alerts").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in GETTEXT
    ]
    in_python = {
        argument.value
        for call in calls
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    held = {words for message in said if message.id for words in (*forms(message.id), message.context)}
    assert in_python and in_python <= held


def test_the_template_of_catalogues_is_up_to_date(said: Catalog) -> None:
    """R41."""
    stale = (LOCALES / "alerts.pot").read_text("utf-8") != template_text(said)
    assert not stale, "./run words brings it up to date"


@pytest.mark.parametrize("locale", BEGUN)
def test_a_catalogue_is_up_to_date(locale: str, said: Catalog) -> None:
    """R41: it holds exactly what is said, and its header is the one of the table."""
    stale = text_of(locale) != brought_up_to_date(locale, said, text_of(locale))
    assert not stale, "./run words brings it up to date"


@pytest.mark.parametrize("locale", BEGUN)
def test_every_message_is_translated_in_all_its_forms_and_none_is_fuzzy(locale: str) -> None:
    """R41."""
    lacking = [
        forms(message.id)[0]
        for message in catalogue(locale)
        if message.id
        and (
            message.fuzzy
            or not all(form.strip() for form in forms(message.string))
            or len(forms(message.string)) != (len(ORDER[locale]) if message.pluralizable else 1)
        )
    ]
    assert lacking == []


@pytest.mark.parametrize("locale", BEGUN)
def test_a_translation_has_the_placeholders_spaces_marks_and_register_of_its_language(locale: str) -> None:
    """R41."""
    taken = forms_of_numbers(locale)
    numbers = [tuple(n for n in NUMBERS if taken[n] == form) for form in range(len(ORDER[locale]))]
    found = []
    for message in catalogue(locale):
        for index, form in enumerate(forms(message.string) if message.id else ()):
            told = Told(locale, forms(message.id), form, numbers[index] if message.pluralizable else None)
            found += [f"{form!r}: {finding}" for finding in findings(told)] if form else []
    assert found == []


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="msgfmt (GNU gettext) is not installed")
@pytest.mark.parametrize("locale", BEGUN)
def test_gnu_gettext_finds_no_fault_with_a_catalogue(locale: str) -> None:
    """R41."""
    checked = subprocess.run(
        ["msgfmt", "--check", "--output-file=/dev/null", catalogue_path(locale)],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
