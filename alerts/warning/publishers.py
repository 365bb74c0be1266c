"""Who stands behind an item: the family of its publisher, and the news agency that it credits.

Ten sites of one owner are one voice, and so are ten papers that print one agency's report.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from alerts.language.fold import fold
from alerts.language.tokens import is_character
from alerts.model import Item

_FILE = Path(__file__).parent.parent / "catalog" / "publishers.toml"
_ORGANISATIONS = "ac co com edu go gob gouv gov gv mil ne net nom or org sch"
_SECOND_LEVEL = frozenset(_ORGANISATIONS.split())
_ADDRESS = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")

_PLACE = 70  # characters of a dateline before the agency
_SIGNATURE = 100  # characters at the end of a text, where agencies sign too
_OPENING = 200  # characters of a text that may hold a dateline or byline
_NAME, _AUTHORS = 200, 10  # characters of an author's name, and authors, that are read
_SHORT = 5  # a credit so short counts only in the capitals it is listed in
_IN_BRACKETS = r"[(（\[【/][^)）\]】/\n]{{0,24}}?{credit}[^)）\]】/\n]{{0,24}}[)）\]】/]"
_BY = "(?i:by|with|and|for|from|via|par|avec|et|por|con|y|von|mit|und)"


@dataclass(frozen=True, slots=True)
class Family:
    """Sources under one owner, or one agency. ``credits`` are how others credit it."""

    name: str
    hosts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()


class Publishers:
    """Families by host and by name, and agencies by how they are credited."""

    def __init__(self, families: Iterable[Family], aggregators: Iterable[str] = ()) -> None:
        families = tuple(families)
        self._hosts = {host: family.name for family in families for host in family.hosts}
        self._names: dict[str, str] = {}
        for family in families:
            for name in (family.name, *family.names):
                self._names.setdefault(fold(name), family.name)
        self._aggregators = frozenset(aggregators)
        self._agencies = {_heard(form): family.name for family in families for form in family.credits}
        self._credits = _Credits(form for family in families for form in family.credits)

    @classmethod
    def shipped(cls) -> Publishers:
        """Those of the catalogue, read once."""
        return _shipped()

    def family(self, item: Item, feed_url: str = "") -> str:
        """The family that published the item: by the host of its address, of an aggregator by the name of
        its source; failing both the feed. A host that nobody lists is a family of its own, but no feed
        speaks for several of those: there the host of the feed decides, if ``feed_url`` is known."""
        host = _host(item.url)
        if host and not self._is_aggregator(host):
            feed_host = _host(feed_url)
            listed = any(suffix in self._hosts for suffix in _suffixes(host))
            if listed or not feed_host or self._is_aggregator(feed_host):
                return self._of_host(host)
            return self._of_host(feed_host)
        source = item.source.strip()
        if not source:
            return self._of_host(_host(item.feed)) or item.feed
        known = self._names.get(fold(source))
        if known is None and _ADDRESS.fullmatch(source.lower()):
            return self._of_host(source.lower())
        return known or source

    def credit(self, item: Item) -> str | None:
        """The agency whose report the item says it prints, in its byline, dateline or signature."""
        form = self._credits.of(item)
        return None if form is None else self._agencies[_heard(form)]

    def _is_aggregator(self, host: str) -> bool:
        return any(suffix in self._aggregators for suffix in _suffixes(host))

    def _of_host(self, host: str) -> str:
        for suffix in _suffixes(host):
            if suffix in self._hosts:
                return self._hosts[suffix]
        return _registrable(host)


def _heard(form: str) -> str:
    """What two spellings of one credit have in common; short ones stay as they are."""
    return form if len(form) <= _SHORT else fold(form)


def _any_of(forms: Iterable[str]) -> str:
    """An expression for one of the forms as whole words; none is found when there are none."""
    exact: list[str] = []
    loose: list[str] = []
    for form in sorted(set(forms), key=lambda form: (-len(form), form)):
        written = re.escape(form)
        if not is_character(form[:1]):
            written = rf"(?<!\w){written}"
        if not is_character(form[-1:]):
            written = rf"{written}(?!\w)"
        (exact if len(form) <= _SHORT else loose).append(written)
    return rf"(?P<credit>(?i:{'|'.join(loose) or '(?!)'})|{'|'.join(exact) or '(?!)'})"


class _Credits:
    """Finds how an item credits an agency."""

    def __init__(self, forms: Iterable[str]) -> None:
        credit = _any_of(forms)
        bracketed = _IN_BRACKETS.format(credit=credit)
        self._author = re.compile(
            rf"(?:^|[,;/|&(]|\b{_BY}\s)\s*(?i:the\s)?{credit}"
            rf"\s*(?:$|[,;/|&)]|\b(?i:in|at|news|staff|en|à)\b|\b{_BY}\b)"
        )
        self._opening = (
            re.compile(rf"\W{{0,3}}{bracketed}"),  # (ANSA) - ROMA, 【ソウル共同】
            re.compile(rf".{{0,{_PLACE}}}?{bracketed}\s*(?:[-–—―:.=]|$)"),  # SEOUL, Oct. 4 (AP) —
            re.compile(rf"\W{{0,3}}(?:{_BY}\s)?(?i:the\s)?{credit}\s*(?:[-–—:|/]|\n|$)"),  # AFP -
            re.compile(rf"{credit}[^。，,\n]{{0,20}}[电電]"),  # 新华社首尔10月4日电
            re.compile(rf".{{0,{_PLACE}}}?\d\s\w{{3,12}}\W{{1,3}}{credit}\s*[-–—.:]"),  # 4 окт - РИА Новости.
        )
        self._closing = re.compile(rf"(?:[(（\[【/–—|]\s*|\s-\s|\n|©\s*(?:\d{{4}}\s)?){credit}\W*$")

    def of(self, item: Item) -> str | None:
        """The credit as the item writes it."""
        authors = (author[:_NAME] for author in item.authors[:_AUTHORS])
        found = next(filter(None, map(self._author.search, authors)), None)
        for text in (item.summary, item.text):
            if found is None and text:
                openings = (pattern.match(text[:_OPENING]) for pattern in self._opening)
                found = next(filter(None, openings), None) or self._closing.search(text[-_SIGNATURE:])
        return found.group("credit") if found else None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _suffixes(host: str) -> Iterator[str]:
    """The host and what is left of it when labels are taken away from the front."""
    labels = host.split(".")
    for at in range(len(labels) - 1):
        yield ".".join(labels[at:])


def _registrable(host: str) -> str:
    """The part of a host that somebody has registered: two labels, three in *example.co.uk*."""
    labels = host.split(".")
    if labels[-1].isdigit():
        return host
    wide = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if wide else -2 :])


@cache
def _shipped() -> Publishers:
    tables = tomllib.loads(_FILE.read_text("utf-8"))
    families = (
        Family(
            table["name"],
            tuple(table.get("hosts", ())),
            tuple(table.get("names", ())),
            tuple(table.get("credits", ())),
        )
        for table in tables["family"]
    )
    return Publishers(families, tables["aggregators"])
