"""New, changed or seen: what a poll brought, compared with what we remember of the feed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerts.model import Item


@dataclass(frozen=True, slots=True)
class Deduped:
    """The items of one poll, each in exactly one of three heaps, in their order.

    ``changed``: the key is known but the words or the link differ. ``seen``: nothing differs, or the
    key came earlier in the same poll.
    """

    new: tuple[Item, ...]
    changed: tuple[Item, ...]
    seen: tuple[Item, ...]


def fingerprint(item: Item) -> str:
    """A hash of what would make the item different to a reader: title, summary, text and link.

    White space counts as one space. 64 hexadecimal digits, the same on every machine for ever.
    """
    folded = (" ".join(part.split()) for part in (item.title, item.summary, item.text, item.url))
    return hashlib.sha256("\x1f".join(folded).encode("utf-8", "surrogatepass")).hexdigest()


def dedupe(items: Iterable[Item], known: Mapping[str, str]) -> Deduped:
    """Sort items by what is ``known`` of the feed: key → fingerprint."""
    new: list[Item] = []
    changed: list[Item] = []
    seen: list[Item] = []
    met: set[str] = set()
    for item in items:
        if item.key in met:
            seen.append(item)
            continue
        met.add(item.key)
        if item.key not in known:
            new.append(item)
        elif known[item.key] != fingerprint(item):
            changed.append(item)
        else:
            seen.append(item)
    return Deduped(tuple(new), tuple(changed), tuple(seen))
