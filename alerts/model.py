"""The nouns of the service: frozen values that cross the borders between its parts.

Nothing here computes, stores or sends. Times are aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias


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
    PAUSED = "paused"
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
    """What an account may do: a viewer looks, an editor and an admin write."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    @property
    def writes(self) -> bool:
        return self is not Role.VIEWER


class Scope(StrEnum):
    """What an unsubscribe link ends."""

    RULE = "rule"
    DIGEST = "digest"
    EVERYTHING = "everything"


# --- getting the news ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an item: its absolute address, media type ('' unknown) and length in bytes."""

    url: str
    type: str = ""
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a feed, as plain text: no mark-up in any field.

    Paragraphs of ``summary`` and ``text`` are separated by one empty line. ``language`` is what
    the feed claims after parsing and what we detected after matching. ``published_at`` is None
    when the feed gives no usable date. ``translations`` are the item in other languages: BCP 47
    language and absolute address. ``places`` are names or codes as the feed gives them, ``point`` is
    latitude and longitude in degrees. ``kind`` (publication type) and ``region`` are recognised from
    the categories: one of those that ``alerts.feeds.facets`` names, or ''.
    """

    key: str
    url: str
    title: str
    summary: str = ""
    text: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str | None = None
    categories: tuple[str, ...] = ()
    feed: str = ""
    source: str = ""
    enclosures: tuple[Enclosure, ...] = ()
    translations: tuple[tuple[str, str], ...] = ()
    places: tuple[str, ...] = ()
    point: tuple[float, float] | None = None
    kind: str = ""
    region: str = ""

    def __getitem__(self, field: Field | str) -> str:
        """The text of one field, so that ``item[e.field][e.start:e.end] == e.text``.

        Of a field with several values, each stands on its own line.
        """
        name = Field(field).value
        if name in ("title", "summary", "text", "source", "feed", "url"):
            return str(getattr(self, name))
        if name in ("lang", "type"):
            return (self.language or "") if name == "lang" else self.kind
        values = {"author": self.authors, "category": self.categories, "place": self.places}[name]
        return "\n".join(values)


@dataclass(frozen=True, slots=True)
class PollHints:
    """How often a feed wants to be asked, in its own words; None or empty where it says nothing.

    ``skip_hours`` (0–23) and ``skip_days`` (0 is Monday) are in UTC and never all of them.
    """

    ttl_seconds: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    period_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What one document said: its own title and language, its items, and what was wrong with it.

    ``format`` is the parser's name for the format, such as ``rss20`` or ``atom10``.
    """

    format: str
    title: str
    language: str | None
    items: tuple[Item, ...]
    problems: tuple[str, ...] = ()
    hints: PollHints = PollHints()


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask "has it changed?" (RFC 9110 §8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """One address we poll, as claimed by one worker."""

    id: int
    url: str
    title: str
    source: str
    language: str | None
    validators: Validators
    body_hash: str | None
    interval_seconds: int
    failures: int
    first_polled_at: datetime | None
    mail_existing: bool
    last_new_at: datetime | None = None
    habit_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """One HTTP retrieval that ended in an answer. ``body`` is empty for 304 (Not Modified).

    ``url`` is the address that answered; ``moved_to`` is set when every redirect on the way was
    permanent (301, 308). ``fresh_seconds`` is for how long the server calls this answer fresh
    (Cache-Control max-age or Expires, RFC 9111 §4.2.1); None when it does not say.
    """

    url: str
    status: int
    body: bytes
    content_type: str
    validators: Validators
    moved_to: str | None = None
    fresh_seconds: int | None = None


# --- deciding what matters ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule: what it is called, and its query in the rule language.

    An empty ``languages`` or ``sources`` means all of them. ``polarity`` says what a match tells of a
    situation that follows the rule. ``owner`` answers for the rule, and from
    ``review_at`` on somebody should look at it again. ``version`` identifies the row that holds this
    text for ever; 0 for a rule that lives only in a file.
    """

    key: str
    name: str
    query: str
    severity: Severity = Severity.MEDIUM
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    match: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()
    owner: str = ""
    review_at: date | None = None
    polarity: Polarity = Polarity.NEUTRAL
    version: int = 0


Terms: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""Language (ISO 639, or ``mul`` for every language) and its terms, in the order they were written."""


@dataclass(frozen=True, slots=True)
class Concept:
    """One version of a named set of terms, written ``@key`` in a query.

    A term is a word or several that follow one another, met by their stems; ``=word`` and ``"words"``
    are met letter by letter, ``word*`` by its beginning, ``*word`` by its end. What ``exclude`` names
    never counts as the concept, whatever terms it contains. A concept also means every concept that
    names it as its ``parent``; children of one parent compete: where their terms overlap, the longer
    one takes the words. ``version`` is 0 for a concept that lives only in a file.
    """

    key: str
    name: str
    polarity: Polarity = Polarity.NEUTRAL
    parent: str = ""
    terms: Terms = ()
    exclude: Terms = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Situation:
    """A place or crisis that is followed: keys of its place concepts and of its rules."""

    key: str
    name: str
    places: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """Why a rule matched: ``item[field][start:end] == text``, found by ``term`` of the query.

    Offsets are code points, end exclusive. ``concept`` is the key of the concept that ``term``
    belongs to, '' when the query itself has the term.
    """

    field: Field
    start: int
    end: int
    text: str
    term: str
    concept: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """Item × rule version, with its evidence, before it is saved as a match."""

    rule: Rule
    evidence: tuple[Evidence, ...]


# --- noticing change ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lead:
    """A headline that stands for a story: what it says, who says it, and in which language."""

    url: str
    title: str
    source: str
    language: str


@dataclass(frozen=True, slots=True)
class Surge:
    """More news of a rule (in a place) than chance explains, as one test found it.

    ``rule`` and ``place`` (the key of a country, '' for everywhere) name the series. ``observed`` stories
    came within ``days`` days up to ``day``, from ``sources`` independent publishers (None: not known),
    where ``expected`` were to be expected; ``usual`` is that a day. ``p`` is the probability of so many or
    more when nothing has changed. ``stories`` are those that weigh most; ``first_seen_at`` is when the
    first of the window was seen. ``method`` names the version of the test.
    """

    rule: str
    place: str
    day: date
    level: Level
    p: float
    observed: int
    expected: float
    usual: float
    days: int
    sources: int | None = None
    first_seen_at: datetime | None = None
    stories: tuple[Lead, ...] = ()
    method: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against a trend call. ``kind`` says which sentence tells it (see
    ``alerts.digests.signal_words``), ``numbers`` are its figures by name."""

    kind: str
    supports: bool
    numbers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class TrendCall:
    """What the figures say of a situation on ``as_of``, before anybody has looked at it.

    ``probability`` is that of the change it names (of the likelier one when unchanged). ``quieter`` marks
    an unchanged situation with much less news and no sign of peace. ``reasons`` begin with the one that
    decides. ``method`` names the version of the formula.
    """

    as_of: date
    trend: Trend
    probability: float
    quieter: bool
    risk_alert: bool
    resolution_opportunity: bool
    reasons: tuple[Reason, ...]
    method: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """Where a situation stands: the machine's draft, or what a person made of it.

    ``reason`` is the person's, '' for a draft; ``call`` is what the figures said.
    """

    situation: str
    name: str
    trend: Trend
    risk_alert: bool
    resolution_opportunity: bool
    confirmed: bool
    reason: str
    call: TrendCall


# --- saying it ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """The time one digest covers: since ≤ t < until."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class RuleName:
    """A rule as a reader sees it."""

    key: str
    name: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Marked:
    """A piece of original text and the spans in it that matched (code points, end exclusive)."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A saved match as composition reads it: the item's words and one rule's evidence."""

    id: int
    item_id: int
    rule: RuleName
    item: Item
    evidence: tuple[Evidence, ...]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as one digest tells it; stored with the digest and never recomputed.

    ``quotes`` are the sentences that matched, the most telling one for each rule (none when only the
    title did). ``dated`` is False when the feed gave no date and ``published_at`` is when we first
    saw the item. ``outlets`` publishers had told its story by then, from ``origins`` independent ones.
    """

    item_id: int
    url: str
    title: Marked
    quotes: tuple[Marked, ...]
    source: str
    language: str
    published_at: datetime
    dated: bool
    rules: tuple[RuleName, ...]
    outlets: int = 1
    origins: int = 1


@dataclass(frozen=True, slots=True)
class SilentFeed:
    """A feed that could not be read, and since when (None: never yet)."""

    title: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a digest could see: feeds in all, feeds read, and those that could not be."""

    feeds: int
    read: int
    silent: tuple[SilentFeed, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """What one subscriber is told about one window; cadence *immediate* is an alert.

    ``total`` counts every item of the window; ``entries`` may hold fewer. ``late`` is True when it
    is made more than an hour after it was due. ``surges`` and ``assessments`` are the changes noticed
    in what the reader follows; an alert may consist of them alone. ``situations`` are the names of those
    the reader follows (in an alert: of those it is about).
    """

    cadence: Cadence
    window: Window
    entries: tuple[Entry, ...]
    total: int
    rules: tuple[RuleName, ...]
    coverage: Coverage | None
    late: bool = False
    surges: tuple[Surge, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    situations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a message is rendered: BCP 47 language, IANA zone, and when digests come.

    ``weekday`` is 0 for Monday; ``hour`` is 0–23 in the reader's zone.
    """

    language: str
    timezone: str
    cadence: Cadence
    hour: int
    weekday: int


@dataclass(frozen=True, slots=True)
class Links:
    """Where one message's reader can act. ``unsubscribe`` honours a one-click POST (RFC 8058)."""

    unsubscribe: str
    unsubscribe_everything: str
    unsubscribe_rules: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """What the holder of an unsubscribe link may end: ``target_id`` is a rule's or a subscription's id,
    0 for everything."""

    subscriber_id: int
    scope: Scope
    target_id: int


@dataclass(frozen=True, slots=True)
class Message:
    """A digest in one language, ready to be put in an envelope."""

    language: str
    subject: str
    text: str
    html: str


# --- sending it ---------------------------------------------------------------------------


class Outcome(StrEnum):
    """How one attempt to hand a delivery to a mail server ended."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    SUPPRESS = "suppress"
    AMBIGUOUS = "ambiguous"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Sending:
    """One attempt: its outcome, the SMTP phase it reached, and the server's reply.

    ``phase`` is one of connect, hello, login, mail, rcpt, data, body, dot. ``silent`` is True when
    the deadline passed without an answer, False when the server answered or the connection broke.
    """

    outcome: Outcome
    phase: str
    code: int | None
    reply: str
    silent: bool = False
