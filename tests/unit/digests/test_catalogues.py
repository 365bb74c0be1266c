"""Catalogues as a process reads them: which one a reader gets, and what it does when it lacks a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_digests import LOCALES
from structlog.testing import capture_logs

from alerts.digests.catalogues import Catalogues
from alerts.errors import BadInput

HEAD = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=1; plural=0;\n"

"""
PARTLY = f"""{HEAD}
msgid "said"
msgstr "gesagt"

#, fuzzy
msgid "unsure"
msgstr "unsicher"

msgid "unsaid"
msgstr ""
"""


def holding(folder: Path, *locales: str, text: str = HEAD) -> Catalogues:
    """Catalogues of these locales, in a folder."""
    for locale in locales:
        path = folder / locale / "LC_MESSAGES"
        path.mkdir(parents=True)
        (path / "alerts.po").write_text(text, "utf-8")
    return Catalogues(folder)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("ar", "ar"),
        ("ar-EG", "ar"),
        ("ar_JO", "ar"),
        ("AR", "ar"),
        ("ar-EG-u-nu-latn", "ar"),
        ("en-GB", "en"),
        ("fr-CA", "fr"),
        ("pt", "pt"),
        ("pt-BR", "pt"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh_Hans", "zh-Hans"),
        ("zh-hans-cn", "zh-Hans"),
        ("zh-Hans-HK", "zh-Hans"),
        ("zh-TW", "en"),
        ("zh-HK", "en"),
        ("zh-MO", "en"),
        ("zh-Hant", "en"),
        ("zh-Hant-CN", "en"),
        ("tlh", "en"),
        ("*", "en"),
        ("", "en"),
        ("not a tag", "en"),
    ],
)
def test_a_language_we_do_not_have_falls_back_to_one_in_the_same_script_and_then_to_english(
    tmp_path: Path, wanted: str, given: str
) -> None:
    """R43."""
    assert holding(tmp_path, "ar", "fr", "pt", "zh_Hans").negotiate(wanted) == given


@pytest.mark.parametrize(
    ("wanted", "given"), [("pt-BR", "pt-BR"), ("pt-PT", "pt"), ("zh-TW", "zh-Hant"), ("zh-SG", "zh-Hans")]
)
def test_of_several_that_would_do_the_one_that_agrees_longest_is_taken(
    tmp_path: Path, wanted: str, given: str
) -> None:
    """R43."""
    assert holding(tmp_path, "pt", "pt_BR", "zh_Hans", "zh_Hant").negotiate(wanted) == given


@pytest.mark.parametrize("language", ["ar", "en", "es", "fr", "ko", "ru", "zh-Hans"])
def test_every_language_we_speak_is_negotiated_as_itself(language: str) -> None:
    """R43."""
    assert Catalogues(LOCALES).negotiate(language) == language


def test_what_a_catalogue_lacks_is_said_in_english_and_logged_once(tmp_path: Path) -> None:
    """R43. What is not sure (fuzzy) is lacking too."""
    said = holding(tmp_path, "de", text=PARTLY).translations("de")
    with capture_logs() as logs:
        assert said.gettext("said") == "gesagt"
        assert [said.gettext("unsaid"), said.gettext("unsure"), said.gettext("unsaid")] == [
            "unsaid",
            "unsure",
            "unsaid",
        ]
        assert [said.ngettext("one", "many", n) for n in (1, 2)] == ["one", "many"]
        assert said.pgettext("heading", "a heading") == "a heading"
        assert [said.npgettext("heading", "1 heading", "headings", n) for n in (1, 2)] == [
            "1 heading",
            "headings",
        ]
    assert [(log["log_level"], log["locale"], log["message"]) for log in logs] == [
        ("warning", "de", message) for message in ("unsaid", "unsure", "one", "a heading", "1 heading")
    ]


def test_english_lacks_nothing() -> None:
    with capture_logs() as logs:
        assert Catalogues(LOCALES).translations("en").gettext("anything") == "anything"
    assert logs == []


def test_a_catalogue_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    catalogues = holding(tmp_path, "ar", text=f'{HEAD}msgid "a"\nrubbish\n')
    with pytest.raises(BadInput, match=r"ar/LC_MESSAGES/alerts\.po, line 8"):
        catalogues.translations("ar")
