"""The pages for those who edit templates: every message in every language and state; nothing is changed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from lxml import html as lxml_html
from web_client import Answer, ask
from web_world import World, make_app, rows

from alerts.app import App
from alerts.digests.render import MOST_HTML_BYTES
from alerts.digests.specimens import SPECIMENS, Specimen, State
from alerts.model import LetterKind
from alerts.web.desk.specimens import KINDS, NAMES
from alerts.web.headers import MAIL_POLICY, NEW_TAB
from alerts.web.site import make_web


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


def frame(answer: Answer) -> tuple[dict[str, str], str]:
    """The attributes of the page's frame, and what is shown in it."""
    (found,) = lxml_html.document_fromstring(answer.text).xpath("//iframe")
    return dict(found.attrib), found.get("srcdoc")


def links(answer: Answer) -> list[str]:
    return [unescape(each) for each in re.findall(r'href="(/templates[^"]*)"', answer.text)]


@pytest.fixture
def own(app: App, tmp_path: Path) -> Path:
    """A folder with templates of the operator's own."""
    folder = tmp_path / "own"
    shutil.copytree(app.settings.template_folder, folder)
    app.settings = app.settings.model_copy(update={"templates": folder})
    return folder


# --- what is shown ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One service for all that is only looked at."""
    app = make_app(tmp_path_factory.mktemp("home"))
    yield app
    app.engine.dispose()


@pytest.mark.parametrize("shown", SPECIMENS, ids=lambda shown: f"{shown.kind}-{shown.state}")
def test_every_message_is_shown_with_its_subject_and_size_in_every_language(
    steady: App, shown: Specimen
) -> None:
    web = make_web(steady)
    for language in steady.renderer.languages:
        answer = ask(web, f"/templates/{shown.kind}?language={language}&state={shown.state}")
        assert answer.status == 200
        mail = frame(answer)[1].removeprefix(NEW_TAB)
        told = lxml_html.document_fromstring(mail)
        assert told.get("lang") == language
        (subject,) = lxml_html.document_fromstring(answer.text).xpath("//dd/bdi[@lang]")
        assert subject.text
        assert (subject.text, subject.get("lang")) == (told.findtext("head/title"), language)
        size = f"HTML {len(mail.encode()):,} of at most {MOST_HTML_BYTES:,} bytes"
        assert size in answer.text


def test_every_kind_of_letter_and_every_state_is_there_and_has_a_name(web: FastAPI) -> None:
    assert NAMES.keys() == KINDS.keys()
    assert {kind.value for kind in LetterKind} <= KINDS.keys()
    assert {"alert", "update", "held", "change", "daily", "weekly", "monthly"} <= KINDS.keys()
    assert {state for states in KINDS.values() for state in states} == set(State)
    listed = ask(web, "/templates?language=ar")
    assert listed.status == 200
    there = {(urlsplit(each).path, urlsplit(each).query) for each in links(listed)}
    for shown in SPECIMENS:
        assert (f"/templates/{shown.kind}", f"language=ar&state={shown.state}") in there


def test_the_sender_is_the_service_where_the_setting_names_nobody(app: App) -> None:
    for sender, name in (("Desk <desk@example.org>", "Desk"), ("desk@example.org", "Harbour Watch")):
        app.settings = app.settings.model_copy(update={"sender": sender})
        page = ask(make_web(app), "/templates/test").text
        assert f'<bdi>{name}</bdi> <bdi class="soft">desk@example.org</bdi>' in page


def test_the_plain_text_and_the_source_are_shown_as_text(app: App, web: FastAPI) -> None:
    told = KINDS["daily"][State.MANY].write(app.renderer, "ar", "Harbour Watch", "")
    for part, wanted in (("text", told.text), ("source", told.html)):
        answer = ask(web, f"/templates/daily?language=ar&state=many&part={part}")
        assert "<iframe" not in answer.text
        (shown,) = lxml_html.document_fromstring(answer.text).xpath("//pre")
        assert shown.text_content().strip("\n") == wanted.strip("\n")
        assert 'width=phone#width"' not in answer.text


def test_width_and_colours_are_chosen_by_links_and_not_by_a_script(web: FastAPI) -> None:
    answer = ask(web, "/templates/weekly?width=phone&scheme=dark")
    assert frame(answer)[0]["class"] == "specimen phone dark"
    assert "<script" not in answer.text  # its policy is the mail's, which lets nothing run
    assert frame(ask(web, "/templates/weekly"))[0]["class"] == "specimen desktop auto"


def test_links_lead_to_the_neighbours_and_each_leads_somewhere(steady: App) -> None:
    web = make_web(steady)
    answer = ask(web, "/templates/weekly?state=one&language=en&part=text")
    following = re.findall(r'rel="next" href="([^"]*)"', answer.text)
    assert [unescape(each).rpartition("#")[2] for each in following] == ["state", "language"]
    assert "state=many" in following[0] and "part=text" in following[0]
    assert "language=ar" in following[1] and "state=one" in following[1]
    page = lxml_html.document_fromstring(answer.text)
    for each in links(answer):
        path, _, line = each.partition("#")
        assert ask(web, path).status == 200
        assert not line or page.get_element_by_id(line) is not None
    last = ask(web, "/templates/weekly?state=overflow&language=zh-Hans")
    assert 'rel="next"' not in last.text


# --- what it cannot do --------------------------------------------------------------------------


def test_the_frame_can_run_load_and_open_nothing(web: FastAPI) -> None:
    answer = ask(web, "/templates/weekly?state=many")
    assert frame(answer)[0]["sandbox"] == ""
    assert answer.headers["content-security-policy"] == MAIL_POLICY
    assert "default-src 'none'" in MAIL_POLICY and "img-src 'none'" in MAIL_POLICY
    assert "http" not in MAIL_POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert "unsafe" not in ask(web, "/templates").headers["content-security-policy"]


def test_looking_changes_nothing_in_the_database(app: App) -> None:
    World(app)
    web, before = make_web(app), rows(app)
    for path in ("/templates", "/templates/weekly?state=many", "/templates/welcome"):
        assert ask(web, path).status == 200
    assert rows(app) == before


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/templates/hourly", "There is no such kind of message here. There is: alert,"),
        ("/templates/..", "There is no such kind of message here."),
        ("/templates/weekly?language=tlh", "There is no such language here. There is: en, ar,"),
        ("/templates?language=tlh", "There is no such language here."),
        (
            "/templates/weekly?state=full",
            "There is: empty, one, many, overflow.",
        ),
        ("/templates/alert?state=empty", "There is no such state here. There is: one."),
        ("/templates/weekly?part=raw", "There is no such part here. There is: html, text, source."),
        ("/templates/weekly?width=<i>", "There is no such width here. There is: desktop, phone."),
        ("/templates/weekly?scheme=pink", "There is no such scheme here. There is: auto, light, dark."),
    ],
)
def test_what_there_is_not_is_not_found_and_the_page_says_what_there_is(
    web: FastAPI, path: str, words: str
) -> None:
    answer = ask(web, path)
    assert answer.status == 404
    assert words in answer.text


# --- templates of an operator's own -------------------------------------------------------------


def test_a_broken_template_is_told_with_its_file_and_line(app: App, own: Path) -> None:
    subject = own / "digest" / "subject.txt"
    lines = subject.read_text("utf-8").splitlines()
    subject.write_text("\n".join([*lines, "{{ page.nobody_knows_this }}"]), "utf-8")
    answer = ask(make_web(app), "/templates/weekly")
    assert answer.status == 200
    assert f"{subject}, line {len(lines) + 1}: " in unescape(answer.text)
    assert "<iframe" not in answer.text
    assert ask(make_web(app), "/templates/alert").text.count("<iframe") == 1


def test_a_template_that_is_changed_is_seen_at_once(app: App, own: Path) -> None:
    web = make_web(app)
    assert str(own) in ask(web, "/templates").text
    ask(web, "/templates/test")
    for words in ("Mind the gap", "{% if %}", "Mind the tide"):
        (own / "test" / "subject.txt").write_text(words, "utf-8")
        answer = ask(web, "/templates/test").text
        assert ("subject.txt, line 1: " if "%" in words else f"{words}</bdi>") in answer


def test_a_missing_template_is_told_by_its_name(app: App, own: Path) -> None:
    (own / "test" / "body.html").unlink()
    answer = ask(make_web(app), "/templates/test")
    assert f"{own / 'test' / 'body.html'}: no such template" in unescape(answer.text)
