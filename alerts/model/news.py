"""Getting the news: items, feeds, and what a server said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.model.kinds import Field


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
