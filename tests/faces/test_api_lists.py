"""Lists in pages: nothing twice, nothing left out, whatever is added meanwhile; broken cursors are told."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_world import fill, program
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from web_world import LAUNCH, NOW, World, add_feed, add_match, make_app

from alerts.app import App
from alerts.model import Concept, Item, Rule, Situation
from alerts.store import audit, concepts, feeds, own_rules, rules, situations, subscribers
from alerts.store.unit import writing
from alerts.web.api import pages
from alerts.web.api.problem import Refused
from alerts.web.api.site import make_api, mounted

MANY = 7


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


def add_rule(tx: Any, number: int) -> None:
    rules.save(tx, Rule(f"r-{number}", "R", "missile"), author="t", now=NOW)


def add_situation(tx: Any, number: int) -> None:
    situations.kept.save(tx, Situation(f"s-{number}", "S"), author="t", now=NOW)


def add_concept(tx: Any, number: int) -> None:
    concepts.kept.save(
        tx, Concept(f"c-{number}", "C", terms=(("en", (f"word{number}",)),)), author="t", now=NOW
    )


def add_one_feed(tx: Any, number: int) -> None:
    url = f"https://{number}.example/feed"
    feeds.add(tx, feeds.NewFeed(url, "F", "F"), interval_seconds=300, now=NOW)


def add_person(tx: Any, number: int) -> None:
    address = f"p{number}@example.org"
    said: dict[str, Any] = {"language": "en", "timezone": "UTC", "quiet": None, "paused_until": None}
    subscribers.put_person(tx, address=address, address_key=address, confirmed=True, now=NOW, **said)


def add_one_match(tx: Any, number: int) -> None:
    """Several at one moment, so that time alone does not order them."""
    item = Item(
        f"k{number}", "", f"A ballistic missile {number}", published_at=NOW - timedelta(hours=number // 3)
    )
    add_match(tx, 1, item, LAUNCH, "ballistic missile")


LISTS: dict[str, Callable[[Any, int], None]] = {
    "/rules": add_rule,
    "/situations": add_situation,
    "/concepts": add_concept,
    "/feeds": add_one_feed,
    "/subscribers": add_person,
    "/matches": add_one_match,
    "/items": add_one_match,
    "/items?q=missile": add_one_match,
    "/matches?rule=launch&since=2026-01-01T00:00:00Z": add_one_match,
}


def name_of(row: dict[str, Any]) -> Any:
    return row.get("id") or row["key"]


@pytest.mark.parametrize("path", LISTS)
def test_pages_hold_every_row_once_in_the_same_order_whatever_their_size(app: App, path: str) -> None:
    World(app)
    with writing(app.engine) as tx:
        add_feed(tx, "Harbour Wire", "en")
        for number in range(MANY):
            LISTS[path](tx, number)
    tester, joined = program(app), "&" if "?" in path else "?"
    (whole,) = tester.pages(f"{path}{joined}limit=200")[:1]
    names = [name_of(row) for row in whole]
    assert len(set(names)) == len(names) >= MANY
    for limit in (1, 2, 3, MANY):
        if path == "/concepts" and limit < MANY:
            continue  # some hundreds are shipped
        found = tester.pages(f"{path}{joined}limit={limit}")
        assert [name_of(row) for page in found for row in page][: len(names)] == names
        assert all(len(page) == limit for page in found[:-1])


@pytest.mark.parametrize("path", LISTS)
def test_what_is_added_between_two_pages_shifts_nothing(app: App, path: str) -> None:
    World(app)
    with writing(app.engine) as tx:
        add_feed(tx, "Harbour Wire", "en")
        for number in range(0, 2 * MANY, 2):
            LISTS[path](tx, number)
    tester, joined = program(app), "&" if "?" in path else "?"
    before = {name_of(row) for page in tester.pages(f"{path}{joined}limit=200") for row in page}
    first = tester.get(f"{path}{joined}limit={200 if path == '/concepts' else 3}")
    with writing(app.engine) as tx:
        for number in range(1, 2 * MANY, 2):
            LISTS[path](tx, number)
    rest = [row for page in tester.pages(first["next"]) for row in page]
    found = [name_of(row) for row in [*first["items"], *rest]]
    assert len(found) == len(set(found))
    assert set(found) >= before


def test_the_next_page_keeps_what_was_asked_for(app: App) -> None:
    fill(app)
    with writing(app.engine) as tx:
        for number in range(2, 5):
            add_one_match(tx, number)
    page = program(app).get("/matches?rule=launch&since=2026-03-05T10:00:00%2B02:00&limit=2")
    assert page["next"].startswith(
        "/api/v1/matches?limit=2&rule=launch&since=2026-03-05T08%3A00%3A00Z&cursor="
    )


def test_rules_of_readers_own_are_in_no_list_and_under_no_address(app: App) -> None:
    ids = fill(app)
    own = Rule("own-1-1", "mine", "private words")
    with writing(app.engine) as tx:
        rules.save(tx, own, author="t", now=NOW)
        own_rules.add(tx, ids["subscriber"], rules.ids(tx, ["own-1-1"])["own-1-1"])
        item = Item("k2", "", "My private words")
        match_id = add_match(tx, ids["feed"], item, own, "private words")
    tester = program(app)
    assert "own-1-1" not in [rule["key"] for rule in tester.get("/rules")["items"]]
    assert match_id not in [match["id"] for match in tester.get("/matches")["items"]]
    assert tester.get("/items/2")["matches"] == []
    for method, path, body in (
        ("GET", "/rules/own-1-1", None),
        ("GET", "/rules/own-1-1/versions", None),
        ("PUT", "/rules/own-1-1", {"query": "other"}),
        ("DELETE", "/rules/own-1-1", None),
        ("GET", "/matches?rule=own-1-1", None),
        ("POST", "/query/try", {"query": "a", "key": "own-1-1"}),
        ("PUT", "/subscribers/2/subscriptions/daily", {"rules": ["own-1-1"]}),
    ):
        assert tester.ask(path, method, body).status == 404, path


# --- cursors -------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_characters="\0\n", exclude_categories=["Cs"]), max_size=64)
ids = st.integers(1, 2**63 - 1)
times = st.datetimes(timezones=st.just(UTC))


@given(texts, ids, times)
def test_a_cursor_is_read_back_as_it_was_written(text: str, number: int, at: datetime) -> None:
    assert pages.read("a", pages.write("a", text), str) == (text,)
    assert pages.read("a", pages.write("a", number), int) == (number,)
    assert pages.read("a", pages.write("a", at, number), datetime, int) == (at, number)


@given(
    st.one_of(
        st.text(max_size=60), st.binary(max_size=60).map(lambda b: base64.urlsafe_b64encode(b).decode())
    )
)
def test_any_other_cursor_is_broken_and_nothing_worse(cursor: str) -> None:
    for kinds in ((str,), (int,), (datetime, int)):
        try:
            assert cursor == "" or pages.read("rules", cursor, *kinds) is not None
        except Refused as refused:
            assert refused.problem.status == 400


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "AAAA",
        pages.write("rules", "launch"),
        pages.write("matches", NOW, 3),
        pages.write("items", NOW),
        pages.write("items", NOW, 3),
        pages.write("items", "three"),
        base64.urlsafe_b64encode(b"items\n-1").decode().rstrip("="),
        base64.urlsafe_b64encode(b"items\n99999999999999999999").decode().rstrip("="),
    ],
)
def test_a_cursor_that_is_not_of_this_list_is_a_problem(app: App, cursor: str) -> None:
    answer = program(app).ask(f"/items?cursor={cursor}")
    told = json.loads(answer.body)
    assert (answer.status, told["type"]) == (400, "urn:problem-type:alerts:broken-cursor")
    assert told["errors"][0]["parameter"] == "cursor"


def test_looking_at_lists_changes_nothing(app: App) -> None:
    fill(app)
    tester = program(app)
    with writing(app.engine) as tx:
        before = audit.latest(tx)
    for path in LISTS:
        tester.pages(path)
    with writing(app.engine) as tx:
        assert audit.latest(tx) == before


def test_below_a_path_of_a_host_the_next_page_is_there_too(tmp_path: Path) -> None:
    public = make_app(tmp_path, public_url="https://news.example.org/alerts")
    with writing(public.engine) as tx:
        for number in range(2):
            add_rule(tx, number)
    web = Starlette(routes=[mounted(public, "/alerts")])
    page = program(public, web=web).get("/rules?limit=1")
    assert page["next"].startswith("/alerts/api/v1/rules?limit=1&cursor=")
    assert make_api(public, "/alerts").openapi()["servers"] == [{"url": "/alerts/api"}]
