"""Somebody who knows every form and every field of the API, tries whatever they like in it, and looks what
came of it."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from api_world import program
from full_world import FullWorld
from hostile_words import SAMPLES, attacks
from kept_database import KeptDatabase
from mail_dangers import mail_dangers
from page_forms import dangers
from post import Post
from situation_world import entered
from web_client import Answer
from web_world import NOW

from alerts.app import App
from alerts.store.preferences import follow_only
from alerts.store.unit import writing
from alerts.web.headers import MAIL_POLICY, PAGE_POLICY
from alerts.web.site import make_web

ASKED = os.environ.get("ALERTS_HOSTILE", "")
"""How much is sent: *all*, or so many requests; without it each test's own sample."""

TIMEOUT = 7200 if ASKED else 120

API = "/api/"
LATER = NOW + timedelta(hours=4)
"""When the weekly digest has become due."""

PROBLEM = {"type", "title", "status", "detail"}
BY_CHANCE = 10
"""Places that each word of the collections beside the checkout is put into."""


@dataclass(frozen=True, slots=True)
class Request:
    """``shows`` are the pages that show what it may have changed, besides the one that it leads to;
    ``mailed``: mails tell of it too."""

    method: str
    path: str
    body: bytes = b""
    shows: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    mailed: bool = False


class Place(Protocol):
    """Where a word can be put."""

    @property
    def told(self) -> str: ...

    def holding(self, word: str) -> Request: ...


def chosen(places: Sequence[Place], sample: int) -> Iterator[tuple[Place, str]]:
    """What is sent: our own words everywhere and each other word in some places; or a sample of that, which
    is the same each time."""
    drawn = random.Random(2026)
    every = [(place, word) for place in places for word in SAMPLES]
    every += [(place, word) for word in attacks() for place in drawn.sample(places, BY_CHANCE)]
    yield from every if ASKED == "all" else drawn.sample(every, int(ASKED or sample))


class Attacker:
    """An admin's browser and an admin's program on a service that is put back as it was whenever something
    has changed."""

    def __init__(self, home: Path, kept: KeptDatabase) -> None:
        self.world = FullWorld(home, "", kept.url)
        self.sent: Counter[int] = Counter()
        self.mails = 0
        self.faults: list[str] = []
        readers, followed = self.world.readers, self.world.followed
        with writing(self.world.app.engine) as tx:  # so that mails tell of rules and of a situation
            follow_only(tx, readers.weekly, [readers.launch, readers.trade], [followed.strait], NOW)
        web = make_web(self.world.app)
        self.browser = entered(web, "berta")
        self.program = program(self.world.app, web=web)
        self.program.get("/ledger")  # from now on its token is known to be used
        self._cookies = dict(self.browser.cookies)
        self._waiting = set(self._due())
        self.kept = kept
        self.world.app.engine.dispose()
        kept.keep()

    def close(self) -> None:
        self.world.app.engine.dispose()
        self.world.app.parser.close()

    def attack(self, places: Sequence[Place], sample: int) -> None:
        """Sends all that was asked for, else a sample: so many requests where the database is quick."""
        for place, word in chosen(places, int(sample * self.kept.share)):
            self.send(place, word)
        print(
            len(places),
            "places;",
            dict(self.sent),
            "answers;",
            self.mails,
            "mails;",
            len(self.faults),
            "faults",
        )

    def send(self, place: Place, word: str) -> None:
        """Puts the word there, and looks what comes of it."""
        answer = self.look(place.holding(word), f"{place.told}={word[:60]!r}")
        self.sent[answer.status] += 1

    def look(self, request: Request, told: str) -> Answer:
        """Looks at the answer, and at what is shown and mailed afterwards."""
        answer = self._asked(request, told)
        if self.kept.changed():
            if request.method in ("GET", "HEAD"):
                self.faults.append(f"{request.method} changed something: {told}")
            leads = answer.headers.get("location", "").partition("#")[0]
            for path in filter(None, (*request.shows, leads)):
                self._asked(Request("GET", path), f"{path} after {told}")
            if request.mailed:
                self._read_mails(told)
            self.faults += [f"the database is broken, {fault}: {told}" for fault in self.kept.faults()]
            self.put_back()
        return answer

    def put_back(self) -> None:
        self.browser.cookies = dict(self._cookies)
        self.world.app.engine.dispose()
        self.kept.put_back()

    def _asked(self, request: Request, told: str) -> Answer:
        try:
            if request.path.startswith(API):
                answer = self.program.ask(request.path, request.method, request.body, **request.headers)
            elif request.method == "POST":
                answer = self.browser.send(request.path, request.body)
            else:
                answer = self.browser.get(request.path)
        except Exception as error:  # noqa: BLE001 what the server logs, after an answer of 500
            self.faults.append(f"{type(error).__name__} {error}: {told}")
            return Answer(500, {}, b"")
        found = _faults(answer)
        if request.path.startswith(API):
            found += _faults_for_programs(answer)
        self.faults += [f"{fault}: {told}" for fault in found]
        return answer

    def _due(self) -> tuple[int, ...]:
        with at(self.world.app, LATER):
            return self.world.app.tick().deliveries

    def _read_mails(self, told: str) -> None:
        """A digest, and all letters that leave in the hours after it."""
        app, post = self.world.app, Post()
        try:
            with at(app, LATER):
                app.compose([self.world.readers.weekly])
                app.deliver([each for each in self._due() if each not in self._waiting], post)
        except Exception as error:  # noqa: BLE001 nothing that was accepted may stop mail
            self.faults.append(f"{type(error).__name__} {error}: mail after {told}")
        self.faults += [
            f"{danger}: mail after {told}" for mail in post.mails for danger in mail_dangers(mail)
        ]
        self.mails += len(post.mails)


@contextmanager
def at(app: App, moment: datetime) -> Iterator[None]:
    """Another time, as long as the block lasts."""
    usual, app.clock = app.clock, lambda: moment
    try:
        yield
    finally:
        app.clock = usual


def _faults(answer: Answer) -> list[str]:
    """What no answer may be."""
    found = [str(answer.status)] if answer.status >= 500 else []
    if answer.headers.get("content-security-policy") not in (PAGE_POLICY, MAIL_POLICY):
        found.append("no policy")
    if answer.headers.get("x-content-type-options") != "nosniff":
        found.append("its type may be guessed")
    for name in ("location", "hx-redirect", "hx-location"):
        leads = answer.headers.get(name, "/")
        if not leads.startswith("/") or leads.startswith(("//", "/\\")) or set(leads) & set("\r\n\\"):
            found.append(f"leads to {leads}")
    if answer.headers.get("content-type", "").startswith("text/html") and answer.body:
        found += dangers(answer.text)
    return found


def _faults_for_programs(answer: Answer) -> list[str]:
    """What no answer of the API may be."""
    kind = answer.headers.get("content-type")
    if 300 <= answer.status < 400:
        return [f"{answer.status}"]
    if answer.status == 204:
        return ["204 with a body"] if answer.body else []
    if kind != ("application/problem+json" if answer.status >= 400 else "application/json"):
        return [f"{answer.status} as {kind}"]
    try:
        said = json.loads(answer.body)
    except ValueError as error:
        return [f"no JSON: {error}"]
    return (
        [f"{answer.status} says {said}"] if answer.status >= 400 and said["status"] != answer.status else []
    )
