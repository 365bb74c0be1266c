"""Settings: every ALERTS_… variable, what it may be, and what follows from it."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from contextlib import suppress
from datetime import timedelta
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from alerts.errors import SettingsError, Unavailable

_WORDS = NoDecode  # lists are written "en,ar", not as JSON

SHORTEST_KEY = 32
"""Characters of a key that signs."""


class Settings(BaseSettings):
    """What an operator may decide. Field names are the variables without their prefix."""

    model_config = SettingsConfigDict(env_prefix="ALERTS_", frozen=True, extra="ignore")

    home: Path = Field(Path("var"), description="Folder for all state of the embedded parts.")
    database_url: str = Field("", description="sqlite:///path or postgresql://…; empty: SQLite in HOME.")
    broker_url: str = Field("", description="redis://…; empty: an embedded server is started.")
    smtp_url: str = Field(
        "", description="smtp://[user:password@]host:port or smtps://…; empty: local inbox."
    )
    maildir: Path | None = Field(None, description="The local inbox's Maildir, when there is one.")
    sender: str = Field("Alerts <alerts@localhost>", alias="ALERTS_FROM", description="From: name <address>.")
    return_address: str = Field(
        "", description="Where what cannot be delivered is reported; empty: bounces@ the domain of FROM."
    )
    return_mailbox: str = Field(
        "", description="Where returned mail is read: imaps://user:password@host/FOLDER or maildir:///folder."
    )
    domain_connections: int = Field(
        2, ge=1, le=64, description="Mails to one recipient domain that are under way at once."
    )
    domain_per_minute: int = Field(
        0, ge=0, description="Mails to one recipient domain that are begun within a minute; 0: no limit."
    )
    dkim_selector: str = Field("", description="The selector under which the relay signs, for the doctor.")
    service_name: str = Field("Alerts", description="What the service calls itself to its readers.")
    public_url: str = Field("", description="How readers reach the web pages; empty: the local address.")
    contact: str = Field(
        "", description="Whom to ask: printed in mails, told to the servers we poll (empty: PUBLIC_URL)."
    )
    secret_key: str = Field("", description="≥ 32 characters; empty: made and kept in HOME when embedded.")
    old_secret_keys: Annotated[tuple[str, ...], _WORDS] = Field(
        (), description="Keys that signed before: the links in the mails of their time still work."
    )
    sign_up: Literal["on", "off"] = Field("on", description="Whether anybody may sign up on the web pages.")
    public_pages: Literal["on", "off", "indexed"] = Field(
        "on", description="Whether anybody may read the situations; indexed: search engines may list them."
    )
    sign_ups_per_hour: int = Field(
        100, ge=1, description="Most letters an hour that are sent because somebody asked on the web pages."
    )
    operators: Annotated[tuple[str, ...], _WORDS] = Field(
        (), description="Addresses that are told of dead feeds, failed mail and stopped sending."
    )
    operators_language: str = Field("en", description="Language in which the operators are told.")
    languages: Annotated[tuple[str, ...], _WORDS] = Field(
        (
            "en",
            "fr",
            "es",
            "pt",
            "de",
            "it",
            "nl",
            "pl",
            "ru",
            "uk",
            "ar",
            "fa",
            "he",
            "tr",
            "hi",
            "id",
            "zh",
            "ja",
            "ko",
        ),
        description="Languages of the news, for telling them apart.",
    )
    fetch_allow: Annotated[tuple[IPv4Network | IPv6Network, ...], _WORDS] = Field(
        (), description="Networks that may be called besides the public internet, any port."
    )
    poll_min_seconds: int = Field(
        300, ge=1, le=86400, description="Shortest time between two polls of a feed."
    )
    poll_max_seconds: int = Field(3600, ge=1, le=86400, description="Longest time between two polls.")
    tick_seconds: float = Field(5.0, ge=0.5, le=60, description="How often the clock looks for what is due.")
    news_hours: int = Field(24, ge=0, description="Items younger than this are news in a feed's first poll.")
    retain_days: int = Field(365, ge=62, description="How long the words of an item are kept.")
    confirm_above: int = Field(
        100, ge=0, description="Changing a rule that more people get mail for must be confirmed."
    )
    alerts_per_hour: int = Field(
        12, ge=1, description="Most alerts one person gets in an hour; what is above waits and shares a mail."
    )
    worker_processes: int = Field(3, ge=1, le=64, description="Processes of one worker.")
    http_host: str = Field("127.0.0.1", description="Address the web server listens on.")
    http_port: int = Field(8000, ge=1, le=65535, description="Port the web server listens on.")
    proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], _WORDS] = Field(
        (IPv4Network("127.0.0.0/8"), IPv6Network("::1")),
        description="Networks of the proxies before the web server: they say whom a request comes from.",
    )
    templates: Path | None = Field(None, description="Folder of the mail templates; empty: the shipped ones.")

    @field_validator("languages", mode="before")
    @classmethod
    def _split_languages(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        words = tuple(word.strip() for word in value.split(",") if word.strip())
        unknown = [word for word in words if not re.fullmatch(r"[a-z]{2,3}", word)]
        if not words or unknown:
            raise ValueError("write two-letter language codes with commas between, such as en,ar,fr")
        return words

    @field_validator("fetch_allow", "proxies", "old_secret_keys", "operators", mode="before")
    @classmethod
    def _split_words(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("old_secret_keys")
    @classmethod
    def _long_keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(key) < SHORTEST_KEY for key in value):
            raise ValueError("one of the keys is too short to have been one; they have commas between")
        return value

    @field_validator("operators")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address) for address in value):
            raise ValueError("write addresses with commas between: duty@example.org,desk@example.org")
        return value

    @field_validator("sender")
    @classmethod
    def _one_address(cls, value: str) -> str:
        if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", parseaddr(value)[1]):
            raise ValueError("write a name and an address: Alerts <alerts@example.org>")
        return value

    @field_validator("return_address")
    @classmethod
    def _room_for_a_tag(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s<>+]{1,22}@[^@\s<>]+", value):
            raise ValueError("write an address of at most 22 characters before the @: bounces@example.org")
        return value

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query):
            raise ValueError("write the address of the web pages: https://alerts.example.org")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
            raise ValueError("write smtp://host:port or smtps://user:password@host:port")
        return value

    @field_validator("broker_url")
    @classmethod
    def _broker(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("redis", "rediss") or not parts.hostname):
            raise ValueError("write redis://host:port/0")
        return value

    @property
    def database(self) -> str:
        """The database address in force."""
        return self.database_url or f"sqlite:///{self.home.absolute() / 'alerts.db'}"

    @property
    def pages(self) -> str:
        """The address of the web pages in force, without a slash at the end."""
        return self.public_url or f"http://{self.http_host}:{self.http_port}"

    @property
    def returns_to(self) -> str:
        """The address in force to which mail is returned."""
        return self.return_address or f"bounces@{parseaddr(self.sender)[1].rpartition('@')[2]}"

    @property
    def news_age(self) -> timedelta:
        return timedelta(hours=self.news_hours)

    @property
    def template_folder(self) -> Path:
        """Where the mail templates are: set, in the installed package, or beside it in a checkout."""
        if self.templates is not None:
            return self.templates
        package = Path(__file__).parent
        installed = package / "templates" / "email"
        return installed if installed.is_dir() else package.parent / "templates" / "email"

    def ensure_home(self) -> Path:
        """Makes the state folder. Raises Unavailable when that cannot be done."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"the state folder {self.home} cannot be made ({error.strerror}); set ALERTS_HOME"
            ) from error
        return self.home

    def secret(self) -> bytes:
        """The key that signs links. Made once and kept in HOME on the embedded database.

        Raises SettingsError when a shared database is configured without ALERTS_SECRET_KEY: two
        machines with two keys would not honour each other's links.
        """
        if self.secret_key:
            if len(self.secret_key) < SHORTEST_KEY:
                raise SettingsError("ALERTS_SECRET_KEY is too short; use 32 random characters or more")
            return self.secret_key.encode()
        if self.database_url and not self.database_url.startswith("sqlite"):
            raise SettingsError("ALERTS_SECRET_KEY is not set; set it to 32 random characters or more")
        path = self.ensure_home() / "secret-key"
        try:
            if not path.exists():
                _write_once(path, secrets.token_urlsafe(48))
            key = path.read_bytes()
        except OSError as error:
            raise Unavailable(f"{path} cannot be used ({error.strerror})") from error
        if len(key) < SHORTEST_KEY:
            raise SettingsError(f"{path} holds no key; put back the one that signed the links in your mails")
        return key


def _write_once(path: Path, words: str) -> None:
    """The file appears whole or not at all, and whoever comes second keeps the first one's."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(words)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(name, path)
    Path(name).unlink()
