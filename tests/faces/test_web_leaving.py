from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, func, select
from web_client import Answer, ask, post, post_multipart
from web_world import ARABIC, ENGLISH, TRADE, World, make_app, rows

from alerts.app import App
from alerts.mail.links import Signer
from alerts.model import Grant, Scope, SubscriberState
from alerts.store import subscribers, suppressions
from alerts.store.mail_schema import Delivery, Subscriber
from alerts.store.unit import reading, writing
from alerts.web.forms import SHORT_FORM_BYTES
from alerts.web.site import make_web

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
BUTTON = {"leave": "yes"}


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


@pytest.fixture
def world(app: App) -> World:
    return World(app)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


def link(app: App, subscriber: int, scope: Scope, target: int = 0) -> str:
    return f"/u/{app.signer.token(Grant(subscriber, scope, target))}"


def ended(app: App, order: int) -> bool:
    with reading(app.engine) as tx:
        return subscribers.order(tx, order).ended_at is not None


def actions(page: str) -> list[str]:
    """Where the buttons of a page lead."""
    return re.findall(r'<form method="post" action="([^"]+)">', page)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_page_changes_no_row_however_often(
    app: App, world: World, web: FastAPI, method: str
) -> None:
    """R14."""
    before = rows(app)
    for scope, target in ((Scope.RULE, world.trade), (Scope.DIGEST, world.weekly), (Scope.EVERYTHING, 0)):
        for _ in range(5):
            assert ask(web, link(app, world.english, scope, target), method).status == 200
    assert rows(app) == before


@pytest.mark.parametrize("send", [post, post_multipart])
@pytest.mark.parametrize("fields", [ONE_CLICK, BUTTON, {**ONE_CLICK, "more": "ignored"}])
def test_a_post_ends_the_digest_at_once_and_again_is_fine(
    app: App,
    world: World,
    web: FastAPI,
    send: Callable[[FastAPI, str, dict[str, str]], Answer],
    fields: dict[str, str],
) -> None:
    """R15: without cookies, urlencoded or multipart, with 200 each time."""
    path = link(app, world.english, Scope.DIGEST, world.weekly)
    first = send(web, path, fields)
    assert first.status == 200
    assert ended(app, world.weekly)
    assert not ended(app, world.alerts)
    assert "You no longer receive the weekly digest." in first.text
    assert "set-cookie" not in first.headers
    after = rows(app)
    assert send(web, path, fields).status == 200
    assert rows(app) == after
    assert "You no longer receive the weekly digest." in ask(web, path).text


def test_a_link_to_a_rule_ends_the_rule_in_every_mail(app: App, world: World, web: FastAPI) -> None:
    """R20."""
    answer = post(web, link(app, world.english, Scope.RULE, world.launch), ONE_CLICK)
    assert "the rule <bdi>Ballistic launch</bdi>" in answer.text
    with reading(app.engine) as tx:
        left = [
            rule.rule_id
            for order in subscribers.orders_of(tx, world.english)
            for rule in subscribers.rules_of(tx, order.id)
        ]
    assert left == [world.trade]


def test_leaving_everything_leaves_nothing_more_to_end(app: App, world: World, web: FastAPI) -> None:
    """R20, R22."""
    answer = post(web, link(app, world.english, Scope.EVERYTHING), BUTTON)
    assert "You no longer receive any mails from us." in answer.text
    assert actions(answer.text) == []
    with reading(app.engine) as tx:
        person = subscribers.person(tx, world.english)
        assert person is not None
        assert person.state is SubscriberState.UNSUBSCRIBED
        assert suppressions.is_suppressed(tx, app.address_hashes(ENGLISH))


@pytest.mark.parametrize(
    ("scope", "mail", "data"),
    [(Scope.EVERYTHING, True, True), (Scope.DIGEST, True, False), (Scope.RULE, False, False)],
)
def test_who_leaves_is_told_of_the_last_mail_and_of_what_stays(
    app: App, world: World, web: FastAPI, scope: Scope, mail: bool, data: bool
) -> None:
    """What the page announces is what is posted; what stays can be erased behind the link."""
    target = {Scope.EVERYTHING: 0, Scope.DIGEST: world.weekly, Scope.RULE: world.trade}[scope]
    page = post(web, link(app, world.english, scope, target), BUTTON).text
    assert "You no longer receive" in page
    with reading(app.engine) as tx:
        letters = tx.scalar(select(func.count()).where(Delivery.digest_id.is_(None)))
    assert ("One last mail confirms it." in page) is mail is bool(letters)
    kept = re.findall(
        r'What is kept about you stays until you have it erased\. <a href="([^"]+)#erase">', page
    )
    assert bool(kept) is data
    assert all(ask(web, path).status == 200 for path in kept)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=one-click", "application/x-www-form-urlencoded"),
        (b"leave=no", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=One-Click", "text/plain"),
        (b'{"List-Unsubscribe": "One-Click"}', "application/json"),
        (b"not multipart at all", "multipart/form-data; boundary=cut"),
        (b"List-Unsubscribe=One-Click", "multipart/form-data"),
    ],
)
def test_a_post_that_does_not_ask_to_leave_is_refused_and_changes_nothing(
    app: App, world: World, web: FastAPI, body: bytes, kind: str
) -> None:
    """R16."""
    before = rows(app)
    path = link(app, world.english, Scope.DIGEST, world.weekly)
    answer = ask(web, path, "POST", body, {"content-type": kind})
    assert answer.status == 400
    assert "Nothing was changed" in answer.text
    assert rows(app) == before


def test_nothing_redirects(app: App, world: World, web: FastAPI) -> None:
    """R15: a redirect would lose the POST (RFC 8058 §3.1)."""
    path = link(app, world.english, Scope.DIGEST, world.weekly)
    assert post(web, f"{path}/", ONE_CLICK).status == 404
    assert ask(web, f"{path}/").status == 404


def test_a_form_that_is_much_too_long_is_refused(app: App, world: World, web: FastAPI) -> None:
    path = link(app, world.english, Scope.DIGEST, world.weekly)
    assert post(web, path, {**ONE_CLICK, "x": "y" * SHORT_FORM_BYTES}).status == 413
    assert not ended(app, world.weekly)


def test_every_bad_link_gets_the_same_answer_and_changes_nothing(
    app: App, world: World, web: FastAPI
) -> None:
    """R15: no oracle."""
    real = link(app, world.english, Scope.DIGEST, world.weekly)
    foreign = Signer([b"another secret"]).token(Grant(world.english, Scope.DIGEST, world.weekly))
    unknown = link(app, world.english, Scope.DIGEST, world.daily)  # signed, but of somebody else
    before = rows(app)
    paths = [real[:-1], real + "A", f"/u/{foreign}", "/u/x", "/u/" + "A" * 5000, unknown]
    pages = {ask(web, path).text for path in paths} | {post(web, path, ONE_CLICK).text for path in paths}
    assert len(pages) == 1
    assert {ask(web, path).status for path in paths} == {404}
    assert {post(web, path, ONE_CLICK).status for path in paths} == {404}
    assert rows(app) == before


def test_the_page_offers_rule_digest_and_everything_and_each_button_does_what_it_says(
    app: App, world: World, web: FastAPI
) -> None:
    """R20."""
    page = ask(web, link(app, world.english, Scope.RULE, world.trade)).text
    wanted = [
        link(app, world.english, Scope.RULE, world.trade),
        link(app, world.english, Scope.RULE, world.launch),
        link(app, world.english, Scope.DIGEST, world.alerts),
        link(app, world.english, Scope.DIGEST, world.weekly),
        link(app, world.english, Scope.EVERYTHING),
    ]
    assert actions(page) == wanted
    assert page.count("<button") == page.count('name="leave" value="yes"') == len(wanted)
    for path, order in ((wanted[2], world.alerts), (wanted[3], world.weekly)):
        assert post(web, path, BUTTON).status == 200
        assert ended(app, order)


def test_a_digest_of_one_rule_does_not_offer_the_rule_as_well(app: App, world: World, web: FastAPI) -> None:
    page = ask(web, link(app, world.english, Scope.DIGEST, world.alerts)).text
    assert link(app, world.english, Scope.RULE, world.launch) not in actions(page)


def test_many_rules_are_folded_away_below_the_wider_choices(
    app: App, world: World, web: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    (some, *_) = _rules_of(app, world.weekly)
    many = tuple(subscribers.OrderedRule(100 + n, some.name) for n in range(12))
    monkeypatch.setattr(subscribers, "rules_of", lambda _tx, _order: many)
    page = ask(web, link(app, world.english, Scope.DIGEST, world.weekly)).text
    assert page.index(link(app, world.english, Scope.EVERYTHING)) < page.index("<details>")
    assert len(actions(page[page.index("<details>") :])) == 12


def _rules_of(app: App, order: int) -> tuple[subscribers.OrderedRule, ...]:
    with reading(app.engine) as tx:
        return subscribers.rules_of(tx, order)


def test_the_name_of_a_rule_is_shown_as_text(app: App, world: World, web: FastAPI) -> None:
    page = ask(web, link(app, world.english, Scope.RULE, world.trade)).text
    assert "<bdi>Trade &amp; &lt;sanctions&gt;</bdi>" in page
    assert TRADE.name not in page


def test_an_arabic_reader_gets_an_arabic_page_from_right_to_left(
    app: App, world: World, web: FastAPI
) -> None:
    """R17."""
    for fields in ({}, BUTTON):
        path = link(app, world.arabic, Scope.DIGEST, world.daily)
        page = (post(web, path, fields) if fields else ask(web, path)).text
        assert '<html lang="ar" dir="rtl">' in page
        seen = re.sub(r"<bdi[^>]*>.*?</bdi>|<head>.*?</head>|<[^>]+>", "", page, flags=re.DOTALL)
        assert not re.search("[A-Za-z]", seen)
        assert re.search("[ء-ي]", seen)


@pytest.mark.parametrize("path", ["/u/x", "/nowhere"])
def test_a_failure_speaks_the_language_the_browser_asks_for(web: FastAPI, path: str) -> None:
    answer = ask(web, path, headers={"accept-language": "tlh, ar-EG;q=0.9, en;q=0.8, *;q=oops"})
    assert '<html lang="ar" dir="rtl">' in answer.text
    assert '<html lang="en" dir="ltr">' in ask(web, path, headers={"accept-language": "tlh"}).text


def test_the_page_names_nobody(app: App, world: World, web: FastAPI) -> None:
    """R18."""
    for person, address in ((world.english, ENGLISH), (world.arabic, ARABIC)):
        page = ask(web, link(app, person, Scope.EVERYTHING)).text
        assert address not in page
        assert f"{address[0]}…@{address.partition('@')[2]}" in page


def test_somebody_erased_is_told_that_no_mail_will_come(app: App, world: World, web: FastAPI) -> None:
    with writing(app.engine) as tx:
        tx.execute(delete(Subscriber).where(Subscriber.id == world.english))
    answer = post(web, link(app, world.english, Scope.DIGEST, world.weekly), ONE_CLICK)
    assert answer.status == 200
    assert "You no longer receive any mails from us." in answer.text


def test_the_way_out_is_found_under_the_path_of_the_public_address(tmp_path: Path) -> None:
    app = make_app(tmp_path, public_url="https://example.org/alerts")
    world = World(app)
    path = link(app, world.english, Scope.EVERYTHING)
    assert actions(ask(make_web(app), path).text)[0] == f"/alerts{path}"
