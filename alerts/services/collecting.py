"""What was collected for each rule on each day, from the rows of feeds, items and matches."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from alerts.model import Rule
from alerts.store.collected import Collected
from alerts.warning.exposure import SETTLED_DAYS, Yield, exposure, weight

SETTLED = timedelta(days=SETTLED_DAYS)
FLOOD = 3
"""Times what is usual for a feed; what it brings beyond that on a day is not taken for exposure."""

_KNOWN_DAYS = 7
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watching:
    """A rule that is watched. ``begun`` is the first day whose counts are those of its present text."""

    rule: Rule
    begun: date


@dataclass(frozen=True, slots=True)
class Collecting:
    """All feeds, the matches they gave by rule, feed and day, and the weights that are settled."""

    feeds: Sequence[Collected]
    drawn: Mapping[int, Mapping[int, Mapping[date, int]]]
    weights: Mapping[tuple[int, int], float]

    def exposure(self, rule_id: int, watching: Watching, day: date) -> float:
        """The exposure of a rule on a day."""
        return exposure(
            (items, self._weight(rule_id, watching, feed, day))
            for feed in self._scope(watching.rule)
            if (items := min(feed.items.get(day, 0), self._most(feed, day)))
        )

    def settled(self, watched: Mapping[int, Watching], today: date) -> dict[tuple[int, int], float]:
        """The weights of the feeds that have been compared for long enough by now."""
        return {
            (rule_id, feed.feed_id): self._weight(rule_id, watching, feed, today - _A_DAY)
            for rule_id, watching in watched.items()
            for feed in self._scope(watching.rule)
            if feed.begun > watching.begun
            and today - feed.begun >= SETTLED
            and (rule_id, feed.feed_id) not in self.weights
        }

    def _most(self, feed: Collected, day: date) -> int:
        """As many items as a feed may plausibly bring on a day: a flood of junk must not hide a surge."""
        first = max(feed.begun, day - SETTLED)
        before = sorted(feed.items.get(first + _A_DAY * n, 0) for n in range((day - first).days))
        usual = before[len(before) // 2] if len(before) >= _KNOWN_DAYS else 0
        return FLOOD * usual or sys.maxsize

    def _scope(self, rule: Rule) -> Iterator[Collected]:
        for feed in self.feeds:
            speaks = not rule.languages or feed.language is None or feed.language in rule.languages
            if speaks and (not rule.sources or feed.source in rule.sources):
                yield feed

    def _weight(self, rule_id: int, watching: Watching, feed: Collected, day: date) -> float:
        """1 for a feed that the rule knew from the beginning."""
        if feed.begun <= watching.begun:
            return 1.0
        if (known := self.weights.get((rule_id, feed.feed_id))) is not None:
            return known
        since = max(feed.begun, day - SETTLED + _A_DAY)
        others = [each for each in self._scope(watching.rule) if each.begun < feed.begun]
        return weight(self._yield(rule_id, [feed], since, day), self._yield(rule_id, others, since, day))

    def _yield(self, rule_id: int, feeds: Sequence[Collected], first: date, last: date) -> Yield:
        by_feed = self.drawn.get(rule_id, {})
        return Yield(
            sum(count for feed in feeds for day, count in feed.items.items() if first <= day <= last),
            sum(
                count
                for feed in feeds
                for day, count in by_feed.get(feed.feed_id, {}).items()
                if first <= day <= last
            ),
        )
