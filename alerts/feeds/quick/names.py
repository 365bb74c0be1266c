"""Names in a feed as feedparser speaks of them: ``dc:creator`` is ``dc_creator``, whatever its prefix."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from xml.etree.ElementTree import Element

from alerts.feeds.lenient import MOST_ATTRIBUTES, NAMESPACES

# feedparser gives up namespaces for attributes: any of these would count wherever it comes from.
_TELLING = frozenset(
    (
        *("base", "domain", "filesize", "href", "hreflang", "ispermalink", "label", "lang", "lastmod"),
        *("length", "mime_type", "mode", "rel", "scheme", "size_in_bytes", "src", "term", "text", "type"),
        *("uri", "url", "version"),
    )
)
RSS_090 = "http://my.netscape.com/rdf/simple/0.9/"
_PREFIXES = frozenset(NAMESPACES.values()) - {""}
_NONE: Mapping[str, str] = MappingProxyType({})


class Doubt(Exception):
    """feedparser may make something of this that we do not."""


class Names(dict[str, str]):
    """Tag as ElementTree writes it → feedparser's name. Raises Doubt, also for a declaration."""

    def __init__(self) -> None:
        self.declared: set[str] = set()
        self._addresses: dict[str, str] = {}
        self._strangers: dict[str, str] = {}

    def declare(self, prefix: str, address: str) -> None:
        """Takes note of ``xmlns:prefix="address"``; of ``xmlns="address"`` for no prefix."""
        address, short = address.lower(), prefix.lower()
        if not address:
            return
        self.declared.add(address)
        own = known_prefix(address)
        # feedparser goes by prefixes as well as by addresses. One prefix for two namespaces, two for one
        # that it does not know, or the usual prefix of one for another: there they disagree.
        if (
            (short in _PREFIXES and short != own)
            or (short and self._addresses.setdefault(short, address) != address)
            or (own is None and self._strangers.setdefault(address, short) != short)
            or (own == "xlink" or (address == RSS_090 and prefix) or len(address.split()) != 1)
        ):
            raise Doubt

    def __missing__(self, tag: str) -> str:
        address, local = _parts(tag)
        own = known_prefix(address) if address else ""
        prefix = self._strangers.get(address, "") if own is None else own
        name = self[tag] = f"{prefix}_{local}" if prefix else local
        return name


class Attributes:
    """The attributes of elements, by feedparser's names. Raises Doubt."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def of(self, element: Element) -> Mapping[str, str]:
        """What feedparser sees of them; those that mean nothing to it may be left out."""
        stated = element.attrib
        if not stated:
            return _NONE
        if len(stated) > MOST_ATTRIBUTES:
            raise Doubt
        found: dict[str, str] = {}
        for key, value in stated.items():
            name = self._names.get(key) or self._name(key)
            if name in found:
                raise Doubt
            found[name] = value.lower() if name in ("rel", "type") else value
        return found

    def _name(self, key: str) -> str:
        address, local = _parts(key)
        prefix = (known_prefix(address) or "") if address else ""
        if (address and not prefix and local in _TELLING) or local == "base":
            raise Doubt
        name = self._names[key] = f"{prefix}:{local}" if address else local
        return name


def language(stated: Mapping[str, str], around: str | None) -> str | None:
    """The language inside of an element with these attributes."""
    claim = stated.get("xml:lang", stated.get("lang"))
    return around if claim is None else claim or None


def known_prefix(address: str) -> str | None:
    """The prefix by which feedparser speaks of a namespace ('' for those of feeds), or None."""
    return "" if "backend.userland.com/rss" in address else NAMESPACES.get(address)


def _parts(name: str) -> tuple[str, str]:
    """Address of the namespace and local name, both in small letters."""
    address, _, local = name.lower().rpartition("}")
    return address[1:], local
