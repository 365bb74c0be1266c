"""What people come for, done with the keyboard alone: tab, enter, space and arrows, no mouse, nothing that a
script puts the focus on. And on every page: all that can be used is reached in turn, seen, and left."""

from __future__ import annotations

import pytest
from chromium import Chromium
from live_world import Newspaper, add_rule, link
from situation_world import RIGHT, WORSE, Followed
from visitor import Visitor

from alerts.model import Cadence, Trend
from alerts.store import subscribers, trends
from alerts.store.unit import reading

pytestmark = pytest.mark.browser


def log_in(browser: Chromium, name: str) -> None:
    """On the page that asks for it."""
    browser.tab_to("#name")
    browser.write(name)
    browser.key("Tab")
    browser.write(RIGHT)
    browser.key_onwards("Enter")


def test_the_first_key_finds_the_link_past_the_menu_and_it_leads_there(visitor: Visitor) -> None:
    browser = visitor.come("/jobs")
    log_in(browser, "anna")
    browser.key("Tab")
    assert browser.run("document.activeElement.matches('a.skip')")
    assert browser.run("document.activeElement.getBoundingClientRect().top >= 0"), "it is seen then"
    browser.key("Enter")
    browser.key("Tab")
    assert browser.run("!!document.activeElement.closest('main')")


def test_a_trend_call_is_confirmed_by_keyboard(visitor: Visitor) -> None:
    followed = Followed(visitor.live.app)
    followed.draft(WORSE)
    browser = visitor.come("/login?after=/situations/strait")
    log_in(browser, "anna")
    browser.tab_to("[name=trend]")
    while browser.run("document.activeElement.value") != "unchanged":
        browser.key("ArrowUp")
    browser.tab_to("#reason")
    browser.write("Old footage, seen from the pier")
    browser.tab_to("form button.primary")
    browser.key_onwards("Enter")
    assert "Your call is in force." in browser.words
    with reading(visitor.live.app.engine) as tx:
        decision = trends.history(tx, followed.strait)[0].decision
    assert decision
    assert (decision.trend, decision.by) == (Trend.UNCHANGED, "anna")


def test_a_feed_is_added_by_keyboard(visitor: Visitor, paper: Newspaper) -> None:
    visitor.live.prints(paper, "Ferry line suspended after storm")
    browser = visitor.come("/feeds/add")
    log_in(browser, "anna")
    browser.tab_to("#address")
    browser.write(paper.address)
    browser.key_onwards("Enter")
    browser.tab_to("[name=chosen]")
    browser.key("Space")
    assert not browser.run("document.activeElement.checked")
    browser.key("Space")
    browser.tab_to("form .acts button.primary")
    browser.key_onwards("Enter")
    visitor.live.beat()
    assert "Pier Post" in visitor.come("/feeds").words


def test_who_subscribes_confirms_changes_and_leaves_needs_no_mouse(visitor: Visitor) -> None:
    live = visitor.live
    add_rule(live)
    browser = visitor.come("/subscribe")
    browser.tab_to("#address")
    browser.write("muna@desk.example.org")
    browser.tab_to("[name=language]")
    browser.write("fra")  # as lists are searched
    assert browser.run("document.activeElement.value") == "fr"
    browser.tab_to("[name=cadence]")
    while browser.run("document.activeElement.value") != "daily":
        browser.key("ArrowDown")
    browser.tab_to("[name=rule]")
    browser.key("Space")
    browser.tab_to("form button.primary")
    browser.key_onwards("Enter")
    (letter,) = live.beat()

    visitor.come(link(letter, "/c/"))
    browser.tab_to("main form button.primary")
    browser.key_onwards("Space")
    browser.tab_to("main a.button")  # to what they receive
    browser.key_onwards("Enter")
    browser.tab_to("main summary")
    browser.key("Enter")
    browser.tab_to("details[open] [name=cadence]")
    while browser.run("document.activeElement.value") != "weekly":
        browser.key("ArrowDown")
    browser.tab_to("details[open] form button.primary")
    browser.key_onwards("Enter")
    assert orders(visitor) == [("fr", Cadence.WEEKLY)]

    visitor.come(link(live.beat()[-1], "/u/"))
    browser.tab_to("main form button")
    browser.key_onwards("Enter")
    assert orders(visitor) == []


def orders(visitor: Visitor) -> list[tuple[str, Cadence]]:
    """What is sent to whom, and in which language."""
    with reading(visitor.live.app.engine) as tx:
        return [
            (person.language, order.cadence)
            for person in subscribers.everyone(tx)
            for order in subscribers.orders_of(tx, person.id)
            if order.ended_at is None
        ]
