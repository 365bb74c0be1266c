"""The words that a thing may be called by: severities, cadences, states, levels, scopes."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How much a rule matters to its readers; orders the entries of a digest."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the most severe."""
        return (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW).index(self)


class Cadence(StrEnum):
    """How often a subscription speaks."""

    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class SubscriberState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


class FeedState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


class DeliveryState(StrEnum):
    """Where a delivery stands in the outbox."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    AMBIGUOUS = "ambiguous"
    SUPPRESSED = "suppressed"


class Field(StrEnum):
    """The parts of an item that a rule can read and evidence points into.

    The first three are its words, which every term reads; the others only a term that names the field.
    """

    TITLE = "title"
    SUMMARY = "summary"
    TEXT = "text"
    SOURCE = "source"
    FEED = "feed"
    LANG = "lang"
    PLACE = "place"
    AUTHOR = "author"
    URL = "url"
    CATEGORY = "category"
    TYPE = "type"


class Polarity(StrEnum):
    """Which way the world moves when a concept, or what a rule looks for, is in the news.

    A precursor is an escalation that tends to come before fighting, such as an ultimatum.
    """

    ESCALATION = "escalation"
    PRECURSOR = "precursor"
    DEESCALATION = "de-escalation"
    NEUTRAL = "neutral"

    @property
    def escalates(self) -> bool:
        return self in (Polarity.ESCALATION, Polarity.PRECURSOR)


class Level(StrEnum):
    """How unusual a surge is: by chance about once in 33, in 100, in 330 such days."""

    WATCH = "watch"
    WARNING = "warning"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """1 for the mildest."""
        return (Level.WATCH, Level.WARNING, Level.URGENT).index(self) + 1


class Trend(StrEnum):
    """Where a situation went in the last four weeks; CrisisWatch's words."""

    DETERIORATED = "deteriorated"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    UNKNOWN = "not enough data"


class Role(StrEnum):
    """What an account may do: a viewer looks, an editor writes what is matched and told, an admin also sees
    and changes what is about people: subscribers, deliveries, tokens, the audit."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    @property
    def writes(self) -> bool:
        return self is not Role.VIEWER

    @property
    def manages(self) -> bool:
        return self is Role.ADMIN


class JobKind(StrEnum):
    """Work too long for one answer of a page."""

    BACKTEST = "backtest"
    FEEDS_IMPORT = "feeds import"
    ITEMS_IMPORT = "items import"
    SUBSCRIBERS_IMPORT = "subscribers import"


class JobState(StrEnum):
    """What has become of it."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StoryState(StrEnum):
    """What people made of a story: nothing yet; somebody has seen to it; no further alert is to tell it."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MUTED = "muted"


class Scope(StrEnum):
    """What an unsubscribe link ends."""

    RULE = "rule"
    SITUATION = "situation"
    DIGEST = "digest"
    EVERYTHING = "everything"


class SuppressionKind(StrEnum):
    """Why an address is never written to again."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    OPERATOR = "operator"


class LetterKind(StrEnum):
    """What is said about the service itself; also the folder of its templates."""

    CONFIRM = "confirm"
    WELCOME = "welcome"
    GOODBYE = "goodbye"
    PREFERENCES = "preferences"
    MOVE = "move"
    MOVED = "moved"
    DEAD_FEEDS = "dead-feeds"
    FAILED_DELIVERIES = "failed-deliveries"
    COVERAGE = "coverage"
    SENDING_STOPPED = "sending-stopped"
    TEST = "test"


TO_CONFIRM = (LetterKind.CONFIRM, LetterKind.MOVE)
"""Letters about a request, which they ask to confirm."""


class ReturnKind(StrEnum):
    """What a mail that comes back says about one recipient."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto-reply"
    UNSUBSCRIBE = "unsubscribe"
    NONE = "none"
