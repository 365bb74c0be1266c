"""A feed whose every title attacks, from its bytes to those of the mails: all are told, none does harm."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hostile_words import hostile_words
from mail_dangers import FIELDS, field_names, mail_dangers
from small_world import World
from sqlalchemy import Engine

from alerts.digests.render import Renderer
from alerts.mail.links import Signer
from alerts.model import Cadence
from alerts.services.message import Writing, write_claimed
from alerts.store.schema import Item

ROOT = Path(__file__).parents[2]
A_DAY = 350
"""Items of one digest, which keeps 400 stories."""


@pytest.fixture
def world(migrated_file: Path, tmp_path: Path, opened: Callable[[str], Engine]) -> World:
    """One reader of a daily digest, whose mails are written as in production."""
    shutil.copy(migrated_file, tmp_path / "alerts.db")
    world = World(opened(f"sqlite:///{tmp_path / 'alerts.db'}"))
    desk = Writing(
        renderer=Renderer(ROOT / "templates" / "email", ROOT / "alerts" / "locale"),
        signer=Signer([b"a secret of the tests, long enough to be one"]),
        sender="Harbour Watch <alerts@alerts.example.org>",
        service="Harbour Watch",
        pages="https://alerts.example.org",
    )
    world.render = lambda tx, claimed, now: write_claimed(tx, claimed, now, desk)
    world.person(cadence=Cadence.DAILY, rules=("missile",))
    world.add_feed("post")
    world.poll()
    return world


def feed(world: World, first: int) -> bytes:
    """A JSON Feed, for XML could not carry every title."""
    items = [
        {
            "id": str(number),
            "url": f"https://harbour.example/{number}",
            "title": words,
            "content_text": f"A missile, for the {number}th time.",
            "date_published": (world.now - timedelta(minutes=1)).isoformat(),
            "authors": [{"name": words}],
            "tags": [words],
        }
        for number, words in enumerate(hostile_words())
    ]
    shown = items[first : first + A_DAY]
    told = {"version": "https://jsonfeed.org/version/1.1", "title": "Post", "items": shown}
    return json.dumps(told).encode()


@pytest.mark.timeout(240)
def test_a_feed_of_hostile_titles_ends_in_digests_that_do_no_harm(world: World) -> None:
    """R5, R23: 0 injected headers, 0 active parts, 0 addresses that anything would be loaded from."""
    for first in range(0, len(hostile_words()), A_DAY):
        world.web["https://post.example/feed"] = feed(world, first)
        world.poll()
        world.wait(days=1)
        assert [each.outcome for each in world.compose()] == ["composed"]
        assert [settled.state.value for _, settled in world.deliver()] == ["sent"]
    assert world.count(Item) == len(hostile_words())
    assert sum(each.digest.items for each in world.outbox()) == len(hostile_words())
    for _, mail in world.transport.accepted:
        assert field_names(mail) == FIELDS
        assert mail_dangers(mail) == []
