"""Reading JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), leniently."""

from __future__ import annotations

import json
from typing import Any

from alerts.errors import NotAFeed
from alerts.feeds import facets, plain
from alerts.feeds.dates import moment
from alerts.feeds.identity import Entry, entries_said, identify
from alerts.feeds.links import files_of
from alerts.model import Item, ParsedFeed

_VERSIONS = {"1": "json1", "1.0": "json1", "1.1": "json11"}
_VERSION = "https://jsonfeed.org/version/"
_MOST_NAMES = 50


def read_json_feed(text: str, url: str) -> ParsedFeed:
    """Read a JSON Feed found at ``url``; raises NotAFeed for other or broken JSON.

    A value of a wrong type counts as missing, as the specification asks readers to be forgiving.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise NotAFeed("The document looks like JSON but cannot be read as such") from None
    version = _text(document, "version").replace("http:", "https:").replace("//www.", "//").rstrip("/")
    number = version.removeprefix(_VERSION)
    if number == version or number not in _VERSIONS:
        raise NotAFeed("The document is JSON, but not a JSON Feed")
    language = plain.language_tag(_text(document, "language"))
    given = document.get("items")
    entries = [entry for entry in given if isinstance(entry, dict)] if isinstance(given, list) else []
    others = len(given) - len(entries) if isinstance(given, list) else 0
    home = plain.absolute_link(_text(document, "home_page_url"), url)
    items, problems = identify((_entry(entry, url, language) for entry in entries), home)
    return ParsedFeed(
        format=_VERSIONS[number],
        title=plain.line(_text(document, "title"), limit=plain.LONGEST_TITLE),
        language=language,
        items=items,
        problems=entries_said(others, "left out for being no JSON object")
        + (() if items else ("The feed has no entries",))
        + problems,
    )


def _entry(entry: dict[str, Any], base: str, feed_language: str | None) -> Entry:
    language = plain.language_tag(_text(entry, "language")) or feed_language
    published = moment(_text(entry, "date_published"), language)
    updated = moment(_text(entry, "date_modified"), language)
    dated = published or updated
    markup = _text(entry, "content_html")
    content = plain.paragraphs(
        markup or _text(entry, "content_text"), markup=bool(markup), limit=plain.LONGEST_TEXT
    )
    given = plain.paragraphs(_text(entry, "summary"), markup=False, limit=plain.LONGEST_SUMMARY)
    summary, text = plain.summary_and_text(given, content)
    categories = _names([tag for tag in _list(entry, "tags") if isinstance(tag, str)])
    item = Item(
        key=_text(entry, "id"),
        url=plain.absolute_link(_text(entry, "url") or _text(entry, "external_url"), base),
        title=plain.line(_text(entry, "title"), limit=plain.LONGEST_TITLE),
        summary=summary,
        text=text,
        authors=_names(
            [_text(author, "name") for author in _list(entry, "authors") or [entry.get("author")]]
        ),
        published_at=dated.at if dated else None,
        updated_at=updated.at if updated else None,
        language=language,
        categories=categories,
        enclosures=files_of((file for file in _list(entry, "attachments") if isinstance(file, dict)), base),
        kind=facets.kind(categories),
        region=facets.region(categories),
    )
    return Entry(
        item, empty=not any(entry.values()), zoned=all(at.zoned for at in (published, updated) if at)
    )


def _text(mapping: object, name: str) -> str:
    value = mapping.get(name) if isinstance(mapping, dict) else None
    # Ids are often written as numbers; a boolean is a number too, but never an id.
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _list(mapping: dict[str, Any], name: str) -> list[object]:
    value = mapping.get(name)
    return value[:_MOST_NAMES] if isinstance(value, list) else []


def _names(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean for clean in map(plain.line, names) if clean))
