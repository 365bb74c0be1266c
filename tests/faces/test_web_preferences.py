"""A subscriber's own page: what is saved, what is refused, and who may come back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from public_pages import own_page
from web_client import ask, post
from web_world import NOW, World, make_app, rows

from alerts.app import App
from alerts.model import Grant, Quiet, Scope, Situation
from alerts.services.situations import import_situations
from alerts.services.texts import Edit
from alerts.store import subscribers
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


def test_habits_are_saved_shown_and_can_be_taken_back(app: App, world: World, web: FastAPI) -> None:
    path = own_page(app, world.english)
    fields = {"part": "habits", "language": "en", "timezone": "Asia/Amman", "quiet_since": "22"}
    answer = post(web, path, fields | {"quiet_until": "6", "paused_until": "2026-03-20"})
    assert answer.status == 200 and 'role="status"' in answer.text
    with reading(app.engine) as tx:
        person = subscribers.person(tx, world.english)
    assert person is not None and person.quiet == Quiet(22, 6) and person.timezone == "Asia/Amman"
    assert person.paused_until is not None and person.paused_until.isoformat() == "2026-03-19T21:00:00+00:00"
    page = ask(web, path).text
    assert '<option value="22" selected>' in page and 'value="2026-03-20"' in page
    post(web, path, {"part": "habits", "language": "en", "timezone": "UTC", "paused_until": ""})
    with reading(app.engine) as tx:
        person = subscribers.person(tx, world.english)
    assert person is not None and person.quiet is None and person.paused_until is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"timezone": "Mars/Olympus"}, "Please choose your time zone."),
        ({"quiet_since": "7", "quiet_until": "7"}, "two different hours"),
        ({"quiet_since": "7"}, "two different hours"),
        ({"paused_until": "tomorrow"}, 'aria-invalid="true"'),
        ({"language": "tlh"}, "Nothing was changed"),
    ],
)
def test_habits_that_cannot_be_change_nothing(
    app: App, world: World, web: FastAPI, change: dict[str, str], said: str
) -> None:
    before = rows(app)
    fields = {"part": "habits", "language": "en", "timezone": "UTC"} | change
    answer = post(web, own_page(app, world.english), fields)
    assert answer.status == 400 and said in answer.text
    assert rows(app) == before


def test_a_subscription_is_changed_added_and_refused_twice(app: App, world: World, web: FastAPI) -> None:
    import_situations(
        app.engine, [Situation("strait", "Northern Strait", ("tr",), ("launch",))], Edit("test", NOW)
    )
    path = own_page(app, world.english)
    chosen = {"time": "06:45", "weekday": "4", "situation": "strait", "surges": "none", "tell_nothing": "yes"}
    answer = post(web, path, chosen | {"part": str(world.weekly), "cadence": "weekly"})
    assert answer.status == 200 and "Saved" in answer.text and "Northern Strait" in answer.text
    with reading(app.engine) as tx:
        order = subscribers.order(tx, world.weekly)
        assert subscribers.rules_of(tx, world.weekly) == ()
    assert (order.hour, order.minute, order.weekday, order.tell_nothing) == (6, 45, 4, True)
    assert post(web, path, chosen | {"part": "new", "cadence": "daily"}).status == 200
    assert post(web, path, chosen | {"part": "new", "cadence": "daily"}).status == 400
    nothing = {
        "part": str(world.weekly),
        "cadence": "weekly",
        "time": "06:45",
        "weekday": "4",
        "surges": "none",
    }
    assert post(web, path, nothing).status == 400


def test_another_cadence_is_said_to_be_saved_where_it_stands_now(
    app: App, world: World, web: FastAPI
) -> None:
    chosen = {"part": str(world.weekly), "time": "06:45", "weekday": "4", "rule": "launch", "surges": "none"}
    page = post(web, own_page(app, world.english), chosen | {"cadence": "monthly"}).text
    section = page.partition("Monthly digest</h2>")[2].partition("</section>")[0]
    assert f'id="s{world.weekly}"' not in page
    assert "Saved" in section.partition("<details")[0]


@pytest.mark.parametrize("part", ["", "0", "999", "-1", "١", "1" * 30, "everything"])
def test_a_part_of_the_page_that_is_not_theirs_changes_nothing(
    app: App, world: World, web: FastAPI, part: str
) -> None:
    before = rows(app)
    chosen = {"part": part, "cadence": "daily", "time": "06:45", "weekday": "4", "rule": "launch"}
    assert post(web, own_page(app, world.english), chosen | {"surges": "none"}).status in (200, 400)
    theirs = chosen | {"part": str(world.daily), "surges": "none"}
    post(web, own_page(app, world.english), theirs)
    assert rows(app) == before


def test_the_page_of_somebody_who_has_left_offers_the_way_back_and_nothing_else(
    app: App, world: World, web: FastAPI
) -> None:
    """R20, R22."""
    app.unsubscribe(Grant(world.english, Scope.EVERYTHING, 0), actor="test")
    before = rows(app)
    answer = ask(web, own_page(app, world.english))
    assert "<form" not in answer.text and "/subscribe" in answer.text
    chosen = {"part": "new", "cadence": "daily", "time": "06:45", "weekday": "4", "rule": "launch"}
    assert "<form" not in post(web, own_page(app, world.english), chosen | {"surges": "none"}).text
    assert rows(app) == before


def test_a_situation_can_be_left_alone(app: App, world: World, web: FastAPI) -> None:
    """R20."""
    import_situations(
        app.engine, [Situation("strait", "Northern Strait", ("tr",), ("launch",))], Edit("test", NOW)
    )
    chosen = {"time": "06:45", "weekday": "4", "surges": "none", "cadence": "weekly", "rule": "trade"}
    post(web, own_page(app, world.english), chosen | {"part": str(world.weekly), "situation": "strait"})
    page = ask(web, f"/u/{app.signer.token(Grant(world.english, Scope.DIGEST, world.weekly))}").text
    link = f"/u/{app.signer.token(Grant(world.english, Scope.SITUATION, 1))}"
    assert f'action="{link}"' in page and "Unsubscribe from the situation <bdi>Northern Strait</bdi>" in page
    answer = post(web, link, {"List-Unsubscribe": "One-Click"})
    assert "You no longer receive mails for the situation" in answer.text
    assert "Northern Strait" not in re.sub(r"(?s)<h1.*?</p>", "", answer.text)
    with reading(app.engine) as tx:
        assert [rule.name.key for rule in subscribers.rules_of(tx, world.weekly)] == ["trade"]
