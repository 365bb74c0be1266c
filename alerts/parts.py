"""Settings made into working parts: the database, the parser, what signs, what writes mail.

Parts are made when first used: importing this module, or making them, opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from random import Random, SystemRandom

from sqlalchemy import Engine

from alerts.config import Settings
from alerts.digests.render import Renderer
from alerts.feeds.parse_process import ParseProcess
from alerts.mail.address import suppression_hash
from alerts.mail.envelope import message_id
from alerts.mail.links import Signer
from alerts.mail.return_path import ReturnPath, return_path
from alerts.net.address import Allow
from alerts.services.holding import Telling
from alerts.services.message import Writing
from alerts.services.rules import RuleBook
from alerts.services.stories import Stories
from alerts.store.pace import Pace
from alerts.store.passwords import Passwords
from alerts.store.unit import open_engine

KEYING = timedelta(minutes=2)
"""How long a night's housekeeping gives keys to items that have none."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Parts:
    """What settings are made into. Each part is made when it is first used."""

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
