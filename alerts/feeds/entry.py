"""One entry of an XML feed, as feedparser read it, becomes an Item."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from alerts.feeds import facets, plain
from alerts.feeds.dates import Moment, in_reason, moment
from alerts.feeds.identity import Entry
from alerts.feeds.links import alternates, enclosures, page
from alerts.feeds.places import places, point
from alerts.model import Item

_MOST_NAMES = 50
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
# What feedparser adds by itself, also to an entry that has nothing.
_NO_CONTENT = frozenset(
    {"guidislink", "links", "authors", "author_detail", "published_parsed", "updated_parsed"}
)


def read_entry(entry: Mapping[str, Any], base: str, feed_language: str | None) -> Entry:
    """Read what feedparser found; relative addresses are relative to ``base``."""
    # A plain dict: feedparser's own answers "updated" with "published" and warns about it, slowly.
    entry = dict(entry)
    language = _language(entry) or feed_language
    published = _moment(entry, "published", language) or _moment(entry, "created", language)
    updated = _moment(entry, "updated", language)
    dated = published or updated
    summary, text = _summary_and_text(entry)
    links = entry.get("links", ())
    url = page(string(entry.get("link")), links, base, language)
    categories = _names(tag.get("label") or tag.get("term") for tag in entry.get("tags", ()))
    return Entry(
        Item(
            key=string(entry.get("id")),
            url=url,
            title=plain.line(
                string(entry.get("title")), markup=is_html(entry, "title"), limit=plain.LONGEST_TITLE
            ),
            summary=summary,
            text=text,
            authors=_names(author.get("name") or author.get("email") for author in entry.get("authors", ())),
            published_at=dated.at if dated else None,
            updated_at=updated.at if updated else None,
            language=language,
            categories=categories,
            enclosures=enclosures(links, entry.get("media_content", ()), base),
            translations=alternates(links, base, url),
            places=places(entry),
            point=point(entry),
            kind=facets.kind(categories),
            region=facets.region(categories),
        ),
        empty=_is_empty(entry),
        zoned=all(found.zoned for found in (published, updated) if found),
    )


def string(value: object) -> str:
    """The value when it is text, else ''."""
    return value if isinstance(value, str) else ""


def is_html(entry: Mapping[str, Any], field: str) -> bool:
    """Whether the feed declares this field as HTML."""
    return entry.get(f"{field}_detail", {}).get("type") in _HTML_TYPES


def _is_empty(entry: Mapping[str, Any]) -> bool:
    if any(link.get("href") for link in entry.get("links", ())):
        return False
    return not any(
        value not in ("", None, [])
        for name, value in entry.items()
        if name not in _NO_CONTENT and not name.endswith("_detail")
    )


def _summary_and_text(entry: Mapping[str, Any]) -> tuple[str, str]:
    # Without a detail it is feedparser's copy of the first content, or of a field for podcasts.
    copied = "summary_detail" not in entry and "content" in entry
    given = plain.paragraphs(
        "" if copied else string(entry.get("summary")),
        markup=is_html(entry, "summary"),
        limit=plain.LONGEST_TEXT,
    )
    contents = (
        plain.paragraphs(string(part.get("value")), markup=_is_markup(part), limit=plain.LONGEST_TEXT)
        for part in entry.get("content", ())[:_MOST_NAMES]
        if _is_text(part)
    )
    return plain.summary_and_text(given, "\n\n".join(part for part in contents if part))


def _is_markup(content: Mapping[str, Any]) -> bool:
    media_type = string(content.get("type"))
    return media_type in _HTML_TYPES or media_type.endswith("xml")


def _is_text(content: Mapping[str, Any]) -> bool:
    """Atom may embed anything, a picture too; feedparser has decoded what is text inside."""
    media_type = string(content.get("type"))
    if not media_type or media_type.startswith("text") or _is_markup(content):
        return True
    return not _BASE64.fullmatch(string(content.get("value")))


def _language(entry: Mapping[str, Any]) -> str | None:
    """dc:language of the entry, else xml:lang of its words."""
    claims = [entry.get("language"), entry.get("title_detail", {}).get("language")]
    claims += [part.get("language") for part in entry.get("content", ())[:1]]
    return next((tag for claim in claims if (tag := plain.language_tag(string(claim)))), None)


def _names(names: Iterable[object]) -> tuple[str, ...]:
    lines = (plain.line(string(name)) for name, _ in zip(names, range(_MOST_NAMES), strict=False))
    return tuple(dict.fromkeys(name for name in lines if name))


def _moment(entry: Mapping[str, Any], name: str, language: str | None) -> Moment | None:
    """A date as it is written, else as feedparser understands it, which knows some more languages."""
    written = moment(string(entry.get(name)), language)
    if written:
        return written
    value = entry.get(f"{name}_parsed")
    if not isinstance(value, time.struct_time):
        return None
    try:
        return in_reason(datetime(*value[:5], min(value.tm_sec, 59), tzinfo=UTC), zoned=False)
    except (ValueError, OverflowError):
        return None
