"""A service after three months of much work, put in as rows: what its pages have to find their way in.

What an item is about is drawn from a stock of texts, so that words are as common as they are in news; what
matched is drawn by chance, most of it for few rules (Zipf's law), as nothing is compared here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from random import Random
from typing import Any

from sqlalchemy import Engine, func, insert, select

from alerts.language.keys import EDITION
from alerts.model import (
    Evidence,
    FeedState,
    Field,
    Item,
    Rule,
)
from alerts.rules.files import read_rules
from alerts.rules.shipped import RULES, SITUATIONS
from alerts.rules.situations import read_situations
from alerts.services.rules import Edit, import_rules
from alerts.services.situations import import_situations
from alerts.store import archive, following, rules
from alerts.store import schema as table
from alerts.store import signal_schema as signal
from alerts.store.unit import reading, writing
from bench.invented import World

NOW = datetime(2026, 6, 15, 9, 30, tzinfo=UTC)
DAYS = 90
STOCK = 5_000
"""Texts that items are made of."""

_AT_ONCE = 5_000
_BY = "bench"
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each there are."""

    items: int = 200_000
    rules: int = 10_000
    subscribers: int = 20_000
    feeds: int = 2_000
    matches: int = 300_000
    deliveries: int = 200_000

    def part(self, share: float) -> Size:
        """The same in small."""
        return Size(*(max(200, round(getattr(self, name) * share)) for name in self.__slots__))


class News:
    """Fills an empty database with today's schema: feeds, rules, items, stories, matches. Ids of
    everything begin at 1."""

    def __init__(self, engine: Engine, size: Size) -> None:
        self.engine, self.size = engine, size
        self.chance, self._world = Random(7), World(7)
        self._catalogue()
        self._feeds()
        self._rules()
        self._items()
        self._stories()
        self._matches()

    def put(self, kind: Any, rows: Iterable[Mapping[str, Any]]) -> None:
        into = insert(kind.__table__)
        coming = iter(rows)
        while chunk := list(islice(coming, _AT_ONCE)):
            with writing(self.engine) as tx:
                tx.execute(into, chunk)

    def moment(self, number: int, of: int) -> datetime:
        """When the one with this number was made, of so many in all: evenly over the days."""
        return NOW - timedelta(days=DAYS * (1 - number / of)) - timedelta(minutes=1)

    # --- what is looked for, and where ----------------------------------------------------------

    def _catalogue(self) -> None:
        began = NOW - timedelta(days=DAYS + 90)
        edit = Edit(_BY, began)
        import_rules(self.engine, read_rules(RULES), author=_BY, now=began)
        import_situations(self.engine, read_situations(SITUATIONS), edit)
        with reading(self.engine) as tx:
            self.shipped = len(rules.current(tx))
            self.followed = following.situations_in_force(tx)

    def _feeds(self) -> None:
        began, ids = NOW - timedelta(days=DAYS + 1), range(1, self.size.feeds + 1)
        self.put(table.Source, ({"id": each, "name": f"House {each}"} for each in ids))
        self.put(
            table.Feed,
            (
                {
                    "id": each,
                    "source_id": each,
                    "url": f"https://house-{each}.example/feed",
                    "title": f"House {each}",
                    "host": f"house-{each}.example",
                    "language": "en",
                    "state": FeedState.ACTIVE,
                    "mail_existing": False,
                    "created_at": began,
                    "interval_seconds": 900,
                    "next_poll_at": NOW + timedelta(seconds=each),
                    "failures": 5 if each % 50 == 0 else 0,
                    "first_polled_at": began,
                    "last_success_at": NOW - (3 * _A_DAY if each % 50 == 0 else timedelta(minutes=9)),
                    "last_new_at": NOW - timedelta(hours=each % 40),
                    "collected": 100,
                }
                for each in ids
            ),
        )
        polls = 30 * self.size.feeds
        self.put(
            table.Fetch,
            (
                {
                    "feed_id": number % self.size.feeds + 1,
                    "started_at": (at := NOW - timedelta(hours=24 * (1 - number / polls))),
                    "finished_at": at,
                    "outcome": "timeout" if number % 50 == 49 else "read",
                    "status": None if number % 50 == 49 else 200,
                    "new": number % 5,
                    "changed": 0,
                    "seen": 30,
                    "note": "",
                }
                for number in range(polls)
            ),
        )

    def _rules(self) -> None:
        made = self._world.rules(self.size.rules)
        with reading(self.engine) as tx:
            first_version = (tx.scalar(select(func.max(table.RuleVersion.id))) or 0) + 1
        ids = range(self.shipped + 1, self.shipped + len(made) + 1)
        rows = ({"id": each, "key": rule.key, "number": 1} for each, rule in zip(ids, made, strict=True))
        self.put(table.Rule, rows)
        self.put(table.RuleVersion, self._versions(ids, made, first_version))
        with reading(self.engine) as tx:
            versions = tx.execute(select(table.RuleVersion.rule_id, table.RuleVersion.id))
            self._version = dict(versions.tuples().all())

    def _versions(self, ids: range, made: Iterable[Rule], first: int) -> Iterator[Mapping[str, Any]]:
        for number, (rule_id, rule) in enumerate(zip(ids, made, strict=True)):
            yield {
                "id": first + number,
                "rule_id": rule_id,
                "number": 1,
                "name": rule.name,
                "author": _BY,
                "created_at": NOW - timedelta(days=DAYS + 60) + timedelta(minutes=number),
                "query": rule.query,
                "severity": rule.severity,
                "polarity": rule.polarity,
                "languages": (),
                "sources": (),
                "match": (),
                "no_match": (),
            }

    # --- news ---------------------------------------------------------------------------------

    def _items(self) -> None:
        stock = [self._world.told() for _ in range(STOCK)]
        drawn = [self.chance.randrange(STOCK) for _ in range(self.size.items)]
        self.titles = [stock[each][1] for each in drawn]
        kinds, regions = ("briefing", "q-and-a", "statement", *[None] * 9), ("Africa", "Asia", None, None)
        self.put(
            table.Item,
            (
                {
                    "id": number,
                    "feed_id": number % self.size.feeds + 1,
                    "key": str(number),
                    "fingerprint": f"{number:064d}",
                    "url": f"https://house-{number % self.size.feeds + 1}.example/{number}",
                    "title": stock[text_][1],
                    "summary": stock[text_][2],
                    "text": "",
                    "authors": (),
                    "categories": (),
                    "kind": kinds[number % len(kinds)],
                    "region": regions[number % len(regions)],
                    "language": stock[text_][0],
                    "published_at": (at := self.moment(number, self.size.items)),
                    "seen_at": at,
                    "keys_made": EDITION,
                }
                for number, text_ in enumerate(drawn, 1)
            ),
        )
        for start in range(0, len(drawn), _AT_ONCE):
            texts = (stock[each] for each in drawn[start : start + _AT_ONCE])
            with writing(self.engine) as tx:
                archive.put(tx, ((number, _item(*each)) for number, each in enumerate(texts, start + 1)))

    def _stories(self) -> None:
        """Every third item joins the story of the one before it."""
        items = self.size.items
        self.story_of = list(accumulate((number % 3 != 2 for number in range(items)), initial=0))[1:]
        begun = dict(reversed([(story, number) for number, story in enumerate(self.story_of, 1)]))
        self.put(
            signal.Story,
            (
                {"id": story, "first_seen_at": self.moment(number, items)}
                for story, number in sorted(begun.items())
            ),
        )
        self.put(
            signal.StoryItem,
            (
                {
                    "item_id": number,
                    "story_id": story,
                    "seen_at": self.moment(number, items),
                    "print": None,
                    "family": (house := f"House {number % self.size.feeds + 1}"),
                    "origin": house,
                    "shared": (),
                }
                for number, story in enumerate(self.story_of, 1)
            ),
        )

    def _matches(self) -> None:
        """In the order of time; each item meets one rule or two, some none."""
        chance, all_rules = self.chance, self.shipped + self.size.rules
        weights = tuple(accumulate(1 / (rank + 20) for rank in range(all_rules)))
        in_turn = chance.sample(range(1, all_rules + 1), all_rules)
        in_turn.sort(
            key=lambda rule_id: rule_id > self.shipped and rule_id % 7 != 0
        )  # of the catalogue first
        met = chance.choices(in_turn, cum_weights=weights, k=self.size.matches)
        apart = self.size.items / self.size.matches
        pairs = dict.fromkeys((int(number * apart) + 1, rule_id) for number, rule_id in enumerate(met))
        self.met = list(pairs)
        self.put(
            table.Match,
            (
                {
                    "id": number,
                    "item_id": item_id,
                    "rule_id": rule_id,
                    "rule_version_id": self._version[rule_id],
                    "matched_at": self.moment(item_id, self.size.items),
                    "news": True,
                    "evidence": (Evidence(Field.TITLE, 0, 4, self.titles[item_id - 1][:4], "word"),),
                }
                for number, (item_id, rule_id) in enumerate(self.met, 1)
            ),
        )

    @property
    def rule_ids(self) -> range:
        return range(1, self.shipped + self.size.rules + 1)


def _item(language: str, title: str, summary: str) -> Item:
    return Item("", "", title, summary, language=language)
