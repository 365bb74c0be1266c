"""Hostile words in every field of every form, every query and every field of the API: nothing breaks, nothing
runs, nobody is led away, what only shows changes nothing, and what was kept is shown and mailed as words.

A sample by default. ``ALERTS_HOSTILE=all`` puts our own words into every field, and each word of the
collections that lie beside the checkout into ten of them; ``ALERTS_HOSTILE=9000`` sends so many of these.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from api_places import fields, operations
from attacker import TIMEOUT, Attacker
from form_places import form_places
from kept_database import kept_file, kept_template
from servers import Postgres
from web_world import rows

from alerts.app import App
from alerts.errors import FetchError

pytestmark = pytest.mark.timeout(TIMEOUT)


@pytest.fixture(params=("sqlite", "postgresql"))
def attacker(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Attacker]:
    async def nowhere(_app: App, url: str) -> tuple[()]:
        raise FetchError("dns", f"there is no {url}")

    monkeypatch.setattr(App, "look_for_feeds", nowhere)
    if request.param == "sqlite":
        keeping = kept_file(tmp_path / "alerts.db")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        keeping = kept_template(server)
    with keeping as kept, closing(Attacker(tmp_path, kept)) as attacker:
        yield attacker


def test_hostile_words_break_no_form_and_no_query(attacker: Attacker) -> None:
    places = form_places(attacker.world, attacker.browser)
    assert len(places) > 300
    attacker.attack(places, 900)
    assert Counter(attacker.faults) == Counter()


def test_hostile_words_break_no_field_and_no_parameter_of_the_api(attacker: Attacker) -> None:
    document = json.loads(attacker.program.ask("/openapi.json").body)
    last = 1 + max(each[0] for each in rows(attacker.world.app)["items"])
    known = list(operations(attacker.world, document, last))
    usual = [attacker.look(each.request(), each.path) for each in known if each.body]
    assert [answer.text for answer in usual if answer.status >= 300] == []
    attacker.attack([place for each in known for place in fields(each, document)], 250)
    assert Counter(attacker.faults) == Counter()
    assert attacker.mails > 0
