"""One entry, or the head, of a plain feed: its elements become fields under feedparser's names.

What counts when an element comes twice, or is inside of another, is as in feedparser: the deeper one never
replaces the one above, and the later one mostly replaces the earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from alerts.feeds.dates import moment
from alerts.feeds.lenient import LONGEST_AUTHOR, MOST_TAGS, TREATED, person
from alerts.feeds.places import is_place
from alerts.feeds.quick.names import Attributes, Doubt, Names, language
from alerts.feeds.quick.words import no_elements, no_words, ordinary_address, text_of, words

DEEPEST = 20
_HTML = frozenset({"text/html", "html", "application/xhtml+xml", "xhtml"})
_GUESSES = ("_detail", "_parsed")
_ON_GLOBE = frozenset({"geo_lat", "geo_long", "geo_lon"})
_OF_A_PERSON = frozenset({"name", "email", "uri", "url"})


class Record:
    """Fields of what is being read, ``language`` around it, and what feedparser would remember of it."""

    def __init__(self, names: Names, attributes: Attributes, language: str | None, version: str) -> None:
        self.fields: dict[str, Any] = {}
        self.language = language
        self._names = names
        self._attributes = attributes
        self._plain_may_be_html = not version.startswith("atom")
        self._depths: dict[str, int] = {}
        self._title_depth = 0
        self._has_summary = False
        self._has_content = False

    def take(self, parent: Iterable[Element], depth: int = 1) -> None:
        """Reads the elements inside of ``parent``. Raises Doubt."""
        if depth > DEEPEST:
            raise Doubt
        for element in parent:
            name = self._names[element.tag]
            stated = self._attributes.of(element)
            read = _READ.get(name)
            if read is not None:
                read(self, name, element, stated, depth)
            elif name in TREATED:
                raise Doubt
            else:
                self._keep(name, element, stated, depth)

    # --- kinds of elements ------------------------------------------------------------------

    def _title(self, name: str, element: Element, stated: Mapping[str, str], depth: int) -> None:
        words, detail = self._words(element, stated, "text/plain")
        if not 0 < self._title_depth <= depth:
            self._put("title", words, depth)
            self.fields["title_detail"] = detail
        if words and name == "title":
            self._title_depth = depth

    def _description(self, name: str, element: Element, stated: Mapping[str, str], depth: int) -> None:
        if self._has_summary and not self._has_content:
            self._content("content", element, stated, depth)
            return
        usual = "text/plain" if name.endswith("summary") else "text/html"
        words, detail = self._words(element, stated, usual)
        self._put("summary", words, depth)
        self.fields["summary_detail"] = detail
        self._has_summary = True

    def _content(self, name: str, element: Element, stated: Mapping[str, str], _depth: int) -> None:
        if "src" in stated:
            raise Doubt
        words, detail = self._words(element, stated, "text/plain" if name == "content" else "text/html")
        self.fields.setdefault("content", []).append(detail | {"value": words})
        self._has_summary = self._has_content = True  # feedparser copies it when there is no summary

    def _link(self, _name: str, element: Element, stated: Mapping[str, str], _depth: int) -> None:
        no_elements(element)
        if "url" in stated or "uri" in stated:
            raise Doubt
        kind = "application/atom+xml" if stated.get("rel") == "self" else "text/html"
        link = {"rel": "alternate", "type": kind, **stated}
        self.fields.setdefault("links", []).append(link)
        if "href" in stated:
            ordinary_address(stated["href"])
            if link["rel"] == "alternate" and link["type"] in _HTML:
                self.fields["link"] = stated["href"]
            return
        address = text_of(element)
        ordinary_address(address)
        self.fields["link"] = address
        if address:
            link["href"] = address

    def _enclosure(self, _name: str, element: Element, stated: Mapping[str, str], _depth: int) -> None:
        no_elements(element)
        address = stated.get("url", stated.get("uri", stated.get("href")))
        link = dict(stated) | {"rel": "enclosure"} | ({"href": address} if address else {})
        self.fields.setdefault("links", []).append(link)

    def _guid(self, _name: str, element: Element, stated: Mapping[str, str], depth: int) -> None:
        key = text_of(element)
        if stated.get("ispermalink", "true") == "true":
            ordinary_address(key)
            self._put("id", key, depth)
            self.fields.setdefault("link", key)
        else:
            self._put("id", key, depth)

    def _category(self, name: str, element: Element, stated: Mapping[str, str], _depth: int) -> None:
        usual = "http://search.yahoo.com/mrss/category_schema" if name == "media_category" else None
        scheme = stated.get("scheme", stated.get("domain") if usual is None else usual)
        tags = self.fields.setdefault("tags", [])
        self._add_tag(stated.get("term"), scheme, stated.get("label"))
        if word := text_of(element):
            if tags and not tags[-1]["term"]:
                tags[-1]["term"] = word
            else:
                self._add_tag(word, None, None)

    def _keywords(self, name: str, element: Element, _stated: Mapping[str, str], _depth: int) -> None:
        if element.attrib:
            raise Doubt
        scheme = "http://www.itunes.com/" if name == "itunes_keywords" else None
        for word in text_of(element).split(","):
            if word.strip():
                self._add_tag(word.strip(), scheme, None)

    def _author(self, _name: str, element: Element, _stated: Mapping[str, str], depth: int) -> None:
        authors = self.fields.setdefault("authors", [])
        author: dict[str, str] = {}
        authors.append(author)
        if not len(element):
            self._put("author", text_of(element), depth)
            written = self.fields["author"]
            if len(written) > LONGEST_AUTHOR:
                raise Doubt
            author |= person(written) if "@" in written else {"name": written}
            return
        no_words(element)
        for part, name in self._about_somebody(element, depth):
            author[name] = (part.text or "").strip()
        name, email = author.get("name", ""), author.get("email", "")
        if not name and "author" in self.fields:
            raise Doubt
        self.fields["author"] = f"{name} ({email})" if name and email else name or email
        self._depths["author"] = min(depth, self._depths.get("author", depth))

    def _date(self, name: str, element: Element, _stated: Mapping[str, str], depth: int) -> None:
        written = text_of(element)
        if written and moment(written) is None:
            raise Doubt  # feedparser knows some more ways to write a date
        self._put(_DATES[name], written, depth)
        if written and not self.fields[_DATES[name]]:
            raise Doubt  # what is not kept feedparser has understood nevertheless

    def _kept_as(self, name: str, element: Element, _stated: Mapping[str, str], depth: int) -> None:
        self._put(name.removeprefix("dc_"), text_of(element), depth)

    def _file(self, _name: str, element: Element, stated: Mapping[str, str], depth: int) -> None:
        self.fields.setdefault("media_content", []).append(stated)
        self._inside(element, stated, depth)

    def _group(self, _name: str, element: Element, stated: Mapping[str, str], depth: int) -> None:
        self._inside(element, stated, depth)

    def _point(self, _name: str, element: Element, _stated: Mapping[str, str], _depth: int) -> None:
        no_elements(element)
        self.fields["where"] = {}
        try:
            numbers = [float(part) for part in (element.text or "").replace(",", " ").split()]
        except ValueError:
            return
        if len(numbers) > 1:
            self.fields["where"] = {"coordinates": (numbers[1], numbers[0])}

    def _origin(self, _name: str, element: Element, _stated: Mapping[str, str], _depth: int) -> None:
        no_elements(element)
        self._title_depth = 0

    def _nothing(self, _name: str, element: Element, _stated: Mapping[str, str], _depth: int) -> None:
        no_elements(element)

    def _somebody(self, _name: str, element: Element, _stated: Mapping[str, str], depth: int) -> None:
        no_words(element)
        for _ in self._about_somebody(element, depth):
            pass

    def _about_somebody(self, element: Element, depth: int) -> Iterator[tuple[Element, str]]:
        for part in element:
            name = self._names[part.tag]
            stated = self._attributes.of(part)
            if name in _OF_A_PERSON:
                no_elements(part)
                yield part, name
            elif name in TREATED or any(map(str.strip, part.itertext())):
                raise Doubt  # words of a part can count as words of the whole
            else:
                self._keep(name, part, stated, depth + 1)

    def _keep(self, name: str, element: Element, stated: Mapping[str, str], depth: int) -> None:
        """What means nothing to feedparser: it keeps the attributes if there are any, else the text."""
        if name in ("links", "authors") or name.endswith(_GUESSES):
            raise Doubt
        if not is_place(name) and name not in _ON_GLOBE:
            if len(element):
                self._inside(element, stated, depth)
            return
        no_elements(element)
        if element.attrib:
            self.fields[name] = stated
        else:
            self._put(name, text_of(element), depth)

    # --- what they have in common -----------------------------------------------------------

    def _inside(self, element: Element, stated: Mapping[str, str], depth: int) -> None:
        around, self.language = self.language, language(stated, self.language)
        self.take(element, depth + 1)
        self.language = around

    def _put(self, name: str, value: str, depth: int) -> None:
        if depth <= self._depths.get(name, depth):
            self._depths[name] = depth
            self.fields[name] = value

    def _words(
        self, element: Element, stated: Mapping[str, str], usual: str
    ) -> tuple[str, dict[str, str | None]]:
        """The text of a field that may be HTML, and its type and language."""
        kind, text = words(element, stated, usual, may_be_html=self._plain_may_be_html)
        claim = language(stated, self.language)
        return text, {"type": kind, "language": claim.replace("_", "-") if claim else claim}

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        tags = self.fields.setdefault("tags", [])
        if len(tags) >= MOST_TAGS:
            raise Doubt
        tag = {"term": term, "scheme": scheme, "label": label}
        if (term or scheme or label) and tag not in tags:
            tags.append(tag)


_DATES = {
    **dict.fromkeys(("published", "pubdate", "issued", "dcterms_issued"), "published"),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), "updated"),
    **dict.fromkeys(("created", "dcterms_created"), "created"),
}
_MEANINGLESS = """
rights copyright generator subtitle dc_rights dc_publisher dc_contributor creativecommons_license cc_license
itunes_subtitle itunes_image itunes_explicit itunes_block media_thumbnail media_credit media_rating
"""
_Read = Callable[[Record, str, Element, Mapping[str, str], int], None]
_READ: dict[str, _Read] = {
    **dict.fromkeys(("title", "media_title"), Record._title),
    **dict.fromkeys(
        ("description", "dc_description", "media_description", "summary", "itunes_summary"),
        Record._description,
    ),
    **dict.fromkeys(("content", "content_encoded"), Record._content),
    **dict.fromkeys(("id", "guid"), Record._guid),
    **dict.fromkeys(("category", "dc_subject", "media_category", "keywords"), Record._category),
    **dict.fromkeys(("media_keywords", "itunes_keywords"), Record._keywords),
    **dict.fromkeys(("author", "dc_creator", "itunes_author"), Record._author),
    **dict.fromkeys(_DATES, Record._date),
    **dict.fromkeys(("language", "dc_language"), Record._kept_as),
    "link": Record._link,
    "enclosure": Record._enclosure,
    "media_content": Record._file,
    "media_group": Record._group,
    "georss_point": Record._point,
    "source": Record._origin,
    "contributor": Record._somebody,
    **dict.fromkeys(_MEANINGLESS.split(), Record._nothing),
}
