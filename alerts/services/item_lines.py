"""Items as JSON Lines, as DESIGN §10 states them: unknown keys are ignored, a missing id is an error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from alerts.errors import BadInput
from alerts.model import Item


def items_of(lines: Iterable[str], name: str) -> Iterator[Item]:
    """The items of a text, one JSON object a line, in order. Raises BadInput naming the text and the line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _item(line, f"{name}, line {number}")


def _item(line: str, where: str) -> Item:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: this is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadInput(f"{where}: write one JSON object a line, such as {{'id': '1', 'title': '…'}}")
    if value.get("id") in (None, ""):
        raise BadInput(f"{where}: the item has no id")
    return Item(
        key=str(value["id"]),
        url=_text(value, "url", where),
        title=_text(value, "title", where),
        summary=_text(value, "summary", where),
        text=_text(value, "text", where),
        authors=_texts(value, "authors", where),
        published_at=_time(value, where),
        language=_text(value, "language", where) or None,
        categories=_texts(value, "categories", where),
        places=_texts(value, "places", where),
        kind=_text(value, "type", where),
        feed=_text(value, "feed", where),
        source=_text(value, "source", where),
    )


def _text(value: dict[str, Any], name: str, where: str) -> str:
    text = value.get(name)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise BadInput(f"{where}: {name} must be text")
    return text


def _texts(value: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    texts = value.get(name) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadInput(f"{where}: {name} must be a list of texts")
    return tuple(texts)


def _time(value: dict[str, Any], where: str) -> datetime | None:
    text = value.get("published_at")
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{where}: published_at must be a time such as 2026-11-21T08:00:00Z") from error
    if at.tzinfo is None:
        raise BadInput(f"{where}: published_at has no zone; write 2026-11-21T08:00:00Z")
    return at
