"""Hostile words in every field of every form and every query: nothing breaks, nothing runs, nobody is led
away, and what only shows changes nothing.

A sample by default. ``ALERTS_HOSTILE=all`` puts our own words into every field of every form, and each word
of the collections that lie beside the checkout into ten fields.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacker import Attacker, Place
from hostile_words import SAMPLES, hostile_words

from alerts.app import App
from alerts.errors import FetchError

ALL = os.environ.get("ALERTS_HOSTILE") == "all"
SENT = 900
"""Requests of the sample."""

CORPORA = Path(__file__).parents[3] / "shared" / "corpora" / "security"
MORE = ("sqli", "open_redirect", "email_syntax", "crlf", "ssti_jinja2")


def words() -> tuple[str, ...]:
    """All there are beside ours."""
    found = list(hostile_words()[len(SAMPLES) :])
    for name in MORE:
        path = CORPORA / f"{name}.jsonl"
        if path.exists():
            found += [json.loads(line)["payload"] for line in path.read_text("utf-8").splitlines()]
    return tuple(dict.fromkeys(found))


@pytest.fixture
def attacker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Attacker]:
    async def nowhere(_app: App, url: str) -> tuple[()]:
        raise FetchError("dns", f"there is no {url}")

    monkeypatch.setattr(App, "look_for_feeds", nowhere)
    made = Attacker(tmp_path)
    yield made
    made.close()


def chosen(places: list[Place]) -> Iterator[tuple[Place, str]]:
    """What is sent: all of it, or a sample that is the same each time, in the order of the pages."""
    drawn = random.Random(2026)
    every = [(place, word) for place in places for word in SAMPLES]
    every += [(place, word) for word in words() for place in drawn.sample(places, 10)]
    yield from every if ALL else drawn.sample(every, SENT)


@pytest.mark.timeout(7200 if ALL else 120)
def test_hostile_words_break_no_form_and_no_query(attacker: Attacker) -> None:
    places = attacker.places()
    assert len(places) > 300
    for place, word in chosen(places):
        attacker.send(place, word)
    print(len(places), "fields;", dict(attacker.sent))
    assert Counter(attacker.faults) == Counter()
