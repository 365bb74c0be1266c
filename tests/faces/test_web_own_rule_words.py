"""What a form says of a rule that a reader mistyped: in their language, with the place where it is."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from lxml import html as lxml_html
from public_pages import FILLED
from web_client import ask
from web_world import World, make_app

from alerts.rules.query import parse
from alerts.rules.tree import Or, Phrase, Word, children
from alerts.web.site import make_web

ROOT = Path(__file__).parents[2]
LIVE = {"hx-request": "true", "content-type": "application/x-www-form-urlencoded"}
LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh-Hans", "ko")
FAULTS = {
    "E01": ("cholera ; Goma", 9, ";"),
    "E03": ("cholera AND", 0, ""),
    "E04": ("cholera AND (Goma", 13, "(Goma"),
    "E05": ("cholera NEAR/40 Goma", 9, "NEAR/40"),
    "E06": ("title:cholera NEAR Goma", 1, "title:cholera"),
    "E07": ("NOT cholera", 1, "NOT"),
    "E08": ('cholera "in Goma', 9, '"in'),
    "E09": ("cholera^6", 8, "^6"),
    "E10": ("titel:cholera", 1, "titel:cholera"),
    "E11": ("Goma AND @colera", 10, "@colera"),
    "E12": ("ATLEAST/4(cholera, Goma)", 1, "ATLEAST/4(cholera,"),
    "E13": ("Goma ch*", 8, "*"),
}
"""Code → a query that has this fault, its column (0: at the end) and the words that stand there."""

DOUBTS = {
    "W1": ("cholera and Goma", "and"),
    "W2": ("cholera AND Goma OR Bukavu", "(cholera AND Goma) OR Bukavu"),
    "W6": ("cholera EU", "EU"),
    "W7": ("missile Goma", "@missile"),
    "W8": ("cholera lang:French-news", "French-news"),
}
"""Code → a query that may not be meant so, and what is to be said about it."""


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """Nothing here is ever saved."""
    app = make_app(tmp_path_factory.mktemp("web"))
    assert World(app).english
    return make_web(app)


def said(web: FastAPI, query: str, language: str) -> lxml_html.HtmlElement:
    body = urlencode(FILLED | {"own": query, "do": "look"}).encode()
    return lxml_html.fragment_fromstring(
        ask(web, f"/subscribe?lang={language}", "POST", body, LIVE).text, create_parent=True
    )


@pytest.mark.parametrize("code", FAULTS)
def test_a_reader_is_told_in_their_language_what_is_wrong_and_where(web: FastAPI, code: str) -> None:
    query, column, place = FAULTS[code]
    told = set()
    for language in LANGUAGES:
        (problem,) = said(web, query, language).xpath(".//p[@class='problem']")
        assert problem.xpath(".//code/text()") == ([place] if place else [])
        assert not column or str(column) in problem.text_content()
        assert not problem.xpath(".//*[@lang]"), "no words in another language than the page's"
        told.add(problem.text_content())
    assert len(told) == len(LANGUAGES)


@pytest.mark.parametrize("code", DOUBTS)
def test_a_reader_is_warned_in_their_language_of_what_they_may_not_mean(web: FastAPI, code: str) -> None:
    query, about = DOUBTS[code]
    told = set()
    for language in LANGUAGES:
        page = said(web, query, language)
        (warning,) = (
            each for each in page.xpath(".//p[@class='soft']") if about in each.xpath("./code/text()")
        )
        told.add(warning.text_content())
    assert len(told) == len(LANGUAGES)


def test_every_fault_and_doubt_of_the_rule_language_has_a_sentence() -> None:
    """A new one that is forgotten here would leave a reader without a reason."""
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "alerts" / "rules").glob("*.py"))
    template = (ROOT / "alerts" / "web" / "templates" / "readers" / "tally_words.html").read_text("utf-8")
    raised = set(re.findall(r'"([EW]\d+)"', sources))
    assert raised >= {*FAULTS, *DOUBTS}
    assert set(re.findall(r'code == "([EW]\d+)"', template)) == raised


SCRIPTS = {"ar": "ARABIC", "ru": "CYRILLIC", "zh-Hans": "CJK", "ko": "HANGUL"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_of_a_rule_can_be_read_and_is_in_the_script_of_the_page(
    web: FastAPI, language: str
) -> None:
    page = lxml_html.fromstring(ask(web, f"/subscribe?lang={language}").text)
    (example,) = page.xpath("//*[@id='new-own-hint']/code/text()")
    disease, either = children(parse(example))
    words = [disease, *children(either)]
    assert isinstance(either, Or) and all(isinstance(each, Word | Phrase) for each in words)
    letters = "".join(re.sub("AND|OR", "", example).split()).strip("()").replace("(", "")
    script = SCRIPTS.get(language, "LATIN")
    assert {unicodedata.name(letter).split()[0].split("-")[0] for letter in letters} == {script}


def test_a_concept_of_a_country_is_named_beside_its_key(web: FastAPI) -> None:
    """An Arabic reader who wrote the name is told which concept stands for it."""
    page = said(web, "السودان AND كوليرا", "ar")
    (warning,) = (
        each for each in page.xpath(".//p[@class='soft']") if each.xpath("./code/text()") == ["@sd"]
    )
    assert "@sd (السودان)" in warning.text_content()
    assert "@missile (" not in said(web, DOUBTS["W7"][0], "ar").text_content()
