"""The archive: what is kept, searched in the rule language; and what is brought in from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from urllib.parse import quote

from sqlalchemy import Connection, Engine

from alerts.errors import BadInput
from alerts.feeds.dedupe import dedupe, fingerprint
from alerts.language.detect import detect
from alerts.language.keys import Sought
from alerts.model import Evidence, Item, Rule
from alerts.rules.candidates import candidates
from alerts.rules.evaluate import WORDS
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import Concepts
from alerts.rules.query import check_concepts, parse
from alerts.rules.tree import InField, Node, nodes
from alerts.services.concepts import concepts_in_force
from alerts.store import archive, audit, feeds, items, matches
from alerts.store.archive import Read
from alerts.store.unit import reading, writing

BACKFILL = "backfill"
"""Why an imported item is kept without being news."""

EVER = timedelta(days=365 * 200)
_AT_ONCE = 2_000
SAVED_AT_ONCE = 500
"""Items of an import that share a transaction."""


@dataclass(frozen=True, slots=True)
class Found:
    """A kept item that a search found, and why; ``at`` is when it was news."""

    id: int
    at: datetime
    item: Item
    evidence: tuple[Evidence, ...]


def search(
    engine: Engine,
    query: str,
    *,
    now: datetime,
    languages: Sequence[str] = (),
    days: int | None = None,
    limit: int = 100,
) -> tuple[Found, ...]:
    """The newest kept items that a query matches. Raises QueryError."""
    with reading(engine) as tx:
        known = concepts_in_force(tx, languages)
        rule = Rule("query", "query", query)
        node = parse(query)
        check_concepts(node, known.by_key, query)
        since = now - (EVER if days is None else timedelta(days=days))
        found = matching(tx, rule, node, RuleIndex((rule,), known), known, since, after(now))
        return explained(tx, islice(found, limit), RuleIndex((rule,), known))


def after(now: datetime) -> datetime:
    """What is seen at this moment counts too."""
    return now + timedelta(microseconds=1)


def matching(
    tx: Connection,
    rule: Rule,
    node: Node,
    index: RuleIndex,
    known: Concepts,
    since: datetime,
    until: datetime,
) -> Iterator[Read]:
    """Kept items that the rule matches, newest first, as fast as their words can be read.

    The database finds those that may match by their keys; ``index``, the code that live matching runs
    on, decides.
    """
    possible = archive.find(tx, sought(tx, rule, node, known), since, until)
    size = 64  # the first few come at once, when no more are asked for
    while possible:
        now, possible = possible[:size], possible[size:]
        size = min(_AT_ONCE, 4 * size)
        read = words(tx, now, node)
        for each, rules in zip(read, index.matches([each.item for each in read]), strict=True):
            if rules:
                yield each


def words(tx: Connection, ids: Sequence[int], node: Node) -> list[Read]:
    """Items with as much of them as the rule reads."""
    if all(part.field in WORDS for part in nodes(node) if isinstance(part, InField)):
        return archive.read(tx, ids)
    kept = items.load(tx, ids)
    return [replace(each, item=kept[each.id].item) for each in archive.read(tx, ids)]


def sought(tx: Connection, rule: Rule, node: Node, known: Concepts) -> Sought | None:
    """What the database has to look for, in all languages of the archive that the rule reads."""
    spoken = archive.languages(tx)
    return candidates(node, known, [each for each in spoken if not rule.languages or each in rule.languages])


def explained(tx: Connection, found: Iterable[Read], index: RuleIndex) -> tuple[Found, ...]:
    """Items as they are kept, each with the evidence of the first rule of the index that matches."""
    several = list(found)
    kept = items.load(tx, [each.id for each in several])
    hits = index.hits([kept[each.id].item for each in several])
    return tuple(
        Found(each.id, each.news_at, kept[each.id].item, hit[0].evidence if hit else ())
        for each, hit in zip(several, hits, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What an import of items came to: how many were new, changed or known already, and their matches."""

    new: int = 0
    changed: int = 0
    seen: int = 0
    matches: int = 0

    def __add__(self, more: Backfilled) -> Backfilled:
        return Backfilled(
            self.new + more.new,
            self.changed + more.changed,
            self.seen + more.seen,
            self.matches + more.matches,
        )


def import_items(
    engine: Engine,
    incoming: Iterable[Item],
    *,
    index: Callable[[], RuleIndex],
    languages: Sequence[str],
    author: str,
    now: datetime,
) -> Backfilled:
    """Keeps items from elsewhere, in a feed of their own for each feed and source they name.

    Their matches are kept too, and nothing of it is ever mailed. Items are saved some hundred at a time:
    what was saved before an error stays, and importing again goes on. Raises BadInput.
    """
    total = Backfilled()
    rest = iter(incoming)
    while batch := list(islice(rest, SAVED_AT_ONCE)):
        save = backfilling(engine, batch, index(), languages, now)
        with writing(engine) as tx:
            total += save(tx)
    with writing(engine) as tx:
        record_import(tx, total, author, now)
    return total


def record_import(tx: Connection, done: Backfilled, author: str, now: datetime) -> None:
    """Remembers who brought in how many items."""
    detail = f"{done.new} new, {done.changed} changed, {done.seen} known"
    audit.record(tx, at=now, actor=author, action="items imported", subject="", detail=detail)


def backfilling(
    engine: Engine, batch: Sequence[Item], index: RuleIndex, languages: Sequence[str], now: datetime
) -> Callable[[Connection], Backfilled]:
    """Reads and matches some items from elsewhere; what it returns saves them, in one transaction.

    Nothing is changed before but that their feeds, which are never polled, are there.
    """
    by_feed: dict[tuple[str, str], list[Item]] = {}
    for item in batch:
        named = item.feed or item.source or "imported", item.source or item.feed or "imported"
        by_feed.setdefault(named, []).append(item)
    parts = [_keeping(engine, *names, several, index, languages, now) for names, several in by_feed.items()]

    def save(tx: Connection) -> Backfilled:
        return sum((keep(tx) for keep in parts), Backfilled())

    return save


def _keeping(
    engine: Engine,
    name: str,
    publisher: str,
    several: Sequence[Item],
    index: RuleIndex,
    languages: Sequence[str],
    now: datetime,
) -> Callable[[Connection], Backfilled]:
    address = f"import:{quote(name, safe='')}/{quote(publisher, safe='')}"
    with writing(engine) as tx:
        feed_id = feeds.backfilled(tx, feeds.NewFeed(address, name, publisher), now)
        known = items.known(tx, feed_id, [item.key for item in several])
    parted = dedupe(several, {key: each.fingerprint for key, each in known.items()})

    def complete(item: Item) -> Item:
        text = f"{item.title}\n{item.summary or item.text}"
        return replace(
            item, language=detect(text, item.language, languages).language, feed=name, source=publisher
        )

    new, changed = [complete(item) for item in parted.new], [complete(item) for item in parted.changed]
    hits = index.hits([*new, *changed])

    def keep(tx: Connection) -> Backfilled:
        ids = items.insert_new(
            tx, feed_id, [items.Incoming(item, fingerprint(item), BACKFILL) for item in new], now
        )
        ids |= {item.key: known[item.key].id for item in changed}
        items.update_changed(tx, [(ids[item.key], item, fingerprint(item)) for item in changed], now)
        feeds.count_collected(tx, feed_id, len(new))
        found = [
            matches.NewMatch(ids[item.key], item, hit, news=False)
            for item, of_item in zip((*new, *changed), hits, strict=True)
            for hit in of_item
        ]
        return Backfilled(len(new), len(changed), len(parted.seen), len(matches.save(tx, found, now)))

    return keep


def key_some(engine: Engine, limit: int = 500) -> int:
    """Gives items from before there were keys, or of an older edition, their keys. Returns how many."""
    if not 0 < limit <= SAVED_AT_ONCE:
        raise BadInput(f"{limit} items at once are not possible; 1 to {SAVED_AT_ONCE}")
    with reading(engine) as tx:
        ids = archive.without_keys(tx, limit)
    if ids:
        with writing(engine) as tx:
            archive.put(tx, ((number, kept.item) for number, kept in items.load(tx, ids).items()))
            archive.has_keys(tx, ids)
    return len(ids)
