"""A rule is written with the keyboard alone: suggestions, what it finds at once, saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Chromium
from rule_world import PASSWORD, in_force, keep, staffed
from served import Served, served
from test_mail_markup import AXE

pytestmark = pytest.mark.browser

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


def query(browser: Chromium) -> str:
    return str(browser.run("document.querySelector('#query').value"))


def test_a_rule_is_written_completed_looked_at_and_saved_by_keyboard(
    chromium: Chromium, site: Served
) -> None:
    chromium.tab_to("#name")
    chromium.write("Missile launches")
    chromium.tab_to("#key")
    chromium.write("missile-launches")
    chromium.tab_to("#query")
    chromium.write("@missil")
    chromium.until(_OPEN)
    assert chromium.run(_ACTIVE) == "@missile"
    chromium.key("Enter")
    assert query(chromium) == "@missile "
    chromium.write("NEA")
    chromium.until(_OPEN)
    chromium.key("Tab")
    chromium.write("launc")
    chromium.until(_OPEN)
    assert chromium.run(_ACTIVE) is None  # a plain word may be meant as it stands
    chromium.key("ArrowDown")
    assert chromium.run(_ACTIVE) == "@launch"
    chromium.key("ArrowUp")
    chromium.key("ArrowDown")
    chromium.key("Enter")
    assert query(chromium) == "@missile NEAR/5 @launch "
    chromium.until("document.querySelector('#query-said').innerText.includes('It matches 1 of 3 items')")
    assert chromium.run("document.querySelector('#found h3 + ol mark, #found mark').innerText") == "Missile"
    chromium.tab_to("button[value=save]")
    chromium.key("Enter")
    chromium.until("location.search === '?saved=saved'")
    assert in_force(site.app, "missile-launches").query == "@missile NEAR/5 @launch"
    assert chromium.complaints == []


def test_suggestions_close_with_escape_and_a_fault_shows_its_place(chromium: Chromium, site: Served) -> None:
    chromium.tab_to("#query")
    chromium.write("@missil")
    chromium.until(_OPEN)
    chromium.key("Escape")
    assert not chromium.run(_OPEN)
    chromium.until("document.querySelector('#query').getAttribute('aria-invalid') === 'true'")
    assert chromium.run("document.querySelector('#query-fault .here').innerText") == "@"
    chromium.write("e ")
    chromium.until("!document.querySelector('#query').hasAttribute('aria-invalid')")
    assert site.address in chromium.address


def test_a_headline_is_taken_over_as_an_example_in_place(chromium: Chromium, site: Served) -> None:
    chromium.tab_to("#query")
    chromium.write("missile ")
    chromium.until("document.querySelector('button[name=example_no_match]')")
    chromium.tab_to("button[name=example_no_match]")
    chromium.key("Enter")
    chromium.until("document.querySelector('#query-said').innerText.includes('One example does not hold')")
    assert chromium.run("document.querySelector('#no_match').value").startswith("Missile ")
    assert chromium.address == f"{site.address}/rules/new"


@pytest.mark.parametrize(("width", "dark"), [(320, False), (390, True), (1280, False), (1280, True)])
def test_the_editor_with_all_it_shows_has_no_fault_for_axe(
    chromium: Chromium, site: Served, axe: str, width: int, dark: bool
) -> None:
    chromium.tab_to("#query")
    chromium.write("missile NEAR/5 launch OR museu")
    chromium.until("document.querySelector('button[name=example_match]')")
    chromium.write(" @missil")
    chromium.until(_OPEN)
    chromium.look(width=width, dark=dark)
    chromium.call("Page.setBypassCSP", enabled=True)
    try:
        chromium.run(f"{axe};0")
        # What the list covers in part, axe cannot judge: with it, only what is surely wrong counts.
        assert chromium.run("axe.run().then(({violations}) => violations.map(each => each.id))") == []
        chromium.key("Escape")
        assert chromium.run(AXE) == []
        assert chromium.run("document.documentElement.scrollWidth") <= width
    finally:
        chromium.call("Page.setBypassCSP", enabled=False)
    assert site.address in chromium.address
