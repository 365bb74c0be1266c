"""Which entry is which: a stable key for every item of one document, and each item once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from alerts.feeds.dedupe import fingerprint
from alerts.model import Item

MOST_ITEMS = 5_000
LONGEST_KEY = 500


def identify(items: Iterable[Item]) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Give each item its key and keep the first of every key; also say what was wrong.

    Before, ``key`` is the guid as the feed wrote it, or ''. After, it is the guid, else the link,
    else ``sha256:`` and the fingerprint; a longer one than 500 characters becomes its hash. Entries
    without any words or link are left out, and all after the first 5,000.
    """
    kept: dict[str, Item] = {}
    repeated = empty = undated = beyond = 0
    for item in items:
        if not (item.title or item.summary or item.text or item.url):
            empty += 1
            continue
        key = _key(item)
        if key in kept:
            repeated += 1
        elif len(kept) == MOST_ITEMS:
            beyond += 1
        else:
            kept[key] = replace(item, key=key)
            undated += item.published_at is None
    problems = (
        (empty, "left out because nothing is in it", "left out because nothing is in them"),
        (repeated, "left out because it came before", "left out because they came before"),
        (beyond, f"left out after the first {MOST_ITEMS:,}", f"left out after the first {MOST_ITEMS:,}"),
        (undated, "without a usable date", "without a usable date"),
    )
    said = (
        f"{count} {'entry' if count == 1 else 'entries'} {one if count == 1 else many}"
        for count, one, many in problems
        if count
    )
    return tuple(kept.values()), tuple(said)


def _key(item: Item) -> str:
    key = " ".join(item.key.split()) or item.url or f"sha256:{fingerprint(item)}"
    if len(key) > LONGEST_KEY:
        return f"sha256:{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return key.replace("\x00", "").encode("utf-8", "replace").decode()
