"""The browser and the checks in it see what they are to see."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import BrowserError, Chromium
from test_mail_markup import AXE

pytestmark = pytest.mark.browser

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>x</title>
<style>@media (prefers-color-scheme: dark) {{ p {{ color: #eeeeee }} }}</style></head>
<body>{body}</body></html>"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "page.html"


def test_whatever_a_page_asks_for_is_seen(chromium: Chromium, page: Path) -> None:
    page.write_text(PAGE.format(body='<p>x</p><img alt="" src="https://tracker.example/pixel.gif">'), "utf-8")
    chromium.open(page)
    assert chromium.requests == [page.as_uri(), "https://tracker.example/pixel.gif"]


def test_a_page_wider_than_its_window_is_seen(chromium: Chromium, page: Path) -> None:
    page.write_text(PAGE.format(body='<p style="width:400px">x</p>'), "utf-8")
    chromium.open(page)
    chromium.look(width=320)
    assert chromium.run("document.documentElement.scrollWidth") > 320


def test_axe_sees_words_that_are_too_pale_in_dark_colours_only(
    chromium: Chromium, page: Path, axe: str
) -> None:
    page.write_text(PAGE.format(body="<p>Some words</p>"), "utf-8")
    chromium.open(page)
    chromium.run(axe)
    chromium.look(width=375)
    assert chromium.run(AXE) == []
    chromium.look(width=375, dark=True)
    assert [finding.partition(":")[0] for finding in chromium.run(AXE)] == ["color-contrast"]


def test_a_page_is_pictured_whole(chromium: Chromium, page: Path) -> None:
    page.write_text(PAGE.format(body='<p style="height:2000px">x</p>'), "utf-8")
    chromium.open(page)
    chromium.look(width=375, height=900)
    sizes = [
        (int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big"))
        for picture in chromium.pictures()
    ]
    assert sizes == [(375, 900)] * 3


def test_a_script_that_fails_is_an_error(chromium: Chromium) -> None:
    with pytest.raises(BrowserError, match="nothing is not defined"):
        chromium.run("nothing.at.all")
