"""The one place where settings become working parts. Faces call these methods and nothing below them.

Parts are made when first used: importing this module, or making an App, opens nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from random import Random, SystemRandom

import structlog
from sqlalchemy import Connection, Engine

from alerts.config import Settings, read_settings
from alerts.digests.render import Renderer
from alerts.errors import SettingsError, Unavailable
from alerts.feeds.fetch import fetch
from alerts.feeds.parse_process import ParseProcess
from alerts.mail.address import keyed_hash, mailbox, normalise_address, suppression_hash
from alerts.mail.envelope import message_id
from alerts.mail.links import Confirmation, Signer
from alerts.mail.mailbox import open_mailbox
from alerts.mail.return_path import ReturnPath, return_path
from alerts.mail.transport import Heard, SmtpTransport, Transport
from alerts.model import Assessment, Feed, Fetched, Grant, Wish
from alerts.net.address import Allow
from alerts.net.client import Client
from alerts.services.accounts import neighbourhood
from alerts.services.archive import key_some
from alerts.services.asking import FetchFeed
from alerts.services.assessing import Verdict, decide
from alerts.services.brake import tell_operators
from alerts.services.deliver import Delivering, deliver
from alerts.services.digest import Composed, compose
from alerts.services.doctor import check_broker, check_database, check_mail_server, check_sending
from alerts.services.due import Due, tick
from alerts.services.holding import Telling
from alerts.services.housekeep import Kept, retain
from alerts.services.message import Writing, write_claimed
from alerts.services.notices import notices
from alerts.services.poll import Polling, PollReport, poll
from alerts.services.preferring import Choice, Habits, change_habits, change_order
from alerts.services.preview import Preview, preview
from alerts.services.requesting import Reception, Standing, ask, ask_for_link, confirm, look
from alerts.services.returning import Returning, Worked, collect
from alerts.services.rules import RuleBook
from alerts.services.sender_domain import SenderDomain, dns_checks
from alerts.services.stories import Stories
from alerts.services.subscribe import subscribe
from alerts.services.unsubscribe import unsubscribe
from alerts.services.watch import Watched, watch
from alerts.store.brakes import Stop
from alerts.store.deliveries import Settled
from alerts.store.migrate import pending, upgrade
from alerts.store.pace import Pace
from alerts.store.passwords import Passwords
from alerts.store.unit import open_engine

KEYING = timedelta(minutes=2)
"""How long a night's housekeeping gives keys to items that have none."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class App:
    """Settings, clock and randomness made into use cases that take ids and return reports."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = utc_now,
        randomness: Random | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.randomness = randomness or SystemRandom()

    # --- parts ----------------------------------------------------------------------------

    @cached_property
    def engine(self) -> Engine:
        if not self.settings.database_url:
            self.settings.ensure_home()
        return open_engine(self.settings.database)

    @cached_property
    def secret(self) -> bytes:
        return self.settings.secret()

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """The key that signs, and those that signed before it."""
        return self.secret, *(key.encode() for key in self.settings.old_secret_keys)

    @cached_property
    def signer(self) -> Signer:
        return Signer(self.secrets)

    @cached_property
    def renderer(self) -> Renderer:
        return Renderer(self.settings.template_folder, Path(__file__).parent / "locale")

    @cached_property
    def rules(self) -> RuleBook:
        return RuleBook(self.engine, self.settings.languages)

    @cached_property
    def stories(self) -> Stories:
        return Stories(self.engine)

    @cached_property
    def passwords(self) -> Passwords:
        return Passwords()

    @cached_property
    def parser(self) -> ParseProcess:
        return ParseProcess()

    @cached_property
    def allow(self) -> Allow:
        return Allow(self.settings.fetch_allow)

    @property
    def user_agent(self) -> str:
        """Says who polls and whom to ask (RFC 9110 §10.1.5)."""
        return f"alerts/0.1 (+{self.settings.contact or self.settings.pages})"

    @property
    def mail_domain(self) -> str:
        return parseaddr(self.settings.sender)[1].rpartition("@")[2]

    def message_id(self, about: str) -> str:
        return message_id(about, self.secret, self.mail_domain)

    @cached_property
    def return_path(self) -> ReturnPath:
        return return_path(self.settings.returns_to)

    @property
    def pace(self) -> Pace:
        return Pace(self.settings.domain_connections, self.settings.domain_per_minute)

    @property
    def telling(self) -> Telling:
        return Telling(self.message_id, self.settings.alerts_per_hour)

    def address_hashes(self, address: str) -> tuple[str, ...]:
        """Of one address under every key, the newest first."""
        return tuple(suppression_hash(address, secret) for secret in self.secrets)

    @cached_property
    def writing(self) -> Writing:
        return Writing(
            renderer=self.renderer,
            signer=self.signer,
            sender=self.settings.sender,
            service=self.settings.service_name,
            pages=self.settings.pages,
            return_path=self.return_path if self.settings.return_mailbox else None,
            contact=self.settings.contact,
        )

    def after_fork(self) -> None:
        """A forked worker makes connections of its own; the parent's are left to the parent."""
        if "engine" in self.__dict__:
            self.engine.dispose(close=False)

    # --- use cases ------------------------------------------------------------------------

    def tick(self) -> Due:
        return tick(self.engine, self.clock(), self.pace)

    def poll(self, feed_ids: Sequence[int]) -> tuple[PollReport, ...]:
        """Polls those of the feeds that are due and free."""

        async def polled() -> tuple[PollReport, ...]:
            async with Client(self.allow, self.user_agent) as client:

                async def fetch_feed(feed: Feed) -> Fetched:
                    return await fetch(client, feed.url, feed.validators)

                return await poll(feed_ids, self.polling(fetch_feed))

        return asyncio.run(polled())

    def polling(self, fetch_feed: FetchFeed) -> Polling:
        settings = self.settings
        return Polling(
            engine=self.engine,
            fetch=fetch_feed,
            parse=self.parser.parse,
            index=self.rules.index,
            gazetteer=self.rules.gazetteer,
            stories=self.stories,
            clock=self.clock,
            randomness=self.randomness,
            telling=self.telling,
            languages=settings.languages,
            minimum_seconds=settings.poll_min_seconds,
            maximum_seconds=settings.poll_max_seconds,
            news_age=settings.news_age,
        )

    def watch(self) -> Watched:
        return watch(self.engine, self.clock, self.telling)

    def decide(self, key: str, verdict: Verdict, by: str) -> Assessment:
        """What a person makes of a situation's draft; who follows it is told by the next tick."""
        found, _ = decide(self.engine, key, verdict, by=by, telling=self.telling, clock=self.clock)
        return found

    def compose(self, subscription_ids: Sequence[int]) -> tuple[Composed, ...]:
        return compose(self.engine, subscription_ids, self.telling, self.clock)

    def deliver(
        self, delivery_ids: Sequence[int], transport: Transport | None = None
    ) -> tuple[tuple[int, Settled], ...]:
        """Sends through the configured mail server, or through ``transport``."""
        if transport is not None:
            return deliver(delivery_ids, self._delivering(transport))
        smtp = self.transport()
        try:
            return deliver(delivery_ids, self._delivering(smtp))
        finally:
            smtp.close()

    def transport(self, heard: Heard | None = None) -> SmtpTransport:
        """``heard`` is told each reply. Raises SettingsError when no mail server is configured."""
        if not self.settings.smtp_url:
            raise SettingsError(
                "ALERTS_SMTP_URL is not set; write smtp://host:port, or start: alerts up, which has an inbox"
            )
        return SmtpTransport(self.settings.smtp_url, hello=self.mail_domain, heard=heard)

    def preview(self, address: str, at: datetime, language: str | None) -> Preview | None:
        return preview(
            self.engine,
            normalise_address(address),
            at,
            self.writing,
            self.message_id,
            language=language,
        )

    def checks(self) -> dict[str, Callable[[], str]]:
        """What ``alerts doctor`` tries, by name; each says what it found or raises an AlertsError."""
        settings = self.settings
        checks = {
            "database": lambda: check_database(self.engine, embedded=not settings.database_url),
            "broker": lambda: check_broker(settings.broker_url),
            "mail server": lambda: check_mail_server(self.transport() if settings.smtp_url else None),
            "sending": lambda: check_sending(self.engine),
            "templates": self._check_templates,
            "secret key": lambda: f"{len(self.secret)} bytes",
        }
        if settings.smtp_url:
            # Only here: the DNS client takes long to import.
            from alerts.net.names import Names

            sender = SenderDomain(self.mail_domain, self.return_path.domain, settings.dkim_selector)
            checks |= dns_checks(sender, Names().texts)
        return checks

    def _check_templates(self) -> str:
        self.renderer.check()
        return f"in {', '.join(self.renderer.languages)}"

    def _delivering(self, transport: Transport) -> Delivering:
        return Delivering(
            engine=self.engine,
            transport=transport,
            render=lambda tx, claimed, now: write_claimed(tx, claimed, now, self.writing),
            address_hashes=self.address_hashes,
            return_path=lambda delivery_id: self.return_path.failures(self.signer.return_tag(delivery_id)),
            pace=self.pace,
            stopped=self._tell_stopped,
            clock=self.clock,
            randomness=self.randomness,
        )

    def _tell_stopped(self, tx: Connection, stop: Stop) -> None:
        settings = self.settings
        tell_operators(tx, stop, settings.operators, settings.operators_language, self.message_id)

    def housekeep(self) -> Kept:
        started = self.clock()
        while self.clock() - started < KEYING and key_some(self.engine):
            pass  # items of an older program; the rest another night
        return retain(self.engine, self.clock(), self.settings.retain_days)

    def subscribe(self, wishes: Sequence[Wish], *, actor: str) -> tuple[int, ...]:
        return subscribe(
            self.engine,
            wishes,
            languages=self.renderer.languages,
            address_hashes=self.address_hashes,
            actor=actor,
            now=self.clock(),
        )

    def unsubscribe(self, grant: Grant, *, actor: str) -> bool:
        return unsubscribe(
            self.engine,
            grant,
            address_hashes=self.address_hashes,
            message_id=self.message_id,
            actor=actor,
            now=self.clock(),
        )

    def collect(self) -> tuple[Worked, ...]:
        """Works on the mail that came back; nothing when no mailbox for it is configured."""
        if not self.settings.return_mailbox:
            return ()
        mailbox = open_mailbox(self.settings.return_mailbox)
        return collect(
            mailbox,
            Returning(self.engine, self.signer, self.address_hashes, self.message_id, self.clock),
        )

    def notices(self) -> tuple[int, ...]:
        """Tells the operators what is wrong; the ids of their deliveries."""
        settings = self.settings
        return notices(
            self.engine, settings.operators, settings.operators_language, self.clock(), self.message_id
        )

    # --- what readers do themselves -------------------------------------------------------

    @property
    def reception(self) -> Reception:
        return Reception(
            engine=self.engine,
            languages=self.renderer.languages,
            address_hashes=self.address_hashes,
            mailbox_hash=lambda address: keyed_hash("request", mailbox(address), self.secret),
            network_hash=lambda network: keyed_hash("network", neighbourhood(network), self.secret),
            message_id=self.message_id,
            an_hour=self.settings.sign_ups_per_hour,
        )

    def ask(self, wish: Wish, network: str) -> None:
        ask(self.reception, wish, network, self.clock())

    def ask_for_link(self, address: str, network: str) -> None:
        ask_for_link(self.reception, address, network, self.clock())

    def look_at_request(self, confirmation: Confirmation) -> Standing:
        return look(self.reception, confirmation, self.clock())

    def confirm(self, confirmation: Confirmation, network: str) -> Standing:
        return confirm(self.reception, confirmation, network, self.clock())

    def change_habits(self, subscriber_id: int, habits: Habits) -> None:
        languages = self.renderer.languages
        change_habits(self.engine, subscriber_id, habits, languages=languages, now=self.clock())

    def change_order(self, subscriber_id: int, subscription_id: int | None, choice: Choice) -> None:
        change_order(self.engine, subscriber_id, subscription_id, choice, self.clock())


def configured() -> App:
    """The App of the environment's settings. Raises SettingsError."""
    return App(read_settings())


def ready() -> App:
    """The same, with a database at this program's schema.

    The embedded SQLite file is made or brought up to date at once; a configured database is changed
    only by ``alerts db upgrade``. Raises Unavailable when it is not there yet.
    """
    app = configured()
    if not app.settings.database_url:
        upgrade(app.engine)
    elif pending(app.engine):
        raise Unavailable("the database is not at this program's schema; run: alerts db upgrade")
    return app


def log_lines() -> None:
    """For programs that run on: one line an event, with ids and never an address."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
    )
