"""The sign-up form as somebody fills it in: what to expect, a rule of one's own, hours without mail."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from lxml import html as lxml_html
from public_pages import FILLED, NEW, confirm_link, own_page
from web_client import Answer, ask, post
from web_world import LAUNCH, NOW, World, add_feed, add_match, make_app, rows

from alerts.app import App
from alerts.model import Item, Quiet, Rule, Situation
from alerts.services.rules import Edit
from alerts.services.situations import import_situations
from alerts.store import own_rules, rules, subscribers
from alerts.store.unit import reading, writing
from alerts.web.choices import MOST_SHOWN
from alerts.web.site import make_web

LIVE = {"hx-request": "true", "content-type": "application/x-www-form-urlencoded"}
OWN = {"rule": "", "own": "cholera AND (Goma OR Bukavu)"}


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


@pytest.fixture
def world(app: App) -> World:
    return World(app)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


def news(app: App, *titles: str, rule: Rule = LAUNCH, word: str = "ballistic missile") -> None:
    """Items, those with the word matched by the rule."""
    with writing(app.engine) as tx:
        feed = add_feed(tx, "Wire", "en")
        for number, title in enumerate(titles):
            item = Item(f"{number}", f"https://en.example/{number}", title, language="en")
            add_match(tx, feed, item, rule, word if word in title else title.split()[0])


def look(web: FastAPI, path: str, fields: dict[str, str]) -> Answer:
    """What the page asks for as somebody fills it in."""
    return ask(web, path, "POST", urlencode(fields | {"do": "look"}).encode(), LIVE)


# --- how many mails to expect --------------------------------------------------------------


@pytest.mark.usefixtures("world")
def test_each_rule_says_how_many_mails_to_expect_at_each_cadence(app: App, web: FastAPI) -> None:
    news(app, *(f"A ballistic missile, number {n}" for n in range(8)))
    app.clock = lambda: NOW + timedelta(days=1)
    page = ask(web, "/subscribe?lang=en").text
    line = re.search(r'value="launch".*?</li>', page, re.DOTALL)
    assert line is not None
    said = dict(re.findall(r'<span class="per (\w+)">([^<]+)</span>', line[0]))
    assert said["immediate"] == "about 56 a week", "eight in the one day that was seen"
    assert said["weekly"] == "about 1 a week" and said["monthly"] == "about 1 a month"
    other = re.search(r'value="trade".*?</li>', page, re.DOTALL)
    assert other is not None and "fewer than one a month" in other[0]


@pytest.mark.usefixtures("world")
def test_all_together_is_told_while_choosing_and_nothing_is_sent_or_kept(app: App, web: FastAPI) -> None:
    news(app, *(f"A ballistic missile, number {n}" for n in range(8)))
    before = rows(app)
    live = look(web, "/subscribe?lang=en", FILLED)
    assert live.status == 200 and "Mails to expect, all together" in live.text
    assert "<html" not in live.text and live.headers["cache-control"] == "no-store"
    whole = post(web, "/subscribe?lang=en", FILLED | {"do": "look"})
    assert whole.status == 200 and "Mails to expect, all together" in whole.text, "without a script too"
    assert f'value="{NEW}"' in whole.text and 'value="launch" checked' in whole.text
    assert "Mails to expect" not in look(web, "/subscribe", FILLED | {"rule": ""}).text
    assert rows(app) == before


@pytest.mark.usefixtures("world")
def test_of_many_rules_a_form_shows_some_and_finds_the_others(app: App, web: FastAPI) -> None:
    with writing(app.engine) as tx:
        for number in range(MOST_SHOWN + 30):
            rules.save(tx, Rule(f"town-{number}", f"Town {number:04}", f"town{number}"), author="x", now=NOW)
    page = ask(web, "/subscribe?lang=en").text
    assert page.count('name="rule"') == MOST_SHOWN
    assert "32 more rules" in page
    found = post(
        web, "/subscribe?lang=en", FILLED | {"rule": "town-3", "find": "TOWN 0149", "do": "look"}
    ).text
    assert re.findall(r'name="rule" value="([^"]+)"', found) == ["town-3", "town-149"], "what is chosen stays"


@pytest.mark.usefixtures("world")
def test_many_situations_stand_by_region_and_are_found_by_name_without_a_script(
    app: App, web: FastAPI
) -> None:
    places = [("sd", "Sudan"), ("ua", "Ukraine"), ("", "Everywhere")]
    many = tuple(
        Situation(f"{place or 'all'}-{number}", f"{name} {number:02}", (place,) if place else (), ("launch",))
        for place, name in places
        for number in range(8)
    )
    import_situations(app.engine, many, Edit("editor", NOW))
    page = lxml_html.fromstring(ask(web, "/subscribe?lang=ar").text)
    folds = page.xpath("//details[@class='region']")
    assert [each.find("summary").text for each in folds] == ["أفريقيا (8)", "العالم (8)", "أوروبا (8)"]
    assert not page.xpath("//details[@class='region'][@open]"), "a short page until one is opened"
    chosen = FILLED | {"situation": "ua-3", "find": "SUDAN 05", "do": "look"}
    page = lxml_html.fromstring(post(web, "/subscribe?lang=en", chosen).text)
    found = page.xpath("//details[@class='region'][@open]//input/@value")
    assert found == ["sd-5", "ua-3"], "what is chosen stays"
    assert page.xpath("//input[@value='ua-3']/@checked")
    (button,) = page.xpath("//div[@class='finding']//button")
    assert page.xpath(f"//*[@id='{button.get('formaction').partition('#')[2]}']"), "seen from the field on"
    assert "Nothing is called that." not in page.text_content()
    nothing = post(web, "/subscribe?lang=en", chosen | {"find": "xyz"}).text
    assert "Nothing is called that." in nothing and 'value="ua-3" checked' in nothing


@pytest.mark.usefixtures("world")
def test_a_few_situations_stand_open_and_need_no_search(app: App, web: FastAPI) -> None:
    import_situations(app.engine, (Situation("strait", "Strait", ("kr",), ("launch",)),), Edit("e", NOW))
    page = ask(web, "/subscribe?lang=en").text
    assert 'value="strait"' in page and 'class="region"' not in page and 'name="find"' not in page


# --- a rule of one's own --------------------------------------------------------------------


@pytest.mark.usefixtures("world")
def test_an_own_rule_shows_what_it_finds_while_it_is_written(app: App, web: FastAPI) -> None:
    news(app, "Cholera spreads in Goma", "Cholera reaches Bukavu", "Ships <sail> again", word="no")
    said = look(web, "/subscribe?lang=en", FILLED | OWN).text
    assert "Your own rule matched 2 items in four weeks." in said and "Cholera reaches Bukavu" in said
    assert "Mails to expect" in said
    marked = look(web, "/subscribe?lang=en", FILLED | OWN | {"own": "ships"}).text
    assert "Ships &lt;sail&gt; again" in marked


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("cholera AND", "cannot be read yet"),
        ("@no-such-thing", "cannot be read yet"),
        ("word " * 150, "too long"),
        ("harbour", "more than 20 % of all news"),
    ],
)
def test_an_own_rule_that_cannot_be_had_is_explained_and_sends_nothing(
    app: App, web: FastAPI, query: str, said: str
) -> None:
    news(app, *(f"Harbour news {n}" for n in range(60)), word="no")
    before = rows(app)
    assert said in look(web, "/subscribe?lang=en", FILLED | {"own": query}).text
    answer = post(web, "/subscribe?lang=en", FILLED | {"own": query})
    assert answer.status == 400 and said in answer.text
    assert re.search(r'<textarea id="new-own"[^>]*aria-invalid="true"', answer.text)
    assert rows(app) == before


@pytest.mark.usefixtures("world")
def test_an_own_rule_from_the_form_over_the_mail_to_the_own_page(app: App, web: FastAPI) -> None:
    assert post(web, "/subscribe", FILLED | OWN).status == 200
    page = ask(web, confirm_link(app)).text
    assert "cholera AND (Goma OR Bukavu)" in page, "who confirms sees what was asked for"
    assert post(web, confirm_link(app), {"confirm": "yes"}).status == 200
    with reading(app.engine) as tx:
        person = subscribers.find(tx, NEW)
        (own,) = own_rules.of(tx, person.id)
        (order,) = subscribers.orders_of(tx, person.id)
        assert [each.name.key for each in subscribers.rules_of(tx, order.id)] == [own.key]
    path = own_page(app, person.id)
    assert f'name="rule" value="{own.key}" checked' in ask(web, path).text
    assert own.key not in ask(web, "/subscribe").text


def test_nobody_can_follow_the_own_rule_of_somebody_else(app: App, world: World, web: FastAPI) -> None:
    post(web, "/subscribe", FILLED | OWN)
    post(web, confirm_link(app), {"confirm": "yes"})
    with reading(app.engine) as tx:
        (own,) = own_rules.of(tx, subscribers.find(tx, NEW).id)
    fields = {"cadence": "daily", "time": "08:00", "weekday": "0", "surges": "none", "rule": own.key}
    answer = post(web, own_page(app, world.english), fields | {"part": "new"})
    assert answer.status == 400 and own.key not in answer.text
    stolen = post(web, own_page(app, world.english), {"part": own.key, "own": "everything", "do": ""})
    assert stolen.status == 200
    with reading(app.engine) as tx:
        assert rules.kept.get(tx, own.key).query == OWN["own"]


# --- what else a form holds ----------------------------------------------------------------


@pytest.mark.usefixtures("world")
def test_hours_without_mail_can_be_chosen_at_once(app: App, web: FastAPI) -> None:
    assert post(web, "/subscribe", FILLED | {"quiet_since": "22", "quiet_until": "22"}).status == 400
    assert post(web, "/subscribe", FILLED | {"quiet_since": "22", "quiet_until": "6"}).status == 200
    post(web, confirm_link(app), {"confirm": "yes"})
    with reading(app.engine) as tx:
        assert subscribers.find(tx, NEW).quiet == Quiet(22, 6)


@pytest.mark.usefixtures("world")
def test_the_browser_may_choose_the_zone_and_only_where_nobody_did(web: FastAPI) -> None:
    page = ask(web, "/subscribe").text
    assert '<script src="/static/zone.js" defer></script>' in page
    script = ask(web, "/static/zone.js").text
    assert "!field.value" in script and "timeZone" in script


@pytest.mark.usefixtures("world")
def test_the_form_works_in_arabic_to_the_end(app: App, web: FastAPI) -> None:
    page = ask(web, "/subscribe?lang=ar")
    assert '<html lang="ar" dir="rtl">' in page.text
    wrong = post(web, "/subscribe?lang=ar", FILLED | {"address": "لا عنوان"})
    assert wrong.status == 400 and '<html lang="ar" dir="rtl">' in wrong.text
    assert post(web, "/subscribe?lang=ar", FILLED).status == 200
    done = post(web, confirm_link(app), {"confirm": "yes"})
    assert '<html lang="ar" dir="rtl">' in done.text


@pytest.mark.usefixtures("world")
def test_figures_grow_old(app: App, web: FastAPI) -> None:
    """What was counted is used for a quarter of an hour, then counted again."""
    moments = [NOW + timedelta(days=1)]
    app.clock = lambda: moments[0]
    ask(web, "/subscribe")
    news(app, "A ballistic missile")
    assert "about" not in ask(web, "/subscribe?lang=en").text
    moments[0] += timedelta(minutes=16)
    assert "about 7 a week" in ask(web, "/subscribe?lang=en").text
