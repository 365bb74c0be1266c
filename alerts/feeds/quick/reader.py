"""The way through a whole document: its kind, its head, its entries."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError, iterparse

from alerts.feeds.document import Document
from alerts.feeds.lenient import TREATED
from alerts.feeds.quick.entry import DEEPEST, Record
from alerts.feeds.quick.names import RSS_090, Attributes, Doubt, Names, language

_ATOM = "http://www.w3.org/2005/atom"
_RSS_10 = "http://purl.org/rss/1.0/"
_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_LARGEST = 2_000_000
"""Characters. Beyond it, reading in vain would take time that feedparser needs."""

_MEANINGLESS = """
managingeditor webmaster copyright rights generator cloud category keywords subtitle tagline
pubdate published updated lastbuilddate modified
dc_creator dc_contributor dc_date dc_publisher dc_rights dc_subject creativecommons_license cc_license
itunes_author itunes_block itunes_explicit itunes_image itunes_keywords itunes_subtitle
media_thumbnail media_credit media_rating media_category feedburner_browserfriendly georss_point
"""
# What the head of a feed may hold without a meaning for us, with what may be inside of it.
_HEAD_PARTS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_MEANINGLESS.split(), frozenset()),
    **dict.fromkeys(("author", "contributor"), frozenset({"name", "email", "uri", "url", "homepage"})),
    "image": frozenset({"title", "link", "url", "width", "height", "description"}),
    "textinput": frozenset({"title", "link", "name", "description"}),
    "itunes_owner": frozenset({"itunes_name", "itunes_email"}),
    "itunes_category": frozenset({"itunes_category"}),
}
_PICTURES = frozenset({"image", "textinput"})  # for feedparser they end with the first stranger inside
_HEAD_READ = frozenset({"title", "link", "id", "guid", "language", "dc_language"})
_ABOUT_THE_FEED = frozenset({"description", "summary", "itunes_summary", "dc_description"})
_SAYS_SOMETHING = ("title", "link", "id", "summary", "content", "published", "updated", "tags")
_HINTS = frozenset({"ttl", "sy_updateperiod", "sy_updatefrequency"})


def read(text: str) -> Document | None:
    """Read a prepared XML document, or None when feedparser should."""
    if len(text) > _LARGEST or "<!DOCTYPE" in text or "<!ENTITY" in text or text.startswith("<?xml-"):
        return None
    try:
        return _Reading(text).document()
    except (Doubt, ParseError):
        return None


class _Reading:
    """One document on its way. Raises Doubt or ParseError."""

    def __init__(self, text: str) -> None:
        self._names = Names()
        self._attributes = Attributes()
        events = iterparse(io.StringIO(text), ("start-ns",))  # noqa: S314 - without DOCTYPE, as said above
        for _, (prefix, address) in events:
            self._names.declare(prefix, address)
        self._root: Element = events.root  # type: ignore[attr-defined]

    def document(self) -> Document:
        root, declared = self._root, self._names.declared
        stated = self._attributes.of(root)
        around = language(stated, None)
        head: dict[str, Any] = {"language": around.replace("_", "-")} if around else {}
        rdf = declared & {_RSS_10, RSS_090}
        name = self._names[root.tag]
        if name == "rss" and not rdf:
            number = stated.get("version", "")
            version = _VERSIONS.get(number) or ("rss20" if number.startswith("2.") else "rss")
            self._only(root, "channel")
            return self._read(version, head, around, root[0], root[0])
        if name == "feed" and not rdf and root.tag.lower().startswith(f"{{{_ATOM}}}"):
            return self._read("atom10", head, around, root, root)
        if name == "rdf_rdf" and len(rdf) == 1 and _ATOM not in declared:
            version = "rss10" if _RSS_10 in rdf else "rss090"
            return self._read(version, {}, around, self._channel(root), root)
        raise Doubt

    def _only(self, root: Element, name: str) -> None:
        if len(root) != 1 or self._names[root[0].tag] != name:
            raise Doubt

    def _channel(self, root: Element) -> Element:
        """The one channel of RDF, which stands beside its items."""
        (*others,) = (part for part in root if self._names[part.tag] not in ("channel", "item"))
        for part in others:
            self._pass_over(part, self._names[part.tag])
        channels = [part for part in root if self._names[part.tag] == "channel"]
        if len(channels) != 1 or any(self._names[part.tag] == "item" for part in channels[0]):
            raise Doubt
        return channels[0]

    def _read(
        self, version: str, head: dict[str, Any], around: str | None, channel: Element, holder: Element
    ) -> Document:
        """``channel`` holds what is said of the feed, ``holder`` its entries."""
        stated = self._attributes.of(channel)
        if "href" in stated or "lastmod" in stated:
            raise Doubt
        inside = language(stated, around)
        entry = "entry" if version == "atom10" else "item"
        entries = [
            self._entry(part, version, inside if holder is channel else around)
            for part in holder
            if self._names[part.tag] == entry
        ]
        record = Record(self._names, self._attributes, inside, version)
        record.fields |= head
        self._head(record, channel, entry)
        return Document(version, record.fields, entries)

    def _entry(self, element: Element, version: str, around: str | None) -> Mapping[str, Any]:
        stated = self._attributes.of(element)
        if "href" in stated or "lastmod" in stated:
            raise Doubt
        record = Record(self._names, self._attributes, language(stated, around), version)
        if about := stated.get("rdf:about"):
            record.fields["id"] = about
        record.take(element)
        if not any(record.fields.get(name) for name in _SAYS_SOMETHING):
            raise Doubt  # there may be something in what was passed over
        return record.fields

    def _head(self, record: Record, channel: Element, entry: str) -> None:
        summed_up = titled = False
        for part in channel:
            name = self._names[part.tag]
            if name == entry:
                continue
            if name in _HEAD_READ and not (titled and name == "title"):
                record.take([part])
                titled = titled or name == "title"
            elif name in _HINTS and not part.attrib and not len(part):
                record.fields[name] = (part.text or "").strip()
            elif name in _ABOUT_THE_FEED and not summed_up and not len(part):
                self._attributes.of(part)
                summed_up = name.endswith("summary")
            else:
                self._pass_over(part, name)

    def _pass_over(
        self, element: Element, name: str, among: frozenset[str] = frozenset(), depth: int = 0
    ) -> None:
        """Makes sure that nothing in an element of the head matters; ``among`` may stand where it stands."""
        inside = _HEAD_PARTS.get(name)
        if depth > DEEPEST or (inside is None and name not in among and (name in TREATED or name in _HINTS)):
            raise Doubt
        self._attributes.of(element)
        for part in element:
            inner = self._names[part.tag]
            if inside is not None and inner not in inside and (inner in TREATED or name in _PICTURES):
                raise Doubt
            self._pass_over(part, inner, inside or frozenset(), depth + 1)
