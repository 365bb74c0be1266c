"""Every link of every mail that we really write, followed as programs do that look before people: nothing
changes."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from web_client import ask
from web_world import ENGLISH, LAUNCH, NOW, SECRET, World, add_feed, add_match, rows

from alerts.app import App
from alerts.config import Settings
from alerts.digests.build import build
from alerts.model import Cadence, Item, Letter, LetterKind, Plan, RuleName, Situation, Window
from alerts.services.message import write, write_letter
from alerts.services.situations import import_situations
from alerts.services.texts import Edit
from alerts.store import matches
from alerts.store.preferences import follow_only
from alerts.store.unit import writing
from alerts.web.site import make_web

PAGES = "https://alerts.example.org/watch"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[App]:
    settings = Settings(home=tmp_path, database_url=database_url, secret_key=SECRET, public_url=PAGES)
    app = App(settings, clock=lambda: NOW)
    yield app
    app.engine.dispose()


def mails(app: App, world: World) -> Iterator[bytes]:
    """An alert, digests, and every kind of letter, as they are sent."""
    with writing(app.engine) as tx:
        item = Item("1", "https://en.example/1", "A ballistic missile was seen", language="en")
        match = add_match(tx, add_feed(tx, "Wire", "en"), item, LAUNCH, "ballistic missile")
    import_situations(
        app.engine, [Situation("strait", "Northern Strait", ("tr",), ("launch",))], Edit("test", NOW)
    )
    with writing(app.engine) as tx:
        follow_only(tx, world.weekly, [world.launch, world.trade], [1], NOW)
        found = matches.load(tx, [match])
        name = RuleName(LAUNCH.key, LAUNCH.name, LAUNCH.severity)
        for order, cadence in ((world.alerts, Cadence.IMMEDIATE), (world.weekly, Cadence.WEEKLY)):
            digest = build(cadence, Window(NOW - timedelta(days=7), NOW), found, [name], None, NOW, None)
            for language in ("en", "ar"):
                yield write(tx, order, digest, "<1@x>", NOW, app.writing, language=language).content
        for kind in LetterKind:
            letter = Letter(
                kind,
                target_id=world.english,
                subscription_id=world.weekly,
                at=NOW,
                until=NOW + timedelta(days=1),
                plan=Plan(Cadence.WEEKLY, rules=("Ballistic launch",)),
            )
            yield write_letter(letter, ENGLISH, "<2@x>", NOW, app.writing).content


def links(raw: bytes) -> set[str]:
    """Our own addresses in a mail: in its text, its HTML and its headers."""
    mail = email.message_from_bytes(raw, EmailMessage, policy=email.policy.default)
    told = [str(value) for name, value in mail.items() if name.startswith("List-")]
    told += [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return {found.removeprefix(PAGES) for found in re.findall(rf'{PAGES}[^\s"<>]*', "\n".join(told))}


def test_looking_twice_at_every_link_of_every_mail_changes_no_row(app: App) -> None:
    """R14: on both databases, row for row; and each leads somewhere."""
    world = World(app)
    found = set().union(*(links(mail) for mail in mails(app, world)))
    assert {path.split("/")[1] for path in found} >= {"u", "p", "c"} and len(found) == 9
    web = make_web(app)
    before = rows(app)
    for path in sorted(found):
        for method in ("GET", "HEAD", "GET", "HEAD"):
            answer = ask(web, path, method, headers={"host": "alerts.example.org"})
            # Nothing with this number was really sent, nor asked for.
            assert answer.status == (404 if "/past/" in path else 200), path
    assert rows(app) == before
