"""A service of three rules and invented feeds: real database, matching and composing; the web, the clock,
the mail server and the words of mails are the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any
from xml.sax.saxutils import escape

from sqlalchemy import Connection, Engine, func, insert, inspect, select

from alerts.feeds.parse import parse
from alerts.mail.address import suppression_hash
from alerts.mail.envelope import message_id
from alerts.model import (
    Cadence,
    Digest,
    Feed,
    Fetched,
    Message,
    Outcome,
    Rule,
    Sending,
    Severity,
    Validators,
    Window,
    Wish,
)
from alerts.services.brake import tell_operators
from alerts.services.deliver import Delivering, Rendered, deliver
from alerts.services.digest import Composed, compose
from alerts.services.due import tick
from alerts.services.holding import Telling
from alerts.services.poll import Polling, PollReport, poll
from alerts.services.replay import Clock
from alerts.services.rules import RuleBook, import_rules
from alerts.services.stories import Stories
from alerts.services.subscribe import subscribe
from alerts.services.watch import Watched, watch
from alerts.store import claims, digests, feeds, outbox
from alerts.store.deliveries import Claimed, Settled
from alerts.store.mail_schema import Delivery, DigestRow, Subscriber, Subscription, Told
from alerts.store.pace import Pace
from alerts.store.unit import reading, writing

NOW = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
SECRET = b"a secret of the tests, long enough to be one"
RULES = (
    Rule("missile", "Missiles", "missile", Severity.CRITICAL),
    Rule("sanctions", "Sanctions", "sanctions", Severity.HIGH),
    Rule("truce", "Truces", "truce OR ceasefire", Severity.LOW),
)
OPERATORS = ("operator@desk.example.org",)
SENT = Sending(Outcome.SENT, "dot", 250, "kept")


class Killed(BaseException):
    """The worker dies here: nothing after it happens, as after kill -9."""


@dataclass(frozen=True)
class Entry:
    """One entry of a feed. ``hours`` is its age; None: undated. ``site`` is where it can be read."""

    key: str
    title: str
    summary: str = ""
    hours: float | None = 1
    site: str = "harbour"


def rss(entries: Sequence[Entry], *, title: str = "Harbour Post", now: datetime = NOW) -> bytes:
    def item(entry: Entry) -> str:
        date = ""
        if entry.hours is not None:
            date = f"<pubDate>{format_datetime(now - timedelta(hours=entry.hours))}</pubDate>"
        return (
            f"<item><guid>{escape(entry.key)}</guid><link>https://{entry.site}.example/{escape(entry.key)}</link>"
            f"<title>{escape(entry.title)}</title><description>{escape(entry.summary)}</description>{date}</item>"
        )

    items = "".join(map(item, entries))
    head = f"<title>{title}</title><language>en</language>"
    return f"<rss version='2.0'><channel>{head}{items}</channel></rss>".encode()


@dataclass
class Recording:
    """A mail server on paper. ``script`` holds what it will answer or raise; after that it accepts."""

    script: list[Sending | BaseException] = field(default_factory=list)
    accepted: list[tuple[str, bytes]] = field(default_factory=list)
    tried: int = 0

    def send(self, sender: str, recipient: str, content: bytes) -> Sending:  # noqa: ARG002
        self.tried += 1
        answer = self.script.pop(0) if self.script else SENT
        if isinstance(answer, Killed) or answer == SENT:
            self.accepted.append((recipient, content))
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        """There is no connection."""


class World:
    """One service on one database. ``web`` is what each address shows: bytes, an answer or an error."""

    def __init__(self, engine: Engine, *, now: datetime = NOW, rules: Sequence[Rule] = RULES) -> None:
        self.engine = engine
        self.clock = Clock(now)
        self.randomness = Random(7)
        self.web: dict[str, bytes | Fetched | Exception] = {}
        self.transport = Recording()
        self.pace = Pace(connections=2)
        self.per_hour = 1000
        self.render: Callable[[Connection, Claimed, datetime], Rendered] = rendered
        import_rules(engine, rules, author="test", now=now)
        self.book = RuleBook(engine, ("en",))
        self.stories = Stories(engine)

    @property
    def now(self) -> datetime:
        return self.clock.now

    def wait(self, **time: float) -> datetime:
        self.clock.now += timedelta(**time)
        return self.clock.now

    # --- what the world is made of

    def add_feed(self, name: str = "post", entries: Sequence[Entry] = (), **more: Any) -> int:
        new = feeds.NewFeed(f"https://{name}.example/feed", name.title(), name.title(), "en", **more)
        self.show(name, entries)
        with writing(self.engine) as tx:
            return feeds.add(tx, new, interval_seconds=300, now=self.now)

    def show(self, name: str, entries: Sequence[Entry]) -> None:
        self.web[f"https://{name}.example/feed"] = rss(entries, title=name.title(), now=self.now)

    def person(
        self,
        address: str = "duty@desk.example.org",
        cadence: Cadence = Cadence.IMMEDIATE,
        rules: Sequence[str] = ("missile", "sanctions", "truce"),
        *,
        confirmed: bool = True,
        timezone: str = "UTC",
        **more: Any,
    ) -> int:
        """The subscriber's id."""
        wish = Wish(address, "en", timezone, cadence, tuple(rules), confirmed=confirmed, **more)
        kept: dict[str, Any] = {"address_hashes": self.address_hashes, "actor": "test", "now": self.now}
        return subscribe(self.engine, [wish], languages=("en",), **kept)[0]

    # --- what it does

    def polling(self) -> Polling:
        async def fetch(feed: Feed) -> Fetched:
            shown = self.web[feed.url]
            if isinstance(shown, Exception):
                raise shown
            if isinstance(shown, Fetched):
                return shown
            return Fetched(feed.url, 200, shown, "", Validators())

        return Polling(
            engine=self.engine,
            fetch=fetch,
            parse=parse,
            index=self.book.index,
            gazetteer=self.book.gazetteer,
            stories=self.stories,
            clock=self.clock,
            randomness=self.randomness,
            telling=self.telling,
            languages=("en",),
            minimum_seconds=300,
            maximum_seconds=3600,
            news_age=timedelta(hours=24),
        )

    @property
    def telling(self) -> Telling:
        return Telling(self.message_id, self.per_hour)

    def message_id(self, about: str) -> str:
        return message_id(about, SECRET, "alerts.example.org")

    def address_hashes(self, address: str) -> tuple[str, ...]:
        return (suppression_hash(address, SECRET),)

    def poll(self, *feed_ids: int, polling: Polling | None = None) -> tuple[PollReport, ...]:
        """Polls these feeds now, or all that are active, due or not."""
        with writing(self.engine) as tx:
            ids = feed_ids or feeds.active(tx)
            claims.bring_forward(tx, ids, self.now)
        return asyncio.run(poll(ids, polling or self.polling()))

    def watch(self) -> Watched:
        return watch(self.engine, self.clock, self.telling)

    def compose(self) -> tuple[Composed, ...]:
        with reading(self.engine) as tx:
            ids = digests.due(tx, self.now, 1000)
        return compose(self.engine, ids, self.telling, self.clock)

    def delivering(self) -> Delivering:
        return Delivering(
            engine=self.engine,
            transport=self.transport,
            render=lambda tx, claimed, now: self.render(tx, claimed, now),
            address_hashes=self.address_hashes,
            return_path=lambda delivery_id: f"bounces+b{delivery_id}@alerts.example.org",
            pace=self.pace,
            stopped=lambda tx, stop: tell_operators(tx, stop, OPERATORS, "en", self.message_id),
            clock=self.clock,
            randomness=self.randomness,
        )

    def deliver(self) -> tuple[tuple[int, Settled], ...]:
        """What a tick and its deliveries do."""
        return deliver(tick(self.engine, self.now, self.pace).deliveries, self.delivering())

    # --- what came of it

    @property
    def titles(self) -> list[str]:
        """The entries of all mails that the server has accepted, in order."""
        return [
            line.removeprefix("* ").partition(" [")[0]
            for _, content in self.transport.accepted
            for line in content.decode().split("\r\n")
            if line.startswith("* ")
        ]

    def outbox(self) -> tuple[outbox.Outgoing, ...]:
        """Oldest first."""
        with reading(self.engine) as tx:
            return outbox.latest(tx, 10_000)[::-1]

    def count(self, table: Any, *where: Any) -> int:
        with reading(self.engine) as tx:
            return tx.scalar(select(func.count()).select_from(table).where(*where)) or 0

    def column(self, column: Any, *where: Any) -> list[Any]:
        with reading(self.engine) as tx:
            return list(
                tx.scalars(select(column).where(*where).order_by(*inspect(column.class_).primary_key))
            )


def rendered(_tx: Connection, claimed: Claimed, now: datetime) -> Rendered:
    """A mail that says what the digest holds, or of which kind the letter is; the time in it tells a second
    rendering from the first."""
    lines = [f"Message-ID: {claimed.message_id}", f"Date: {format_datetime(now)}", ""]
    if claimed.letter is not None:
        kind = claimed.letter.kind.value
        return Rendered(Message("en", kind, "", ""), "\r\n".join([*lines, kind, ""]).encode())
    for entry in claimed.digest.entries:
        lines.append(f"* {entry.title.text} [{', '.join(rule.key for rule in entry.rules)}]")
    content = "\r\n".join([*lines, ""]).encode()
    return Rendered(Message("en", f"{claimed.digest.total} entries", "", ""), content)


def fill_outbox(tx: Connection, number: int, *, match_ids: Sequence[int] = ()) -> list[int]:
    """Rows only: that many subscriptions whose digest is due, each with one queued delivery. Their ids,
    which are the same for subscriptions and deliveries."""
    content = Digest(Cadence.DAILY, Window(NOW, NOW), (), 0, (), None)
    ids = list(range(1, number + 1))
    person = {"language": "en", "timezone": "UTC", "state": "confirmed", "created_at": NOW}
    slot = {"cadence": Cadence.DAILY, "hour": 8, "weekday": 0, "monthday": 1, "next_due_at": NOW}
    began = {"started_at": NOW - timedelta(days=1), "covered_until": NOW - timedelta(days=1)}
    waiting = {"state": "queued", "send_after": NOW, "created_at": NOW, "attempts": 0, "unsure": 0}
    waiting["domain"] = "example.org"
    address = "reader{}@example.org".format
    people = [{"id": i, "address": address(i), "address_key": address(i), **person} for i in ids]
    tx.execute(insert(Subscriber), people)
    tx.execute(insert(Subscription), [{"id": i, "subscriber_id": i, **slot, **began} for i in ids])
    frozen = [{"id": i, "subscription_id": i, "made_at": NOW, "content": content} for i in ids]
    tx.execute(insert(DigestRow), frozen)
    for match_id in match_ids:
        told = [{"subscription_id": i, "match_id": match_id, "digest_id": i} for i in ids]
        tx.execute(insert(Told), told)
    mails = [
        {"id": i, "digest_id": i, "subscriber_id": i, "address": address(i), "message_id": f"<{i}@x>"}
        for i in ids
    ]
    tx.execute(insert(Delivery), [mail | waiting for mail in mails])
    return ids
