from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert, update
from web_client import active_parts, ask
from web_world import NOW, make_app, rows

from alerts.app import App
from alerts.model import FeedState, Item
from alerts.store import feeds, items
from alerts.store.feeds import FetchNote, NewFeed
from alerts.store.schema import Feed, Fetch
from alerts.store.unit import writing
from alerts.web.desk.feed_list import FEEDS_ON_A_PAGE, Asked, asked
from alerts.web.desk.feed_page import POLLS_SHOWN, address
from alerts.web.desk.feed_words import remark
from alerts.web.discreet import discreet
from alerts.web.headers import PAGE_POLICY
from alerts.web.site import make_web

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WELL = {
    "last_success_at": NOW,
    "last_new_at": NOW - MINUTE,
    "habit_seconds": 3600,
    "next_poll_at": NOW + MINUTE,
}
SILENT = {"last_new_at": NOW - 3 * DAY}
DOWN = {"failures": 5, "last_success_at": NOW - DAY}
LARGEST = 100_000


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


def add(app: App, title: str, new: dict[str, Any] | None = None, **columns: Any) -> int:
    """A feed that is well but for what is given otherwise."""
    given = {"url": f"https://{len(title)}.example/{title}", "title": title, "source": f"House of {title}"}
    with writing(app.engine) as tx:
        feed_id = feeds.add(tx, NewFeed(**{**given, **(new or {})}), interval_seconds=1500, now=NOW)
        tx.execute(update(Feed).where(Feed.id == feed_id).values(**{**WELL, **columns}))
    return feed_id


def poll(app: App, feed_id: int, outcome: str, note: str = "", **values: Any) -> None:
    counts = {"status": 200, "new": 0, "changed": 0, "seen": 0, "started_at": NOW, "finished_at": NOW}
    with writing(app.engine) as tx:
        tx.execute(insert(Fetch), {"feed_id": feed_id, "outcome": outcome, "note": note, **counts, **values})


def titles(page: str) -> list[str]:
    return re.findall(r'href="/feeds/\d+"><span[^>]*>([^<]*)</span>', page)


@contextmanager
def statements(app: App) -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    executed: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            executed.append(statement)

    event.listen(app.engine, "before_cursor_execute", note)
    yield executed
    event.remove(app.engine, "before_cursor_execute", note)


# All feeds


def test_without_feeds_the_page_says_how_to_add_one(web: FastAPI) -> None:
    assert "alerts feeds add" in ask(web, "/feeds").text


def test_feeds_in_trouble_come_first_and_silent_is_told_from_failing(app: App, web: FastAPI) -> None:
    add(app, "Well", {"language": "fr", "tags": ("Wires", "Africa")})
    add(app, "Quiet", **SILENT)
    add(app, "Down", **DOWN)
    add(app, "Resting", state=FeedState.PAUSED)
    add(app, "Gone", state=FeedState.RETIRED)
    poll(app, 1, "read", "2 new / 0 changed / 7 seen", new=2, seen=7)
    page = ask(web, "/feeds").text
    assert "2 of 5 feeds are in trouble" in page
    assert titles(page) == ["Down", "Quiet", "Well", "Resting", "Gone"]
    assert '<span class="state bad">cannot be read, 5 tries</span>' in page
    assert '<span class="state quiet">silent for 3 d</span>' in page
    for shown in ("House of Well", "French", ">Wires<", ">Africa<", "2 new, 7 known", "14:31</time>"):
        assert shown in page
    assert "2 new / 0" not in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?sort=name", ["a", "B", "c"]),
        ("?sort=last+poll", ["c", "a", "B"]),
        ("?sort=next+poll", ["B", "c", "a"]),
        ("?sort=trouble", ["B", "a", "c"]),
        ("?show=trouble", ["B"]),
        ("?show=failing", ["B"]),
        ("?show=read&sort=last+poll", ["c", "a"]),
        ("?show=silent", []),
        ("?tag=Two%20%26%20more", ["c"]),
        ("?tag=Two", []),
        ("?q=house+C", ["c"]),
        ("?q=1.EXAMPLE&sort=name", ["a", "B", "c"]),
        ("?q=nothing", []),
        ("?page=99", ["B", "a", "c"]),
        ("?page=-1&sort=%00&show=<b>&no=such", ["B", "a", "c"]),
    ],
)
def test_the_list_can_be_sorted_and_cut(app: App, web: FastAPI, query: str, expected: list[str]) -> None:
    add(app, "a", next_poll_at=NOW + 9 * MINUTE)
    add(app, "B", **DOWN)
    add(app, "c", {"tags": ("One", "Two & more")}, next_poll_at=NOW + 2 * MINUTE)
    poll(app, 3, "unchanged")
    poll(app, 1, "read", finished_at=NOW - MINUTE)
    poll(app, 2, "dns", finished_at=NOW - 2 * MINUTE)
    assert titles(ask(web, f"/feeds{query}").text) == expected


def test_a_long_list_is_cut_into_pages_that_lead_to_each_other(app: App, web: FastAPI) -> None:
    for number in range(2 * FEEDS_ON_A_PAGE + 1):
        add(app, f"{number:03}", {"url": f"https://{number}.example/"})
    path, seen = "/feeds?sort=name", []
    while path:
        page = ask(web, path).text
        seen += titles(page)
        following = re.search(r'rel="next" href="([^"]*)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"{number:03}" for number in range(2 * FEEDS_ON_A_PAGE + 1)]
    assert 'rel="prev" href="/feeds?sort=name&amp;page=2"' in page


@given(
    st.builds(
        Asked,
        st.sampled_from(["all", "trouble", "silent"]),
        st.text(max_size=100).map(str.strip),
        st.text(),
        st.just("name"),
        st.just(3),
    )
)
def test_a_link_asks_for_what_it_was_made_for(wish: Asked) -> None:
    from urllib.parse import parse_qsl

    link = wish.link(page=3)
    assert asked(dict(parse_qsl(link.removeprefix("?"), keep_blank_values=True))) == wish


# One feed


def fill(app: App) -> int:
    feed_id = add(
        app,
        "وكالة المرسى",
        {
            "url": "https://user:password@marsa.example/feed?key=private",
            "site": "https://marsa.example/",
            "language": "ar",
            "tags": ("Middle East",),
        },
        **SILENT,
    )
    poll(app, feed_id, "read", "3 new / 1 changed / 9 seen; 2 entries repeated", new=3, changed=1, seen=9)
    poll(app, feed_id, "timeout", "no answer from https://marsa.example/feed?key=private", status=None)
    poll(app, feed_id, "unchanged", "304, not modified", status=304)
    shown = [
        Item("1", "https://marsa.example/1", "فُرضت عقوبات", language="ar", published_at=NOW - DAY),
        Item("2", "javascript:alert(1)", "A <b>ship</b>", language="en"),
        Item("3", "https://marsa.example/3", "", language="en"),
    ]
    incoming = [items.Incoming(each, "f" * 64, "first poll" if each.key == "2" else None) for each in shown]
    with writing(app.engine) as tx:
        items.insert_new(tx, feed_id, incoming, NOW)
    return feed_id


def test_one_feed_is_told_in_words(app: App, web: FastAPI) -> None:
    page = ask(web, f"/feeds/{fill(app)}").text
    assert '<h1><span lang="ar" dir="rtl">وكالة المرسى</span></h1>' in page
    for words in (
        "has shown nothing new for 3 d; its habit allows 24 h",
        "up to 1 h between news; silent after 24 h without news",
        "every 25 min while it answers",
        "Arabic",
        '<a href="/feeds?tag=Middle+East">',
        '<a href="https://marsa.example/" rel="noreferrer noopener">',
    ):
        assert words in page


def test_the_polls_of_a_feed_are_a_table_newest_first(app: App, web: FastAPI) -> None:
    page = ask(web, f"/feeds/{fill(app)}").text
    told = re.findall(r"<td[^>]*>(.*?)</td>", page)
    assert [re.sub("<[^>]*>", "", cell) for cell in told] == [
        *("not changed", "304", "", "", "", "304, not modified"),
        *("no answer in time", "", "", "", "", "no answer from https://marsa.example/feed?…"),
        *("read", "200", "3", "1", "9", "2 entries repeated"),
    ]


def test_items_are_shown_in_their_own_language_and_direction(app: App, web: FastAPI) -> None:
    page = ask(web, f"/feeds/{fill(app)}").text
    assert (
        '<h3 lang="ar" dir="rtl"><a href="https://marsa.example/1" rel="noreferrer noopener">'
        '<span lang="ar" dir="rtl">فُرضت عقوبات</span></a></h3>' in page
    )
    assert "A &lt;b&gt;ship&lt;/b&gt;" in page
    assert "Item without a title" in page
    assert "undated, found" in page
    assert "not news: first poll" in page
    assert "javascript:" not in page


def test_what_may_be_secret_in_an_address_is_on_no_page(app: App, web: FastAPI) -> None:
    feed_id = fill(app)
    named = "https://named.example/?token=private"
    add(app, named, {"url": named, "source": named})
    page = ask(web, f"/feeds/{feed_id}").text
    assert '<bdi dir="ltr">https://…@marsa.example/feed?…</bdi>' in page
    pages = [page, *(ask(web, path).text for path in ("/", "/feeds", "/feeds/2"))]
    for secret in ("private", "password", "user:"):
        assert [secret in each for each in pages] == [False] * 4


@pytest.mark.parametrize(
    ("url", "shown", "leads"),
    [
        ("https://a.example/@wire.rss", "https://a.example/@wire.rss", True),
        ("https://a.example/?a=1", "https://a.example/?…", False),
        ("https://a.example/#a", "https://a.example/?…", False),
        ("https://key@a.example/", "https://…@a.example/", False),
        ("javascript:alert(1)", "javascript:alert(1)", False),
        ("https://a.example/\u202egnp", "https://a.example/gnp", False),
        ("https://a.example/" + "a" * 2000, "https://a.example/" + "a" * 582 + "…", False),
    ],
)
def test_an_address_leads_there_only_when_nothing_was_cut_off(url: str, shown: str, leads: bool) -> None:
    told = address(url)
    assert told.shown == shown
    assert told.url == (url if leads else None)


@given(
    secret=st.from_regex(r"[A-Z][A-Za-z0-9_:.~-]{7,29}", fullmatch=True),
    path=st.from_regex(r"(/[a-z]*){1,3}", fullmatch=True),
)
def test_no_login_and_no_key_of_an_address_is_left(secret: str, path: str) -> None:
    for url in (f"https://{secret}@a.example{path}", f"https://a.example{path}?{secret}"):
        assert secret not in discreet(f"moved to {url}, said the server")


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("2 new / 0 changed / 7 seen", ""),
        ("2 new / 0 changed / 7 seen; an entry repeated; 2 new", "an entry repeated; 2 new"),
        ("a note of another kind", "a note of another kind"),
        ("x" * 400, "x" * 300 + "…"),
    ],
)
def test_a_note_does_not_repeat_the_counts(words: str, left: str) -> None:
    assert remark(FetchNote(NOW, NOW, "read", 200, 2, 0, 7, words), 300) == left


@pytest.mark.parametrize("id", ["2", "0", "-1", "x", "1.0", "²", "9" * 18, "9" * 19, "9" * 5000, "1/", "%00"])
def test_an_unknown_feed_is_not_found(app: App, web: FastAPI, id: str) -> None:
    add(app, "Only")
    answer = ask(web, f"/feeds/{id}")
    assert answer.status == 404
    assert "There is no such page" in answer.text
    assert ask(web, "/feeds/1").status == 200


# What holds of both, and of the status page


def test_the_pages_are_guarded_as_all_others_and_change_nothing(app: App, web: FastAPI) -> None:
    feed_id = fill(app)
    before = rows(app)
    for path in ("/feeds", f"/feeds/{feed_id}"):
        answer = ask(web, path)
        assert (answer.status, ask(web, path, "HEAD").status, ask(web, path, "POST").status) == (
            200,
            200,
            405,
        )
        assert answer.headers["content-security-policy"] == PAGE_POLICY
        assert not active_parts(answer.text)
    assert rows(app) == before


def many(app: App, number: int) -> None:
    """That many feeds with the longest names; every second is in trouble, the last has a long history."""
    for name in range(number):
        long = f"{name} " + "북한, 탄도미사일 & 발사 " * 60
        new = {"url": f"https://{name}.example/", "title": long, "source": long, "language": "ko"}
        feed_id = add(
            app, "", {**new, "tags": (long, "b" * 500, "c" * 500, "d")}, **(DOWN if name % 2 else {})
        )
        poll(app, feed_id, "http", "“" * 3000, status=503)
    failed = {"feed_id": feed_id, "outcome": "http", "status": 503, "new": 0, "changed": 0, "seen": 0}
    polls = [{"started_at": NOW, "finished_at": NOW, "note": "“" * 3000, **failed}] * (2 * POLLS_SHOWN)
    with writing(app.engine) as tx:
        tx.execute(insert(Fetch), polls)
        shown = [Item(str(key), "https://x.example/" + "x" * 580, long, language="ko") for key in range(100)]
        items.insert_new(tx, feed_id, [items.Incoming(each, "f" * 64, "first poll") for each in shown], NOW)


def test_pages_stay_small_and_ask_few_questions_however_many_feeds_there_are(app: App, web: FastAPI) -> None:
    many(app, 60)
    sizes: dict[str, int] = {}
    questions: dict[str, int] = {}
    for path in ("/", "/feeds", "/feeds?sort=name&page=2", "/feeds/60"):
        with statements(app) as executed:
            answer = ask(web, path)
        assert answer.status == 200
        sizes[path], questions[path] = len(answer.body), len(executed)
    assert {path: size for path, size in sizes.items() if size > LARGEST} == {}
    del questions["/"]
    who_may_look = 1
    assert questions == {
        "/feeds": who_may_look + 1,
        "/feeds?sort=name&page=2": who_may_look + 1,
        "/feeds/60": who_may_look + 4,
    }
