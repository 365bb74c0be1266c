"""Nothing is said past the catalogues (R41): in a language that nobody speaks no Latin letter is seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import specimens
from pseudo import LOCALE, VeilingRenderer, catalogue, latin, outside_gettext, pseudo, seen_and_spoken, veiled

from words import ROOT

MAIL = sorted((ROOT / "templates" / "email").rglob("*.*"))
PAGES = sorted((ROOT / "alerts" / "web" / "templates").rglob("*.html"))
ENGLISH_ONLY = {"situation_edit", "continue", "login", "logged_in", "no_accounts", "words"}
"""Pages for those who run the service, beside the room of the desk. Every other page is for readers."""


def for_readers(page: Path) -> bool:
    return page.parent.name != "desk" and page.stem not in ENGLISH_ONLY


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[specimens.Specimen]]:
    """Every specimen in the language that nobody speaks."""
    locales = tmp_path_factory.mktemp("locale")
    catalogue(locales)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(specimens, "RENDERER", VeilingRenderer(ROOT / "templates" / "email", locales))
        yield list(specimens.spoken_in(LOCALE))


def test_no_mail_shows_words_that_no_catalogue_could_translate(told: list[specimens.Specimen]) -> None:
    """R41."""
    left = {}
    for specimen in told:
        message = specimen.message
        seen = [message.subject, message.text, *seen_and_spoken(specimen.page)]
        if found := {word for text in seen for word in latin(text)}:
            left[str(specimen)] = sorted(found)
    assert len(told) > 20
    assert left == {}


@pytest.mark.parametrize("path", MAIL, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_branch_of_a_mail_template_prints_words_itself(path: Path) -> None:
    """R41."""
    assert outside_gettext(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", list(filter(for_readers, PAGES)), ids=lambda path: path.stem)
def test_no_branch_of_a_page_for_readers_prints_words_itself(path: Path) -> None:
    """R41."""
    assert outside_gettext(path.read_text("utf-8")) == []


def test_pages_in_english_only_are_there() -> None:
    assert {path.stem for path in PAGES} >= ENGLISH_ONLY
    assert any(path.parent.name == "desk" for path in PAGES)


# --- the check itself -------------------------------------------------------------------------


def test_a_message_keeps_its_placeholders_and_no_latin_letter() -> None:
    said = pseudo("%(count)s items: 5%% of A to Z")
    assert said.startswith("%(count)s ") and "%%" in said
    assert latin(said.replace("%(count)s", "")) == []


def test_data_keep_what_programs_read() -> None:
    for word in ("launch", "kp", "Europe/Berlin", "https://news.example/A", "<a@b.example>", ""):
        assert veiled(word) == word
    assert latin(veiled("Harbour Wire")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>{% trans %}said{% endtrans %}</p>", []),
        ("<p>{% trans n=n %}one{% pluralize %}more{% endtrans %} here</p>", ["here"]),
        ('{# note #}<a class="link" title="a title" href="{{ x }}">{{ x }}</a>', ["a", "title"]),
        ("<style>p { color: red }</style><code>alerts up</code>", []),
        ('<p lang="en">English <b>also</b></p>and', ["and"]),
        ("{% if x %}<br>never{% else %}{{ _('said') }}{% endif %}", ["never"]),
    ],
)
def test_what_a_template_prints_itself_is_found(source: str, found: list[str]) -> None:
    assert outside_gettext(source) == found
