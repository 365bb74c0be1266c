"""Mails in programs that read them: every headline is there in a terminal, and hostile ones do nothing in a
browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from chromium import Chromium
from conftest import installed
from hostile_words import hostile_words
from specimens import LINKS, RENDERER, SERVICE, SPECIMENS, ZONE, Specimen, State, digest

from alerts.digests.fragment import clean
from alerts.model import Cadence, Entry, Marked, Reader

pytestmark = pytest.mark.browser

DUMPS = {
    "w3m": ("w3m", "-dump", "-cols", "100", "-I", "UTF-8", "-O", "UTF-8", "-T"),
    "lynx": ("lynx", "-dump", "-width=100", "-nolist", "-assume_charset=UTF-8", "-display_charset=UTF-8"),
}
OUR_LANGUAGES = {language.partition("-")[0] for language in RENDERER.languages}
"""Of the headlines that are looked for: w3m leaves some vowel signs of Hindi out."""

UTF_8 = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}

mail_with_news = pytest.mark.parametrize(
    "specimen",
    [
        each
        for each in SPECIMENS
        if each.kind in ("weekly", "held")
        and each.state is State.MANY
        and each.language in ("en", "ar", "zh-Hans")
    ],
    ids=str,
)


def words(text: str) -> str:
    """The letters and digits alone: programs break lines, mark words and leave isolates out as they like."""
    return re.sub(r"[\W_]", "", text)


def shown_by(program: str, part: str, path: Path) -> str:
    command = [str(installed(shutil.which(program))), *DUMPS[program][1:]]
    if program == "w3m":
        command.append("text/html" if part == "html" else "text/plain")
    ran = subprocess.run([*command, str(path)], capture_output=True, env=UTF_8, timeout=60, check=True)
    return ran.stdout.decode("utf-8", "replace")


@pytest.mark.parametrize("program", DUMPS)
@pytest.mark.parametrize("part", ["text", "html"])
@mail_with_news
def test_every_headline_and_source_is_shown_by_programs_of_the_terminal(
    specimen: Specimen, part: str, program: str, tmp_path: Path
) -> None:
    """R47: w3m and lynx, both parts, in English, Arabic and Chinese."""
    assert specimen.digest is not None
    path = tmp_path / ("part.html" if part == "html" else "part.txt")
    path.write_text(getattr(specimen.message, part), "utf-8")
    shown = words(shown_by(program, part, path))
    assert words(clean(specimen.page.xpath("//h1")[0].text_content())) in shown
    for entry in specimen.digest.entries:
        if entry.language in OUR_LANGUAGES:
            assert words(clean(entry.title.text)) in shown
            assert words(clean(entry.source)) in shown


@pytest.mark.parametrize(
    "specimen",
    [
        each
        for each in SPECIMENS
        if each.kind in ("weekly", "unspaced") and each.language in ("en", "zh-Hans")
    ],
    ids=str,
)
def test_a_browser_shows_a_headline_with_the_spaces_that_it_has_and_no_others(
    specimen: Specimen, chromium: Chromium, tmp_path: Path
) -> None:
    """Where words have no spaces between them, a mark puts none there."""
    assert specimen.digest is not None
    path = tmp_path / "mail.html"
    path.write_text(specimen.message.html, "utf-8")
    chromium.open(path)
    told = {entry.url: clean(entry.title.text) for entry in specimen.digest.entries if entry.title.spans}
    shown = dict(
        chromium.run("[...document.querySelectorAll('h3 a')].map(link => [link.href, link.innerText])")
    )
    both = told.keys() & shown.keys()
    assert both or not told
    assert {url: shown[url] for url in both} == {url: told[url] for url in both}


AT_ONCE = 40


@pytest.mark.parametrize("first", range(0, len(hostile_words()), AT_ONCE))
def test_a_mail_full_of_hostile_words_runs_nothing_and_asks_for_nothing(
    first: int, chromium: Chromium, tmp_path: Path
) -> None:
    """R5, R23: 0 requests but for the file, and not one script, frame, form or picture in it."""
    told = digest(Cadence.WEEKLY, State.ONE)
    entries = tuple(
        hostile(told.entries[0], number, each)
        for number, each in enumerate(hostile_words()[first : first + AT_ONCE])
    )
    mail = RENDERER.render(
        replace(told, entries=entries, total=len(entries)),
        Reader("en", ZONE, Cadence.WEEKLY, 7, 0),
        LINKS,
        SERVICE,
    )
    page = tmp_path / "mail.html"
    page.write_text(mail.html, "utf-8", "surrogatepass")
    chromium.open(page)
    assert chromium.run("document.querySelectorAll('h3').length") > 0
    active = "script, iframe, frame, object, embed, form, input, img, svg, math, video, audio, link, base"
    assert chromium.run(f"document.querySelectorAll('{active}').length") == 0
    assert chromium.run("document.title") == mail.subject
    assert chromium.requests == [page.resolve().as_uri()]


def hostile(entry: Entry, number: int, said: str) -> Entry:
    marked = Marked(said, ((0, len(said)),))
    address = f"https://news.example/{number}"
    return replace(entry, item_id=number, url=address, title=marked, quotes=(marked,), source=said, others=())
