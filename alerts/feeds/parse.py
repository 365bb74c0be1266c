"""From bytes to nouns: one document in any common feed format becomes a ParsedFeed.

The only owner of feedparser, which is given streams and never strings or bytes: those it would
first try to open as a file or URL.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.message import Message
from typing import Any
from xml.sax import SAXParseException

import feedparser

from alerts.errors import NotAFeed
from alerts.feeds import plain
from alerts.feeds.identity import identify
from alerts.feeds.jsonfeed import read_json_feed
from alerts.model import Item, ParsedFeed

LARGEST_BODY = 10_000_000
_MOST_NAMES = 50
_HEAD = 100_000
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})

_BARE_AMPERSAND = re.compile(rb"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][\w.-]{0,30};)")
_DOCTYPE = re.compile(rb"<!DOCTYPE\s", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY\s")
# An entity that stands for one short piece of text without further entities: harmless, and used.
_HARMLESS_ENTITY = re.compile(
    rb"<!ENTITY\s+[\w.:-]+\s+(?:\"(?:&#\w{1,8};|[^&%\"<]{0,64})\"|'(?:&#\w{1,8};|[^&%'<]{0,64})')\s*>"
)


def parse(body: bytes, url: str, content_type: str = "") -> ParsedFeed:
    """Read a feed that came from ``url``: RSS, RDF, Atom (any version) or JSON Feed 1.x.

    All text becomes plain text of bounded length; only absolute http(s) links survive; times are in
    UTC, or None when the feed gives none between 1970 and 2100. An entry without a publication date
    takes its date of change. Whether a date lies in the future is for the caller, who knows the time.

    Raises NotAFeed. Hostile input can still cost much time and memory: for documents from outside
    use ParseProcess.
    """
    if len(body) > LARGEST_BODY:
        raise NotAFeed(f"The document is larger than {LARGEST_BODY:,} bytes", reason="too-large")
    start = body[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start.strip(b"\x00"):
        raise NotAFeed("The document is empty")
    if start.startswith(b"{"):
        return read_json_feed(body, url)
    _refuse_dangerous_entities(body)
    document = _read(body, _charset(content_type))
    version = document.get("version", "")
    if not version:
        raise NotAFeed(_what_it_is(start))
    head = document["feed"]
    language = plain.language_tag(_string(head.get("language")))
    items, problems = identify(_item(entry, url, language) for entry in document["entries"])
    return ParsedFeed(
        format=version,
        title=plain.line(
            _string(head.get("title")), markup=_is_html(head, "title"), limit=plain.LONGEST_TITLE
        ),
        language=language,
        items=items,
        problems=_document_problems(document, bool(items)) + problems,
    )


def _read(body: bytes, charset: str) -> Mapping[str, Any]:
    """feedparser's result, of a repaired document when that was needed; the first fault is kept."""
    # RFC 7303: only an explicit charset says more than the document itself; the bare "text/xml" of
    # many servers does not mean ASCII.
    headers = {"content-type": f"application/xml; charset={charset}"} if charset else {}

    def once(content: bytes) -> dict[str, Any]:
        result: dict[str, Any] = feedparser.parse(
            io.BytesIO(content), sanitize_html=False, resolve_relative_uris=False, response_headers=headers
        )
        return result

    document = once(body)
    if isinstance(document.get("bozo_exception"), SAXParseException) and b"\x00" not in body:
        # Its forgiving parser reads the commonest fault, "R&D", as "R&D;".
        repaired = _BARE_AMPERSAND.sub(b"&amp;", body)
        if repaired != body:
            document = once(repaired) | {"bozo": True, "bozo_exception": document["bozo_exception"]}
    return document


def _item(entry: Mapping[str, Any], base: str, feed_language: str | None) -> Item:
    published, updated = _moment(entry, "published_parsed"), _moment(entry, "updated_parsed")
    given = plain.paragraphs(
        _string(entry.get("summary")), markup=_is_html(entry, "summary"), limit=plain.LONGEST_TEXT
    )
    contents = (
        plain.paragraphs(
            _string(part.get("value")), markup=part.get("type") in _HTML_TYPES, limit=plain.LONGEST_TEXT
        )
        for part in entry.get("content", ())[:_MOST_NAMES]
        if _is_text(_string(part.get("type")))
    )
    summary, text = plain.summary_and_text(given, "\n\n".join(part for part in contents if part))
    claim = _string(entry.get("title_detail", {}).get("language"))
    return Item(
        key=_string(entry.get("id")),
        url=plain.absolute_link(_string(entry.get("link")), base),
        title=plain.line(
            _string(entry.get("title")), markup=_is_html(entry, "title"), limit=plain.LONGEST_TITLE
        ),
        summary=summary,
        text=text,
        authors=_names(author.get("name") or author.get("email") for author in entry.get("authors", ())),
        published_at=published or updated,
        updated_at=updated,
        language=plain.language_tag(claim) or feed_language,
        categories=_names(tag.get("label") or tag.get("term") for tag in entry.get("tags", ())),
    )


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_html(entry: Mapping[str, Any], field: str) -> bool:
    return entry.get(f"{field}_detail", {}).get("type") in _HTML_TYPES


def _is_text(content_type: str) -> bool:
    """Atom may embed anything, a picture too."""
    return not content_type or content_type.startswith("text") or content_type in _HTML_TYPES


def _names(names: Iterable[object]) -> tuple[str, ...]:
    lines = (plain.line(_string(name)) for name, _ in zip(names, range(_MOST_NAMES), strict=False))
    return tuple(dict.fromkeys(name for name in lines if name))


def _moment(entry: Mapping[str, Any], name: str) -> datetime | None:
    # dict.get: feedparser's own look-up would answer "updated" with "published" and warn about it.
    value = dict.get(entry, name) if isinstance(entry, dict) else None
    if not isinstance(value, time.struct_time):
        return None
    try:
        moment = datetime(*value[:5], min(value.tm_sec, 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if plain.EARLIEST_YEAR <= moment.year <= plain.LATEST_YEAR else None


def _charset(content_type: str) -> str:
    header = Message()
    header["content-type"] = " ".join(content_type.split())
    charset = header.get_param("charset")
    return charset if isinstance(charset, str) and re.fullmatch(r"[\w.:-]{1,40}", charset) else ""


def _refuse_dangerous_entities(body: bytes) -> None:
    """Entity declarations that nest, reach outside or are long serve no feed, only attacks."""
    flat = body.replace(b"\x00", b"")  # also when written in UTF-16
    if not _DOCTYPE.search(flat):
        return
    if len(_ENTITY.findall(flat)) != len(_HARMLESS_ENTITY.findall(flat)):
        raise NotAFeed("The document declares XML entities in a way that only attacks do")


def _what_it_is(start: bytes) -> str:
    head = start[:2_000].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return "The document is a web page, not a feed"
    if head.startswith(b"\x1f\x8b"):
        return "The document is compressed twice or without saying so"
    if head.startswith(b"<"):
        return "The document is XML or HTML, but no feed format that we know"
    return "The document is neither XML nor JSON, so it is no feed"


def _document_problems(document: Mapping[str, Any], any_items: bool) -> tuple[str, ...]:
    problems = []
    fault = document.get("bozo_exception") if document.get("bozo") else None
    if isinstance(fault, feedparser.CharacterEncodingOverride):
        problems.append(f"The encoding is not the declared one; read as {document.get('encoding')}")
    elif isinstance(fault, feedparser.CharacterEncodingUnknown):
        problems.append("The encoding could not be found out; some characters may be wrong")
    elif fault is not None:
        place = getattr(fault, "getLineNumber", lambda: None)()
        where = f" (line {place})" if place else ""
        problems.append(f"The XML is not well-formed{where}; read as well as possible")
    if not any_items:
        problems.append("The feed has no entries")
    return tuple(problems)
