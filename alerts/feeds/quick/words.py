"""The text of an element as feedparser understands it: plain or HTML, and repaired."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from alerts.feeds.lenient import looks_like_html
from alerts.feeds.quick.names import Doubt

_TYPES = {
    **dict.fromkeys(("text", "plain", "text/plain"), "text/plain"),
    **dict.fromkeys(("html", "text/html"), "text/html"),
}
_NO_CHARACTER = re.compile("[\x80-\x9f]")


def words(element: Element, stated: Mapping[str, str], usual: str, *, may_be_html: bool) -> tuple[str, str]:
    """Type and text of a field that may be HTML; ``usual`` is the type when none is stated.

    ``may_be_html``: a type of plain text is not believed.
    """
    kind = _TYPES.get(stated.get("type", usual))
    if kind is None or "mode" in stated:
        raise Doubt
    no_elements(element)
    text = (element.text or "").strip()
    if kind == "text/plain" and may_be_html and _looks_like_html(text):
        kind = "text/html"
    return kind, _meant(text)


def text_of(element: Element) -> str:
    """The text of an element that holds nothing else."""
    no_elements(element)
    return _meant((element.text or "").strip())


def no_elements(element: Element) -> None:
    """Raises Doubt when there are elements in this one."""
    if len(element):
        raise Doubt


def no_words(element: Element) -> None:
    """Raises Doubt when there is text between the elements in this one."""
    if (element.text or "").strip() or any((part.tail or "").strip() for part in element):
        raise Doubt


def ordinary_address(address: str) -> None:
    """Raises Doubt where feedparser takes away slashes, or what looks like a character reference."""
    if ":///" in address or ("&" in address and ";" in address):
        raise Doubt


def _looks_like_html(text: str) -> bool:
    return ("</" in text or ("&" in text and ";" in text)) and looks_like_html(text)


def _meant(text: str) -> str:
    """The text after feedparser's repair of UTF-8 that was taken for Latin-1."""
    if text.isascii():
        return text
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    if _NO_CHARACTER.search(text):
        raise Doubt  # controls that it takes for windows-1252
    return text
