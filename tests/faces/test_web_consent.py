"""Signing up, confirming and choosing on the web: looking changes nothing, and only a real button acts."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI
from public_pages import FILLED, NEW, confirm_link, own_page
from web_client import Answer, ask, post
from web_world import ARABIC, ENGLISH, NOW, SECRET, World, make_app, rows

from alerts.app import App
from alerts.config import Settings
from alerts.mail.links import Signer
from alerts.model import Cadence, Grant, LetterKind, Outcome, Scope, Sending, SubscriberState
from alerts.store import outbox, subscribers, suppressions
from alerts.store.unit import reading
from alerts.web.site import make_web


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


@pytest.fixture
def world(app: App) -> World:
    return World(app)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


def letters(app: App) -> list[tuple[str, LetterKind, int]]:
    """Address, kind and target of every letter, oldest first."""
    with reading(app.engine) as tx:
        found = outbox.latest(tx, 1000)[::-1]
    return [(each.address, each.letter.kind, each.letter.target_id) for each in found if each.letter]


@dataclass
class Kept:
    """A mail server on paper."""

    mails: list[bytes] = field(default_factory=list)

    def send(self, sender: str, recipient: str, content: bytes) -> Sending:  # noqa: ARG002
        self.mails.append(content)
        return Sending(Outcome.SENT, "dot", 250, "kept")

    def close(self) -> None:
        """There is no connection."""


def links_in_the_next_mail(app: App) -> list[str]:
    """The paths of the addresses in the text of the one mail that is due."""
    kept = Kept()
    app.deliver(app.tick().deliveries, kept)
    (mail,) = kept.mails
    text = email.message_from_bytes(mail, EmailMessage, policy=email.policy.default).get_body(("plain",))
    assert text is not None
    return [found.removeprefix(app.settings.pages) for found in re.findall(r"http\S+", text.get_content())]


def button(page: Answer) -> tuple[str, dict[str, str]]:
    """Where the primary button of a page leads, and what it sends."""
    form = re.search(
        r'<form method="post" action="([^"]+)"><button class="primary" name="(\w+)" value="(\w+)"', page.text
    )
    assert form is not None
    return form[1], {form[2]: form[3]}


# --- signing up (R21) -----------------------------------------------------------------------


@pytest.mark.usefixtures("world")
def test_from_the_form_over_the_mail_to_a_subscription(app: App, web: FastAPI) -> None:
    """R21: the whole way, with the buttons that are there."""
    answer = post(web, "/subscribe?lang=en", FILLED)
    assert answer.status == 200 and "Look into your mail" in answer.text
    assert letters(app) == [(NEW, LetterKind.CONFIRM, 1)]
    page = ask(web, confirm_link(app))
    assert '<html lang="ar" dir="rtl">' in page.text, "in the language of the mails"
    path, fields = button(page)
    done = post(web, path, fields)
    assert done.status == 200
    assert post(web, path, fields).text == done.text, "pressed twice is the same"
    with reading(app.engine) as tx:
        person = subscribers.find(tx, NEW)
        (order,) = subscribers.orders_of(tx, person.id)
    assert person.state is SubscriberState.CONFIRMED
    assert (order.cadence, order.hour, order.minute, order.weekday) == (Cadence.WEEKLY, 7, 30, 3)
    assert (person.language, person.timezone) == ("ar", "Asia/Amman")
    assert [kind for _, kind, _ in letters(app)] == [LetterKind.CONFIRM, LetterKind.WELCOME]
    assert own_page(app, person.id) in done.text


@pytest.mark.usefixtures("world")
def test_every_link_in_every_mail_on_the_way_leads_where_it_says(app: App, web: FastAPI) -> None:
    """R21: what is really sent, opened and pressed."""
    post(web, "/subscribe", FILLED | {"language": "en"})
    (confirm,) = links_in_the_next_mail(app)
    path, fields = button(ask(web, confirm))
    assert post(web, path, fields).status == 200
    preferences, digest, everything = links_in_the_next_mail(app)
    assert "Ballistic launch" in ask(web, preferences).text
    assert "Unsubscribe from the weekly digest" in ask(web, digest).text
    assert post(web, digest, {"List-Unsubscribe": "One-Click"}).status == 200
    assert links_in_the_next_mail(app) == [preferences]
    assert post(web, everything, {"leave": "yes"}).status == 200
    assert links_in_the_next_mail(app) == [preferences]
    assert 'href="/subscribe?lang=en"' in ask(web, preferences).text


def test_known_unknown_left_and_refused_addresses_get_the_same_answer(
    app: App, world: World, web: FastAPI
) -> None:
    """R21: no oracle; neither when there have been too many."""
    app.unsubscribe(Grant(world.arabic, Scope.EVERYTHING, 0), actor="test")
    answers = set()
    for address in (ENGLISH, ARABIC, NEW, NEW, ENGLISH):
        for path, fields in (("/subscribe", FILLED | {"address": address}), ("/p", {"address": address})):
            answer = post(web, path, fields)
            answers.add((answer.status, answer.text.replace(address, "")))
    assert len(answers) == 1


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "no address"}, "address"),
        ({"address": ""}, "address"),
        ({"rule": ""}, "choice"),
        ({"rule": "nothing-of-ours"}, "choice"),
        ({"time": "25:00"}, "new-time"),
        ({"timezone": ""}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"cadence": "hourly"}, "new-cadence"),
    ],
)
def test_a_form_that_is_wrong_comes_back_with_what_was_typed_and_sends_nothing(
    app: App, web: FastAPI, change: dict[str, str], field: str
) -> None:
    before = rows(app)
    answer = post(web, "/subscribe", FILLED | change)
    assert answer.status == 400
    marked = "Please choose at least one" if field == "choice" else f'id="{field}-wrong"'
    assert marked in answer.text
    assert f'value="{unescape((FILLED | change)["address"])}"' in answer.text
    assert rows(app) == before


@pytest.mark.usefixtures("world")
def test_a_program_that_fills_in_everything_is_thanked_and_ignored(app: App, web: FastAPI) -> None:
    honest = post(web, "/subscribe", FILLED | {"address": "one@desk.example.org"})
    for path, fields in (("/subscribe", FILLED), ("/p", {"address": ENGLISH})):
        answer = post(web, path, fields | {"website": "https://spam.example"})
        assert answer.status == honest.status
        assert ("Look into your mail" in answer.text) == ("Look into your mail" in honest.text)
    assert [address for address, _, _ in letters(app)] == ["one@desk.example.org"]


def test_a_form_on_another_site_changes_nothing(app: App, world: World, web: FastAPI) -> None:
    post(web, "/subscribe", FILLED)
    before = rows(app)
    foreign = {"sec-fetch-site": "cross-site", "content-type": "application/x-www-form-urlencoded"}
    for path in ("/subscribe", "/p", own_page(app, world.english), confirm_link(app)):
        assert ask(web, path, "POST", b"confirm=yes&part=habits&address=x@y.example", foreign).status == 403
    assert rows(app) == before


def test_sign_up_can_be_switched_off_and_everything_else_goes_on(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, secret_key=SECRET, sign_up="off")
    app = App(settings, clock=lambda: NOW)
    make_app(tmp_path).engine.dispose()
    world, web = World(app), make_web(app)
    assert ask(web, "/subscribe").status == post(web, "/subscribe", FILLED).status == 404
    assert ask(web, "/p").status == ask(web, own_page(app, world.english)).status == 200


# --- the confirm link -----------------------------------------------------------------------


@pytest.mark.usefixtures("world")
def test_a_confirm_page_has_a_real_button_and_a_post_without_it_is_refused(app: App, web: FastAPI) -> None:
    """R16, R17."""
    post(web, "/subscribe", FILLED)
    before = rows(app)
    for fields in ({}, {"confirm": "no"}, {"List-Unsubscribe": "One-Click"}):
        assert post(web, confirm_link(app), fields).status == 400
    assert rows(app) == before


@pytest.mark.parametrize("path", ["/c/", "/p/"])
def test_a_link_that_is_not_ours_gets_the_same_answer_whatever_is_wrong_with_it(
    app: App, world: World, web: FastAPI, path: str
) -> None:
    """R15, R18: also a good one for something else, or signed with another key."""
    other = Signer([b"another secret"])
    tokens = [
        "x",
        "A" * 3000,
        app.signer.token(Grant(world.english, Scope.EVERYTHING, 0)),
        app.signer.preferences_token(world.english) if path == "/c/" else confirm_link(app)[3:],
        other.confirm_token(1, NOW) if path == "/c/" else other.preferences_token(world.english),
    ]
    before = rows(app)
    answers = {ask(web, path + token).text for token in tokens}
    answers |= {post(web, path + token, {"confirm": "yes", "part": "habits"}).text for token in tokens}
    assert len(answers) == 1
    assert {ask(web, path + token).status for token in tokens} == {404}
    assert rows(app) == before


def test_a_link_made_before_the_key_was_changed_still_works(tmp_path: Path) -> None:
    """R18."""
    old = make_app(tmp_path)
    world = World(old)
    new = App(Settings(home=tmp_path, secret_key="k" * 40, old_secret_keys=(SECRET,)), clock=lambda: NOW)
    web = make_web(new)
    link = f"/u/{old.signer.token(Grant(world.english, Scope.EVERYTHING, 0))}"
    assert ask(web, own_page(old, world.english)).status == 200
    assert post(web, link, {"List-Unsubscribe": "One-Click"}).status == 200
    with reading(new.engine) as tx:
        assert suppressions.is_suppressed(tx, new.address_hashes(ENGLISH))
