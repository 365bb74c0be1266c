"""The pages of what was read: all items by facets and query, and one with every decision about it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest
from fastapi import FastAPI
from situation_world import TRUCE, Followed, entered, with_accounts
from sqlalchemy import insert, select, update
from web_client import ask
from web_world import ENGLISH, LAUNCH, NOW, TRADE, World, add_delivery, add_feed, add_match, make_app, rows

from alerts.app import App
from alerts.model import DeliveryState, Enclosure, Item
from alerts.store import items
from alerts.store.face_schema import OwnRule
from alerts.store.mail_schema import Delivery
from alerts.store.schema import Item as ItemRow
from alerts.store.unit import reading, writing
from alerts.web.desk.item_lines import size
from alerts.web.desk.items import SHOWN, Asked, asked
from alerts.web.site import make_web


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


def titles(page: str) -> list[str]:
    found = re.findall(r'<a id="item-\d+" href="/items/\d+">(.*?)</a>', page, re.DOTALL)
    return [re.sub("<[^>]*>", "", each) for each in found]


def shelve(app: App, several: list[Item], source: str = "Harbour Wire") -> list[int]:
    with writing(app.engine) as tx:
        feed = add_feed(tx, source, several[0].language or "en")
        made = items.insert_new(tx, feed, [items.Incoming(each, "f" * 64, None) for each in several], NOW)
    return [made[each.key] for each in several]


def news(key: str, title: str, **more: object) -> Item:
    return Item(key, f"https://en.example/{key}", title, language="en", **more)  # type: ignore[arg-type]


# The list


def test_every_item_is_listed_the_last_found_first(app: App, web: FastAPI) -> None:
    shelve(app, [news("1", "First"), news("2", "Second <b>")])
    page = ask(web, "/items").text
    assert titles(page) == ["Second &lt;b&gt;", "First"]
    assert "2 items" in page


def test_each_facet_narrows_and_is_counted_within_what_was_chosen(app: App, web: FastAPI) -> None:
    shelve(app, [news("1", "A", kind="briefing", region="africa"), news("2", "B", kind="report")])
    shelve(app, [Item("3", "https://x.example/3", "C", language="fr", kind="briefing")], "Le Port")
    assert titles(ask(web, "/items?kind=briefing").text) == ["C", "A"]
    assert titles(ask(web, "/items?kind=briefing&language=fr").text) == ["C"]
    assert titles(ask(web, "/items?region=africa").text) == ["A"]
    assert titles(ask(web, "/items?source=Le+Port").text) == ["C"]
    assert titles(ask(web, "/items?source=nobody").text) == []
    page = ask(web, "/items?kind=briefing").text
    counted = re.findall(r"<bdi>([^<]*)</bdi></a> <span class=\"soft\">(\d+)", page)
    assert counted == [
        ("africa", "1"),
        ("English", "1"),
        ("French", "1"),
        ("Harbour Wire", "1"),
        ("Le Port", "1"),
    ]
    assert '<b><bdi>briefing</bdi></b> <a href="/items">any' in page


def test_a_rule_is_a_facet_and_a_readers_own_is_not(app: App, web: FastAPI) -> None:
    world = World(app)
    with writing(app.engine) as tx:
        feed = add_feed(tx, "Harbour Wire", "en")
        add_match(tx, feed, news("1", "A missile"), LAUNCH, "missile")
        add_match(tx, feed, news("2", "New sanctions"), TRADE, "sanctions")
        tx.execute(insert(OwnRule).values(rule_id=world.trade, subscriber_id=world.english))
    page = ask(web, "/items").text
    assert titles(ask(web, "/items?rule=launch").text) == ["A missile"]
    assert titles(ask(web, "/items?rule=trade").text) == []
    assert "A <mark>missile</mark>" in page
    assert "Ballistic launch" in page
    assert "Trade" not in page


def test_a_period_leaves_out_what_was_news_before(app: App, web: FastAPI) -> None:
    old, _ = shelve(app, [news("1", "Old"), news("2", "New")])
    with writing(app.engine) as tx:
        then = NOW.replace(year=2025)
        tx.execute(update(ItemRow).where(ItemRow.id == old).values(seen_at=then, published_at=then))
    assert titles(ask(web, "/items").text) == ["New"]
    assert titles(ask(web, "/items?period=ever").text) == ["New", "Old"]


def test_a_query_finds_marks_and_narrows_further_by_facets(app: App, web: FastAPI) -> None:
    shelve(
        app,
        [news("1", "Missile over the bay", kind="report"), news("2", "Grain prices"), news("3", "A missile")],
    )
    page = ask(web, "/items?q=missile").text
    assert titles(page) == ["A missile", "Missile over the bay"]
    assert "<mark>Missile</mark> over the bay" in page
    assert titles(ask(web, "/items?q=missile&kind=report").text) == ["Missile over the bay"]
    assert "Nothing that is kept matches" in ask(web, "/items?q=earthquake").text


def test_a_query_that_cannot_be_read_says_where_and_keeps_what_was_typed(web: FastAPI) -> None:
    page = ask(web, "/items?q=%28missile+OR+%3Cb%3E")
    assert page.status == 422
    assert re.search(r"E\d\d</b> at column \d+", page.text)
    assert 'value="(missile OR &lt;b&gt;"' in page.text


@pytest.mark.parametrize("query", ["", "&q=missile"])
def test_older_pages_go_through_everything_once(app: App, web: FastAPI, query: str) -> None:
    shelve(app, [news(str(number), f"Missile {number}") for number in range(SHOWN + 3)])
    page = ask(web, f"/items?period=ever{query}").text
    older = re.search(r'rel="next" href="([^"]*)"', page)
    assert older
    rest = ask(web, older[1].replace("&amp;", "&")).text
    assert [*titles(page), *titles(rest)] == [f"Missile {number}" for number in reversed(range(SHOWN + 3))]
    assert 'rel="next"' not in rest


def test_counts_say_that_there_may_be_more(app: App, web: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.services.browsing.COUNTED", 2)
    monkeypatch.setattr("alerts.services.browsing.FOUND", 2)
    shelve(app, [news(str(number), f"Missile {number}") for number in range(100)])
    assert "2+ items" in ask(web, "/items").text
    page = ask(web, "/items?q=missile").text
    assert "+ items" in page
    assert "there may be more" in page


def test_a_search_that_looked_through_enough_says_how_far_and_goes_on(
    app: App, web: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.services.browsing.LOOKED_THROUGH", 1)
    shelve(app, [news("1", "Missile and launch"), *(news(f"x{n}", f"missile {n}") for n in range(80))])
    page = ask(web, "/items?q=missile+launch").text
    following, seen = re.search(r'rel="next" href="([^"]*)"', page), titles(page)
    while following:
        page = ask(web, following[1].replace("&amp;", "&")).text
        seen += titles(page)
        following = re.search(r'rel="next" href="([^"]*)"', page)
    assert seen == ["Missile and launch"]


def test_an_editor_makes_a_rule_of_a_query_and_a_viewer_is_not_offered_it(app: App, web: FastAPI) -> None:
    with_accounts(app)
    assert (
        'href="/rules/new?query=missile+launch"' in entered(web, "anna").get("/items?q=missile+launch").text
    )
    assert "/rules/new" not in entered(web, "victor").get("/items?q=missile+launch").text


def test_what_makes_no_sense_in_an_address_is_left_out() -> None:
    assert asked({"period": "9", "before": "x", "q": " a "}) == Asked(q="a")
    assert Asked(q="a", before="7").link(kind="report") == "?q=a&kind=report"


# One item


def test_an_item_is_shown_as_it_was_kept_with_what_matched_marked(app: App, web: FastAPI) -> None:
    World(app)
    item = news(
        "1",
        "A missile & <b>more</b>",
        summary="First.\n\nSecond paragraph.",
        authors=("Jo",),
        categories=("Report",),
        kind="report",
        translations=(("fr", "https://en.example/2"), ("ar", "https://else.example/1")),
        enclosures=(Enclosure("https://en.example/a.mp3", "audio/mpeg", 1_500_000),),
    )
    with writing(app.engine) as tx:
        feed = add_feed(tx, "Harbour Wire", "en")
        add_match(tx, feed, item, LAUNCH, "missile")
    shelve(app, [replace(news("2", "Un missile"), language="fr")])
    page = ask(web, "/items/1").text
    assert "A <mark>missile</mark> &amp; &lt;b&gt;more&lt;/b&gt;" in page
    assert "Second paragraph." in page
    assert '<a href="/items/2">French</a>' in page
    assert '<a href="https://else.example/1" rel="noreferrer noopener">Arabic</a>' in page
    assert "audio/mpeg</a> 2 MB" in page
    assert '<a href="/items?kind=report">report</a>' in page
    assert 'href="/feeds/1"' in page


def test_the_time_where_it_happened_stands_beside_ours(app: App, web: FastAPI) -> None:
    followed = Followed(app)
    followed.story("Shelling in the north")
    assert "(23:30 in North Korea)" in ask(web, "/items/1").text


def test_every_decision_about_an_item_is_told(app: App, web: FastAPI) -> None:
    world = World(app)
    with writing(app.engine) as tx:
        feed = add_feed(tx, "Harbour Wire", "en")
        match = add_match(tx, feed, news("1", "A missile"), LAUNCH, "missile")
        add_delivery(tx, world, match, DeliveryState.SENT)
    with_accounts(app)
    page = entered(web, "victor").get("/items/1").text
    assert "1 sent" in page
    assert "waits for the weekly digest" in page
    assert "d…@crisis-room.example.org" in page
    assert ENGLISH not in page
    assert 'name="subscriber"' not in page
    assert ENGLISH in entered(web, "berta").get("/items/1").text


def test_who_asks_why_not_is_answered_for_a_rule_and_an_admin_for_a_person(app: App, web: FastAPI) -> None:
    World(app)
    with writing(app.engine) as tx:
        feed = add_feed(tx, "Harbour Wire", "en")
        add_match(tx, feed, news("1", "A missile"), LAUNCH, "missile")
    with_accounts(app)
    told = entered(web, "victor").get("/items/1?rule=trade").text
    assert "no match" in told
    assert "read as English" in told
    berta = entered(web, "berta")
    answer = (
        berta.get(f"/items/1?subscriber={ENGLISH}").text.split('<div role="status">')[1].split("</div>")[0]
    )
    assert answer.count(ENGLISH) == 2
    assert berta.get("/items/1?rule=launch&subscriber=nobody@x.example").status == 404
    assert entered(web, "anna").get("/items/1?rule=nothing").status == 404


def test_a_rule_is_asked_for_by_a_part_of_its_name_and_offered_with_it(app: App, web: FastAPI) -> None:
    World(app)
    shelve(app, [news("1", "A missile")])
    with_accounts(app)
    anna = entered(web, "anna")
    page = anna.get("/items/1").text
    assert '<option value="launch">Ballistic launch</option>' in page.split('<datalist id="rules">')[1]
    for typed in ("Ballistic+launch", "ballistic", "launch"):
        told = anna.get(f"/items/1?rule={typed}")
        assert told.status == 200
        assert "<bdi>launch</bdi>" in told.text


def test_what_is_asked_about_one_reader_is_answered_of_them_and_not_of_everybody(
    app: App, web: FastAPI
) -> None:
    World(app)
    shelve(app, [news("1", "A missile")])
    with_accounts(app)
    told = entered(web, "berta").get(f"/items/1?rule=trade&subscriber={ENGLISH}").text
    row = told.split('<div role="status">')[1].split("</div>")[0]
    assert f"<bdi>{ENGLISH}</bdi>" in row
    assert "everybody" not in row
    assert '<td role="cell" class="whom">' in row, "a look of its own would break the line"


def test_the_mail_that_an_answer_names_leads_to_its_delivery(app: App, web: FastAPI) -> None:
    world = World(app)
    with writing(app.engine) as tx:
        feed = add_feed(tx, "Harbour Wire", "en")
        match = add_match(tx, feed, news("1", "A missile"), LAUNCH, "missile")
        add_delivery(tx, world, match, DeliveryState.SENT)
        link = tx.execute(select(Delivery.id, Delivery.message_id)).one()
    with_accounts(app)
    page = entered(web, "berta").get("/items/1").text
    assert f'in mail <a href="/deliveries/{link.id}">{escape(link.message_id)}</a>' in page
    assert f'href="/deliveries/{link.id}"' in entered(web, "victor").get("/items/1").text


def test_what_matched_a_readers_own_rule_is_for_admins_only(app: App, web: FastAPI) -> None:
    followed, world = Followed(app), World(app)
    followed.story("Private truce", rule=TRUCE)
    with writing(app.engine) as tx:
        tx.execute(insert(OwnRule).values(rule_id=followed.truce, subscriber_id=world.english))
    with_accounts(app)
    assert "No rule of everybody" in entered(web, "anna").get("/items/1").text
    assert entered(web, "anna").get("/items/1?rule=truce").status == 404
    assert 'href="/rules/truce"' in entered(web, "berta").get("/items/1").text


def test_an_item_that_was_edited_or_emptied_says_so(app: App, web: FastAPI) -> None:
    (kept,) = shelve(app, [news("1", "A missile")])
    with writing(app.engine) as tx:
        tx.execute(update(ItemRow).where(ItemRow.id == kept).values(changed_at=NOW, emptied_at=NOW, title=""))
    page = ask(web, f"/items/{kept}").text
    assert "what it said before is not kept" in page
    assert "Its words are no longer kept" in page
    assert "Item without a title" in page


@pytest.mark.parametrize("path", ["/items/99", "/items/x", "/items/0", "/items/99999999999999999999"])
def test_an_item_that_never_was_is_not_found(web: FastAPI, path: str) -> None:
    assert ask(web, path).status == 404


@pytest.mark.parametrize(
    ("length", "words"),
    [(None, ""), (12, "12 bytes"), (1_499, "1 kB"), (2_600_000, "3 MB"), (7 * 10**9, "7 GB")],
)
def test_sizes_are_told_as_people_say_them(length: int | None, words: str) -> None:
    assert size(length) == words


def test_looking_through_items_changes_nothing(app: App, web: FastAPI) -> None:
    Followed(app).story("Shelling")
    before = rows(app)
    for path in ("/items", "/items?q=shelling", "/items/1", "/items/1?rule=truce", "/stories/1"):
        assert ask(web, path).status == ask(web, path, "HEAD").status == 200
    assert rows(app) == before
    with reading(app.engine) as tx:
        assert items.load(tx, [1])
