"""The kinds of fields that are sent to us: each with its bounds, and what no database can keep refused."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

NO_NUL = r"^[^\x00]*$"
"""No database of ours keeps it."""

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

Absent = SkipJsonSchema[None]
"""Stands for a parameter that may be left out: in an address there is no null."""

LARGEST_ID = 2**63 - 1


class Sent(BaseModel):
    """A body, or what stands in an address. What we do not know is refused: it is a misspelling."""

    model_config = ConfigDict(extra="forbid")


def _moment(given: Any) -> datetime:
    if isinstance(given, datetime):
        return given
    if not isinstance(given, str) or not _TIME.fullmatch(given):
        raise ValueError("write a time with its zone, as RFC 3339 has it: 2026-03-05T14:30:00Z")
    try:
        return datetime.fromisoformat(given.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"there is no such time: {error}") from error


def _day(given: Any) -> date:
    if not isinstance(given, str) or not _DAY.fullmatch(given):
        raise ValueError("write a day as year-month-day: 2030-06-30")
    return date.fromisoformat(given)


Line = Annotated[str, Field(max_length=1_000, pattern=NO_NUL)]
"""A line of words."""

Prose = Annotated[str, Field(max_length=50_000, pattern=NO_NUL)]
"""Longer text."""

QueryText = Annotated[str, Field(min_length=1, max_length=20_000, pattern=NO_NUL)]
"""A query in the rule language."""

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", max_length=64, examples=["border-closure"])]
"""The key of a rule, concept or situation: small letters, digits and hyphens."""

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$", examples=["ar"])]
"""The code of a language of news (ISO 639)."""

LanguageTag = Annotated[
    str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$", max_length=35, examples=["zh-Hans"])
]
"""A language as BCP 47 writes it."""

Whole = Annotated[int, Strict()]
"""A number without quotation marks."""

Yes = Annotated[bool, Strict()]
"""true or false."""

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
"""The number of a row, in an address."""

Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-05T14:30:00Z"]}),
]
"""A time with its zone (RFC 3339); answers are in UTC."""

Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2030-06-30"]}),
]
"""A day."""

WebAddress = Annotated[
    str,
    Field(
        min_length=8,
        max_length=2_000,
        pattern=r"^https?://[^\x00-\x20]+$",
        examples=["https://example.org/world.xml"],
    ),
]
"""An absolute address of the web."""
