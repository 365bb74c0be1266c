"""The desk on a phone: the pages fold away, what is pressed is as large as a thumb, Save is at hand."""

from __future__ import annotations

import pytest
from page_table import Page
from test_pages import Visited, visited

__all__ = ["visited"]

pytestmark = pytest.mark.browser

PHONE = 390

_NAV = "document.querySelector('header nav').checkVisibility()"


def test_the_pages_fold_away_behind_one_word_on_a_phone_and_stand_there_on_a_desk(visited: Visited) -> None:
    browser = visited.browser
    browser.look(width=PHONE)
    visited.show(Page("/"))
    assert browser.run(_NAV) is False
    assert browser.run("document.querySelector('header').getBoundingClientRect().height") < 60
    browser.run("document.querySelector('.menu summary').click()")
    assert browser.run(_NAV) is True
    browser.look(width=1280)
    visited.show(Page("/"))
    assert browser.run(_NAV) is True
    assert browser.run("document.querySelector('.menu').checkVisibility()") is False


def test_what_sees_to_a_story_is_large_enough_for_a_thumb(visited: Visited) -> None:
    """44 CSS pixels each way (WCAG 2.5.5)."""
    visited.browser.look(width=PHONE)
    visited.show(Page("/?stories=all"))
    small = """[...document.querySelectorAll('.menu summary, .seeing a, .seeing button')]
      .map(each => [each.innerText, each.getBoundingClientRect()])
      .filter(([, box]) => Math.min(box.width, box.height) < 44).map(([said]) => said)"""
    assert visited.browser.run("document.querySelectorAll('.seeing a').length") > 0
    assert visited.browser.run(small) == []


@pytest.mark.parametrize("width", [320, PHONE, 1280])
def test_a_concept_is_saved_without_scrolling_to_the_end_of_its_form(visited: Visited, width: int) -> None:
    visited.browser.look(width=width)
    visited.show(Page("/concepts/missile/edit"))
    box = "document.querySelector('[value=save]').getBoundingClientRect()"
    assert visited.browser.run(f"{box}.top > 0 && {box}.bottom <= innerHeight")
