"""One XML document, read as well as it can be: its head and its entries as feedparser names things.

The only owner of feedparser, which is given streams and never strings or bytes: those it would
first try to open as a file or URL.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from xml.sax import SAXParseException
from xml.sax.xmlreader import AttributesNSImpl

import feedparser
import feedparser.api

from alerts.errors import NotAFeed

_LONGEST_AUTHOR = 500
_MOST_TAGS = 200
_MOST_ATTRIBUTES = 100

_BARE_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][\w.-]{0,30};)")
_REFERENCE = re.compile(r"&#(?:(\d+)|[xX]([0-9a-fA-F]+));")
# What XML 1.0 does not allow (§2.2), however it is written; surrogates cannot come out of a decoder.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DOCTYPE = re.compile(r"<!DOCTYPE\s", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY\s")
# Harmless, and used: an entity that stands for one short piece of text without further entities, and the
# public sets of letters, which nobody fetches.
_HARMLESS_ENTITY = re.compile(
    r"<!ENTITY\s+[\w.:-]+\s+(?:\"(?:&#\w{1,8};|[^&%\"<]{0,64})\"|'(?:&#\w{1,8};|[^&%'<]{0,64})')\s*>"
    r"|<!ENTITY\s+%\s+[\w.:-]+\s+PUBLIC\s+\"-//W3C//ENTITIES [\w /-]{1,60}\"\s+\"http://www\.w3\.org/[^\"<>]{1,100}\"\s*>"
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z][\w.:-]*)([^>]*)")
_HEAD = 20_000
_ENTRY = re.compile(r"<(?:item|entry)(?=[\s>]|$)")


@dataclass(frozen=True, slots=True)
class Document:
    """``version`` is '' when this is no feed; ``fault`` says what was wrong with the XML.

    ``lost`` entries began in a faulty document and could not be read.
    """

    version: str
    head: Mapping[str, Any]
    entries: Sequence[Mapping[str, Any]]
    fault: str | None = None
    lost: int = 0


def read(text: str) -> Document:
    """Read an XML document; a faulty one is repaired and read leniently, never refused for it.

    Raises NotAFeed when it declares entities as only attacks do.
    """
    _refuse_dangerous_entities(text)
    clean = _FORBIDDEN.sub("", _REFERENCE.sub(_allowed, text.lstrip()))
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
        fault=_sentence(fault) if fault is not None or _FORBIDDEN.search(text) else None,
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


def _allowed(reference: re.Match[str]) -> str:
    """The reference itself, or nothing when XML has no such character."""
    digits, hexadecimal = reference.groups()
    if len(digits or hexadecimal) > 10:
        return ""
    number = int(digits) if digits else int(hexadecimal, 16)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF or _FORBIDDEN.match(chr(number)):
        return ""
    return reference[0]


def _refuse_dangerous_entities(text: str) -> None:
    """Entity declarations that nest, reach outside or are long serve no feed, only attacks."""
    if not _DOCTYPE.search(text):
        return
    if len(_ENTITY.findall(text)) != len(_HARMLESS_ENTITY.findall(text)):
        raise NotAFeed("The document declares XML entities in a way that only attacks do")


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
        if len(attrs) > _MOST_ATTRIBUTES:
            few = dict(islice(attrs.items(), _MOST_ATTRIBUTES))
            attrs = AttributesNSImpl(few, {key: attrs.getQNameByName(key) for key in few})
        super().startElementNS(name, qname, attrs)  # type: ignore[misc]

    def _sync_author_detail(self, key: str = "author") -> None:
        context = self._get_context()  # type: ignore[attr-defined]
        author = context.get(key)
        if isinstance(author, str) and len(author) > _LONGEST_AUTHOR:
            context[key] = author[:_LONGEST_AUTHOR]
        super()._sync_author_detail(key)  # type: ignore[misc]

    def _add_tag(self, term: object, scheme: object, label: object) -> None:
        if len(self._get_context().get("tags", ())) < _MOST_TAGS:  # type: ignore[attr-defined]
            super()._add_tag(term, scheme, label)  # type: ignore[misc]


class _Strict(_Bounded, feedparser.api.StrictFeedParser):  # type: ignore[misc]
    pass


class _Loose(_Bounded, feedparser.api.LooseFeedParser):  # type: ignore[misc]
    pass


feedparser.api.StrictFeedParser = _Strict
feedparser.api.LooseFeedParser = _Loose
