"""Every link of every mail that we really write, followed as programs do that look before people: nothing
changes.

``ALERTS_MAILS=1000`` lets the service write so many, instead of the few of every run.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from page_forms import forms
from post import Post
from situation_world import WORSE
from small_world import Entry, rss
from web_client import Browser, ask
from web_world import ENGLISH, LAUNCH, NOW, SECRET, World, add_feed, add_match, rows

from alerts.app import App
from alerts.config import Settings
from alerts.digests.build import build
from alerts.model import (
    Cadence,
    Feed,
    Fetched,
    Grant,
    Item,
    Letter,
    LetterKind,
    Level,
    Plan,
    RuleName,
    Scope,
    Situation,
    Trend,
    Validators,
    Window,
    Wish,
)
from alerts.services.assessing import Verdict
from alerts.services.message import write, write_letter
from alerts.services.moving import ask_to_move
from alerts.services.poll import poll
from alerts.services.replay import Clock
from alerts.services.requesting import ask as ask_for_mail
from alerts.services.requesting import ask_for_link
from alerts.services.situations import import_situations
from alerts.services.texts import Edit
from alerts.store import following, matches, subscribers, trends
from alerts.store.preferences import follow_only
from alerts.store.unit import reading, writing
from alerts.web.site import make_web

PAGES = "https://alerts.example.org/watch"
MAILS = int(os.environ.get("ALERTS_MAILS", "60"))
"""That the service writes, at least."""

STRAIT = Situation("strait", "Northern Strait", ("tr",), ("launch",))


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
    import_situations(app.engine, [STRAIT], Edit("test", NOW))
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


class Service:
    """One that many people read, in every language, at every cadence; each day it has news and sends mail."""

    def __init__(self, app: App) -> None:
        self.app, self.clock, self.post = app, Clock(NOW), Post()
        app.clock = self.clock
        self.web = make_web(app)
        self.shown: list[Entry] = []
        World(app)
        import_situations(app.engine, [STRAIT], Edit("test", NOW))
        with writing(app.engine) as tx:
            self.feed = add_feed(tx, "Wire", "en")
            self.situation = following.situation(tx, STRAIT.key).id

    def sends(self) -> list[bytes]:
        """All that is due leaves; what left."""
        before = len(self.post.mails)
        self.app.compose(self.app.tick().subscriptions)
        while due := self.app.tick().deliveries:
            self.app.deliver(due, self.post)
        return self.post.mails[before:]

    def people_come(self, number: int) -> None:
        """Half of them were entered by the staff, half ask themselves and press the button."""
        several = [
            Wish(
                f"{number}-{cadence}-{language}@desk.example.org",
                language,
                "UTC",
                cadence,
                ("launch", "trade"),
                situations=(STRAIT.key,),
                surges=Level.WATCH,
            )
            for cadence in Cadence
            for language in self.app.renderer.languages
        ]
        staffs = [replace(wish, confirmed=True) for wish in several[::2]]
        self.app.subscribe(staffs, actor="test")
        for each, wish in enumerate(several[1::2]):
            ask_for_mail(self.app.reception, wish, f"192.0.{number}.{each}", self.clock())
        self.presses_in(self.sends())

    def people_change(self) -> None:
        """One asks for their link, one moves, one leaves."""
        with reading(self.app.engine) as tx:
            asks, moves, leaves = subscribers.everyone(tx)[-3:]
        ask_for_link(self.app.reception, asks.address, "198.51.100.1", self.clock())
        ask_to_move(self.app.reception, moves.id, "new@desk.example.org", "198.51.100.2", self.clock())
        self.app.unsubscribe(Grant(leaves.id, Scope.EVERYTHING, 0), actor="test")
        self.presses_in(self.sends())

    def presses_in(self, letters: list[bytes]) -> None:
        """Everybody who is asked to confirm does."""
        for path in {path for letter in letters for path in links(letter) if path.startswith("/c/")}:
            browser = Browser(self.web)
            (form,) = (each for each in forms(browser.get(path).text, path) if each.post)
            assert browser.post(path, dict(form.fields)).status == 200

    def a_day_passes(self) -> None:
        """With news of both rules, and a call about the situation that follows."""
        self.clock.now += timedelta(days=1)
        day = f"{self.clock.now:%Y-%m-%d}"
        for title in ("A ballistic missile was seen over the pier on", "Council imposes new sanctions on"):
            self.shown.append(Entry(f"{title} {day}", f"{title} {day}", hours=1))

        async def fetch(feed: Feed) -> Fetched:
            return Fetched(feed.url, 200, rss(self.shown[-9:], now=self.clock()), "", Validators())

        asyncio.run(poll([self.feed], self.app.polling(fetch)))
        with writing(self.app.engine) as tx:
            trends.draft(tx, self.situation, WORSE, self.clock())
        self.app.decide(STRAIT.key, Verdict(Trend.DETERIORATED, True, False, "More launches"), "anna")


@pytest.mark.timeout(7200 if MAILS > 100 else 120)
def test_looking_twice_at_every_link_of_many_mails_of_a_working_service_changes_no_row(app: App) -> None:
    """R14: what a thousand mails hold, in every language and of every cadence; each leads somewhere."""
    service = Service(app)
    for number in range(1 + MAILS // 300):
        service.people_come(number)
    service.people_change()
    while len(service.post.mails) < MAILS:
        service.a_day_passes()
        service.sends()
    found = sorted(set().union(*map(links, service.post.mails)))
    print(len(service.post.mails), "mails;", len(found), "links")
    before = rows(app)
    answers = Counter(
        ask(service.web, path, method, headers={"host": "alerts.example.org"}).status
        for path in found
        for method in ("GET", "HEAD", "GET", "HEAD")
    )
    after = rows(app)
    assert [name for name in before if before[name] != after[name]] == []
    assert answers.keys() == {200}
