"""What people come for, from the first page to what they wanted: in a real browser, before a live service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from email.message import EmailMessage

import pytest
from live_world import Live, Newspaper, add_feed, add_rule, link
from situation_world import WORSE, Followed
from visitor import PHONE, Visitor

from alerts.model import Cadence, Trend, Wish
from alerts.store import trends
from alerts.store.unit import reading

pytestmark = pytest.mark.browser


def text(mail: EmailMessage) -> str:
    """What it says, without the marks around the words that matched."""
    part = mail.get_body(("plain",))
    return str(part.get_content()).replace("*", "") if part else ""


def telling(words: str, mails: Iterable[EmailMessage]) -> list[EmailMessage]:
    """Those of the mails that say this."""
    return [mail for mail in mails if words in text(mail)]


def a_week_of(live: Live) -> list[EmailMessage]:
    """All mails that leave in eight days."""
    hours = [1, *(24 for _ in range(8))]
    return [mail for passed in hours for mail in live.beat(timedelta(hours=passed))]


def test_write_a_rule_from_zero_to_the_first_mail(visitor: Visitor, paper: Newspaper) -> None:
    live, browser = visitor.live, visitor.come("/rules/new")
    add_feed(live, paper)
    live.prints(paper, "Ferry line suspended after storm")
    assert live.beat() == []

    visitor.log_in("anna")
    browser.type("#name", "Ferry lines")
    browser.type("#key", "ferry-lines")
    browser.type("#query", "ferry NEAR/5 suspend")
    browser.press("Try on the archive")
    assert "Ferry line suspended after storm" in browser.words
    browser.press("Save")
    assert browser.address.startswith(f"{visitor.address}/rules/ferry-lines")
    assert "Ferry lines" in browser.words

    browser.forget_everything()
    visitor.come("/subscribe")
    browser.type("#address", "duty@desk.example.org")
    browser.choose("[name=timezone]", "Europe/Paris")
    browser.tick("[name=cadence][value=immediate]")
    browser.tick("[name=rule][value=ferry-lines]")
    browser.press_the("form[action*='/subscribe'] button.primary")
    (letter,) = live.beat()
    visitor.come(link(letter, "/c/"))
    browser.press_the("main form button.primary")

    live.prints(paper, "Two ferries suspended in the strait")
    (alert,) = telling("Two ferries suspended in the strait", live.beat(timedelta(hours=1)))
    assert alert["To"] == "duty@desk.example.org"
    assert telling("Two ferries", live.beat(timedelta(hours=1))) == [], "once"


def test_sign_up_in_arabic_on_a_phone_change_to_weekly_read_the_archive_and_leave(
    visitor: Visitor, paper: Newspaper
) -> None:
    live = visitor.live
    add_feed(live, paper)
    add_rule(live)
    browser = visitor.come("/subscribe?lang=ar", PHONE)
    assert browser.run("document.documentElement.dir") == "rtl"
    browser.type("#address", "muna@desk.example.org")
    browser.choose("[name=timezone]", "Asia/Amman")
    browser.tick("[name=cadence][value=daily]")
    browser.tick("[name=rule][value=ferry]")
    browser.press_the("form[action*='/subscribe'] button.primary")
    (letter,) = live.beat()
    assert "تأكيد" in text(letter)

    visitor.come(link(letter, "/c/"), PHONE)
    assert browser.run("document.documentElement.lang") == "ar"
    browser.press_the("main form button.primary")
    browser.press_the("main a.button")  # to what they receive
    browser.tick("details [name=cadence][value=weekly]")
    browser.press_the("details form button.primary")
    assert "الملخص الأسبوعي" in browser.words

    live.prints(paper, "Ferry line opens again")
    (weekly,) = telling("Ferry line opens again", a_week_of(live))

    visitor.come(link(weekly, "/p/"), PHONE)
    browser.press_the("nav a[href$='/past']")
    browser.press_the("main li a")  # the newest
    assert "line opens again" in browser.run("document.querySelector('iframe').srcdoc")

    visitor.come(link(weekly, "/u/"), PHONE)
    browser.press_the("main form button")
    live.prints(paper, "Ferry line closes")
    assert telling("Ferry line closes", a_week_of(live)) == []


def test_edit_a_rule_and_read_the_difference(visitor: Visitor, paper: Newspaper) -> None:
    live = visitor.live
    add_feed(live, paper)
    add_rule(live)
    for title in (
        "Ferry line suspended after storm",
        "A ferry painter remembered",
        "Bridge suspended in fog",
    ):
        live.prints(paper, title)
    live.beat()
    browser = visitor.come("/rules/ferry/edit")
    visitor.log_in("anna")
    browser.type("#query", "(ferry OR bridge) suspend")
    browser.type("#why", "The bridge counts, painters do not")
    browser.press("Try on the archive")
    assert "Bridge suspended in fog" in browser.words
    assert browser.words.index("+ 1 item more") < browser.words.index("− 1 item fewer")
    browser.press("Save")
    assert "The bridge counts, painters do not" in browser.words
    changed = browser.run("[...document.querySelectorAll('ins, del')].map(each => each.innerText).join(' ')")
    assert "suspend" in changed


def test_find_out_why_a_mail_was_not_sent(visitor: Visitor, paper: Newspaper) -> None:
    live = visitor.live
    add_feed(live, paper)
    add_rule(live)
    wish = Wish("duty@desk.example.org", "en", "UTC", Cadence.IMMEDIATE, ("ferry",), confirmed=True)
    live.app.subscribe([wish], actor="test")
    live.prints(paper, "Boats to the islands stay in port")
    assert telling("Boats", live.beat()) == []
    browser = visitor.come("/items?q=islands")
    visitor.log_in("berta")
    browser.press("Boats to the islands stay in port")
    assert "No rule of everybody's matched it." in browser.words
    browser.type("#rule", "ferry")
    browser.type("#subscriber", "duty@desk.example.org")
    browser.press("Ask")
    told = browser.words.partition("Why not?")[2]
    assert "no match" in told
    assert "ferry" in told


def test_add_a_site_and_see_its_feed_polled(visitor: Visitor, paper: Newspaper) -> None:
    live, browser = visitor.live, visitor.come("/feeds/add")
    live.prints(paper, "Ferry line suspended after storm")
    visitor.log_in("anna")
    browser.type("#address", paper.address)
    browser.press("Look there")
    assert "One feed was found" in browser.words
    assert "Ferry line suspended after storm" in browser.words
    browser.press("Add what is ticked")
    live.beat()
    visitor.come("/feeds")
    browser.press("Pier Post")
    assert "Ferry line suspended after storm" in visitor.come("/items?q=ferry").words
    browser.press("Ferry line suspended after storm")
    browser.press("Pier Post")
    assert "200" in browser.words


def test_confirm_a_trend_call(visitor: Visitor) -> None:
    followed = Followed(visitor.live.app)
    followed.draft(WORSE)
    browser = visitor.come("/situations")
    assert "Media signal (machine draft)" in browser.words
    browser.press("The Strait & the Gulf")
    assert "Decide on the draft" not in browser.words
    browser.press("Log in")
    visitor.log_in("anna")
    browser.press("The Strait & the Gulf")
    browser.tick("[name=trend][value=unchanged]")
    browser.press("Put this call in force")
    assert "give a reason" in browser.words
    browser.type("#reason", "Old footage, seen from the pier")
    browser.press("Put this call in force")
    assert "Your call is in force." in browser.words
    with reading(visitor.live.app.engine) as tx:
        decision = trends.history(tx, followed.strait)[0].decision
    assert decision
    assert (decision.trend, decision.by) == (Trend.UNCHANGED, "anna")

    browser.forget_everything()
    visitor.come("/situations/strait")
    assert "Old footage, seen from the pier" in browser.words
    assert "Confirmed by an editor" in browser.words
    assert "anna" not in browser.words
