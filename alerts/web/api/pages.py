"""Lists in pages. A cursor says behind which row a page begins: what is added meanwhile shifts nothing, so
nothing comes twice and nothing is left out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from alerts.web.api.fields import LARGEST_ID, Sent
from alerts.web.api.problem import Fault, Refused

MOST = 200
"""Rows of one page."""

Row = TypeVar("Row")
Shown = TypeVar("Shown", bound=BaseModel)


class Asked(Sent):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=MOST)] = Field(50, description="Rows of a page, at most.")
    cursor: Annotated[str, Field(max_length=300, pattern=r"^[A-Za-z0-9_-]*$")] = Field(
        "", description="From the `next` of the page before; empty for the first. Opaque."
    )


class Page(BaseModel, Generic[Shown]):
    """A page of a list."""

    items: list[Shown] = Field(description="The rows, in the order of the list.")
    next: str | None = Field(description="The address of the page that follows; null on the last.")


def write(name: str, *places: str | int | datetime) -> str:
    """The cursor for what comes after this place in the list of that name."""
    said = [name, *(each.isoformat() if isinstance(each, datetime) else str(each) for each in places)]
    return base64.urlsafe_b64encode("\n".join(said).encode()).decode().rstrip("=")


def read(name: str, cursor: str, *kinds: type[str] | type[int] | type[datetime]) -> tuple[Any, ...] | None:
    """The place that a cursor of that list says; None for an empty one. Raises Refused 400."""
    if not cursor:
        return None
    try:
        said = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
        of, *places = said.split("\n")
        if of != name or len(places) != len(kinds):
            raise ValueError("the cursor of another list")
        found = tuple(_place(text, kind) for text, kind in zip(places, kinds, strict=True))
    except (ValueError, binascii.Error) as error:
        raise Refused(
            400,
            "This cursor is not one of this list; begin again without one.",
            kind="broken-cursor",
            title="The cursor is broken",
            errors=[Fault(detail="take it from the next of the page before", parameter="cursor")],
        ) from error
    return found


def _place(text: str, kind: type[str] | type[int] | type[datetime]) -> str | int | datetime:
    if kind is int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
        if not 0 < number <= LARGEST_ID:
            raise ValueError("no number of a row")
        return number
    if kind is datetime:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError("a time without a zone")
        return at
    if "\0" in text:
        raise ValueError("no key")
    return text


def page(
    asked: Asked,
    address: str,
    found: Sequence[Row],
    shown: Callable[[Row], Shown],
    cursor: Callable[[Row], str],
) -> Page[Shown]:
    """The page of the rows that were found, which are one more than asked for when another page follows."""
    rows = found[: asked.limit]
    more = len(found) > asked.limit
    return Page(
        items=[shown(each) for each in rows],
        next=following(asked, address, cursor(rows[-1])) if more else None,
    )


def following(asked: Asked, address: str, cursor: str) -> str:
    """The address of the page that begins at this cursor, of the same list."""
    said = asked.model_dump(mode="json", exclude_defaults=True) | {"cursor": cursor}
    return f"{address}?{urlencode(said)}"
