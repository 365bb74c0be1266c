"""Every page under the tab key: all that can be used is reached in the order of the page, is seen when it is,
and is left again."""

from __future__ import annotations

from typing import Any

import pytest
from chromium import Chromium
from page_table import ALSO, PAGES, Page
from test_pages import Visited, visited

__all__ = ["visited"]

pytestmark = pytest.mark.browser

_ASKED = """window.named = each => {
  const all = [...document.querySelectorAll(each.tagName)];
  const said = each.id || each.name || each.getAttribute("href") || each.innerText || "";
  return `${each.tagName.toLowerCase()} ${all.indexOf(each)} ${said.trim().slice(0, 60)}`;
};
window.here = () => {
  const each = document.activeElement;
  if (!each || each === document.body || each === document.documentElement) return null;
  const style = getComputedStyle(each), box = each.getBoundingClientRect();
  return {
    name: named(each),
    scrolls: each.scrollWidth > each.clientWidth || each.scrollHeight > each.clientHeight,
    marked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight &&
      box.right > 0 && box.left < innerWidth,
  };
};
document.querySelectorAll("iframe").forEach(each => { each.inert = true; });
0"""
"""A mail in its frame is a page of its own, which runs no script that could keep the focus."""


_EXPECTED = """(() => {
  const usable = "a[href], button, input, select, textarea, summary, [tabindex], [onclick], [role=button]";
  const chosen = each => each.type !== "radio" || each === (
    [...document.querySelectorAll("input[type=radio]")].filter(
      other => other.name === each.name && other.form === each.form && other.checked)[0] || each);
  return [...document.querySelectorAll(usable)].filter(each =>
    each.type !== "hidden" && !each.disabled && each.getAttribute("tabindex") !== "-1" &&
    each.checkVisibility({visibilityProperty: true}) && chosen(each)).map(named);
})()"""
"""Of a group of which one can be chosen, the tab key leads to the chosen one, and arrows to the others."""


def stops(browser: Chromium, *, back: bool = False) -> list[dict[str, Any]]:
    """Where the tab key leads, until it leaves the page or, as there is nothing else here, begins anew. What
    has several parts, such as a time, is one stop."""
    found: list[dict[str, Any]] = []
    for _ in range(2_000):
        browser.key("Tab", shift=back)
        here = browser.run("here()")
        if here is None and not found:
            continue  # it was at the other end
        if here is None or (len(found) > 1 and here["name"] == found[0]["name"]):
            return found
        if not found or found[-1]["name"] != here["name"]:
            found.append(here)
    pytest.fail(f"the tab key does not leave the page: {found[-3:]}")


def names(found: list[dict[str, Any]]) -> list[str]:
    return [each["name"] for each in found]


@pytest.mark.parametrize("page", [*PAGES.values(), *ALSO], ids=lambda page: f"{page.address} {page.who}")
def test_all_that_can_be_used_is_reached_in_turn_is_seen_and_is_left(visited: Visited, page: Page) -> None:
    browser = visited.browser
    browser.look(width=1280)
    visited.show(page)
    browser.run(_ASKED)
    there: list[str] = []
    while there != (there := browser.run(_EXPECTED)):  # parts of it may be asked for once it is shown
        found = stops(browser)
    assert [each["name"] for each in found if each["name"] in there or not each["scrolls"]] == there
    assert names([each for each in found if not each["marked"]]) == []
    assert names([each for each in found if not each["inside"]]) == []
    assert names(stops(browser, back=True)) == names(found)[::-1]
