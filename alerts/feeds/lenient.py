"""feedparser, the reader of everything: faulty documents, rare formats, old habits.

The only owner of feedparser, which is given streams and never strings or bytes: those it would
first try to open as a file or URL.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from itertools import islice
from types import SimpleNamespace
from typing import Any
from xml.sax import SAXParseException
from xml.sax.xmlreader import AttributesNSImpl

import feedparser
import feedparser.api
import feedparser.mixin

from alerts.feeds.document import FORBIDDEN, Document

LONGEST_AUTHOR = 500
MOST_TAGS = 200
MOST_ATTRIBUTES = 100

NAMESPACES: Mapping[str, str] = {
    uri.lower(): prefix.lower() for uri, prefix in feedparser.api.StrictFeedParser.namespaces.items()
}
"""Address of a namespace, in small letters → the prefix by which feedparser speaks of it."""

TREATED = frozenset(
    name.removeprefix("_start_").removeprefix("_end_").lower()
    for name in dir(feedparser.api.StrictFeedParser)
    if name.startswith(("_start_", "_end_"))
)
"""The elements that mean something to feedparser; of any other it keeps the text or the attributes."""

_BARE_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][\w.-]{0,30};)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z][\w.:-]*)([^>]*)")
_HEAD = 20_000
_ENTRY = re.compile(r"<(?:item|entry)(?=[\s>]|$)")


def looks_like_html(text: str) -> bool:
    """What feedparser guesses of a field that was meant to be plain text."""
    return bool(feedparser.api.StrictFeedParser.looks_like_html(text))


def person(text: str) -> Mapping[str, str]:
    """Name and address of mail, as feedparser finds them in what a feed writes about an author."""
    found: dict[str, Any] = {"author": text, "authors": [{}]}
    context = SimpleNamespace(_get_context=lambda: found)
    feedparser.mixin._FeedParserMixin._sync_author_detail(context)
    about: Mapping[str, str] = found["authors"][0]
    return about


def read(text: str) -> Document:
    """Read a prepared XML document; a faulty one is repaired and read leniently, never refused for it."""
    clean = FORBIDDEN.sub("", text)
    found = _parsed(clean)
    fault = found.get("bozo_exception") if found.get("bozo") else None
    if isinstance(fault, SAXParseException):
        # feedparser's forgiving parser reads the commonest fault, "R&D", as "R&D;".
        repaired = _BARE_AMPERSAND.sub("&amp;", clean)
        if repaired != clean:
            found = _parsed(repaired)
    entries = found["entries"]
    return Document(
        version=found.get("version") or _version(clean, bool(entries)),
        head=found["feed"],
        entries=entries,
        fault=_sentence(fault) if fault is not None or FORBIDDEN.search(text) else None,
        lost=max(0, len(_ENTRY.findall(text)) - len(entries)) if found.get("bozo") else 0,
    )


def _parsed(text: str) -> Mapping[str, Any]:
    result: Mapping[str, Any] = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={"content-type": "application/xml; charset=utf-8"},
    )
    return result


def _version(text: str, any_entries: bool) -> str:
    """What feedparser reads without naming it: CDF, and RSS without its namespace or outermost element."""
    root = _ROOT.search(_COMMENT.sub("", text[:_HEAD]))
    name, attributes = (root[1], root[2].lower()) if root else ("", "")
    if name.lower() == "channel":
        return "cdf" if name.isupper() or "cdf" in attributes else "rss"
    if name.lower() in ("rdf", "rdf:rdf"):
        return "rss090" if "rdf/simple/0.9" in attributes else "rss" if any_entries else ""
    return ""


def _sentence(fault: object) -> str:
    place = getattr(fault, "getLineNumber", lambda: None)()
    where = f" (line {place})" if place else ""
    return f"The XML is not well-formed{where}; read as well as possible"


class _Bounded:
    """Where feedparser needs quadratic time or worse, it is shown less (its issue 562 among them)."""

    def startElementNS(self, name: object, qname: object, attrs: Any) -> None:
        if len(attrs) > MOST_ATTRIBUTES:
            few = dict(islice(attrs.items(), MOST_ATTRIBUTES))
            attrs = AttributesNSImpl(few, {key: attrs.getQNameByName(key) for key in few})
        super().startElementNS(name, qname, attrs)  # type: ignore[misc]

    def _sync_author_detail(self, key: str = "author") -> None:
        context = self._get_context()  # type: ignore[attr-defined]
        author = context.get(key)
        if isinstance(author, str) and len(author) > LONGEST_AUTHOR:
            context[key] = author[:LONGEST_AUTHOR]
        super()._sync_author_detail(key)  # type: ignore[misc]

    def _add_tag(self, term: object, scheme: object, label: object) -> None:
        if len(self._get_context().get("tags", ())) < MOST_TAGS:  # type: ignore[attr-defined]
            super()._add_tag(term, scheme, label)  # type: ignore[misc]


class _Strict(_Bounded, feedparser.api.StrictFeedParser):  # type: ignore[misc]
    pass


class _Loose(_Bounded, feedparser.api.LooseFeedParser):  # type: ignore[misc]
    pass


feedparser.api.StrictFeedParser = _Strict
feedparser.api.LooseFeedParser = _Loose
