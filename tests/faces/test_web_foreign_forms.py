"""No form of ours is obeyed that was not made for the session that sends it, or that another site sends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest
from attacker import Attacker
from form_places import form_places
from kept_database import kept_file
from page_forms import Form, forms
from situation_world import entered
from web_client import Answer, Browser

from alerts.app import App
from alerts.errors import FetchError

BY_LINK = ("/u/",)
"""A mail program may send these from anywhere (RFC 8058): the link alone says who asks."""

FILLED = {
    "why": "because",
    "name": "carla",
    "password": "a heron on the pier",
    "password_again": "a heron on the pier",
    "password_now": "grey heron on the pier",
    "role": "viewer",
    "query": "missile",
    "key": "launch",
    "days": "30",
    "address": "muna@desk.example.org",
    "reason": "seen from the pier",
    "erase": "everything",
    "confirm": "yes",
    "leave": "yes",
    "item": "1",
    "scope": "read",
}
"""What makes a form that is empty at first do something."""


@pytest.fixture
def attacker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Attacker]:
    async def nowhere(_app: App, url: str) -> tuple[()]:
        raise FetchError("dns", f"there is no {url}")

    monkeypatch.setattr(App, "look_for_feeds", nowhere)
    with kept_file(tmp_path / "alerts.db") as kept, closing(Attacker(tmp_path, kept)) as attacker:
        yield attacker


def every_form(attacker: Attacker) -> list[Form]:
    """Those that write, each filled in so that it can."""
    found = {}
    for place in form_places(attacker.world, attacker.browser):
        form = place.form
        if form.post:
            found[form.path, form.fields] = form
    return list(found.values())


def filled(form: Form, **changes: str) -> list[tuple[str, str]]:
    empty = {name for name in form.open if not dict(form.fields).get(name)}
    return form.filled(**{name: FILLED[name] for name in empty & set(FILLED)} | changes)


def test_a_form_without_the_word_of_its_session_or_from_elsewhere_changes_nothing(attacker: Attacker) -> None:
    mine = attacker.browser
    other = entered(mine.web, "anna")
    page = other.get("/account").text
    theirs = next(form for form in forms(page, "/account") if form.post)
    attacker.kept.changed()
    word = dict(theirs.fields)["word"]
    tries: dict[str, Callable[[Form], Answer]] = {
        "without a word": lambda form: send(mine, form, filled(form, word="")),
        "with the word of another": lambda form: send(mine, form, filled(form, word=word)),
        "from another site": lambda form: send(mine, form, filled(form), sec_fetch_site="cross-site"),
        "from a site beside ours": lambda form: send(mine, form, filled(form), sec_fetch_site="same-site"),
    }
    obeyed, effective = [], set()
    for form in every_form(attacker):
        for how, attempt in tries.items():
            signed = "word" not in form.open  # a link takes its place, so only where it comes from counts
            if form.path.startswith(BY_LINK) or (signed and "word" in how):
                continue
            answer = attempt(form)
            if attacker.kept.changed():
                obeyed.append(f"{how}: {form.path} {form.fields} {answer.status}")
                attacker.put_back()
        send(mine, form, filled(form))
        if attacker.kept.changed():
            effective.add(re.sub(r"\d+", "1", form.path))
            attacker.put_back()
    assert obeyed == []
    assert len(effective) > 20, sorted(effective)  # else nothing was tried


def send(browser: Browser, form: Form, fields: list[tuple[str, str]], **headers: str) -> Answer:
    return browser.send(form.path, urlencode(fields).encode(), **headers)
