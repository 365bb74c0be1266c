"""The one place where settings become use cases. Faces call these methods and nothing below them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from alerts.environment import read_settings
from alerts.errors import SettingsError, Unavailable
from alerts.feeds.fetch import fetch
from alerts.feeds.parse_process import ParseProcess
from alerts.long_work import LongWork
from alerts.mail.address import normalise_address
from alerts.mail.mailbox import open_mailbox
from alerts.mail.transport import Heard, SmtpTransport, Transport
from alerts.model import Assessment, Feed, Fetched, Grant, Wish
from alerts.net.client import Client
from alerts.services.archive import key_some
from alerts.services.asking import FetchFeed
from alerts.services.assessing import Verdict, decide
from alerts.services.brake import tell_operators
from alerts.services.deliver import Delivering, deliver
from alerts.services.digest import Composed, compose
from alerts.services.discover import LOOK_SECONDS, Candidate, look_for_feeds
from alerts.services.doctor import check_broker, check_database, check_mail_server, check_sending
from alerts.services.due import Due, tick
from alerts.services.housekeep import Kept, retain
from alerts.services.message import write_claimed
from alerts.services.notices import notices
from alerts.services.personal_data import erase
from alerts.services.poll import Polling, PollReport, poll
from alerts.services.preview import Preview, preview
from alerts.services.returning import Returning, Worked, collect
from alerts.services.sender_domain import SenderDomain, dns_checks
from alerts.services.subscribe import subscribe
from alerts.services.unsubscribe import unsubscribe
from alerts.services.watch import Watched, watch
from alerts.store.brakes import Stop
from alerts.store.deliveries import Settled
from alerts.store.migrate import pending, upgrade

KEYING = timedelta(minutes=2)
"""How long a night's housekeeping gives keys to items that have none."""


class App(LongWork):
    """Use cases that take ids and return reports, over the parts of one service."""

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

    async def look_for_feeds(self, url: str) -> tuple[Candidate, ...]:
        """The feeds of a site, read once. Raises FetchError, within about ten seconds."""
        with ParseProcess(deadline_seconds=LOOK_SECONDS) as reader:
            async with Client(self.allow, self.user_agent, deadline_seconds=LOOK_SECONDS) as client:
                return await look_for_feeds(url, client, reader.parse)

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

    def erase(self, subscriber_id: int, *, actor: str) -> None:
        hashes = self.address_hashes
        erase(self.engine, subscriber_id, address_hashes=hashes, actor=actor, now=self.clock())

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
