"""A rule is written with the keyboard alone: suggestions, what it finds at once, saved."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Chromium
from rule_world import PASSWORD, in_force, keep, staffed
from served import Served, served
from test_mail_markup import AXE

pytestmark = pytest.mark.browser

_KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38}
_OPEN = "!document.querySelector('#suggestions').hidden"
_ACTIVE = (
    "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.dataset.text"
)


@pytest.fixture
def site(tmp_path: Path, chromium: Chromium) -> Iterator[Served]:
    app = staffed(tmp_path)
    keep(app, "Missile launch over the sea", "Missile museum opens", "Harvest is in")
    chromium.forget_everything()
    with served(lambda _: app) as site:
        chromium.look(width=1280)
        chromium.visit(f"{site.address}/rules/new")
        chromium.type("#name", "anna")
        chromium.type("#password", PASSWORD)
        chromium.press("Log in")
        yield site


def press(browser: Chromium, name: str) -> None:
    """A key goes down and comes up."""
    key = {"key": name, "code": name, "windowsVirtualKeyCode": _KEYS[name]}
    letter = {"text": "\r"} if name == "Enter" else {}
    browser.call("Input.dispatchKeyEvent", type="keyDown", **key, **letter)
    browser.call("Input.dispatchKeyEvent", type="keyUp", **key)


def write(browser: Chromium, words: str) -> None:
    """Letter by letter into what has the focus."""
    for letter in words:
        browser.call("Input.dispatchKeyEvent", type="char", text=letter)


def until(browser: Chromium, script: str) -> None:
    """Waits until this is true of the page."""
    deadline = time.monotonic() + 20
    while not browser.run(f"!!({script})"):
        assert time.monotonic() < deadline, f"{script} does not become true: {browser.words}"
        time.sleep(0.02)


def tab_to(browser: Chromium, what: str) -> None:
    """Goes on with the tab key until that has the focus."""
    for _ in range(60):
        if browser.run(f"document.activeElement.matches({what!r})"):
            return
        press(browser, "Tab")
    pytest.fail(f"the tab key does not lead to {what}")


def query(browser: Chromium) -> str:
    return str(browser.run("document.querySelector('#query').value"))


def test_a_rule_is_written_completed_looked_at_and_saved_by_keyboard(
    chromium: Chromium, site: Served
) -> None:
    tab_to(chromium, "#name")
    write(chromium, "Missile launches")
    tab_to(chromium, "#key")
    write(chromium, "missile-launches")
    tab_to(chromium, "#query")
    write(chromium, "@missil")
    until(chromium, _OPEN)
    assert chromium.run(_ACTIVE) == "@missile"
    press(chromium, "Enter")
    assert query(chromium) == "@missile "
    write(chromium, "NEA")
    until(chromium, _OPEN)
    press(chromium, "Tab")
    write(chromium, "launc")
    until(chromium, _OPEN)
    assert chromium.run(_ACTIVE) is None  # a plain word may be meant as it stands
    press(chromium, "ArrowDown")
    assert chromium.run(_ACTIVE) == "@launch"
    press(chromium, "ArrowUp")
    press(chromium, "ArrowDown")
    press(chromium, "Enter")
    assert query(chromium) == "@missile NEAR/5 @launch "
    until(chromium, "document.querySelector('#query-said').innerText.includes('It matches 1 item of 3')")
    assert chromium.run("document.querySelector('#found h3 + ol mark, #found mark').innerText") == "Missile"
    tab_to(chromium, "button[value=save]")
    press(chromium, "Enter")
    until(chromium, "location.search === '?saved=saved'")
    assert in_force(site.app, "missile-launches").query == "@missile NEAR/5 @launch"
    assert chromium.complaints == []


def test_suggestions_close_with_escape_and_a_fault_shows_its_place(chromium: Chromium, site: Served) -> None:
    tab_to(chromium, "#query")
    write(chromium, "@missil")
    until(chromium, _OPEN)
    press(chromium, "Escape")
    assert not chromium.run(_OPEN)
    until(chromium, "document.querySelector('#query').getAttribute('aria-invalid') === 'true'")
    assert chromium.run("document.querySelector('#query-fault .here').innerText") == "@"
    write(chromium, "e ")
    until(chromium, "!document.querySelector('#query').hasAttribute('aria-invalid')")
    assert site.address in chromium.address


def test_a_headline_is_taken_over_as_an_example_in_place(chromium: Chromium, site: Served) -> None:
    tab_to(chromium, "#query")
    write(chromium, "missile ")
    until(chromium, "document.querySelector('button[name=example_no_match]')")
    tab_to(chromium, "button[name=example_no_match]")
    press(chromium, "Enter")
    until(chromium, "document.querySelector('#query-said').innerText.includes('One example does not hold')")
    assert chromium.run("document.querySelector('#no_match').value").startswith("Missile ")
    assert chromium.address == f"{site.address}/rules/new"


@pytest.mark.parametrize(("width", "dark"), [(320, False), (390, True), (1280, False), (1280, True)])
def test_the_editor_with_all_it_shows_has_no_fault_for_axe(
    chromium: Chromium, site: Served, axe: str, width: int, dark: bool
) -> None:
    tab_to(chromium, "#query")
    write(chromium, "missile NEAR/5 launch OR museu")
    until(chromium, "document.querySelector('button[name=example_match]')")
    write(chromium, " @missil")
    until(chromium, _OPEN)
    chromium.look(width=width, dark=dark)
    chromium.call("Page.setBypassCSP", enabled=True)
    try:
        chromium.run(f"{axe};0")
        # What the list covers in part, axe cannot judge: with it, only what is surely wrong counts.
        assert chromium.run("axe.run().then(({violations}) => violations.map(each => each.id))") == []
        press(chromium, "Escape")
        assert chromium.run(AXE) == []
        assert chromium.run("document.documentElement.scrollWidth") <= width
    finally:
        chromium.call("Page.setBypassCSP", enabled=False)
    assert site.address in chromium.address
