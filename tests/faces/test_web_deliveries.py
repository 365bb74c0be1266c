"""The outbox on pages: who sees what of it, every try, and what an admin does with one mail."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select, update
from staff_world import logged_in, make_staffed, send
from web_client import Answer, Browser, ask
from web_world import ENGLISH, LAUNCH, NOW, World, add_delivery, add_feed, add_match, make_app, rows

from alerts.app import App
from alerts.model import (
    DeliveryState,
    Item,
    Letter,
    LetterKind,
    Returned,
    ReturnKind,
)
from alerts.store import audit, brakes, deliveries, outbox, returns
from alerts.store.mail_schema import Attempt, Delivery
from alerts.store.outbox import Kind, Sought
from alerts.store.unit import reading, writing
from alerts.web.site import make_web

BOB = "bob@example.org"


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
def anna(web: FastAPI) -> Browser:
    return logged_in(web, "anna")


@pytest.fixture
def mails(app: App, world: World) -> dict[str, int]:
    """One mail in every state but two, by state; of each one try."""
    found = {}
    states = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DEFERRED, DeliveryState.SUPPRESSED)
    with writing(app.engine) as tx:
        feed = add_feed(tx, "Wire", "en")
        for state in states:
            item = Item(state.value, f"https://e.example/{state}", f"A {state} ballistic missile", "")
            match = add_match(tx, feed, item, LAUNCH, "missile")
            found[state.value] = add_delivery(tx, world, match, state, f"550 <{ENGLISH}> unknown")
        letter = deliveries.post(tx, BOB, Letter(LetterKind.TEST), "<letter@x>", NOW)
    assert letter is not None
    return found | {"queued": letter}


def listed(page: Answer) -> list[int]:
    return [int(each) for each in re.findall(r'<th[^>]*><a href="/deliveries/(\d+)"', page.text)]


def state_of(app: App, delivery_id: int) -> tuple[DeliveryState, Any]:
    with reading(app.engine) as tx:
        row = tx.execute(select(Delivery.state, Delivery.send_after).where(Delivery.id == delivery_id)).one()
    return row.state, row.send_after


# Who sees what


def test_the_staff_looks_and_addresses_are_whole_for_admins_only(
    web: FastAPI,
    anna: Browser,
    mails: dict[str, int],
) -> None:
    failed = mails["failed"]
    for path in ("/deliveries", f"/deliveries/{failed}", "/deliveries/returned"):
        assert ask(web, path).status == 303
        for name in ("bert", "carl"):
            page = logged_in(web, name).get(path)
            assert page.status == 200
            assert ENGLISH not in page.text
        assert anna.get(path).status == 200
    assert ENGLISH in anna.get(f"/deliveries/{failed}").text
    for path in (f"/deliveries/{failed}/mail", f"/deliveries/{failed}/raw"):
        assert logged_in(web, "bert").get(path).status == 403


def test_while_there_are_no_accounts_the_list_is_open_and_discreet(tmp_path: Path) -> None:
    open_app = make_app(tmp_path)
    with writing(open_app.engine) as tx:
        deliveries.post(tx, BOB, Letter(LetterKind.TEST), "<letter@x>", NOW)
    page = ask(make_web(open_app), "/deliveries").text
    assert BOB not in page
    assert "b…@example.org" in page


def test_only_an_admin_finds_mails_by_address(web: FastAPI, anna: Browser, mails: dict[str, int]) -> None:
    assert listed(anna.get(f"/deliveries?address={BOB.upper()}")) == [mails["queued"]]
    assert len(listed(logged_in(web, "bert").get(f"/deliveries?address={BOB}"))) == 5


@pytest.mark.parametrize("act", ["again", "hold"])
def test_only_an_admin_does_anything(app: App, web: FastAPI, mails: dict[str, int], act: str) -> None:
    before = rows(app)["deliveries"]
    for name in ("bert", "carl"):
        browser = logged_in(web, name)
        assert browser.post(f"/deliveries/{mails['failed']}", {"act": act, "why": "x"}).status == 403
        assert browser.post("/deliveries/resume", {}).status == 403
    assert rows(app)["deliveries"] == before


# The list


def test_the_newest_come_first_and_are_sifted_by_state_kind_and_day(
    anna: Browser, mails: dict[str, int]
) -> None:
    everything = listed(anna.get("/deliveries"))
    assert everything == sorted(mails.values(), reverse=True)
    for state, number in mails.items():
        assert listed(anna.get(f"/deliveries?state={state}")) == [number]
    assert listed(anna.get("/deliveries?kind=letter")) == [mails["queued"]]
    assert len(listed(anna.get("/deliveries?kind=alert"))) == 4
    assert listed(anna.get("/deliveries?day=2026-03-05")) == everything
    assert listed(anna.get("/deliveries?day=2026-03-06")) == []
    for nonsense in ("state=asleep", "kind=parcel", "day=never", "before=x", "day=0001-01-01"):
        assert listed(anna.get(f"/deliveries?{nonsense}")) == everything


def fill(app: App, number: int) -> None:
    """Letters, one a minute, the last of them now."""
    row = {"letter": Letter(LetterKind.TEST), "domain": "example.org", "attempts": 0, "unsure": 0}
    states = (DeliveryState.SENT, DeliveryState.FAILED)
    with writing(app.engine) as tx:
        tx.execute(
            insert(Delivery),
            [
                row
                | {
                    "address": f"r{each}@example.org",
                    "message_id": f"<{each}@x>",
                    "state": states[each % 10 == 0],
                    "created_at": NOW - timedelta(minutes=number - each),
                }
                for each in range(1, number + 1)
            ],
        )


@pytest.mark.parametrize("query", ["", "state=sent", "state=failed", "day=2026-03-05", "kind=letter"])
def test_over_all_pages_no_mail_is_missing_or_twice(
    app: App,
    anna: Browser,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
) -> None:
    monkeypatch.setattr(outbox, "REACH", 70)
    fill(app, 1200)
    seen, path, pages = [], f"/deliveries?{query}", 0
    while path:
        page = anna.get(path)
        seen += listed(page)
        further = re.search(r'rel="next" href="([^"]*)"', page.text)
        path = further[1].replace("&amp;", "&") if further else ""
        pages += 1
    numbers = range(1200, 0, -1)
    wanted = {
        "": list(numbers),
        "state=sent": [each for each in numbers if each % 10],
        "state=failed": [each for each in numbers if each % 10 == 0],
        "day=2026-03-05": [each for each in numbers if 1200 - each <= 14 * 60 + 30],
        "kind=letter": list(numbers),
    }[query]
    assert seen == wanted
    assert pages < 40


def test_a_day_is_found_without_looking_at_every_mail(app: App) -> None:
    fill(app, 1000)
    since = NOW - timedelta(minutes=600)
    with reading(app.engine) as tx:
        found = outbox.leaf(tx, Sought(since=since, until=since + timedelta(minutes=10)), None, 50)
        letters = outbox.leaf(tx, Sought(kind=Kind.LETTER, until=since), None, 3)
    assert [mail.id for mail in found.mails] == list(range(409, 399, -1))
    assert [mail.id for mail in letters.mails] == [399, 398, 397]


# One mail


def test_the_page_of_a_mail_tells_every_try_and_why_it_was_made(
    app: App,
    anna: Browser,
    mails: dict[str, int],
) -> None:
    failed = mails["failed"]
    ended = {
        "finished_at": NOW,
        "outcome": "failed",
        "phase": "rcpt",
        "code": 550,
        "reply": "5.1.1 <unknown>",
    }
    with writing(app.engine) as tx:
        tx.execute(update(Attempt).where(Attempt.delivery_id == failed).values(**ended))
        sent = returns.by_id(tx, failed)
        returns.record(tx, "k", sent, Returned(ENGLISH, ReturnKind.COMPLAINT, "", "<spam>"), NOW)
        returns.record(tx, "l", None, Returned(BOB, ReturnKind.AUTO_REPLY, "", "away"), NOW)
    page = anna.get(f"/deliveries/{failed}").text
    for shown in (
        "refused",
        "rcpt",
        "550",
        "5.1.1 &lt;unknown&gt;",
        "A failed ballistic missile",
        "complaint",
    ):
        assert shown in page, shown
    assert "Ballistic launch" in page
    with writing(app.engine) as tx:
        tx.execute(update(Attempt).where(Attempt.delivery_id == failed).values(phase="dot"))
    assert "end of the mail" in anna.get(f"/deliveries/{failed}").text
    returned = anna.get("/deliveries/returned").text
    assert "&lt;spam&gt;" in returned
    assert "counts against nobody" in returned


def test_the_mail_is_shown_as_it_is_sent_in_a_frame(anna: Browser, mails: dict[str, int]) -> None:
    answer = anna.get(f"/deliveries/{mails['sent']}/mail")
    assert "script-src" not in answer.headers["content-security-policy"]
    raw = anna.get(f"/deliveries/{mails['sent']}/raw")
    assert (raw.body, raw.headers["content-type"]) == (b"mail", "message/rfc822")
    for path in ("mail", "raw"):
        assert anna.get(f"/deliveries/{mails['queued']}/{path}").status == 404, "not written yet"


def test_there_is_no_other_mail(anna: Browser) -> None:
    for id in ("99", "x", "1" * 30):
        for path in ("", "/mail", "/raw"):
            assert anna.get(f"/deliveries/{id}{path}").status == 404


@pytest.mark.parametrize("state", ["failed", "deferred"])
def test_a_mail_is_queued_again_as_it_is(app: App, anna: Browser, mails: dict[str, int], state: str) -> None:
    kept = rows(app)["mails"]
    answer = send(anna, f"/deliveries/{mails[state]}", "again")
    assert answer.status == 303
    assert state_of(app, mails[state]) == (DeliveryState.QUEUED, NOW)
    assert rows(app)["mails"] == kept, "the same bytes"
    with reading(app.engine) as tx:
        (event,) = audit.latest(tx, 1)
    assert (event.actor, event.action) == ("anna", "mail queued again")
    assert "550" in event.detail


@pytest.mark.parametrize(
    ("state", "said"), [("sent", "sent once"), ("suppressed", "not to get it"), ("queued", "already")]
)
def test_what_cannot_be_sent_again_is_refused_with_words(
    app: App,
    anna: Browser,
    mails: dict[str, int],
    state: str,
    said: str,
) -> None:
    before = rows(app)["deliveries"]
    answer = send(anna, f"/deliveries/{mails[state]}", "again")
    assert answer.status == 409
    assert said in answer.text
    assert rows(app)["deliveries"] == before


def test_a_mail_is_held_back_until_somebody_queues_it(
    app: App,
    anna: Browser,
    mails: dict[str, int],
) -> None:
    queued = mails["queued"]
    assert send(anna, f"/deliveries/{queued}", "hold", why=" ").status == 409
    assert send(anna, f"/deliveries/{queued}", "hold", why="wrong words").status == 303
    assert state_of(app, queued) == (DeliveryState.DEFERRED, None)
    page = anna.get(f"/deliveries/{queued}").text
    assert "held back by anna: wrong words" in page
    assert "until somebody queues it again" in page
    with writing(app.engine) as tx:
        assert deliveries.due(tx, NOW + timedelta(days=9), 99) == (mails["deferred"],)
        assert deliveries.retry(tx, NOW) == 1, "who retries what failed does not send it"
    assert send(anna, f"/deliveries/{queued}", "again").status == 303
    assert state_of(app, queued) == (DeliveryState.QUEUED, NOW)
    assert send(anna, f"/deliveries/{mails['sent']}", "hold", why="x").status == 409


def test_a_form_of_another_session_changes_nothing(app: App, anna: Browser, mails: dict[str, int]) -> None:
    before = rows(app)
    for act in ("again", "hold"):
        answer = anna.post(f"/deliveries/{mails['failed']}", {"word": "old", "act": act, "why": "x"})
        assert answer.status == 400
    anna.post("/deliveries/resume", {"word": "old"})
    assert rows(app) == before


def test_the_brake_is_told_and_released(app: App, web: FastAPI, anna: Browser) -> None:
    with writing(app.engine) as tx:
        brakes.pull(tx, f"20 of the last 30 mails were refused: 550 <{ENGLISH}> blocked", NOW)
    assert f"&lt;{ENGLISH}&gt;" in anna.get("/deliveries").text
    of_carl = logged_in(web, "carl").get("/deliveries").text
    assert "Sending is stopped" in of_carl
    assert ENGLISH not in of_carl
    assert "Let sending go on" not in of_carl
    page = anna.get("/deliveries")
    answer = anna.fill(page, "/deliveries/resume")
    assert answer.headers["location"] == "/deliveries?done=resumed"
    with reading(app.engine) as tx:
        assert brakes.in_force(tx) is None
        assert audit.latest(tx, 1)[0].actor == "anna"


def test_looking_changes_nothing(app: App, anna: Browser, mails: dict[str, int]) -> None:
    before = rows(app)
    for path in ("", "/returned", f"/{mails['sent']}", f"/{mails['sent']}/mail", f"/{mails['sent']}/raw"):
        for method in ("GET", "HEAD"):
            assert anna.get(f"/deliveries{path}", method).status == 200
    assert rows(app) == before
