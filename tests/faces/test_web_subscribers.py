"""The pages of readers, for admins: finding one, everything about one, and what may be done for them."""

from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select
from staff_world import logged_in, make_staffed, send
from web_client import Answer, Browser, ask
from web_world import (
    ARABIC,
    ENGLISH,
    LAUNCH,
    NOW,
    World,
    add_delivery,
    add_feed,
    add_match,
    rows,
)

from alerts.app import App
from alerts.model import (
    Cadence,
    DeliveryState,
    Item,
    JobState,
    LetterKind,
    Quiet,
    Returned,
    ReturnKind,
    SubscriberState,
    SuppressionKind,
)
from alerts.services import own_rules
from alerts.store import audit, digests, jobs, people, requests, returns, subscribers, suppressions
from alerts.store.mail_schema import Delivery, Subscriber, Subscription
from alerts.store.schema import Rule as RuleRow
from alerts.store.schema import RuleVersion
from alerts.store.unit import reading, writing
from alerts.web.choices import MOST_SHOWN
from alerts.web.site import make_web

STRANGER = "new.reader@example.org"


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_staffed(tmp_path)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def world(app: App) -> World:
    return World(app)


@pytest.fixture
def anna(web: FastAPI, world: World) -> Browser:  # noqa: ARG001 - the readers are there
    return logged_in(web, "anna")


def addresses(page: Answer) -> list[str]:
    return re.findall(r'href="/subscribers/\d+"><bdi>([^<]*)</bdi>', page.text)


def events(app: App) -> list[tuple[str, str, str]]:
    with reading(app.engine) as tx:
        return [(each.actor, each.action, each.subject) for each in audit.latest(tx)]


# Who may see them


@pytest.mark.parametrize("path", ["", "/new", "/import", "/1", "/1/export"])
def test_readers_are_for_admins_only(web: FastAPI, anna: Browser, path: str) -> None:
    assert anna.get(f"/subscribers{path}").status == 200
    assert ask(web, f"/subscribers{path}").status == 303
    for name in ("bert", "carl"):
        assert logged_in(web, name).get(f"/subscribers{path}").status == 403


@pytest.mark.parametrize(
    "path", ["/subscribers/1", "/subscribers/new", "/subscribers/import", "/suppressions"]
)
@pytest.mark.usefixtures("world")
def test_only_an_admin_changes_anything(app: App, web: FastAPI, path: str) -> None:
    before = rows(app)["subscribers"]
    for name in ("bert", "carl"):
        browser = logged_in(web, name)
        assert browser.post(path, {"act": "erase", "sure": ENGLISH}).status == 403
    assert rows(app)["subscribers"] == before


def test_a_form_of_another_session_changes_nothing(app: App, anna: Browser) -> None:
    before = rows(app)
    for act in ("habits", "order", "leave", "link", "erase"):
        answer = anna.post(
            "/subscribers/1", {"word": "old", "act": act, "sure": ENGLISH, "what": "everything"}
        )
        assert answer.status == 400
        assert "too old" in answer.text
    assert rows(app) == before


# The list


def test_all_readers_are_listed_by_address(anna: Browser) -> None:
    page = anna.get("/subscribers")
    assert addresses(page) == [ARABIC, ENGLISH]
    assert "Alerts, at once; Weekly digest" in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("address=DUTY.", [ENGLISH]),
        ("address=%25", []),
        ("state=unconfirmed", []),
        ("state=confirmed&language=ar", [ARABIC]),
        ("cadence=weekly", [ENGLISH]),
        ("follows=launch&cadence=daily", [ARABIC]),
        ("follows=nothing", []),
        ("state=asleep&cadence=hourly", [ARABIC, ENGLISH]),
        ("suppressed=yes", [ARABIC]),
    ],
)
def test_readers_are_sifted(app: App, anna: Browser, query: str, found: list[str]) -> None:
    with writing(app.engine) as tx:
        suppressions.suppress(tx, app.address_hashes(ARABIC), SuppressionKind.BOUNCED, "5.1.1", NOW)
    assert addresses(anna.get(f"/subscribers?{query}")) == found


def add_many(app: App, number: int) -> None:
    person = {"language": "en", "timezone": "UTC", "state": SubscriberState.CONFIRMED, "created_at": NOW}
    with writing(app.engine) as tx:
        some = [f"r{each:03}@example.org" for each in range(number)]
        tx.execute(insert(Subscriber), [{"address": a, "address_key": a, **person} for a in some])


def test_a_long_list_has_pages_and_nobody_is_missing_or_twice(app: App, anna: Browser) -> None:
    add_many(app, 120)
    seen, path = [], "/subscribers"
    while path:
        page = anna.get(path)
        seen += addresses(page)
        further = re.search(r'rel="next" href="([^"]*)"', page.text)
        path = further[1].replace("&amp;", "&") if further else ""
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 122


def test_those_whose_address_is_suppressed_are_looked_for_in_parts(
    app: App, anna: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "REACH", 2)
    add_many(app, 3)
    with writing(app.engine) as tx:
        suppressions.suppress(tx, app.address_hashes("r002@example.org"), SuppressionKind.BOUNCED, "x", NOW)
    first = anna.get("/subscribers?suppressed=yes")
    assert addresses(first) == []
    assert "Look on" in first.text
    further = anna.get("/subscribers?suppressed=yes&after=r000@example.org")
    assert addresses(further) == ["r002@example.org"]


# One of them


def test_the_page_of_a_reader_tells_everything(app: App, world: World, anna: Browser) -> None:
    with writing(app.engine) as tx:
        feed = add_feed(tx, "Wire", "en")
        launch = add_match(
            tx, feed, Item("a", "https://e.example/a", "A ballistic missile", ""), LAUNCH, "missile"
        )
        mail = add_delivery(tx, world, launch, DeliveryState.FAILED, "550 no such user")
        sent = returns.by_id(tx, mail)
        returns.record(tx, "k", sent, Returned(ENGLISH, ReturnKind.HARD, "5.1.1", "no such user"), NOW)
        reason = f"hard 5.1.1 of {ENGLISH}"
        suppressions.suppress(tx, app.address_hashes(ENGLISH), SuppressionKind.BOUNCED, reason, NOW)
        held = add_match(
            tx, feed, Item("b", "https://e.example/b", "Two ballistic missiles", ""), LAUNCH, "missiles"
        )
        assert held
        digests.hold(tx, world.alerts, since=NOW - timedelta(hours=1), until=NOW + timedelta(hours=6))
    app.clock = lambda: NOW + timedelta(minutes=1)
    page = anna.get(f"/subscribers/{world.english}").text
    for shown in (
        "confirmed",
        "No mail goes to this address: mail came back",
        "550 no such user",
        "bounced for good",
        "Alerts, at once",
        "Weekly digest",
        "Monday, 08:00 (UTC)",
        "1 match",
        "Ballistic launch",
        "Trade &amp; &lt;sanctions&gt;",
        "&lt;b&gt;two&lt;/b&gt;",
    ):
        assert shown in page, shown


def test_nobody_is_found_under_another_number(anna: Browser) -> None:
    for id in ("99", "0", "x", "1" * 30):
        assert anna.get(f"/subscribers/{id}").status == 404
        assert anna.get(f"/subscribers/{id}/export").status == 404


def test_language_zone_quiet_hours_and_pause_are_changed_for_them(app: App, anna: Browser) -> None:
    fields = {"language": "ar", "timezone": "Asia/Amman", "quiet_since": "22", "quiet_until": "6"}
    answer = send(anna, "/subscribers/1", "habits", **fields, paused_until="2026-04-01")
    assert (answer.status, answer.headers["location"]) == (303, "/subscribers/1?done=habits")
    with reading(app.engine) as tx:
        person = subscribers.person(tx, 1)
    assert person
    assert (person.language, person.timezone, person.quiet) == ("ar", "Asia/Amman", Quiet(22, 6))
    assert ("anna", "preferences changed", "subscriber 1") in events(app)
    assert "Saved" in anna.get("/subscribers/1?done=habits").text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"paused_until": "2026-03-01"}, "over already"),
        ({"paused_until": "soon"}, "no day"),
        ({"quiet_since": "7", "quiet_until": "7"}, "two different hours"),
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"language": "tlh"}, "tlh"),
    ],
)
def test_what_cannot_be_is_refused_and_kept_in_the_form(
    app: App, anna: Browser, wrong: dict[str, str], said: str
) -> None:
    before = rows(app)
    fields = {"language": "en", "timezone": "UTC", "part": "habits"} | wrong
    answer = send(anna, "/subscribers/1", "habits", **fields)
    assert answer.status == 400
    assert said in answer.text
    assert f'value="{next(iter(wrong.values()))}"' in answer.text or wrong.keys() & {"timezone", "language"}
    assert rows(app) == before


Fields = dict[str, str | tuple[str, ...]]


def order_fields(**more: str | tuple[str, ...]) -> Fields:
    chosen: Fields = {"rule": ("launch", "trade"), "surges": "none"}
    return {"cadence": "daily", "time": "06:45", "weekday": "2", **chosen, **more}


def test_what_they_get_is_changed_and_added(app: App, world: World, anna: Browser) -> None:
    assert send(anna, "/subscribers/1", "order", part=str(world.weekly), **order_fields()).status == 303
    added = order_fields(cadence="monthly", rule="trade")
    assert send(anna, "/subscribers/1", "order", part="new", **added).status == 303
    with reading(app.engine) as tx:
        found = {o.cadence: o for o in subscribers.orders_of(tx, 1) if o.ended_at is None}
    assert set(found) == {Cadence.IMMEDIATE, Cadence.DAILY, Cadence.MONTHLY}
    assert (found[Cadence.DAILY].hour, found[Cadence.DAILY].minute) == (6, 45)


@pytest.mark.parametrize(
    "wrong",
    [{"rule": "nothing"}, {"rule": ()}, {"cadence": "immediate"}, {"time": "25:00"}, {"surges": "all"}],
)
def test_a_subscription_that_cannot_be_is_refused(app: App, anna: Browser, wrong: Fields) -> None:
    before = rows(app)
    answer = send(anna, "/subscribers/1", "order", part="new", **order_fields(**wrong))
    assert answer.status == 400
    assert "Nothing was changed" in answer.text
    assert rows(app) == before


@pytest.mark.parametrize(
    ("what", "left"),
    [("rule launch", ["trade"]), ("digest 2", ["launch"]), ("everything", [])],
)
def test_something_is_ended_for_them(app: App, anna: Browser, what: str, left: list[str]) -> None:
    assert send(anna, "/subscribers/1", "leave", what=what).headers["location"].endswith("done=left")
    with reading(app.engine) as tx:
        orders = [o for o in subscribers.orders_of(tx, 1) if o.ended_at is None]
        keys = {rule.name.key for o in orders for rule in subscribers.rules_of(tx, o.id)}
    assert sorted(keys) == left
    assert events(app)[0][0] == "anna"
    assert anna.get("/subscribers/1").status == 200


def test_the_link_to_their_page_is_sent_once_a_minute(app: App, anna: Browser) -> None:
    for _ in range(2):
        assert send(anna, "/subscribers/1", "link").status == 303
    with reading(app.engine) as tx:
        (letter,) = tx.scalars(select(Delivery.letter)).all()
    assert letter is not None
    assert (letter.kind, letter.target_id) == (LetterKind.PREFERENCES, 1)


def suppress(app: App, kind: SuppressionKind) -> None:
    with writing(app.engine) as tx:
        suppressions.suppress(tx, app.address_hashes(ENGLISH), kind, "5.1.1", NOW)


@pytest.mark.parametrize("kind", [SuppressionKind.BOUNCED, SuppressionKind.OPERATOR])
def test_a_suppression_is_lifted_with_a_reason(app: App, anna: Browser, kind: SuppressionKind) -> None:
    suppress(app, kind)
    assert send(anna, "/subscribers/1", "link").status == 400, "no mail may go there"
    assert send(anna, "/subscribers/1", "lift", why=" ").status == 400
    assert send(anna, "/subscribers/1", "lift", why="mailbox mended, they called").status == 303
    with reading(app.engine) as tx:
        assert not suppressions.is_suppressed(tx, app.address_hashes(ENGLISH))
    assert ("anna", "suppression lifted", "subscriber 1") in events(app)


@pytest.mark.parametrize("kind", [SuppressionKind.COMPLAINED, SuppressionKind.UNSUBSCRIBED])
def test_what_its_owner_said_only_its_owner_takes_back(
    app: App, anna: Browser, kind: SuppressionKind
) -> None:
    suppress(app, kind)
    assert "Only its owner can take that back" in anna.get("/subscribers/1").text
    answer = send(anna, "/subscribers/1", "lift", part="lift", why="they want it")
    assert answer.status == 400
    assert "only they can" in answer.text
    with reading(app.engine) as tx:
        assert suppressions.is_suppressed(tx, app.address_hashes(ENGLISH))


def test_a_reader_is_erased_after_their_address_is_typed(anna: Browser) -> None:
    assert send(anna, "/subscribers/1", "erase", sure=ARABIC).status == 400
    answer = send(anna, "/subscribers/1", "erase", sure=ENGLISH.upper())
    assert answer.headers["location"] == "/subscribers?done=erased"
    assert anna.get("/subscribers/1").status == 404
    assert addresses(anna.get("/subscribers")) == [ARABIC]


def test_everything_kept_is_downloaded(anna: Browser) -> None:
    answer = anna.get("/subscribers/1/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="subscriber-1.json"'
    assert json.loads(answer.text)["address"] == ENGLISH


@pytest.fixture
def many(app: App, world: World) -> int:  # noqa: ARG001 - the first rules are there
    """Ten thousand rules; how many there are in all."""
    some = range(1000, 11_000)
    with writing(app.engine) as tx:
        tx.execute(insert(RuleRow), [{"id": n, "key": f"harbour-{n}", "number": 1} for n in some])
        text = {"number": 1, "query": "harbour", "severity": "low", "author": "x", "created_at": NOW}
        lists = dict.fromkeys(("languages", "sources", "match", "no_match"), ())
        names = [{"rule_id": n, "name": f"Harbour watch of town {n}"} for n in some]
        tx.execute(insert(RuleVersion), [text | lists | name for name in names])
    return len(some) + 2


@pytest.mark.parametrize("path", ["/subscribers/1", "/subscribers/new", "/subscribers/import"])
def test_pages_that_offer_rules_stay_short_with_ten_thousand_of_them(
    anna: Browser, many: int, path: str
) -> None:
    page = anna.get(path)
    assert f"{many - MOST_SHOWN:,} more" in page.text or f"{many - MOST_SHOWN} more" in page.text
    assert len(gzip.compress(page.body)) < 100_000


def test_a_rule_is_found_by_a_part_of_its_name_and_what_was_filled_in_stays(
    app: App, world: World, anna: Browser, many: int
) -> None:
    assert many
    before, part = rows(app), str(world.weekly)
    said = order_fields(rule="trade", find="TOWN 7123", do="look", part=part)
    found = send(anna, "/subscribers/1", "order", **said)
    assert found.status == 200
    (form,) = re.findall(rf'<form[^>]*action="/subscribers/1#s{part}".*?</form>', found.text, re.DOTALL)
    assert re.findall(r'name="rule" value="([^"]+)"( checked)?', form) == [
        ("trade", " checked"),
        ("harbour-7123", ""),
    ]
    assert 'value="daily" selected' in form and 'value="06:45"' in form
    assert rows(app) == before
    found = new(anna, find="town 7124", do="look")
    assert found.status == 200
    assert 'value="harbour-7124"' in found.text and f'value="{STRANGER}"' in found.text


def test_a_rule_that_they_wrote_stays_when_something_else_is_changed(
    app: App, world: World, anna: Browser
) -> None:
    with writing(app.engine) as tx:
        own_rules.give(tx, world.english, world.weekly, "cholera AND Goma", NOW)
    page, path = anna.get("/subscribers/1"), f"/subscribers/1#s{world.weekly}"
    assert "Rules that they wrote" in page.text
    assert anna.fill(page, path, {"time": "07:15"}).status == 303
    with reading(app.engine) as tx:
        assert {rule.name.name for rule in subscribers.rules_of(tx, world.weekly)} >= {"cholera AND Goma"}


def test_the_keys_that_a_list_may_hold_stand_beside_it(anna: Browser) -> None:
    page = anna.get("/subscribers/import").text
    assert "<code>launch</code></dt><dd><bdi>Ballistic launch" in page
    assert "<code>trade</code></dt><dd><bdi>Trade &amp; &lt;sanctions&gt;" in page


# Bringing people in


def new(browser: Browser, **fields: str) -> Answer:
    said: Fields = {"address": STRANGER, "language": "en", "timezone": "UTC"}
    said |= order_fields() | fields
    return browser.fill(browser.get("/subscribers/new"), "/subscribers/new", said)


def test_whoever_is_added_is_asked_first(app: App, anna: Browser) -> None:
    assert new(anna).headers["location"] == "/subscribers?done=asked"
    with reading(app.engine) as tx:
        assert subscribers.find_if_any(tx, STRANGER) is None
        (sent,) = tx.execute(select(Delivery.address, Delivery.letter)).all()
    assert (sent.address, sent.letter.kind) == (STRANGER, LetterKind.CONFIRM)


def test_who_was_asked_is_listed_until_they_answer_or_are_forgotten(app: App, anna: Browser) -> None:
    assert "unanswered" not in anna.get("/subscribers").text
    new(anna)
    new(anna)
    page = anna.get("/subscribers").text
    assert '<dt>asked, no answer yet</dt><dd><a href="#unanswered">1</a></dd>' in page
    assert f"<li><bdi>{STRANGER}</bdi> <span" in page
    with writing(app.engine) as tx:
        assert requests.confirm(tx, 1, "hash", NOW)
    assert "unanswered" not in anna.get("/subscribers").text


def test_recorded_consent_needs_no_letter_but_a_note(app: App, anna: Browser) -> None:
    answer = new(anna, consent="yes", note=" ")
    assert answer.status == 400
    assert "where the consent is recorded" in answer.text
    assert new(anna, consent="yes", note="signed list of 3 March").status == 303
    with reading(app.engine) as tx:
        person = subscribers.find(tx, STRANGER)
        assert person.state is SubscriberState.CONFIRMED
        assert tx.scalars(select(Delivery.id)).all() == []
        said = audit.latest(tx, 5, audit.Which(subject=f"subscriber {person.id}"))
    assert ("consent recorded", "signed list of 3 March") in [(each.action, each.detail) for each in said]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"address": ENGLISH}, "already confirmed"),
        ({"address": "no address"}, "not a mail address"),
        ({"rule": "nothing"}, "choose at least one situation or rule"),
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
    ],
)
def test_whoever_cannot_be_added_is_said_and_kept_in_the_form(
    app: App, anna: Browser, fields: dict[str, str], said: str
) -> None:
    answer = new(anna, **fields)
    assert answer.status in (400, 409)
    assert said in answer.text
    with reading(app.engine) as tx:
        assert tx.scalars(select(Delivery.id)).all() == []


def bring(browser: Browser, content: str, **fields: str) -> Answer:
    page = browser.get("/subscribers/import")
    return browser.fill(page, "/subscribers/import", {"list-text": content, **fields})


def test_a_list_is_brought_in_as_long_work(app: App, anna: Browser) -> None:
    answer = bring(
        anna, f"address;rules;consent\n{STRANGER};launch;\nb@example.org;launch;list\n{ENGLISH};launch;"
    )
    job_id = int(answer.headers["location"].rpartition("/")[2])
    assert app.work_on(job_id) is JobState.DONE
    with reading(app.engine) as tx:
        job = jobs.find(tx, job_id)
        assert subscribers.find(tx, "b@example.org").state is SubscriberState.CONFIRMED
        assert tx.scalars(select(Delivery.address)).all() == [STRANGER]
        assert tx.scalars(select(Subscription.id).where(Subscription.subscriber_id == 1)).all() == [1, 2]
    assert job.result is not None
    assert [job.result[word] for word in ("added", "asked", "known", "refused")] == [1, 1, 1, 0]
    assert job.result["lines"] == [[4, "already confirmed"]]


def test_a_list_with_faults_is_brought_in_only_when_told_so(app: App, anna: Browser) -> None:
    content = f"address,rules\n{STRANGER},launch\nnobody,launch\n"
    answer = bring(anna, content)
    assert answer.status == 400
    assert "Line 3" in answer.text
    assert f"{STRANGER},launch\nnobody,launch" in answer.text, "what was pasted can be mended where it is"
    assert rows(app)["jobs"] == []
    answer = bring(anna, content, leave_out="yes")
    assert answer.status == 303
    job_id = int(answer.headers["location"].rpartition("/")[2])
    app.work_on(job_id)
    with reading(app.engine) as tx:
        result = jobs.find(tx, job_id).result
    assert result is not None
    assert (result["asked"], result["left_out"]) == (1, 1)
    assert "left out" in anna.get(f"/jobs/{job_id}").text


@pytest.mark.parametrize("content", ["", "name\nx\n", "address,rules\n"])
def test_what_is_no_list_is_refused(app: App, anna: Browser, content: str) -> None:
    assert bring(anna, content).status == 400
    assert rows(app)["jobs"] == []


# Addresses that are never written to


def test_the_list_of_suppressions_knows_an_address_and_says_none(app: App, anna: Browser) -> None:
    suppress(app, SuppressionKind.BOUNCED)
    page = anna.get("/suppressions")
    assert ENGLISH not in page.text
    assert "mail came back" in page.text
    assert "not on the list" in anna.get(f"/suppressions?address={ARABIC}").text
    assert "not on the list" not in anna.get(f"/suppressions?address={ENGLISH}").text
    assert send(anna, "/suppressions", "", suppression="1", why="mended").status == 303
    with reading(app.engine) as tx:
        assert suppressions.listed(tx, None, None, 9) == ()


def test_a_complaint_on_the_list_stays(app: App, anna: Browser) -> None:
    suppress(app, SuppressionKind.COMPLAINED)
    assert send(anna, "/suppressions", "", suppression="1", why="x").status == 409


def test_looking_changes_nothing(app: App, anna: Browser) -> None:
    before = rows(app)
    for path in (
        "/subscribers",
        "/subscribers/1",
        "/subscribers/1/export",
        "/subscribers/new",
        "/suppressions",
    ):
        for method in ("GET", "HEAD"):
            assert anna.get(path, method).status == 200
    assert rows(app) == before


def test_addresses_and_words_of_others_are_shown_as_text(app: App, anna: Browser) -> None:
    with writing(app.engine) as tx:
        audit.record(
            tx, at=NOW, actor="<b>x", action="<i>", subject="subscriber 1", detail="<script>alert(1)"
        )
    page = anna.get("/subscribers/1").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
