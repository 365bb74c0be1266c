"""Lists of feeds as readers exchange them (OPML 2.0, http://opml.org/spec2.opml): read, and written.

Many lists in use are not well-formed XML. Those are read a second time, tag by tag, and every line
where something had to be guessed or left out is named.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from urllib.parse import urlsplit
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from alerts.errors import BadInput
from alerts.feeds import plain
from alerts.feeds.charset import decode
from alerts.feeds.tags import Tag, tags

LARGEST_LIST = 10_000_000
MOST_TAGS = 20
_FEED_TYPES = frozenset({"rss", "rss1", "rss2", "atom", "feed", "rdf", "json"})


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list. ``tags`` are the names of its folders, the outermost first.

    ``source`` is the organisation that publishes it, when the list says so; ``line`` is where it stands.
    """

    url: str
    title: str
    site: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    source: str | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the list where something is wrong; ``refused`` when a feed was left out because of it."""

    line: int
    reason: str
    refused: bool


@dataclass(frozen=True, slots=True)
class Opml:
    """``broken``: it was no XML, and what could be found in it was read."""

    feeds: tuple[Outline, ...]
    problems: tuple[Problem, ...] = ()
    broken: bool = False


def read_opml(body: bytes) -> Opml:
    """Read a list: each address once, with the folders of all its places, in order.

    Only http and https addresses are taken; entities that the document declares are never expanded.
    Raises BadInput when it is no such list, or larger than 10 MB.
    """
    if len(body) > LARGEST_LIST:
        raise BadInput(f"the list is larger than {LARGEST_LIST:,} bytes")
    decoded = decode(body)
    problems = [Problem(1, decoded.problem, refused=False)] if decoded.problem else []
    found, fault = _well_formed(decoded.text)
    if fault:
        found = list(tags(decoded.text, "opml|outline"))
        faults = [Problem(tag.line, "; ".join(tag.faults), refused=False) for tag in found if tag.faults]
        problems += faults or [fault]
    if not found:
        raise BadInput("this is no list of feeds: it has no <opml> and no <outline>")
    feeds, refused = _feeds([tag for tag in found if tag.name == "outline"])
    named = sorted((*problems, *refused), key=lambda problem: problem.line)
    return Opml(feeds, tuple(named), broken=fault is not None)


class _Entity(Exception):
    """The document declares an entity."""


def _well_formed(text: str) -> tuple[list[Tag], Problem | None]:
    """The tags of a document that is XML; else what is wrong first."""
    found: list[Tag] = []
    parser = expat.ParserCreate()

    def begin(name: str, attributes: dict[str, str]) -> None:
        if name.lower() in ("opml", "outline"):
            lower = {each.lower(): value for each, value in attributes.items()}
            found.append(Tag(name.lower(), parser.CurrentLineNumber, lower))

    def end(name: str) -> None:
        if name.lower() == "outline":
            found.append(Tag("outline", parser.CurrentLineNumber, {}, closing=True))

    def declared(*_: object) -> None:
        raise _Entity

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.EntityDeclHandler = declared
    try:
        # A lone surrogate, which some encodings can spell, is no character.
        parser.Parse(text.encode("utf-8", "replace").decode(), True)
    except _Entity:
        reason = "the list declares entities of its own, which are not expanded"
        return [], Problem(parser.CurrentLineNumber, reason, refused=False)
    except expat.ExpatError as error:
        reason = f"not well-formed XML ({expat.ErrorString(error.code)}); read as well as possible"
        return [], Problem(error.lineno, reason, refused=False)
    return found, None


@dataclass(slots=True)
class _Open:
    """An outline that has begun; ``path`` is where its children are."""

    tag: Tag
    path: tuple[str, ...] = ()
    children: bool = False


def _feeds(found: Sequence[Tag]) -> tuple[tuple[Outline, ...], list[Problem]]:
    feeds: dict[str, Outline] = {}
    problems: list[Problem] = []
    opened: list[_Open] = []

    def closed(outline: _Open) -> None:
        if not outline.children and not _address(outline.tag):
            problems.append(_without_address(outline.tag))

    for tag in found:
        if tag.closing:
            if opened:
                closed(opened.pop())
            continue
        path = opened[-1].path if opened else ()
        if opened:
            opened[-1].children = True
        if _address(tag):
            problems += _taken(tag, path, feeds)
        if tag.empty:
            closed(_Open(tag))
        else:
            opened.append(_Open(tag, _within(path, tag)))
    for outline in reversed(opened):
        closed(outline)
    return tuple(feeds.values()), problems


def _taken(tag: Tag, folders: tuple[str, ...], feeds: dict[str, Outline]) -> Iterator[Problem]:
    """Adds the feed of an outline, or says why not."""
    written = _address(tag)
    url = _http(written)
    if url is None:
        yield Problem(tag.line, f"{written[:200]!r} is not an http or https address", refused=True)
        return
    known = feeds.get(url)
    if known is not None:
        merged = tuple(dict.fromkeys((*known.tags, *folders)))[:MOST_TAGS]
        feeds[url] = replace(known, tags=merged)
        yield Problem(tag.line, f"the same address as in line {known.line}: {url[:200]}", refused=False)
        return
    feeds[url] = Outline(
        url=url,
        title=_line(tag, "title") or _line(tag, "text") or urlsplit(url).hostname or url,
        site=_http(tag.attributes.get("htmlurl", "").strip()),
        language=plain.language_tag(tag.attributes.get("language", "")),
        tags=folders,
        source=_line(tag, "source") or None,
        line=tag.line,
    )


def _address(tag: Tag) -> str:
    """What stands where the feed's address belongs; '' for a folder."""
    written = tag.attributes.get("xmlurl", "").strip()
    if not written and tag.attributes.get("type", "").strip().lower() in _FEED_TYPES:
        return tag.attributes.get("url", "").strip()
    return written


def _without_address(tag: Tag) -> Problem:
    name = _line(tag, "title") or _line(tag, "text")
    said = f"{name!r} has no address (xmlUrl)" if name else "an empty outline"
    return Problem(tag.line, said, refused=True)


def _within(path: tuple[str, ...], folder: Tag) -> tuple[str, ...]:
    name = "" if _address(folder) else _line(folder, "text") or _line(folder, "title")
    return path if not name or name in path else (*path, name)[:MOST_TAGS]


def _http(address: str) -> str | None:
    """The address when it is an absolute http(s) one; the scheme of newsreaders, ``feed:``, is undone."""
    address = plain.without_feed_scheme(address)
    if not address.lower().startswith(("http://", "https://")):
        return None
    return plain.absolute_link(address, "") or None


def _line(tag: Tag, name: str) -> str:
    """An attribute as clean text on one line. What looks like mark-up in it is meant literally."""
    value = html.escape(tag.attributes.get(name, ""), quote=False)
    return plain.line(value, markup=True, limit=plain.LONGEST_TITLE)


def write_opml(feeds: Sequence[Outline], title: str) -> str:
    """The list as an OPML 2.0 document, to be kept as UTF-8; ``read_opml`` gives back the same feeds.

    Feeds that follow one another in the same folders share them.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{html.escape(title, quote=False)}</title></head>",
        "  <body>",
    ]
    for folders, group in groupby(feeds, key=lambda feed: feed.tags):
        for depth, folder in enumerate(folders):
            lines.append(f"{'  ' * (depth + 2)}<outline text={quoteattr(folder)}>")
        lines += (f"{'  ' * (len(folders) + 2)}<outline {_attributes(feed)}/>" for feed in group)
        lines += (f"{'  ' * (depth + 2)}</outline>" for depth in reversed(range(len(folders))))
    return "\n".join((*lines, "  </body>", "</opml>", ""))


def _attributes(feed: Outline) -> str:
    values = {
        "type": "rss",
        "text": feed.title,
        "title": feed.title,
        "xmlUrl": feed.url,
        "htmlUrl": feed.site,
        "language": feed.language,
        "source": feed.source,
    }
    return " ".join(f"{name}={quoteattr(value)}" for name, value in values.items() if value)
