"""An invented month of news, as the rows that a service has after thirty days of it.

Words follow Zipf's law, as they do in any language, so that some are in every tenth headline and most in
hardly any: what an item is compared with depends on that. Items of one event share its names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, insert, update

from alerts.model import Cadence, Item, Wish
from alerts.rules.country_codes import COUNTRY_CODES
from alerts.rules.files import read_rules
from alerts.rules.shipped import RULES, SITUATIONS
from alerts.rules.situations import read_situations
from alerts.services.rules import Edit, import_rules
from alerts.services.situations import import_situations
from alerts.services.subscribe import subscribe
from alerts.store import feeds, rules, series, stories
from alerts.store import schema as table
from alerts.store import signal_schema as signal
from alerts.store.series import Seen
from alerts.store.stories import Member
from alerts.store.unit import writing
from alerts.warning.prints import Print, print_of
from alerts.warning.story_keys import keys
from alerts.warning.weights import Weights
from bench.words import TONGUES

FEEDS = 200
BEGIN = date(2026, 3, 1)
READERS = 200

_WORDS = 40_000
_FLAT = 60  # the commonest words differ little from each other: function words are no part of this
_OPEN_EVENTS = 400
_OF_AN_EVENT = 0.35  # of the items tell of an event that others tell of too
_MATCHING = 0.4  # of the items meet a rule
_TWO_PLACES = 0.3  # of the matches are about two countries
_HOUSES = 150
_BY = "bench"
_PRINT = TypeAdapter(Print)


def moment(day: int, hour: float = 0) -> datetime:
    """So many days and hours after the month began."""
    return datetime.combine(BEGIN, time(), UTC) + timedelta(days=day, hours=hour)


class Press:
    """Writes items: always the same from one seed."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        syllables = TONGUES["en"].syllables
        words: dict[str, None] = {}
        while len(words) < _WORDS:
            words["".join(self._chance.choices(syllables, k=self._chance.choice((2, 3, 3, 4))))] = None
        # Every third is a name; so are most that are rare.
        self._words = [
            word.capitalize() if rank % 3 == 0 or rank > _WORDS / 4 else word
            for rank, word in enumerate(words)
        ]
        self._weights = tuple(accumulate(1 / (rank + _FLAT) for rank in range(_WORDS)))
        self._events: list[tuple[int, list[str]]] = []
        self._number = 0

    def _some(self, count: int) -> list[str]:
        return self._chance.choices(self._words, cum_weights=self._weights, k=count)

    def told(self, at: datetime) -> tuple[Item, int]:
        """An item, and the number of the event that it tells of."""
        chance = self._chance
        title, summary = self._some(chance.randrange(7, 12)), self._some(chance.randrange(6, 22))
        if self._events and chance.random() < _OF_AN_EVENT:
            # Some events are in all papers and most in one or two.
            at_hand = min(int(chance.expovariate(8 / _OPEN_EVENTS)), len(self._events) - 1)
            event, words = self._events[at_hand]
            title[:4], summary[:5] = chance.sample(words, 4), chance.sample(words, 5)
        else:
            event, words = self._number + 1, [*title[:5], *summary[:4]]
            self._events.insert(chance.randrange(len(self._events) + 1), (event, words))
            del self._events[_OPEN_EVENTS:]
        self._number += 1
        house = self._number * 7 % _HOUSES
        item = Item(
            key=str(self._number),
            url=f"https://house-{house}.example/{self._number}",
            title=" ".join(title),
            summary=" ".join(summary),
            published_at=at,
            language="en",
            source=f"House {house}",
        )
        return item, event


class Month:
    """The rows, day by day. ``series`` are so many rules in places, each of which is in the news once at
    least."""

    def __init__(self, engine: Engine, series: int) -> None:
        self.engine = engine
        self.press = Press(seed=5)
        self.items = 0
        self._matches = 0
        self._chance = Random(5)
        self._weights = Weights()
        self._stories: dict[int, int] = {}
        self._rules: list[tuple[int, int]] = []
        self._followed: list[tuple[tuple[int, int], str]] = []
        self._found()
        places = sorted(COUNTRY_CODES)[: series // len(self._rules) - 1]
        self._places = places
        self._unheard = [(rule, place) for rule in self._rules for place in places]
        self._chance.shuffle(self._unheard)

    def _found(self) -> None:
        """Feeds, the catalogue's rules and situations, and readers who want everything at once."""
        began = moment(0)
        import_rules(self.engine, read_rules(RULES), author=_BY, now=began)
        situations = read_situations(SITUATIONS)
        import_situations(self.engine, situations, Edit(_BY, began), ("en",))
        with writing(self.engine) as tx:
            in_force = rules.current(tx)
            ids = rules.ids(tx, [rule.key for rule in in_force])
            self._rules = [(ids[rule.key], rule.version) for rule in in_force]
            for number in range(1, FEEDS + 1):
                house = f"House {number % _HOUSES}"
                new = feeds.NewFeed(f"https://feed-{number}.example/", f"Feed {number}", house)
                feeds.add(tx, new, interval_seconds=3600, now=began)
            tx.execute(update(table.Feed).values(first_polled_at=began))
        of_key = {rule.key: each for rule, each in zip(in_force, self._rules, strict=True)}
        self._followed = [
            (of_key[key], place) for each in situations for key in each.rules for place in each.places
        ]
        wishes = [
            Wish(
                address=f"reader{number}@readers.example",
                language="en",
                timezone="UTC",
                cadence=Cadence.IMMEDIATE,
                rules=(),
                confirmed=True,
                situations=tuple(each.key for each in self._chance.sample(situations, 3)),
            )
            for number in range(READERS)
        ]
        subscribe(
            self.engine,
            wishes,
            languages=("en",),
            address_hashes=lambda address: (address,),
            actor=_BY,
            now=began,
        )

    def crises(self, count: int, stories_each: int) -> None:
        """So many rules in places that readers follow are all over the next news."""
        self._unheard += self._chance.sample(self._followed, count) * stories_each

    def add(self, tx: Connection, written: Sequence[Item], now: datetime) -> list[int]:
        """Rows of items; their ids."""
        ids = list(range(self.items + 1, self.items + len(written) + 1))
        self.items += len(written)
        rows = [
            {
                "id": item_id,
                "feed_id": item_id % FEEDS + 1,
                "key": item.key,
                "fingerprint": item.key,
                "url": item.url,
                "title": item.title,
                "summary": item.summary,
                "text": "",
                "authors": (),
                "categories": (),
                "language": item.language,
                "published_at": now,
                "seen_at": now,
                "keys_made": 1,
            }
            for item_id, item in zip(ids, written, strict=True)
        ]
        tx.execute(insert(table.Item), rows)
        return ids

    def live(self, now: datetime, count: int) -> None:
        """So many items with their stories and what they matched."""
        told = [self.press.told(now) for _ in range(count)]
        with writing(self.engine) as tx:
            ids = self.add(tx, [item for item, _ in told], now)
            members = []
            for item_id, (item, event) in zip(ids, told, strict=True):
                print_ = print_of(item)
                house = item.source
                members.append(
                    Member(
                        item_id=item_id,
                        story=self._stories.get(event, -event),
                        print=_PRINT.dump_python(print_, mode="json"),
                        keys=keys(print_, self._weights),
                        family=house,
                        origin=house,
                        like_item_id=None,
                        score=None,
                        shared=(),
                    )
                )
                self._weights.learn(print_)
            story_of = stories.add(tx, members, now)
            for item_id, (_, event) in zip(ids, told, strict=True):
                self._stories[event] = story_of[item_id]
            self._match(tx, [each for each in ids if self._chance.random() < _MATCHING], story_of, now)

    def _match(
        self, tx: Connection, item_ids: Sequence[int], story_of: Mapping[int, int], now: datetime
    ) -> None:
        """A rule and one or two places for each, a few of them much more often than the others."""
        matches, places, seen = [], [], []
        for item_id in item_ids:
            self._matches += 1
            (rule_id, version), place = self._unheard.pop() if self._unheard else self._meeting()
            here = {place, self._meeting()[1]} if self._chance.random() < _TWO_PLACES else {place}
            matches.append(
                {
                    "id": self._matches,
                    "item_id": item_id,
                    "rule_id": rule_id,
                    "rule_version_id": version,
                    "matched_at": now,
                    "news": True,
                    "evidence": (),
                }
            )
            places += [{"match_id": self._matches, "place": each} for each in here]
            seen += [Seen(rule_id, each, story_of[item_id], self._matches) for each in ("", *here)]
        if matches:
            tx.execute(insert(table.Match), matches)
            tx.execute(insert(signal.MatchPlace), places)
            series.sight(tx, seen, now.date())

    def _meeting(self) -> tuple[tuple[int, int], str]:
        def one(among: Sequence[Any]) -> Any:
            return among[int(len(among) * self._chance.random() ** 3)]

        return one(self._rules), one(self._places)
