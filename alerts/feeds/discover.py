"""From a web page to its feeds: what it links to, and where feeds usually lie.

Nothing here fetches anything; whether an address really holds a feed is for the caller to find out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urldefrag, urljoin, urlsplit

from alerts.feeds import plain
from alerts.feeds.charset import decode
from alerts.feeds.tags import Tag, tags

LARGEST_PAGE = 2_000_000
MOST_FOUND = 50
MOST_GUESSES = 6

_FORMATS = {
    "application/rss+xml": "rss",
    "application/atom+xml": "atom",
    "application/rdf+xml": "rdf",
    "application/feed+json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/x.atom+xml": "atom",
    "application/x-atom+xml": "atom",
}
_LIKE_A_FEED = re.compile(
    r"(?:^|[/._?&=-])(?:rss\d?|atom|feeds?|rdf|feed\.json)(?:[/._?&=-]|$)|\.(?:rss|atom|rdf)$", re.IGNORECASE
)
_NO_FEED = re.compile(r"\.(?:html?|png|jpe?g|gif|svg|webp|ico|css|js|pdf|mp[34]|zip)$", re.IGNORECASE)
_COMMENTS = re.compile(r"/comments?(?:/|$)|\bcomments?\b", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta\b[^>]{0,500}?\bcharset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_PATHS = ("feed/", "rss.xml", "feed.xml", "atom.xml", "rss", "index.xml")


@dataclass(frozen=True, slots=True)
class Found:
    """An address that should hold a feed.

    ``format`` is rss, atom, rdf, json or xml as the page claims, '' when it does not say, or the
    parser's name for the format when the feed was read.
    """

    url: str
    title: str
    format: str


def discover(html: bytes, url: str, content_type: str = "") -> tuple[Found, ...]:
    """The feeds that a page from ``url`` links to, most trustworthy first, each address once.

    Those it declares as alternates of itself come before mere links that look like feeds; feeds of
    comments come last of each. At most 50, from the first 2 MB of the page.
    """
    page = decode(html[:LARGEST_PAGE], _charset(html, content_type)).text
    declared: list[Found] = []
    linked: list[Found] = []
    base: str | None = None
    for tag in tags(page, "base|link|a", unread="script|style|template|noscript"):
        if tag.closing or not tag.attributes.get("href", "").strip():
            continue
        if tag.name == "base":
            base = base or plain.absolute_link(tag.attributes["href"], url)
        elif tag.name == "link":
            declared += _declared(tag, base or url)
        else:
            linked += _linked(tag, base or url)
    unique: dict[str, Found] = {}
    for found in (*sorted(declared, key=_about_comments), *sorted(linked, key=_about_comments)):
        if found.url != urldefrag(url).url:
            unique.setdefault(found.url, found)
    return tuple(unique.values())[:MOST_FOUND]


def guesses(url: str) -> tuple[str, ...]:
    """Where the site's feed may lie, likeliest first: at most 6 addresses, all on the same host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ()
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ()
    root = f"{parts.scheme}://{parts.netloc}/"
    places = [urljoin(root, path) for path in _PATHS]
    folder = parts.path.rstrip("/")
    if folder and not _NO_FEED.search(folder):
        places.insert(0, f"{root.rstrip('/')}{folder}/feed/")
    return tuple(dict.fromkeys(place for place in places if place != url))[:MOST_GUESSES]


def _declared(tag: Tag, base: str) -> Iterator[Found]:
    relations = tag.attributes.get("rel", "").lower().split()
    kind = tag.attributes.get("type", "").partition(";")[0].strip().lower()
    shape = _FORMATS.get(kind)
    href = tag.attributes["href"]
    if kind == "application/json" and _LIKE_A_FEED.search(href):
        shape = "json"  # that type alone says nothing: content systems declare their interface so
    if shape is None and "feed" in relations:
        shape = ""
    if shape is None or not {"alternate", "feed"} & set(relations):
        return
    if address := _address(href, base):
        yield Found(address, plain.line(tag.attributes.get("title", "")), shape)


def _linked(tag: Tag, base: str) -> Iterator[Found]:
    address = _address(tag.attributes["href"], base)
    if not address:
        return
    parts = urlsplit(address)
    in_path = _LIKE_A_FEED.search(parts.path) and not _NO_FEED.search(parts.path)
    if not in_path and not _LIKE_A_FEED.search(parts.query):
        return
    title = tag.attributes.get("title", "") or tag.words
    yield Found(address, plain.line(title), _FORMATS.get(tag.attributes.get("type", "").lower(), ""))


def _address(href: str, base: str) -> str:
    return urldefrag(plain.absolute_link(plain.without_feed_scheme(href.strip()), base)).url


def _about_comments(found: Found) -> bool:
    return bool(_COMMENTS.search(urlsplit(found.url).path) or _COMMENTS.search(found.title))


def _charset(html: bytes, content_type: str) -> str:
    """What the server says, else what the page says in its head."""
    header = Message()
    header["content-type"] = " ".join(content_type.split())
    said = header.get_param("charset")
    if isinstance(said, str) and said:
        return said
    meta = _META_CHARSET.search(html[:4_096])
    return meta[1].decode() if meta else ""
