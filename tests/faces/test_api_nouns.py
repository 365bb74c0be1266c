"""What each address of the API promises, one after the other."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from api_world import Program, fill, program
from web_world import ENGLISH, NOW, make_app, rows

from alerts.app import App
from alerts.model import Cadence, Wish
from alerts.store import audit, claims, suppressions
from alerts.store.unit import reading, writing


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = make_app(tmp_path)
    fill(app)
    return app


@pytest.fixture
def tester(app: App) -> Program:
    return program(app)


def said(answer: Any, status: int) -> Any:
    assert answer.status == status, answer.text
    return json.loads(answer.body)


# --- rules, concepts, situations -----------------------------------------------------------

FULL = {
    "name": "Launches",
    "query": "missile OR rocket",
    "severity": "high",
    "polarity": "escalation",
    "languages": ["en"],
    "sources": ["Harbour Wire"],
    "match": ["A missile flew"],
    "no_match": ["Calm seas"],
    "owner": "desk",
    "review_at": "2030-06-30",
}


def test_a_rule_is_kept_with_all_its_fields_and_the_same_again_changes_nothing(tester: Program) -> None:
    made = tester.ask("/rules/full?reason=because", "PUT", FULL)
    assert {**FULL, "key": "full"}.items() <= said(made, 201).items()
    again = tester.ask("/rules/full", "PUT", FULL)
    assert (again.status, again.headers["etag"]) == (200, made.headers["etag"])
    (version,) = tester.get("/rules/full/versions")["items"]
    assert (version["version"], version["author"], version["reason"]) == (1, "api tester", "because")
    assert version["text"] == tester.get("/rules/full")


@pytest.mark.parametrize(
    ("path", "one", "two"),
    [
        ("/rules/x", {"query": "missile"}, {"query": "rocket"}),
        ("/concepts/x", {"terms": {"en": ["missile"]}}, {"terms": {"en": ["rocket"]}}),
        ("/situations/x", {"places": ["kp"]}, {"places": ["kr"]}),
    ],
)
def test_a_change_that_began_from_another_version_is_refused_and_nothing_is_written(
    tester: Program, path: str, one: Any, two: Any
) -> None:
    made = tester.ask(path, "PUT", one, if_none_match="*")
    assert made.status == 201
    first = made.headers["etag"]
    assert tester.ask(path, "PUT", two, if_none_match="*").status == 412
    changed = tester.ask(path, "PUT", two, if_match=first)
    assert (changed.status, changed.headers["etag"] != first) == (200, True)
    refused = tester.ask(path, "PUT", one, if_match=first)
    assert said(refused, 412)["type"] == "urn:problem-type:alerts:overtaken"
    assert two.items() <= tester.get(path).items()
    assert tester.ask(path, "PUT", one, if_match=changed.headers["etag"], if_none_match="*").status == 422
    assert tester.ask(path, "PUT", one).status == 200
    assert [each["version"] for each in tester.get(f"{path}/versions")["items"]] == [3, 2, 1]


@pytest.mark.parametrize(
    ("path", "one", "two"),
    [
        ("/rules/x", {"query": "missile"}, {"query": "rocket"}),
        ("/concepts/x", {"terms": {"en": ["missile"]}}, {"terms": {"en": ["rocket"]}}),
        ("/situations/x", {"places": ["kp"]}, {"places": ["kr"]}),
    ],
)
def test_a_version_is_counted_as_on_the_pages_and_only_the_one_that_was_read_is_retired(
    tester: Program, path: str, one: Any, two: Any
) -> None:
    made = tester.ask(path, "PUT", one)
    assert (made.headers["etag"], said(made, 201)["version"]) == ('"1"', 1)
    changed = tester.ask(path, "PUT", two)
    assert (changed.headers["etag"], tester.get(path)["version"]) == ('"2"', 2)
    refused = tester.ask(path, "DELETE", if_match=made.headers["etag"])
    assert said(refused, 412)["type"] == "urn:problem-type:alerts:overtaken"
    assert two.items() <= tester.get(path).items()
    assert tester.ask(path, "DELETE", if_match=changed.headers["etag"]).status == 204
    assert tester.ask(path, "DELETE", if_match=changed.headers["etag"]).status == 404
    assert said(tester.ask(path, "PUT", one, if_match='"0"'), 201)["version"] == 3, "it goes on being counted"


@pytest.mark.parametrize("path", ["/rules/launch", "/concepts/harbour", "/situations/korea"])
def test_what_is_retired_is_gone_and_its_versions_stay(tester: Program, path: str) -> None:
    if path == "/rules/launch":
        tester.ask("/situations/korea", "DELETE")
    assert tester.ask(path, "DELETE").body == b""
    assert [tester.ask(path).status, tester.ask(path, "DELETE").status] == [404, 404]
    assert len(tester.get(f"{path}/versions")["items"]) == 1


def test_a_rule_that_many_people_get_is_changed_only_when_that_is_confirmed(
    app: App, tester: Program
) -> None:
    wishes = [
        Wish(f"p{n}@example.org", "en", "UTC", Cadence.DAILY, ("launch",), confirmed=True) for n in range(101)
    ]
    app.subscribe(wishes, actor="test")
    refused = tester.ask("/rules/launch", "PUT", {"query": "rocket"})
    assert said(refused, 409)["type"] == "urn:problem-type:alerts:not-confirmed"
    assert tester.get("/rules/launch")["query"] != "rocket"
    assert tester.ask("/rules/launch?confirm=true", "PUT", {"query": "rocket"}).status == 200


def test_a_shipped_concept_has_version_0_and_may_be_replaced_and_given_back(tester: Program) -> None:
    shipped = tester.get("/concepts/missile")
    assert (shipped["shipped"], shipped["version"]) == (True, 0)
    own = tester.ask("/concepts/missile", "PUT", {"terms": {"en": ["dart"]}}, if_match='"0"')
    assert said(own, 200)["shipped"] is False
    assert tester.ask("/concepts/missile", "DELETE").status == 204
    assert tester.get("/concepts/missile") == shipped


def test_a_situation_tells_where_it_stands_and_a_person_decides_once(tester: Program) -> None:
    korea = tester.get("/situations/korea")
    draft = korea["draft"]
    assert korea["assessment"] == draft
    assert (draft["trend"], draft["confirmed"], draft["by"]) == ("deteriorated", False, None)
    assert draft["because"]
    refused = tester.ask("/situations/korea/decision", "POST", {"draft": draft["call"], "trend": "unchanged"})
    assert "give a reason" in said(refused, 422)["detail"]
    assert tester.ask("/situations/korea/decision", "POST", {"draft": draft["call"] + 1}).status == 409
    body = {"draft": draft["call"], "trend": "unchanged", "reason": "An anniversary."}
    decided = said(tester.ask("/situations/korea/decision", "POST", body), 200)
    assert decided["draft"] is None
    told = decided["assessment"]
    assert (told["trend"], told["by"], told["reason"]) == ("unchanged", "api tester", "An anniversary.")
    assert told["machine_trend"] == "deteriorated"
    assert tester.ask("/situations/korea/decision", "POST", body).status == 409
    assert tester.get("/situations/korea/calls")["items"] == [told]


def test_a_query_is_checked_as_the_command_does_it(tester: Program) -> None:
    sound = said(tester.ask("/query/check", "POST", {"query": "(missile)  launch"}), 200)
    assert (sound["ok"], sound["tree"]) == (True, "missile AND launch")
    broken = said(tester.ask("/query/check", "POST", {"query": "@missil"}), 200)
    assert (broken["ok"], broken["errors"][0]["code"], broken["tree"]) == (False, "E11", None)


def test_a_trial_tells_what_a_change_would_add_and_remove_and_saves_nothing(
    app: App, tester: Program
) -> None:
    before = rows(app)
    told = said(tester.ask("/query/try", "POST", {"query": "flew", "key": "trade", "days": 7}), 200)
    assert (told["items"], told["matches"], told["added_count"], told["against"]) == (1, 1, 1, 1)
    assert told["samples"][0]["evidence"][0]["text"] == "flew"
    assert set(told["expected_mails_per_week"]["per_subscriber"]) == set(Cadence)
    assert tester.ask("/query/try", "POST", {"query": "flew", "key": "none"}).status == 404
    assert tester.ask("/query/try", "POST", {"query": "flew", "key": "trade", "against": 9}).status == 404
    changed = {name for name, kept in rows(app).items() if kept != before[name]}
    assert changed <= {"tokens"}


# --- feeds ---------------------------------------------------------------------------------


def test_a_feed_is_added_paused_resumed_polled_soon_and_removed(app: App, tester: Program) -> None:
    body = {"url": "https://example.org/new.xml", "source": "New Wire", "language": "ar"}
    made = tester.ask("/feeds", "POST", body)
    feed = said(made, 201)
    assert (feed["title"], feed["source"], feed["condition"]) == ("example.org", "New Wire", "waiting")
    path = f"/feeds/{feed['id']}"
    assert made.headers["location"] == f"/api/v1{path}"
    again = said(tester.ask("/feeds", "POST", body), 409)
    assert (again["type"], again["id"]) == ("urn:problem-type:alerts:known", feed["id"])
    assert said(tester.ask(path, "PATCH", {"state": "paused"}), 200)["state"] == "paused"
    assert tester.ask(f"{path}/poll", "POST").status == 422
    assert said(tester.ask(path, "PATCH", {"state": "active"}), 200)["state"] == "active"
    with writing(app.engine) as tx:
        claims.bring_forward(tx, [feed["id"]], NOW - timedelta(hours=1))
    assert said(tester.ask(f"{path}/poll", "POST"), 202)["next_poll_at"] == "2026-03-05T14:30:00Z"
    assert tester.ask(path, "DELETE").status == 204
    assert tester.ask(path).status == 404
    assert tester.ask("/feeds/1", "DELETE").status == 204
    assert tester.get("/feeds/1")["state"] == "retired"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://10.0.0.1/",
        "https://[::1]/",
        "https://[x",
        "ftp://a.example/",
        "http://localhost/",
    ],
)
def test_an_address_that_may_not_be_called_is_refused(tester: Program, url: str) -> None:
    assert tester.ask("/feeds", "POST", {"url": url}).status == 422
    assert len(tester.get("/feeds")["items"]) == 1


def test_a_feed_is_shown_with_its_latest_polls(tester: Program) -> None:
    feed = tester.get("/feeds/1")
    assert [each["outcome"] for each in feed["fetches"]] == ["read"]
    assert feed["last"] == feed["fetches"][0]


# --- items and matches ---------------------------------------------------------------------


def test_items_are_found_by_query_and_by_facets(tester: Program) -> None:
    more = [
        {"id": "a", "title": "Un missile est tombé", "language": "fr", "source": "Le Port"},
        {"id": "b", "title": "Calm seas, no missile", "language": "en", "source": "Harbour Post"},
    ]
    assert said(tester.ask("/items", "POST", {"items": more}), 200)["new"] == 2

    def found(query: str) -> set[str]:
        return {item["title"] for item in tester.get(f"/items?{query}")["items"]}

    facets = tester.get("/items?q=missile")["facets"]
    assert (facets["counted"], facets["whole"], facets["language"]) == (3, True, {"en": 2, "fr": 1})
    assert facets["rule"] == [{"rule": "launch", "name": "Ballistic launch", "items": 1}]
    everything = {"A ballistic missile flew", "Un missile est tombé", "Calm seas, no missile"}
    assert found("") == found("q=missile") == everything
    assert found("language=fr") == found("q=missile&language=fr") == {"Un missile est tombé"}
    assert (
        found("source=Harbour%20Post")
        == found("q=missile&source=Harbour%20Post")
        == {"Calm seas, no missile"}
    )
    assert found("rule=launch") == {"A ballistic missile flew"}
    assert found("type=map") == found("q=missile&region=africa") == set()


def test_imported_items_match_and_are_never_news(tester: Program) -> None:
    body = {
        "items": [{"id": "a", "title": "Ballistic missile again", "published_at": "2026-03-05T12:00:00Z"}]
    }
    assert said(tester.ask("/items", "POST", body), 200) == {"new": 1, "changed": 0, "seen": 0, "matches": 1}
    assert said(tester.ask("/items", "POST", body), 200)["seen"] == 1
    item = tester.get("/items/2")
    assert item["archived"] == "backfill"
    assert [(match["rule"], match["news"]) for match in item["matches"]] == [("launch", False)]


def test_an_item_is_shown_with_the_rules_that_found_it_and_why(tester: Program) -> None:
    (match,) = tester.get("/items/1")["matches"]
    (evidence,) = match["evidence"]
    title = tester.get("/items/1")["title"]
    assert title[evidence["start"] : evidence["end"]] == evidence["text"] == "ballistic missile"
    (why, *_) = tester.get("/items/1/why?rule=trade")
    assert (why["outcome"], why["people"]) == ("no match", 0)


def test_matches_since_a_time_are_those_found_then_or_later(tester: Program) -> None:
    assert len(tester.get("/matches?since=2026-03-05T14:30:00Z")["items"]) == 1
    assert tester.get("/matches?since=2026-03-05T14:30:01Z")["items"] == []


# --- people --------------------------------------------------------------------------------


def test_somebody_who_consented_gets_mail_and_anybody_else_is_asked(tester: Program) -> None:
    body = {
        "address": "a@example.org",
        "rules": ["launch"],
        "cadence": "daily",
        "quiet": {"since": 22, "until": 7},
    }
    made = tester.ask("/subscribers", "POST", {**body, "consent": "on paper"})
    person = said(made, 201)
    assert (person["state"], person["quiet"]) == ("confirmed", {"since": 22, "until": 7})
    assert person["subscriptions"][0]["rules"] == ["launch"]
    assert made.headers["location"] == f"/api/v1/subscribers/{person['id']}"
    asked = tester.ask("/subscribers", "POST", {**body, "address": "b@example.org"})
    assert said(asked, 202) == {"asked": True}
    newest = tester.get("/deliveries")["items"][0]
    assert (newest["address"], newest["letter"], newest["subscriber_id"]) == (
        "b@example.org",
        "confirm",
        None,
    )
    assert len(tester.get("/subscribers")["items"]) == 3
    known = said(tester.ask("/subscribers", "POST", {**body, "consent": "on paper"}), 409)
    assert (known["type"], known["id"]) == ("urn:problem-type:alerts:known", person["id"])
    assert tester.ask("/subscribers", "POST", {**body, "address": "b@example.org"}).status == 409


def test_what_a_subscriber_wants_is_changed_and_what_is_left_out_stays(app: App, tester: Program) -> None:
    changed = said(
        tester.ask("/subscribers/1", "PATCH", {"language": "fr", "quiet": {"since": 1, "until": 5}}), 200
    )
    assert (changed["language"], changed["timezone"]) == ("fr", "UTC")
    kept = said(tester.ask("/subscribers/1", "PATCH", {"timezone": "Asia/Amman"}), 200)
    assert (kept["language"], kept["quiet"]) == ("fr", {"since": 1, "until": 5})
    assert said(tester.ask("/subscribers/1", "PATCH", {"quiet": None}), 200)["quiet"] is None
    with reading(app.engine) as tx:
        assert {each.actor for each in audit.latest(tx, 3)} == {"api tester"}
    for wrong in ({"language": "xx"}, {"timezone": "Mars/Base"}, {"quiet": {"since": 3, "until": 3}}):
        assert tester.ask("/subscribers/1", "PATCH", wrong).status == 422


def test_a_subscription_follows_what_was_put_and_nothing_else(tester: Program) -> None:
    path = "/subscribers/1/subscriptions"

    def cadences(person: Any) -> dict[str, Any]:
        return {each["cadence"]: each for each in person["subscriptions"] if each["ended_at"] is None}

    before = cadences(tester.get("/subscribers/1"))
    assert set(before) == {"immediate", "weekly"}
    put = said(
        tester.ask(f"{path}/weekly", "PUT", {"situations": ["korea"], "hour": 6, "surges": "warning"}), 200
    )
    weekly = cadences(put)["weekly"]
    assert (weekly["rules"], weekly["situations"], weekly["hour"], weekly["surges"]) == (
        [],
        ["korea"],
        6,
        "warning",
    )
    assert cadences(said(tester.ask(f"{path}/daily", "PUT", {"rules": ["trade"]}), 200))["daily"]["hour"] == 8
    assert tester.ask(f"{path}/daily", "PUT", {}).status == 422
    assert tester.ask(f"{path}/daily", "PUT", {"rules": ["none"]}).status == 404
    assert tester.ask(f"{path}/weekly", "DELETE").status == 204
    assert tester.ask(f"{path}/weekly", "DELETE").status == 404
    assert set(cadences(tester.get("/subscribers/1"))) == {"immediate", "daily"}


def test_all_about_a_person_is_handed_out_and_then_forgotten(app: App, tester: Program) -> None:
    everything = tester.get("/subscribers/1/export")
    assert everything["address"] == ENGLISH
    assert {"subscribers", "subscriptions", "deliveries"} <= set(everything)
    assert tester.ask("/subscribers/1", "DELETE").status == 204
    assert ENGLISH not in str(rows(app))
    with reading(app.engine) as tx:
        assert suppressions.is_suppressed(tx, app.address_hashes(ENGLISH))
    body = {"address": ENGLISH, "consent": "on paper", "rules": ["launch"]}
    assert tester.ask("/subscribers", "POST", body).status == 422


def test_a_delivery_is_shown_with_what_the_server_said(tester: Program) -> None:
    (listed,) = tester.get("/deliveries?state=failed&kind=alert")["items"]
    assert (listed["address"], listed["reason"]) == (ENGLISH, "550 no such user")
    assert tester.get("/deliveries?state=sent")["items"] == []
    assert tester.get("/deliveries?until=2026-03-05T14:30:00Z")["items"] == []
    shown = tester.get(f"/deliveries/{listed['id']}")
    assert [each["number"] for each in shown["tries"]] == [1]
    assert listed.items() <= shown.items()


def test_the_ledger_is_the_one_of_the_command(tester: Program) -> None:
    ledger = tester.get("/ledger")
    assert (ledger["items"], ledger["matches"], ledger["deliveries"]["failed"]) == (1, 1, 1)
