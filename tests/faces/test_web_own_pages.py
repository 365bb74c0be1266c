"""What a reader finds behind their link besides what they chose: past mails, their data, another address."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from public_pages import own_page
from web_client import ask, post
from web_world import ARABIC, ENGLISH, LAUNCH, NOW, World, add_delivery, add_feed, add_match, make_app, rows

from alerts.app import App
from alerts.model import DeliveryState, Grant, Item, LetterKind, Scope
from alerts.store import judgements, outbox, subscribers, suppressions
from alerts.store.unit import reading, writing
from alerts.web.headers import MAIL_POLICY
from alerts.web.readers.past import PAGE
from alerts.web.site import make_web

MOVED = "duty@moved.example.org"


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


@pytest.fixture
def world(app: App) -> World:
    return World(app)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


def sent(app: App, world: World, number: int = 1) -> list[str]:
    """So many alerts to the English reader. What names their mails."""
    with writing(app.engine) as tx:
        feed = add_feed(tx, "Wire", "en")
        names = []
        for n in range(number):
            item = Item(f"{n}", f"https://en.example/{n}", f"A <b>ballistic missile</b> {n}", language="en")
            match = add_match(tx, feed, item, LAUNCH, "ballistic missile")
            add_delivery(tx, world, match, DeliveryState.SENT)
            names.append(str(match))
    return names


# --- past mails ----------------------------------------------------------------------------


def test_past_mails_are_listed_newest_first_a_page_at_a_time(app: App, world: World, web: FastAPI) -> None:
    names = sent(app, world, PAGE + 3)
    path = own_page(app, world.english)
    first = ask(web, f"{path}/past").text
    assert "Alert: &lt;b&gt;two&lt;/b&gt; missiles" in first
    listed = re.findall(rf'href="{path}/past/(\w+)"', first)
    assert listed == names[:-31:-1]
    (older,) = re.findall(rf'href="({path}/past\?before=\d+)"', first)
    rest = re.findall(rf'href="{path}/past/(\w+)"', ask(web, older).text)
    assert listed + rest == names[::-1]
    assert "لم يُرسل إليك شيء بعد" in ask(web, f"{own_page(app, world.arabic)}/past").text
    for odd in ("x", "-1", "9" * 30, "0", "1'"):
        assert ask(web, f"{path}/past?before={odd}").status == 200


def test_a_past_mail_is_shown_as_it_was_sent_and_can_do_nothing(app: App, world: World, web: FastAPI) -> None:
    (number,) = sent(app, world)
    page = ask(web, f"{own_page(app, world.english)}/past/{number}")
    assert page.status == 200 and page.headers["content-security-policy"] == MAIL_POLICY
    frame = re.search(r"<iframe[^>]*>", page.text)
    assert frame is not None
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame[0]


def test_what_can_be_judged_is_folded_below_the_mail_with_its_number_and_stays_open_meanwhile(
    app: App, world: World, web: FastAPI
) -> None:
    (number,) = sent(app, world)
    path = f"{own_page(app, world.english)}/past/{number}"
    page = ask(web, path).text
    assert re.search(r'<details>\s*<summary>1 story</summary>\s*<ul class="judged">', page)
    (item,) = re.findall(r'name="item" value="(\d+)"', page)
    judged = post(web, path, {"item": item, "relevant": "no"}).text
    assert re.search(r"<details open>\s*<summary>1 story</summary>", judged)


@pytest.mark.parametrize("number", ["0", "999", "x", "1" * 30])
def test_nobody_reads_the_mail_of_somebody_else(app: App, world: World, web: FastAPI, number: str) -> None:
    (theirs,) = sent(app, world)
    for path in (f"/past/{number}", f"/past/{theirs}"):
        other = own_page(app, world.arabic) + path
        assert ask(web, other).status == 404
        assert post(web, other, {"item": "1", "relevant": "no"}).status == 404


# --- not relevant --------------------------------------------------------------------------


def test_not_relevant_is_noted_once_can_be_taken_back_and_counts_for_the_rule(
    app: App, world: World, web: FastAPI
) -> None:
    (number,) = sent(app, world)
    path = f"{own_page(app, world.english)}/past/{number}"
    (item,) = re.findall(r'name="item" value="(\d+)"', ask(web, path).text)
    for _ in range(2):
        answer = post(web, path, {"item": item, "relevant": "no"})
        assert answer.status == 200 and "Noted." in answer.text and "Take it back" in answer.text
    with reading(app.engine) as tx:
        assert judgements.counts_by_rule(tx, [world.launch, world.trade]) == {world.launch: 1}
    assert "Take it back" not in post(web, path, {"item": item, "relevant": "yes"}).text
    with reading(app.engine) as tx:
        assert judgements.counts_by_rule(tx, [world.launch]) == {}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"item": "999", "relevant": "no"}, 404),
        ({"item": "x", "relevant": "no"}, 400),
        ({"item": "1", "relevant": "maybe"}, 400),
        ({}, 400),
    ],
)
def test_what_was_not_in_the_mail_cannot_be_judged(
    app: App, world: World, web: FastAPI, fields: dict[str, str], status: int
) -> None:
    (number,) = sent(app, world)
    before = rows(app)
    assert post(web, f"{own_page(app, world.english)}/past/{number}", fields).status == status
    assert rows(app) == before


# --- what is kept --------------------------------------------------------------------------


def test_everything_kept_can_be_taken_away_as_one_file(app: App, world: World, web: FastAPI) -> None:
    sent(app, world)
    answer = ask(web, f"{own_page(app, world.english)}/my-data.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    kept = json.loads(answer.body)
    assert kept["address"] == ENGLISH and kept["deliveries"] and ARABIC not in answer.text


def test_erasing_asks_twice_and_then_every_link_says_that_nothing_is_kept(
    app: App, world: World, web: FastAPI
) -> None:
    (number,) = sent(app, world)
    path = own_page(app, world.english)
    before = rows(app)
    for fields in ({}, {"erase": "yes"}, {"List-Unsubscribe": "One-Click"}):
        assert post(web, f"{path}/my-data", fields).status == 400
    assert rows(app) == before
    done = post(web, f"{path}/my-data", {"erase": "everything"})
    assert done.status == 200 and "Everything is erased" in done.text
    with reading(app.engine) as tx:
        assert subscribers.person(tx, world.english) is None
        assert suppressions.is_suppressed(tx, app.address_hashes(ENGLISH))
    feed = f"/a/{app.signer.feed_token(world.english)}.xml"
    for page in ("", "/past", f"/past/{number}", "/my-data", "/my-data.json"):
        assert ask(web, path + page).status == 410
        assert "Nothing is kept" in ask(web, path + page).text
    for page in ("", "/my-data", f"/past/{number}"):
        fields = {"part": "habits", "erase": "everything", "item": "1", "relevant": "no"}
        assert post(web, path + page, fields).status == 410
    assert ask(web, feed).status == 410
    leaving = ask(web, f"/u/{app.signer.token(Grant(world.english, Scope.EVERYTHING, 0))}")
    assert leaving.status == 200 and "unsubscribed" in leaving.text
    assert ENGLISH not in repr(rows(app))


def test_who_has_left_still_finds_their_mails_and_can_have_them_erased(
    app: App, world: World, web: FastAPI
) -> None:
    sent(app, world)
    app.unsubscribe(Grant(world.english, Scope.EVERYTHING, 0), actor="test")
    path = own_page(app, world.english)
    assert ask(web, f"{path}/past").text.count("/past/") == 1
    assert post(web, f"{path}/my-data", {"erase": "everything"}).status == 200


# --- another address -----------------------------------------------------------------------


def test_an_address_is_changed_by_a_link_sent_to_the_new_one(app: App, world: World, web: FastAPI) -> None:
    path = own_page(app, world.english)
    answer = post(web, path, {"part": "address", "address": MOVED})
    assert answer.status == 200 and MOVED in answer.text and 'role="status"' in answer.text
    link = f"/c/{app.signer.confirm_token(1, NOW)}"
    assert "too old" in ask(web, link).text
    with reading(app.engine) as tx:
        (letter,) = [each.letter for each in outbox.latest(tx) if each.letter]
    assert letter.kind is LetterKind.MOVE and letter.until is not None
    link = f"/c/{app.signer.confirm_token(letter.target_id, letter.until)}"
    page = ask(web, link).text
    assert "Confirm your new address" in page and MOVED not in page
    done = post(web, link, {"confirm": "yes"})
    assert "Your new address is confirmed" in done.text
    with reading(app.engine) as tx:
        assert subscribers.find(tx, MOVED).id == world.english
        told = [(each.address, each.letter.kind) for each in outbox.latest(tx) if each.letter]
    assert (ENGLISH, LetterKind.MOVED) in told


def test_known_and_unknown_addresses_get_the_same_answer(app: App, world: World, web: FastAPI) -> None:
    """R21."""
    path = own_page(app, world.english)
    answers = {
        post(web, path, {"part": "address", "address": address}).text.replace(address, "")
        for address in (MOVED, ARABIC, ENGLISH, MOVED)
    }
    assert len(answers) == 1
    wrong = post(web, path, {"part": "address", "address": "no address"})
    assert wrong.status == 400 and 'id="address-wrong"' in wrong.text
