"""What an XML document holds, whichever reader read it, and what has to be done before any may."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.errors import NotAFeed

# What XML 1.0 does not allow (§2.2), however it is written; surrogates cannot come out of a decoder.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:(\d+)|[xX]([0-9a-fA-F]+));")
_DOCTYPE = re.compile(r"<!DOCTYPE\s", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY\s")
# Harmless, and used: an entity that stands for one short piece of text without further entities, and the
# public sets of letters, which nobody fetches.
_HARMLESS_ENTITY = re.compile(
    r"<!ENTITY\s+[\w.:-]+\s+(?:\"(?:&#\w{1,8};|[^&%\"<]{0,64})\"|'(?:&#\w{1,8};|[^&%'<]{0,64})')\s*>"
    r"|<!ENTITY\s+%\s+[\w.:-]+\s+PUBLIC\s+\"-//W3C//ENTITIES [\w /-]{1,60}\"\s+\"http://www\.w3\.org/[^\"<>]{1,100}\"\s*>"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A head and its entries, as feedparser names what is in them, and how it went.

    ``version`` is '' when this is no feed; ``fault`` says what was wrong with the XML. ``lost`` entries
    began in a faulty document and could not be read.
    """

    version: str
    head: Mapping[str, Any]
    entries: Sequence[Mapping[str, Any]]
    fault: str | None = None
    lost: int = 0


def prepared(text: str) -> str:
    """The document without references to characters that XML does not have.

    Raises NotAFeed when it declares entities as only attacks do.
    """
    _refuse_dangerous_entities(text)
    return _REFERENCE.sub(_allowed, text.lstrip())


def _allowed(reference: re.Match[str]) -> str:
    """The reference itself, or nothing when XML has no such character."""
    digits, hexadecimal = reference.groups()
    if len(digits or hexadecimal) > 10:
        return ""
    number = int(digits) if digits else int(hexadecimal, 16)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF or FORBIDDEN.match(chr(number)):
        return ""
    return reference[0]


def _refuse_dangerous_entities(text: str) -> None:
    """Entity declarations that nest, reach outside or are long serve no feed, only attacks."""
    if not _DOCTYPE.search(text):
        return
    if len(_ENTITY.findall(text)) != len(_HARMLESS_ENTITY.findall(text)):
        raise NotAFeed("The document declares XML entities in a way that only attacks do")
