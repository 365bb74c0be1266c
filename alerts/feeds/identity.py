"""Which entry is which: a stable key for every item of one document, and each item once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from alerts.feeds.dedupe import fingerprint
from alerts.model import Item

MOST_ITEMS = 5_000
MOST_CHARACTERS = 2_500_000
BEGINNING = 300
LONGEST_KEY = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """What was read of one entry; ``item.key`` is still the guid as the feed wrote it, or ''.

    ``empty``: the feed wrote nothing into it. ``zoned``: no date of it needed a guessed time zone.
    """

    item: Item
    empty: bool = False
    zoned: bool = True


def identify(entries: Iterable[Entry], home: str = "") -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Give each item its key and keep the first of every key; also say what was wrong.

    The key is the guid, else the link, else ``sha256:`` and the fingerprint; a longer one than 500
    characters becomes its hash. A link to ``home``, the feed's own site, tells no item from another and
    does not count. Empty entries are left out, and all after the first 5,000. Once a document has
    brought more words than any honest one does, the entries after it keep only the beginning of theirs:
    what is matched must not cost more time than a poll has.
    """
    kept: dict[str, Item] = {}
    count = Counter[str]()
    characters = 0
    for entry in entries:
        key = _key(entry.item, home)
        if entry.empty:
            count["empty"] += 1
        elif key in kept:
            count["repeated"] += 1
        elif len(kept) == MOST_ITEMS:
            count["beyond"] += 1
        else:
            item = entry.item
            characters += len(item.title) + len(item.summary) + len(item.text)
            if characters > MOST_CHARACTERS:
                count["cut"] += 1
                item = replace(item, text="", summary=item.summary[:BEGINNING])
            kept[key] = item if item.key == key else replace(item, key=key)
            count["undated"] += entry.item.published_at is None
            count["unzoned"] += not entry.zoned
    return tuple(kept.values()), (
        *entries_said(count["empty"], "left out because nothing is in {}", "it", "them"),
        *entries_said(count["repeated"], "left out because {} came before", "it", "they"),
        *entries_said(count["beyond"], f"left out after the first {MOST_ITEMS:,}"),
        *entries_said(count["cut"], f"cut short: the feed holds more than {MOST_CHARACTERS:,} characters"),
        *entries_said(count["undated"], "without a usable date"),
        *entries_said(count["unzoned"], "whose date names no known time zone, read as UTC"),
    )


def entries_said(count: int, what: str, one: str = "", many: str = "") -> tuple[str, ...]:
    """The sentence that so many entries are so, or nothing for none; ``{}`` becomes ``one`` or ``many``."""
    return (f"{count} {'entry' if count == 1 else 'entries'} {what.format(one if count == 1 else many)}",)[
        :count
    ]


def _key(item: Item, home: str) -> str:
    link = item.url if item.url != home else ""
    key = " ".join(item.key.split()) or link or f"sha256:{fingerprint(item)}"
    if len(key) > LONGEST_KEY:
        return f"sha256:{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return key.replace("\x00", "").encode("utf-8", "replace").decode()
