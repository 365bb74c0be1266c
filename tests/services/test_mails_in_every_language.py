"""Alerts, answers to them and digests of seven readers in as many languages, from a feed to the bytes that a
server accepts. The mails are written by what writes them in production."""

from __future__ import annotations

import email
import email.policy
import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from small_world import Entry, World
from sqlalchemy import Connection, Engine, update

from alerts.digests.render import Renderer
from alerts.mail.links import Signer
from alerts.mail.return_path import return_path
from alerts.model import Cadence, Scope
from alerts.services.deliver import Rendered
from alerts.services.message import Writing, write_claimed
from alerts.store.deliveries import Claimed
from alerts.store.mail_schema import Subscriber
from alerts.store.unit import open_engine, reading, writing

ROOT = Path(__file__).parents[2]
CONTACT = "Harbour Watch, Quay 1, 10115 Berlin"
PAGES = "https://alerts.example.org/" + "watch/" * 45 + "end"
LANGUAGES = Renderer(ROOT / "templates" / "email", ROOT / "alerts" / "locale").languages
RULES = ("missile", "sanctions")
ALERTS, DIGEST = "alerts@{}.example.org", "digest@{}.example.org"
NEWS = (
    (0, Entry("a", "Missile strikes the harbour of the capital", hours=0)),
    (1, Entry("b", "Missile strikes the harbour of the capital, sanctions follow", hours=0)),
    (23, Entry("c", "Parliament debates the cost of missile defence", hours=0)),
    (24, Entry("old", "Weather", hours=99)),
)
"""What the feed shows, each so many hours after the one before."""


def writing_of() -> Writing:
    """All that writes mails, new: it has read no catalogue yet."""
    return Writing(
        renderer=Renderer(ROOT / "templates" / "email", ROOT / "alerts" / "locale"),
        signer=Signer([b"a secret of the tests, long enough to be one"]),
        sender="Harbour Watch <alerts@alerts.example.org>",
        service="Harbour Watch",
        pages=PAGES,
        return_path=return_path("bounces@alerts.example.org"),
        contact=CONTACT,
    )


class Newsroom(World):
    """A world that writes its mails, and remembers of each what it was told to write, and when."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.orders: list[tuple[Claimed, datetime]] = []
        self.render = self._write
        self._desk = writing_of()

    def _write(self, tx: Connection, claimed: Claimed, now: datetime) -> Rendered:
        self.orders.append((claimed, now))
        return write_claimed(tx, claimed, now, self._desk)


@pytest.fixture(scope="module")
def world(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Every reader has alerts and, as another person, a daily digest. A story breaks, goes on an hour later
    in words that a second rule finds, and next day there is another one. All that is due has been sent."""
    copy = tmp_path_factory.mktemp("mails") / "alerts.db"
    shutil.copy(migrated_file, copy)
    engine = open_engine(f"sqlite:///{copy}")
    world = Newsroom(engine)
    for language in LANGUAGES:
        alerted = world.person(ALERTS.format(language.lower()), rules=RULES)
        daily = world.person(DIGEST.format(language.lower()), Cadence.DAILY, RULES)
        with writing(engine) as tx:
            speaks = update(Subscriber).where(Subscriber.id.in_((alerted, daily)))
            tx.execute(speaks.values(language=language))
    world.add_feed("post", [Entry("old", "Weather", hours=99)])
    world.poll()
    for hours, entry in NEWS:
        world.wait(hours=hours)
        world.show("post", [entry])
        world.poll()
        world.compose()
        world.deliver()
    yield world
    engine.dispose()


every_language = pytest.mark.parametrize("language", LANGUAGES)


def fields(mail: bytes) -> dict[bytes, bytes]:
    """The header fields by name, as they stand there, folds and all. A name that comes twice fails."""
    head = mail.partition(b"\r\n\r\n")[0]
    found = [field.partition(b":") for field in re.split(rb"\r\n(?![ \t])", head)]
    assert len({name.lower() for name, _, _ in found}) == len(found)
    return {name: value.strip() for name, _, value in found}


def mails_to(world: Newsroom, address: str) -> list[bytes]:
    return [content for to, content in world.transport.accepted if to == address]


def read(mail: bytes) -> EmailMessage:
    return email.message_from_bytes(mail, EmailMessage, policy=email.policy.default)


def test_what_programs_read_is_whole_in_every_alert_and_digest(world: Newsroom) -> None:
    """R3, R4, R9, R10, R11: on raw bytes, with pages at an address of 300 characters."""
    assert len(PAGES) >= 300
    streams = set()
    for to, mail in world.transport.accepted:
        found = fields(mail)
        plain = [value for name, value in found.items() if name not in (b"Subject", b"Content-Type")]
        assert not any(b"=?" in value for value in plain)
        assert found[b"From"] == b'"Harbour Watch" <alerts@alerts.example.org>'
        assert found[b"To"].lower() == to.lower().encode()
        assert re.fullmatch(rb"\w{3}, \d\d \w{3} 2026 [\d:]{8} \+0000", found[b"Date"])
        assert re.fullmatch(rb"<[0-9a-f]{32}@alerts\.example\.org>", found[b"Message-ID"])
        assert found[b"MIME-Version"] == b"1.0"
        assert found[b"Auto-Submitted"] == b"auto-generated"
        assert found[b"Precedence"] == b"bulk"
        assert found[b"X-Auto-Response-Suppress"] == b"All"
        assert found[b"List-Help"] == f"<{PAGES}/p>".encode()
        assert b"List-Post" not in found
        assert re.fullmatch(
            rb"<https://alerts\.example\.org/[\w/-]+/u/[\w-]+>,\r\n "
            rb"<mailto:bounces\+u[a-z2-7]+@alerts\.example\.org\?subject=unsubscribe>",
            found[b"List-Unsubscribe"],
        )
        assert found[b"List-Unsubscribe-Post"] == b"List-Unsubscribe=One-Click"
        streams.add((to.partition("@")[0], found[b"List-Id"]))
    assert streams == {
        ("alerts", b"<alerts.alerts.example.org>"),
        ("digest", b"<daily-digest.alerts.example.org>"),
    }


@every_language
def test_the_next_alert_about_a_story_answers_the_first_in_the_raw_bytes(
    world: Newsroom, language: str
) -> None:
    """R30: In-Reply-To and References are the first one's id, which no other mail has; one subject."""
    first, answer, other = map(fields, mails_to(world, ALERTS.format(language.lower())))
    assert answer[b"In-Reply-To"] == answer[b"References"] == first[b"Message-ID"]
    assert answer[b"Subject"] == first[b"Subject"]
    for begins in (first, other):
        assert not {b"In-Reply-To", b"References"} & begins.keys()
    ids = [fields(mail)[b"Message-ID"] for _, mail in world.transport.accepted]
    assert len(set(ids)) == len(ids) == len(LANGUAGES) * 5
    assert max(map(len, ids)) < 78


@every_language
def test_digests_answer_nothing(world: Newsroom, language: str) -> None:
    """R31."""
    first, second = map(fields, mails_to(world, DIGEST.format(language.lower())))
    assert not {b"In-Reply-To", b"References"} & (first.keys() | second.keys())
    assert first[b"Message-ID"] != second[b"Message-ID"]


@every_language
def test_a_mail_says_why_it_comes_how_to_stop_it_and_who_sends_it(world: Newsroom, language: str) -> None:
    """R24: the rule, the words that it found, every way out, and whom to ask, in both parts."""
    signer = writing_of().signer
    for address in (ALERTS, DIGEST):
        mail = mails_to(world, address.format(language.lower()))[0]
        text, html = (str(part.get_content()) for part in read(mail).iter_parts())
        for body in (text, html):
            assert "Missiles" in body
            assert CONTACT in body
            ways = set(re.findall(rf"{PAGES}/u/([\w-]+)", body))
            grants = {signer.read(way) for way in ways}
            assert {grant.scope for grant in grants if grant} == {Scope.RULE, Scope.DIGEST, Scope.EVERYTHING}
            (header,) = re.findall(rb"/u/([\w-]+)>", fields(mail)[b"List-Unsubscribe"])
            assert header.decode() in ways
        assert "*Missile* strikes" in text
        assert re.search('<b class="hit"[^>]*>Missile</b> strikes', html)


def test_one_worker_writes_each_mail_as_one_that_writes_in_no_other_language(world: Newsroom) -> None:
    """R45."""
    alone = {language.lower(): (language, writing_of()) for language in LANGUAGES}
    for claimed, now in world.orders:
        language, writes = alone[claimed.domain.partition(".")[0]]
        with reading(world.engine) as tx:
            mail = write_claimed(tx, claimed, now, writes).content
        assert (claimed.address, mail) in world.transport.accepted
        assert [part["Content-Language"] for part in read(mail).iter_parts()] == [language] * 2
    assert len(world.orders) == len(world.transport.accepted)
