"""A language that nobody speaks: every message of ours in letters with marks on them, and data likewise.

Whatever still shows an unmarked Latin letter was not said through gettext. The locale is Greek, so that dates
and the names of countries, zones and languages, which come from CLDR, have no Latin letter either.
"""

from __future__ import annotations

import dataclasses
import re
import string
from collections.abc import Iterator
from enum import Enum
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from jinja2 import Environment
from lxml.html import HtmlElement

from alerts.digests.render import Renderer
from alerts.model import Digest, Letter, LetterLinks, Links, Message, Reader
from words import DOMAIN, forms, template

LOCALE = "el"

_MARKED = str.maketrans(string.ascii_letters, "ȧƀƈḓḗƒɠħīĵķŀḿƞǿƥɋřşŧŭṽẇẋẏẑ" + "ȦƁƇḒḖƑƓĦĪĴĶĿḾȠǾƤɊŘŞŦŬṼẆẊẎẐ")
_FOR_PROGRAMS = re.compile(r"[a-z0-9._-]*|\S+://\S+|<\S+@\S+>|[A-Z]\w+/\w+")
_PUT_IN = re.compile(r"(%\(\w+\)s)")
_UNSPOKEN = re.compile(
    r"""
    \S+://\S+ | \S+@\S+        # addresses
    | [a-z-]+([.][a-z-]+)+       # and the names of hosts
    | \bUTC\b                    # the same in all languages
    | \b(dkim|spf|dmarc)=pass\b   # in headers of mails
    | ^[ ]*alerts([ ][a-z-]+)+$  # a command on a line of its own
    | [a-z-]+="[^"]*"            # an attribute, in a block for attributes
    | [a-z-]+:(?=\S)[^;\n]*;?    # a style, in a macro for styles: prose has a space after a colon
    """,
    re.VERBOSE | re.MULTILINE,
)
_SPOKEN = ("title", "alt", "aria-label", "placeholder")
_SILENT = ("style", "script", "code")


def pseudo(text: str) -> str:
    """A message in the language that nobody speaks, with the placeholders it had."""
    return "".join(
        part if number % 2 else part.translate(_MARKED) for number, part in enumerate(_PUT_IN.split(text))
    )


def catalogue(locales: Path) -> None:
    """Writes the catalogue of that language into a folder of catalogues."""
    spoken = Catalog(locale=LOCALE, charset="utf-8")
    for message in template():
        if message.id:
            told = tuple(map(pseudo, forms(message.id)))
            spoken.add(message.id, told if message.pluralizable else told[0], context=message.context)
    folder = locales / LOCALE / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / f"{DOMAIN}.po").open("wb") as file:
        write_po(file, spoken)


def veiled(value: Any) -> Any:
    """Data whose words for people are in marked letters; keys, addresses and zones stay as they are."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return value if _FOR_PROGRAMS.fullmatch(value) else value.translate(_MARKED)
    if isinstance(value, tuple):
        return tuple(map(veiled, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: veiled(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.init
        }
        return dataclasses.replace(value, **fields)
    return value


class VeilingRenderer(Renderer):
    """Renders as the service does, from data that has no Latin letter of its own."""

    def render(
        self,
        digest: Digest,
        reader: Reader,
        links: Links,
        service: str,
        *,
        contact: str = "",
        subject: str = "",
    ) -> Message:
        words = veiled((service, contact, subject))
        return super().render(
            veiled(digest), reader, veiled(links), words[0], contact=words[1], subject=words[2]
        )

    def render_letter(self, letter: Letter, links: LetterLinks, service: str) -> Message:
        return super().render_letter(veiled(letter), links, veiled(service))


# --- what is seen -----------------------------------------------------------------------------


def latin(text: str) -> list[str]:
    """The words in plain Latin letters, but for those that only programs read."""
    return re.findall(r"[A-Za-z]+", _UNSPOKEN.sub(" ", text))


def seen_and_spoken(page: HtmlElement) -> Iterator[str]:
    """Every text of a page, with those of attributes that screen readers say; not what is marked English."""
    if page.tag in _SILENT or not isinstance(page.tag, str) or page.get("lang") == "en":
        return
    yield page.text or ""
    yield from (page.get(name, "") for name in _SPOKEN)
    for element in page:
        yield from seen_and_spoken(element)
        yield element.tail or ""


def outside_gettext(source: str) -> list[str]:
    """The Latin words that a template prints itself, in whichever branch, unless they stand in an element of
    which the template says that it is English."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    printed, within, block = [], False, False
    for _, kind, value in environment.lex(source):
        if kind == "block_begin":
            block = True
        elif kind == "name" and block:
            within = value == "trans" or (within and value != "endtrans")
            block = False
        elif kind == "data" and not within:
            printed.append(value)
        elif kind == "variable_begin":
            printed.append("\ufffc")
    reading = _Words()
    reading.feed("".join(printed))
    reading.close()
    return latin(" ".join(reading.found))


class _Words(HTMLParser):
    """Collects what a page says, without style, code and what is marked as English."""

    _VOID = ("meta", "br", "hr", "input", "img", "link", "col", "wbr")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        silent = tag in _SILENT or given.get("lang") == "en" or self._silent
        if not silent:
            self.found += [given[name] or "" for name in _SPOKEN if name in given]
        if tag not in self._VOID:
            self._open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)

    @property
    def _silent(self) -> bool:
        return bool(self._open) and self._open[-1][1]
