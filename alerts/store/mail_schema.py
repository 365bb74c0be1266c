"""The tables of readers and their mail. Due is a column, claiming is a conditional update, uniqueness is a
constraint."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

import alerts.store.schema  # noqa: F401  (the tables that these refer to)
from alerts.model import (
    Cadence,
    DeliveryState,
    Digest,
    Letter,
    Level,
    Quiet,
    Returned,
    SubscriberState,
    SuppressionKind,
    Wish,
)
from alerts.store.columns import NEVER_AGAIN, Document, Table, Word, refers_to, row_id


class Subscriber(Table):
    """A person with an address. ``address_key`` is the address as compared, never as written.

    No alert or digest goes out within ``quiet`` nor before ``paused_until``; both hold and drop nothing.
    """

    __tablename__ = "subscribers"
    id: Mapped[int] = row_id()
    address: Mapped[str]
    address_key: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str]
    timezone: Mapped[str]
    state: Mapped[SubscriberState] = mapped_column(Word(SubscriberState))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    quiet: Mapped[Quiet | None] = mapped_column(Document(Quiet))
    paused_until: Mapped[datetime | None]
    __table_args__ = NEVER_AGAIN


class Subscription(Table):
    """What a person asked for at one cadence. ``covered_until`` is where the next window begins; surges
    below ``surge_level`` are not told, none of them when it is empty. A digest of a window without news is
    sent when ``tell_nothing`` is set.

    Alerts have a ``next_due_at`` only while some are held, which ``covered_until`` then says the begin of.
    """

    __tablename__ = "subscriptions"
    id: Mapped[int] = row_id()
    subscriber_id: Mapped[int] = refers_to("subscribers.id")
    cadence: Mapped[Cadence] = mapped_column(Word(Cadence))
    hour: Mapped[int]
    minute: Mapped[int] = mapped_column(server_default="0")
    weekday: Mapped[int]
    monthday: Mapped[int]
    started_at: Mapped[datetime]
    covered_until: Mapped[datetime]
    next_due_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    surge_level: Mapped[Level | None] = mapped_column(Word(Level))
    tell_nothing: Mapped[bool] = mapped_column(server_default=false())
    __table_args__ = (
        UniqueConstraint("subscriber_id", "cadence", name="one_subscription_per_cadence"),
        NEVER_AGAIN,
    )


class SubscriptionRule(Table):
    """The rules of a subscription."""

    __tablename__ = "subscription_rules"
    subscription_id: Mapped[int] = refers_to("subscriptions.id", primary_key=True)
    rule_id: Mapped[int] = refers_to("rules.id", primary_key=True, index=True)
    added_at: Mapped[datetime]


class DigestRow(Table):
    """What one subscription was told about one window, frozen as it was composed."""

    __tablename__ = "digests"
    id: Mapped[int] = row_id()
    subscription_id: Mapped[int] = refers_to("subscriptions.id", index=True)
    made_at: Mapped[datetime]
    content: Mapped[Digest] = mapped_column(Document(Digest))


class Told(Table):
    """The match was told to the subscription, in that digest. The key makes telling it twice impossible."""

    __tablename__ = "told"
    subscription_id: Mapped[int] = refers_to("subscriptions.id", primary_key=True)
    match_id: Mapped[int] = refers_to("matches.id", primary_key=True, index=True)
    digest_id: Mapped[int] = refers_to("digests.id", index=True)


class Thread(Table):
    """The first alert that told a subscription of a story: what later ones about it are answers to."""

    __tablename__ = "threads"
    subscription_id: Mapped[int] = refers_to("subscriptions.id", primary_key=True)
    story_id: Mapped[int] = refers_to("stories.id", primary_key=True, index=True)
    message_id: Mapped[str]


class Delivery(Table):
    """One message to one address: the outbox.

    What is told is a digest, or a letter about the service itself, which may go to somebody who is no
    subscriber. ``domain`` is that of the address, in lower-case ASCII.
    """

    __tablename__ = "deliveries"
    id: Mapped[int] = row_id()
    digest_id: Mapped[int | None] = refers_to("digests.id", unique=True)
    letter: Mapped[Letter | None] = mapped_column(Document(Letter))
    subscriber_id: Mapped[int | None] = refers_to("subscribers.id", index=True)
    address: Mapped[str]
    domain: Mapped[str | None]
    message_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[DeliveryState] = mapped_column(Word(DeliveryState))
    reason: Mapped[str | None]
    send_after: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    claim_token: Mapped[str | None]
    attempts: Mapped[int]
    unsure: Mapped[int]
    subject: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    __table_args__ = (
        Index("deliveries_due", "state", "send_after"),
        Index("deliveries_of_domain", "domain", "state"),
        Index("deliveries_by_creation", "subscriber_id", "created_at"),
        CheckConstraint("(digest_id IS NULL) <> (letter IS NULL)", name="a_digest_or_a_letter"),
        NEVER_AGAIN,
    )


class Mail(Table):
    """The mail of a delivery as it is sent, every time. It is written once; in the row of the delivery,
    SQLite would write it again with every claim and every outcome."""

    __tablename__ = "mails"
    delivery_id: Mapped[int] = refers_to("deliveries.id", primary_key=True)
    content: Mapped[bytes]


class Attempt(Table):
    """One try at handing a delivery over; without an end when the worker died in the middle."""

    __tablename__ = "attempts"
    id: Mapped[int] = row_id()
    delivery_id: Mapped[int] = refers_to("deliveries.id")
    number: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    phase: Mapped[str | None]
    code: Mapped[int | None]
    reply: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("delivery_id", "number", name="one_attempt_per_number"),
        Index("attempts_by_time", "started_at"),
    )


class Suppression(Table):
    """An address we never write to again, as a keyed hash that outlives the subscriber."""

    __tablename__ = "suppressions"
    id: Mapped[int] = row_id()
    address_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[SuppressionKind] = mapped_column(Word(SuppressionKind), server_default="bounced")
    reason: Mapped[str]
    created_at: Mapped[datetime]


class Request(Table):
    """Somebody asked for mail in public. Once confirmed it is the record of their consent.

    Of the network address only a keyed hash is kept. ``text_version`` says which words they agreed to. A
    subscriber who moves to ``new_address`` confirms that in the same way.
    """

    __tablename__ = "requests"
    id: Mapped[int] = row_id()
    address_hash: Mapped[str] = mapped_column(String(64))
    from_hash: Mapped[str] = mapped_column(String(64))
    wish: Mapped[Wish | None] = mapped_column(Document(Wish))
    new_address: Mapped[str | None]
    text_version: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    answered: Mapped[bool]
    subscriber_id: Mapped[int | None] = refers_to("subscribers.id", index=True)
    confirmed_at: Mapped[datetime | None]
    confirmed_from_hash: Mapped[str | None] = mapped_column(String(64))
    __table_args__ = (
        Index("requests_for_address", "address_hash", "created_at"),
        Index("requests_from", "from_hash", "created_at"),
        NEVER_AGAIN,
    )


class Return(Table):
    """Something that came back to us about one recipient. ``key`` names the mail in which it came, so that
    none is counted twice."""

    __tablename__ = "returns"
    id: Mapped[int] = row_id()
    key: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime]
    delivery_id: Mapped[int | None] = refers_to("deliveries.id", index=True)
    subscriber_id: Mapped[int | None] = refers_to("subscribers.id", index=True)
    returned: Mapped[Returned] = mapped_column(Document(Returned))


class Brake(Table):
    """Sending was stopped: too much of it failed. Only the row without a release is in force."""

    __tablename__ = "brakes"
    id: Mapped[int] = row_id()
    pulled_at: Mapped[datetime]
    reason: Mapped[str]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
