"""What a document of a feed holds for us: what is new, what was edited, what matches, and what is news."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import Engine

from alerts.feeds.dedupe import dedupe
from alerts.language.detect import detect
from alerts.model import Feed, Hit, Item, ParsedFeed
from alerts.rules.gazetteer import Gazetteer, Named
from alerts.rules.index import RuleIndex
from alerts.store import items, matches
from alerts.store.unit import reading
from alerts.warning.prints import Print

FIRST_POLL = "first poll"
BACK_AGAIN = "old when it appeared"
"""Why an item is kept without being news."""

OLD_NEWS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Edit:
    """A kept item whose words changed. ``old_rules`` matched it before the edit too."""

    item_id: int
    item: Item
    news: bool
    old_rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a document holds for us, with what matched: ready to be saved."""

    new: tuple[Item, ...]
    edits: tuple[Edit, ...]
    seen: int
    prints: tuple[Print, ...]
    hits: dict[str, tuple[Hit, ...]]
    places: dict[str, Named]

    def match(self, item_id: int, item: Item, hit: Hit, *, news: bool) -> matches.NewMatch:
        """A hit on a saved item, with the countries that the item names."""
        named = self.places[item.key]
        return matches.NewMatch(item_id, item, hit, news, named.anywhere, named.about)


def sort(
    feed: Feed,
    document: ParsedFeed,
    index: RuleIndex,
    *,
    engine: Engine,
    languages: Sequence[str],
    gazetteer: Callable[[], Gazetteer],
    prepare: Callable[[Sequence[Item]], tuple[Print, ...]],
) -> Sorted:
    """Tells new items, edits and known ones apart, and matches them. Reads only: what is known is held by the
    claim on the feed."""
    claimed_language = feed.language or document.language
    with reading(engine) as tx:
        known = items.known(tx, feed.id, [item.key for item in document.items])
        parted = dedupe(document.items, {key: each.fingerprint for key, each in known.items()})
        before = items.load(tx, [known[item.key].id for item in parted.changed])

    def complete(item: Item) -> Item:
        words = f"{item.title}\n{item.summary or item.text}"
        language = detect(words, item.language or claimed_language, languages).language
        return replace(item, language=language, feed=feed.title, source=feed.source)

    new = tuple(complete(item) for item in parted.new)
    old = tuple(before[known[item.key].id] for item in parted.changed)
    edits = tuple(
        Edit(
            item_id=kept.id,
            item=complete(item),
            # Words that retention has forgotten cannot say what matched before the edit.
            news=kept.archived is None and not kept.emptied,
            old_rules=frozenset(hit.rule.key for hit in hits),
        )
        for item, kept, hits in zip(parted.changed, old, index.hits([kept.item for kept in old]), strict=True)
    )
    shown = (*new, *(edit.item for edit in edits))
    # All of a document at once: that costs much less than one item after the other.
    hits = {item.key: found for item, found in zip(shown, index.hits(shown), strict=True)}
    matched = [item for item in shown if hits[item.key]]
    places = gazetteer().named(matched) if matched else ()
    return Sorted(
        new,
        edits,
        len(parted.seen),
        prepare(new),
        hits,
        {item.key: found for item, found in zip(matched, places, strict=True)},
    )


def shown_again(feed: Feed, shown: Sequence[Item], new: Sequence[Item]) -> set[str]:
    """The keys of those new to us that may be the feed's past: all, where little of a document is known (the
    feed has moved), else those at its end from before our first poll: they move up where others are deleted.
    Any other old date among what is known is that of news. Pure."""
    fresh = {item.key for item in new}
    if feed.first_polled_at is None or 2 * len(fresh) >= len(shown):
        return fresh
    last = takewhile(lambda item: item.key in fresh, reversed(shown))
    return {item.key for item in last if item.published_at and item.published_at < feed.first_polled_at}


def archived(feed: Feed, item: Item, now: datetime, news_age: timedelta, *, again: bool) -> str | None:
    """Old news never mails by surprise: in a first poll only dated, young items are news, and later none
    that is dated a week before the feed's last news and may be its past, shown ``again``. Pure."""
    if feed.mail_existing:
        return None
    if feed.first_polled_at is not None:
        oldest = min(feed.last_new_at or now, now) - OLD_NEWS  # our own clock may have been wrong
        old = item.published_at is not None and item.published_at < oldest
        return BACK_AGAIN if old and again else None
    if item.published_at is not None and item.published_at > now - news_age:
        return None
    return FIRST_POLL
