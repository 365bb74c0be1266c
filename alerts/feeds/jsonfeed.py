"""Reading JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), leniently."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from alerts.errors import NotAFeed
from alerts.feeds import plain
from alerts.feeds.identity import identify
from alerts.model import Item, ParsedFeed

_VERSIONS = {"1": "json1", "1.0": "json1", "1.1": "json11"}
_MOST_NAMES = 50


def read_json_feed(body: bytes, url: str) -> ParsedFeed:
    """Read a JSON Feed found at ``url``; raises NotAFeed for other or broken JSON.

    A value of a wrong type counts as missing, as the specification asks readers to be forgiving.
    """
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NotAFeed("The document looks like JSON but cannot be read as such") from None
    version = _text(document, "version")
    number = version.removeprefix("https://jsonfeed.org/version/")
    if number == version or number not in _VERSIONS:
        raise NotAFeed("The document is JSON, but not a JSON Feed")
    language = plain.language_tag(_text(document, "language"))
    entries = document.get("items")
    if not isinstance(entries, list):
        entries = []
    items, problems = identify(_item(entry, url, language) for entry in entries if isinstance(entry, dict))
    title = plain.line(_text(document, "title"), limit=plain.LONGEST_TITLE)
    return ParsedFeed(_VERSIONS[number], title, language, items, problems)


def _item(entry: dict[str, Any], base: str, language: str | None) -> Item:
    published = _moment(_text(entry, "date_published"))
    updated = _moment(_text(entry, "date_modified"))
    markup = _text(entry, "content_html")
    content = plain.paragraphs(
        markup or _text(entry, "content_text"), markup=bool(markup), limit=plain.LONGEST_TEXT
    )
    given = plain.paragraphs(_text(entry, "summary"), markup=False, limit=plain.LONGEST_SUMMARY)
    summary, text = plain.summary_and_text(given, content)
    return Item(
        key=_text(entry, "id"),
        url=plain.absolute_link(_text(entry, "url") or _text(entry, "external_url"), base),
        title=plain.line(_text(entry, "title"), limit=plain.LONGEST_TITLE),
        summary=summary,
        text=text,
        authors=_names(
            [_text(author, "name") for author in _list(entry, "authors") or [entry.get("author")]]
        ),
        published_at=published or updated,
        updated_at=updated,
        language=plain.language_tag(_text(entry, "language")) or language,
        categories=_names([tag for tag in _list(entry, "tags") if isinstance(tag, str)]),
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


def _moment(text: str) -> datetime | None:
    """RFC 3339; a time without offset is taken for UTC."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if plain.EARLIEST_YEAR <= moment.year <= plain.LATEST_YEAR else None
