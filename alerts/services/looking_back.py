"""Looking at the archive from the newest item back, in growing steps, for as long as there is time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from alerts.language.keys import Either, Sought
from alerts.model import Rule
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import Concepts
from alerts.rules.query import parse
from alerts.rules.tree import Or
from alerts.services.archive import sought, words
from alerts.services.near_misses import Stretch
from alerts.store import archive
from alerts.store.archive import Ids, Read

_FIRST_STEP, _LARGER = 2_000, 4
_AT_ONCE = 100


@dataclass(slots=True)
class LookingBack:
    """Rules while they are tried on ever older items. ``whole``: all of the stretch was looked at."""

    tx: Connection
    known: Concepts
    stretch: Stretch
    rules: Sequence[Rule]
    whole: bool = False
    _found: list[tuple[Read, set[str]]] = field(default_factory=list)

    def of(self, key: str) -> list[Read]:
        """What one of the rules matched, newest first."""
        mine = [read for read, keys in self._found if key in keys]
        return sorted(mine, key=lambda read: (read.news_at, read.id), reverse=True)

    def back(self, left: Callable[[], float]) -> Ids:
        """Reads from the newest item back while there are seconds left, and some items in any case. The ids
        of all that was looked at."""
        reach = archive.reach(self.tx, self.stretch.since)
        asked, index = self._sought(), RuleIndex(self.rules, self.known)
        end, step = reach.stop, _FIRST_STEP
        while end > reach.start:
            before = left()
            among = range(max(reach.start, end - step), end)
            for last in self._read(asked, index, among):
                if left() <= 0:
                    return range(last, reach.stop)
            end = among.start
            took = max(before - left(), 0.001)
            step = min(step * _LARGER, int(step / took * left()))
            if step < _FIRST_STEP and end > reach.start:
                return range(end, reach.stop)
        self.whole = True
        return reach

    def _sought(self) -> Sought | None:
        """What the database has to look for; None: it cannot know."""
        each = [sought(self.tx, rule, parse(rule.query), self.known) for rule in self.rules]
        wanted = [one for one in each if one is not None]
        return Either(tuple(wanted)) if len(wanted) == len(each) else None

    def _read(self, asked: Sought | None, index: RuleIndex, among: Ids) -> Iterator[int]:
        """Reads what may match, newest first; says after each batch from which item on all is read."""
        possible = archive.find(self.tx, asked, self.stretch.since, self.stretch.until, among)
        waiting = sorted(possible, reverse=True)
        all_of_them = Or(tuple(parse(rule.query) for rule in self.rules))
        while waiting:
            some, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
            read = words(self.tx, some, all_of_them)
            for each, matching in zip(read, index.matches([one.item for one in read]), strict=True):
                if matching:
                    self._found.append((each, {rule.key for rule in matching}))
            if waiting:
                yield some[-1]
