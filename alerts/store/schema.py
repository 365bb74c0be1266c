"""The tables. Due is a column, claiming is a conditional update, uniqueness is a constraint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from alerts.model import (
    Enclosure,
    Evidence,
    FeedState,
    Polarity,
    Role,
    Severity,
    Terms,
)
from alerts.store.columns import NEVER_AGAIN, Document, Table, Word, Words, refers_to, row_id


class Source(Table):
    """The organisation that publishes."""

    __tablename__ = "sources"
    id: Mapped[int] = row_id()
    name: Mapped[str] = mapped_column(unique=True)


class Feed(Table):
    """One address we poll, when it is due, and who polls it now. ``collected`` counts its items, ever."""

    __tablename__ = "feeds"
    id: Mapped[int] = row_id()
    source_id: Mapped[int] = refers_to("sources.id")
    url: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    host: Mapped[str | None]
    site: Mapped[str | None]
    tags: Mapped[Words | None] = mapped_column(Document(Words))
    language: Mapped[str | None]
    state: Mapped[FeedState] = mapped_column(Word(FeedState))
    mail_existing: Mapped[bool]
    created_at: Mapped[datetime]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    body_hash: Mapped[str | None]
    interval_seconds: Mapped[int]
    next_poll_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    claim_token: Mapped[str | None]
    failures: Mapped[int] = mapped_column(default=0)
    first_polled_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    collected: Mapped[int] = mapped_column(default=0)
    last_new_at: Mapped[datetime | None]
    habit_seconds: Mapped[int | None]
    __table_args__ = (Index("feeds_due", "state", "next_poll_at"), NEVER_AGAIN)


class Fetch(Table):
    """What one poll of one feed came to, in words a person can read."""

    __tablename__ = "fetches"
    id: Mapped[int] = row_id()
    feed_id: Mapped[int] = refers_to("feeds.id")
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    outcome: Mapped[str]
    status: Mapped[int | None]
    new: Mapped[int]
    changed: Mapped[int]
    seen: Mapped[int]
    note: Mapped[str]
    __table_args__ = (Index("fetches_of_feed", "feed_id", "id"), Index("fetches_by_time", "finished_at"))


@dataclass(frozen=True, slots=True)
class More:
    """What an item has beside its words and nobody searches by: files, translations, places."""

    enclosures: tuple[Enclosure, ...] = ()
    translations: tuple[tuple[str, str], ...] = ()
    places: tuple[str, ...] = ()
    point: tuple[float, float] | None = None


class Item(Table):
    """One entry of a feed. The row outlives its text: retention empties it and keeps the identity."""

    __tablename__ = "items"
    id: Mapped[int] = row_id()
    feed_id: Mapped[int] = refers_to("feeds.id")
    key: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(String(64))
    url: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]
    text: Mapped[str]
    authors: Mapped[Words]
    categories: Mapped[Words]
    more: Mapped[More | None] = mapped_column(Document(More))
    kind: Mapped[str | None]
    region: Mapped[str | None]
    language: Mapped[str]
    published_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    changed_at: Mapped[datetime | None]
    archived: Mapped[str | None]
    emptied_at: Mapped[datetime | None]
    keys_made: Mapped[int] = mapped_column(server_default="0")
    __table_args__ = (
        UniqueConstraint("feed_id", "key", name="one_item_per_key"),
        # An address may be longer than an ordered index of PostgreSQL takes; it is only asked for as a whole.
        Index("items_by_url", "url", postgresql_using="hash"),
        Index("items_by_keys_made", "keys_made"),
        Index("items_by_language", "language"),
        Index("items_by_kind", "kind"),
        Index("items_by_region", "region"),
    )


class Versioned:
    """What rules, concepts and situations have in common: a key, and texts in numbered versions."""

    id: Mapped[int] = row_id()
    key: Mapped[str] = mapped_column(unique=True)
    number: Mapped[int]
    retired_at: Mapped[datetime | None]


class Version:
    """One text, for ever: who wrote it and when; ``reason`` is why, ``note`` what the service adds."""

    id: Mapped[int] = row_id()
    number: Mapped[int]
    name: Mapped[str]
    author: Mapped[str]
    created_at: Mapped[datetime]
    reason: Mapped[str | None]
    note: Mapped[str | None]


class Rule(Versioned, Table):
    """What an editor wants to know about; its text lives in numbered versions."""

    __tablename__ = "rules"


class RuleVersion(Version, Table):
    """One text of a rule, for ever."""

    __tablename__ = "rule_versions"
    rule_id: Mapped[int] = refers_to("rules.id")
    query: Mapped[str]
    severity: Mapped[Severity] = mapped_column(Word(Severity))
    polarity: Mapped[Polarity] = mapped_column(Word(Polarity), server_default=Polarity.NEUTRAL.value)
    languages: Mapped[Words]
    sources: Mapped[Words]
    match: Mapped[Words]
    no_match: Mapped[Words]
    owner: Mapped[str | None]
    review_at: Mapped[date | None]
    __table_args__ = (UniqueConstraint("rule_id", "number", name="one_text_per_number"),)


class Concept(Versioned, Table):
    """A concept of this deployment; those that the program ships are in no table."""

    __tablename__ = "concepts"


class ConceptVersion(Version, Table):
    """One text of a concept, for ever."""

    __tablename__ = "concept_versions"
    concept_id: Mapped[int] = refers_to("concepts.id")
    polarity: Mapped[Polarity] = mapped_column(Word(Polarity))
    parent: Mapped[str]
    terms: Mapped[Terms] = mapped_column(Document(Terms))
    exclude: Mapped[Terms] = mapped_column(Document(Terms))
    __table_args__ = (UniqueConstraint("concept_id", "number", name="one_concept_text_per_number"),)


class Situation(Versioned, Table):
    """A place or crisis that is followed."""

    __tablename__ = "situations"


class SituationVersion(Version, Table):
    """One text of a situation, for ever."""

    __tablename__ = "situation_versions"
    situation_id: Mapped[int] = refers_to("situations.id")
    places: Mapped[Words]
    rules: Mapped[Words]
    __table_args__ = (UniqueConstraint("situation_id", "number", name="one_situation_text_per_number"),)


class Match(Table):
    """Item × rule, once, with the version that made it and its evidence.

    ``news`` is False for what is kept but never mailed: a first poll's old items, a backfill.
    """

    __tablename__ = "matches"
    id: Mapped[int] = row_id()
    item_id: Mapped[int] = refers_to("items.id")
    rule_id: Mapped[int] = refers_to("rules.id")
    rule_version_id: Mapped[int] = refers_to("rule_versions.id")
    matched_at: Mapped[datetime]
    news: Mapped[bool]
    evidence: Mapped[tuple[Evidence, ...]] = mapped_column(Document(tuple[Evidence, ...]))
    __table_args__ = (
        UniqueConstraint("item_id", "rule_id", name="one_match_per_item_and_rule"),
        Index("matches_of_rule", "rule_id", "matched_at"),
        Index("matches_by_time", "matched_at"),
    )


class User(Table):
    """Somebody who may log in to the pages. ``name`` is in small letters, as it is compared; ``looked_at``
    is when they last went through what is new."""

    __tablename__ = "users"
    id: Mapped[int] = row_id()
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[Role] = mapped_column(Word(Role))
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]


class Session(Table):
    """A browser that is logged in, and from where it did. Only it has the token; here is what the token is
    recognised by."""

    __tablename__ = "sessions"
    id: Mapped[int] = row_id()
    user_id: Mapped[int] = refers_to("users.id", index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]
    address: Mapped[str | None]


class LoginTry(Table):
    """A try at logging in that has not succeeded, kept for as long as it counts against its limits.

    What was typed as a name may be a password, so only a keyed hash of it is kept.
    """

    __tablename__ = "login_tries"
    id: Mapped[int] = row_id()
    at: Mapped[datetime]
    name_hash: Mapped[str] = mapped_column(String(64))
    address: Mapped[str]
    __table_args__ = (
        Index("login_tries_of_name", "name_hash", "at"),
        Index("login_tries_of_address", "address", "at"),
    )


class AuditEvent(Table):
    """Append-only: when, who, what, to what."""

    __tablename__ = "audit_events"
    id: Mapped[int] = row_id()
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[str]
    __table_args__ = (
        Index("audit_events_by_time", "at"),
        Index("audit_events_by_actor", "actor"),
        Index("audit_events_by_action", "action"),
        Index("audit_events_by_subject", "subject"),
    )
