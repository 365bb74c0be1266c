"""From bytes to nouns: one document in any common feed format becomes a ParsedFeed."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from email.message import Message

from alerts.errors import NotAFeed
from alerts.feeds import lenient, plain
from alerts.feeds.charset import decode
from alerts.feeds.document import Document, prepared
from alerts.feeds.entry import is_html, read_entry, string
from alerts.feeds.hints import poll_hints
from alerts.feeds.identity import MOST_ITEMS, entries_said, identify
from alerts.feeds.jsonfeed import read_json_feed
from alerts.feeds.quick.reader import read as read_quickly
from alerts.model import ParsedFeed

LARGEST_BODY = 10_000_000
_GZIP = b"\x1f\x8b"
_HEAD = 200_000
_MOST_READ = 2 * MOST_ITEMS


def parse(body: bytes, url: str, content_type: str = "") -> ParsedFeed:
    """Read a feed that came from ``url``: RSS, RDF, Atom (any version), CDF or JSON Feed 1.x.

    All text becomes plain text of bounded length; only absolute http(s) links survive; times are in
    UTC, or None when the feed gives none between 1970 and 2100. An entry without a publication date
    takes its date of change. Whether a date lies in the future is for the caller, who knows the time.
    Wrong encodings and bodies compressed without saying so are repaired; ``problems`` tells about every
    repair and counts every entry that was left out.

    Raises NotAFeed. Hostile input can still cost much time and memory: for documents from outside
    use ParseProcess.
    """
    if len(body) > LARGEST_BODY:
        raise _too_large()
    repairs = []
    if body.startswith(_GZIP):
        body = _decompressed(body)
        if body.startswith(_GZIP):
            raise NotAFeed("The document is compressed twice")
        repairs.append("The document was compressed without saying so")
    decoded = decode(body, _charset(content_type))
    text = decoded.text.lstrip("\ufeff \t\r\n")
    if not text.strip("\x00"):
        raise NotAFeed("The document is empty")
    feed = read_json_feed(text, url) if text.startswith(("{", "[")) else _read_xml_feed(text, url)
    if decoded.problem:
        repairs.append(decoded.problem)
    return replace(feed, problems=(*repairs, *feed.problems))


def _read_xml_feed(text: str, url: str) -> ParsedFeed:
    ready = prepared(text)
    document = read_quickly(ready) or lenient.read(ready)
    if not document.version:
        raise NotAFeed(_what_it_is(text))
    head = document.head
    language = plain.language_tag(string(head.get("language")))
    home = plain.absolute_link(string(head.get("link")), url)
    entries = document.entries[:_MOST_READ]
    items, problems = identify((read_entry(entry, url, language) for entry in entries), home)
    unread = entries_said(len(document.entries) - len(entries), f"not even looked at after {_MOST_READ:,}")
    return ParsedFeed(
        format=document.version,
        title=plain.line(string(head.get("title")), markup=is_html(head, "title"), limit=plain.LONGEST_TITLE),
        language=language,
        items=items,
        problems=_document_problems(document, bool(items)) + problems + unread,
        hints=poll_hints(head, text[:_HEAD]),
    )


def _document_problems(document: Document, any_items: bool) -> tuple[str, ...]:
    return (
        *((document.fault,) if document.fault else ()),
        *entries_said(document.lost, "lost because the XML is broken"),
        *(() if any_items else ("The feed has no entries",)),
    )


def _decompressed(body: bytes) -> bytes:
    """The content of a gzip body; of a cut one, what is there of it."""
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = stream.decompress(body, LARGEST_BODY + 1)
    except zlib.error:
        content = b""
    if not content:
        raise NotAFeed("The document is compressed, but broken")
    if len(content) > LARGEST_BODY:
        raise _too_large()
    return content


def _too_large() -> NotAFeed:
    return NotAFeed(f"The document is larger than {LARGEST_BODY:,} bytes", reason="too-large")


def _charset(content_type: str) -> str:
    # RFC 7303: only an explicit charset says more than the document itself; the bare "text/xml" of
    # many servers does not mean ASCII.
    header = Message()
    header["content-type"] = " ".join(content_type.split())
    charset = header.get_param("charset")
    return charset if isinstance(charset, str) and re.fullmatch(r"[\w.:-]{1,40}", charset) else ""


def _what_it_is(text: str) -> str:
    head = text[:2_000].lower()
    if "<html" in head or "<!doctype html" in head:
        return "The document is a web page, not a feed"
    if head.startswith("<"):
        return "The document is XML or HTML, but no feed format that we know"
    return "The document is neither XML nor JSON, so it is no feed"
