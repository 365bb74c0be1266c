from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from babel.plural import to_python
from sample_digests import LOCALES, ROOT

from alerts.digests.catalogues import Catalogues
from alerts.errors import BadInput

GNU_ARABIC = (
    "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;"
)
GETTEXT = ("gettext", "ngettext")
LANGUAGES = [path.parts[-3] for path in LOCALES.glob("*/LC_MESSAGES/alerts.po")]
Key = tuple[str | None, tuple[str, ...]]


def ids(message: str | tuple[str, ...]) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


def extracted() -> set[Key]:
    with (ROOT / "babel.cfg").open() as file:
        method_map, options_map = parse_mapping_cfg(file)
    found = set()
    for folder in ("templates/email", "alerts/web", "alerts/digests"):
        for _, _, message, _, context in extract_from_dir(
            ROOT / folder,
            [(re.sub(f"^{folder}/", "", pattern), method) for pattern, method in method_map],
            {re.sub(f"^{folder}/", "", pattern): options for pattern, options in options_map.items()},
            directory_filter=lambda _: True,
        ):
            found.add((context, ids(message)))
    return found


def said_in_python() -> set[str]:
    """The first words of every gettext call in the modules that babel.cfg names, in f-strings too."""
    patterns = re.findall(r"^\[python: (.+)\]$", (ROOT / "babel.cfg").read_text("utf-8"), re.MULTILINE)
    files = [path for pattern in patterns for path in ROOT.glob(pattern.replace("**.py", "**/*.py"))]
    calls = [
        call
        for path in files
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in GETTEXT
    ]
    return {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}


def catalogue(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / "alerts.po").open("rb") as file:
        return read_po(file, locale=language)


def names(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


def test_the_arabic_catalogue_is_there() -> None:
    assert "ar" in LANGUAGES


def test_no_words_in_python_stand_where_the_extractor_does_not_find_them() -> None:
    """Before Python 3.12 it does not look into f-strings."""
    found = {message[0] for _, message in extracted()}
    assert said_in_python() and said_in_python() <= found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_exactly_the_words_of_the_templates(language: str) -> None:
    held = {(message.context, ids(message.id)) for message in catalogue(language) if message.id}
    assert held == extracted()


def test_the_template_of_catalogues_is_up_to_date() -> None:
    with (LOCALES / "alerts.pot").open("rb") as file:
        held = {(message.context, ids(message.id)) for message in read_po(file) if message.id}
    assert held == extracted()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_in_all_its_forms_and_none_is_fuzzy(language: str) -> None:
    read = catalogue(language)
    for message in read:
        if message.id:
            assert not message.fuzzy, message.id
            forms = ids(message.string)
            assert all(form.strip() for form in forms), message.id
            assert len(forms) == (read.num_plurals if message.pluralizable else 1), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_equal_but_forms_for_nought_one_and_two_may_leave_out_the_count(
    language: str,
) -> None:
    for message in catalogue(language):
        wanted = set().union(*map(names, ids(message.id)))
        for number, form in enumerate(ids(message.string)):
            optional = {"count"} if message.pluralizable and number < 3 else set()
            if message.id:
                assert names(form) <= wanted, message.id
                assert wanted - names(form) <= optional or (number == 0 and not names(form)), message.id


def test_the_arabic_plural_header_is_the_one_of_gnu_gettext() -> None:
    assert catalogue("ar").plural_forms == GNU_ARABIC


def test_every_number_picks_the_form_of_the_gnu_order() -> None:
    order = ["zero", "one", "two", "few", "many", "other"]
    category = to_python(
        {
            "zero": "n is 0",
            "one": "n is 1",
            "two": "n is 2",
            "few": "n mod 100 in 3..10",
            "many": "n mod 100 in 11..99",
        }
    )
    plural = Catalogues(LOCALES).translations("ar").plural  # type: ignore[attr-defined]
    assert all(plural(n) == order.index(category(n)) for n in range(1001))


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("ar", "ar"),
        ("ar-EG", "ar"),
        ("ar_JO", "ar"),
        ("AR", "ar"),
        ("en-GB", "en"),
        ("tlh", "en"),
        ("", "en"),
        ("zh-TW", "en"),
    ],
)
def test_a_language_we_do_not_have_falls_back_to_its_parent_and_then_to_english(
    wanted: str, given: str
) -> None:
    assert Catalogues(LOCALES).negotiate(wanted) == given


def test_a_catalogue_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "ar" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "alerts.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "a"\nrubbish\n'
    )
    with pytest.raises(BadInput, match=r"ar/LC_MESSAGES/alerts\.po, line 6"):
        Catalogues(tmp_path).translations("ar")
