"""Links that were sent to somebody who was erased open nothing of whoever comes next."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from public_pages import FILLED, NEW, own_page
from web_client import ask, post
from web_world import NOW, World, make_app

from alerts.app import App
from alerts.model import Grant, LetterKind, Scope, SubscriberState
from alerts.store import outbox, subscribers
from alerts.store.unit import reading
from alerts.web.readers.my_data import FILE
from alerts.web.site import make_web

FIRST = "nadia@desk.example.org"


@pytest.fixture
def app(tmp_path: Path, database_url: str) -> App:
    made = make_app(tmp_path, database_url=database_url)
    World(made)
    return made


def sign_up(app: App, address: str) -> str:
    """The confirm link of the letter that goes to this address."""
    post(make_web(app), "/subscribe", FILLED | {"address": address})
    with reading(app.engine) as tx:
        (last,) = outbox.latest(tx, 1)
    assert last.letter is not None and (last.address, last.letter.kind) == (address, LetterKind.CONFIRM)
    return f"/c/{app.signer.confirm_token(last.letter.target_id, NOW + timedelta(days=7))}"


def confirmed(app: App, address: str) -> int:
    """Their number."""
    assert post(make_web(app), sign_up(app, address), {"confirm": "yes"}).status == 200
    with reading(app.engine) as tx:
        return subscribers.find(tx, address).id


def erase(app: App, person: int) -> None:
    assert post(make_web(app), f"{own_page(app, person)}/my-data", {"erase": "everything"}).status == 200


def test_the_page_the_data_and_the_feed_of_who_came_next_stay_closed(app: App) -> None:
    first = confirmed(app, FIRST)
    page, feed = own_page(app, first), f"/a/{app.signer.feed_token(first)}.xml"
    erase(app, first)
    confirmed(app, NEW)
    for path in (page, f"{page}/my-data", f"{page}/{FILE}", f"{page}/past", feed):
        answer = ask(make_web(app), path)
        assert NEW not in answer.text and answer.status in (404, 410), path


def test_an_old_unsubscribe_link_ends_the_mail_of_nobody_else(app: App) -> None:
    first = confirmed(app, FIRST)
    erase(app, first)
    confirmed(app, NEW)
    leave = app.signer.token(Grant(first, Scope.EVERYTHING, 0))
    post(make_web(app), f"/u/{leave}", {"List-Unsubscribe": "One-Click"})
    with reading(app.engine) as tx:
        assert subscribers.find(tx, NEW).state is SubscriberState.CONFIRMED


def test_an_old_confirm_link_confirms_nobody_else(app: App) -> None:
    link = sign_up(app, FIRST)
    post(make_web(app), link, {"confirm": "yes"})
    with reading(app.engine) as tx:
        first = subscribers.find(tx, FIRST).id
    erase(app, first)
    sign_up(app, NEW)
    assert NEW not in post(make_web(app), link, {"confirm": "yes"}).text
    with reading(app.engine) as tx:
        assert subscribers.find_if_any(tx, NEW) is None


def test_who_signs_up_after_somebody_moved_and_was_erased_gets_their_letter(app: App) -> None:
    """The letters about the move are of the same Message-ID as theirs, did they have the same number."""
    first = confirmed(app, FIRST)
    post(make_web(app), own_page(app, first), {"part": "address", "address": "nadia@new.example.org"})
    erase(app, first)
    sign_up(app, NEW)
