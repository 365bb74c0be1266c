"""Saying it: what one reader is told about one window, and the message it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.model.deciding import Evidence
from alerts.model.kinds import Cadence, LetterKind, Scope, Severity
from alerts.model.news import Item
from alerts.model.noticing import Assessment, Surge


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
    the reader follows (in an alert: of those it is about). ``held_since`` is when the first of these alerts
    was kept back, for quiet hours or because there were too many; ``root`` is the Message-ID of the alert
    that told the same story first.
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
    held_since: datetime | None = None
    root: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody is told about the service itself: their subscription, or its health.

    ``target_id`` is the request to confirm or the subscriber whose preferences a link opens. ``names`` are
    what the letter is about: situations and rules asked for, feeds in trouble. ``facts`` are its figures and
    words by name.
    """

    kind: LetterKind
    language: str
    timezone: str
    target_id: int = 0
    cadence: Cadence | None = None
    until: datetime | None = None
    names: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


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
