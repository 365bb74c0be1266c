"""The addresses of an entry: its page, the page in other languages, and the files that belong to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from alerts.feeds import plain
from alerts.model import Enclosure

_MOST = 50
_MOST_FILES = 20
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9.+-]{1,40}/[A-Za-z0-9.+-]{1,80}")

Link = Mapping[str, Any]


def page(link: str, links: Sequence[Link], base: str, language: str | None) -> str:
    """The item's own page, '' when the feed names none.

    ``link`` is what feedparser takes for it: the last of several. When those are in several languages
    the one in the item's language is meant, else the first that names none.
    """
    pages = [entry for entry in islice(links, _MOST) if _is_page(entry)]
    if any(_language(entry) for entry in pages):
        own = (language or "").split("-")[0].lower()
        for wanted in (own, ""):
            for entry in pages:
                if _language(entry).split("-")[0].lower() == wanted and (url := _url(entry, base)):
                    return url
    url = plain.absolute_link(link, base)
    return url or next((url for entry in pages if (url := _url(entry, base))), "")


def alternates(links: Sequence[Link], base: str, own: str) -> tuple[tuple[str, str], ...]:
    """Language and address of the same item in other languages (``rel="alternate" hreflang="…"``)."""
    found = {
        url: language
        for entry in islice(links, _MOST)
        if _is_page(entry) and (language := _language(entry)) and (url := _url(entry, base)) not in ("", own)
    }
    return tuple((language, url) for url, language in found.items())


def enclosures(links: Sequence[Link], media: Sequence[Link], base: str) -> tuple[Enclosure, ...]:
    """Files of the entry: RSS enclosures, Atom links with rel="enclosure", Media RSS contents; each once."""
    files = [entry for entry in links if entry.get("rel") == "enclosure"]
    return files_of((*files, *media), base)


def files_of(files: Iterable[Link], base: str) -> tuple[Enclosure, ...]:
    """Enclosures from mappings with ``href`` or ``url``, ``type`` and ``length`` or ``filesize``."""
    found: dict[str, Enclosure] = {}
    for entry in islice(files, _MOST_FILES):
        if url := _url(entry, base):
            length = entry.get("length") or entry.get("filesize") or entry.get("size_in_bytes")
            media_type = entry.get("type") or entry.get("mime_type")
            found.setdefault(url, Enclosure(url, _media_type(media_type), _length(length)))
    return tuple(found.values())


def _is_page(entry: Link) -> bool:
    return str(entry.get("rel", "alternate")) == "alternate"


def _language(entry: Link) -> str:
    return plain.language_tag(str(entry.get("hreflang") or "")) or ""


def _url(entry: Link, base: str) -> str:
    return plain.absolute_link(str(entry.get("href") or entry.get("url") or ""), base)


def _media_type(value: object) -> str:
    return value.lower() if isinstance(value, str) and _MEDIA_TYPE.fullmatch(value) else ""


def _length(value: object) -> int | None:
    """Bytes; 0 and 1, which programs write when they do not know, are None."""
    written = str(value).strip()
    if not (written.isascii() and written.isdigit()) or len(written) > 15:
        return None
    return int(written) if int(written) > 1 else None
