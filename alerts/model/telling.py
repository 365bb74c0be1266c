"""Saying it: what one reader is told about one window, and the message it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerts.model.deciding import Evidence
from alerts.model.kinds import Cadence, LetterKind, Level, Scope, Severity
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


class Label(StrEnum):
    """What an item tells of besides the event itself. A label says so and hides nothing."""

    EXERCISE = "exercise"
    DENIAL = "denial"
    ANNIVERSARY = "anniversary"


@dataclass(frozen=True, slots=True)
class Marked:
    """A piece of original text and the spans in it that matched (code points, end exclusive).

    ``source`` and ``language`` are those of the item it comes from where that is another than the one it
    stands with; '' where it is the same.
    """

    text: str
    spans: tuple[tuple[int, int], ...] = ()
    source: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Teller:
    """A publisher who tells a story, and the first item of theirs that does.

    ``family`` are the publishers under one owner, ``origin`` is whose words these are.
    """

    family: str
    origin: str
    source: str
    url: str
    language: str
    seen_at: datetime


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
    """One story as one digest tells it, by the item that leads; stored with the digest and never recomputed.

    ``quotes`` are the sentences that matched, the most telling one for each rule (none when only the
    title did). ``dated`` is False when the feed gave no date and ``published_at`` is when we first
    saw the item. ``outlets`` publishers had told its story by then, from ``origins`` independent ones;
    ``others`` are the first of those besides the lead's own. The first match of the story was found at
    ``found_at``, and ``joined`` publishers came after it. ``places`` are the keys of the countries that the
    story is about.
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
    story_id: int = 0
    others: tuple[Teller, ...] = ()
    joined: int = 0
    found_at: datetime | None = None
    places: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many stories of a window matched a rule, and of the window of equal length before it (None: there
    is nothing that could be compared). ``led`` are those for which it is the most severe rule."""

    rule: RuleName
    stories: int
    before: int | None = None
    led: int = 0


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

    ``total`` counts every story of the window, ``items`` the items that tell them; ``entries`` may hold
    fewer. ``counts`` compares the rules with the window before. ``late`` is True when it is made more than
    an hour after it was due. ``surges`` and ``assessments`` are the changes noticed
    in what the reader follows; an alert may consist of them alone. ``situations`` are the names of those
    the reader follows (in an alert: of those it is about). ``held_since`` is when the first of these alerts
    was kept back, for quiet hours or because there were too many; ``root`` is the Message-ID of the alert
    that told the same story first, and ``first_told_at`` when it did.
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
    first_told_at: datetime | None = None
    items: int = 0
    counts: tuple[RuleCount, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What comes and when, as a letter repeats it. ``minute`` belongs to ``hour``, both in the reader's zone;
    ``weekday`` is 0 for Monday. ``situations`` and ``rules`` are the names of what is followed. ``own_query``
    is that of a rule which somebody wrote into a form: it stands in no letter that nobody has confirmed yet,
    or strangers could be sent anybody's words."""

    cadence: Cadence
    hour: int = 8
    minute: int = 0
    weekday: int = 0
    monthday: int = 1
    situations: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    surge_level: Level | None = None
    own_query: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that operators should look at: what it is called, since when, and what is known of it."""

    name: str
    since: datetime | None = None
    detail: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody is told about the service itself: their subscription, or its health.

    ``target_id`` is the request to confirm or the subscriber whose page a link opens, ``subscription_id`` the
    subscription it is about. ``at`` is when it was asked for or when the trouble began, ``until`` when a link
    expires. ``plan`` is what was asked for or has ended; None in a goodbye to everything. Of ``of`` things,
    ``count`` are well (feeds) or are not (mails); ``troubles`` names them.
    """

    kind: LetterKind
    language: str = "en"
    timezone: str = "UTC"
    target_id: int = 0
    subscription_id: int = 0
    at: datetime | None = None
    until: datetime | None = None
    plan: Plan | None = None
    count: int = 0
    of: int = 0
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a message is rendered: BCP 47 language, IANA zone, and when digests come.

    ``weekday`` is 0 for Monday; ``hour`` is 0–23 in the reader's zone, ``minute`` 0–59.
    """

    language: str
    timezone: str
    cadence: Cadence
    hour: int
    weekday: int
    minute: int = 0


@dataclass(frozen=True, slots=True)
class Links:
    """Where one message's reader can act. ``unsubscribe`` honours a one-click POST (RFC 8058).

    Of ``unsubscribe_rules`` each is a rule's key, of ``unsubscribe_situations`` a situation's name, with the
    address that ends it. ``preferences`` is '' where there is no page for them, ``web`` where the message is
    not kept as a page.
    """

    unsubscribe: str
    unsubscribe_everything: str
    unsubscribe_rules: tuple[tuple[str, str], ...] = ()
    unsubscribe_situations: tuple[tuple[str, str], ...] = ()
    preferences: str = ""
    web: str = ""


@dataclass(frozen=True, slots=True)
class LetterLinks:
    """Where the reader of a letter can act. ``act`` is what the letter is for: the page that confirms, that
    changes what comes, or where one may come back. The others are '' where nothing is to be ended."""

    act: str
    unsubscribe: str = ""
    unsubscribe_everything: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the holder of an unsubscribe link may end: ``target_id`` is a rule's, a situation's or a
    subscription's id, 0 for everything."""

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
