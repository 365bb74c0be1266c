"""What a rule would have found in months or years of the archive, as long work: some thousand items at a
time, the newest first. What it would have done lately is tried as ``services.trying`` does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine

from alerts.errors import BadInput
from alerts.model import JobKind, Rule
from alerts.rules.index import RuleIndex
from alerts.rules.lexicon import Concepts
from alerts.rules.query import check_concepts, parse
from alerts.services.archive import after, explained, sought, words
from alerts.services.concepts import concepts_in_force
from alerts.services.jobs import Save, Step, Take
from alerts.services.trying import SAMPLES, Trial, briefly, compared_with, series, try_rule
from alerts.store import archive
from alerts.store.archive import Ids, Read
from alerts.store.jobs import Job, NewJob
from alerts.store.unit import reading

AT_ONCE = 4_000
"""Items of one step; the database says which of them may match."""

CHANGES_KEPT = 200
"""Of the items that a change adds, and of those it removes, the newest are named; all are counted."""

_LATELY = 30
_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
_TRIAL: TypeAdapter[Trial] = TypeAdapter(Trial)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is tried, on how many days; and the text that it is compared with, by its number."""

    rule: Rule
    days: int
    before: Rule | None = None
    against: int | None = None


@dataclass(frozen=True, slots=True)
class Backtest:
    """What came of it. ``added`` and ``removed`` are whole numbers: the trial names the newest of them."""

    trial: Trial
    days: int
    added: int
    removed: int


_WISH: TypeAdapter[Wish] = TypeAdapter(Wish)


def backtest(tx: Connection, rule: Rule, days: int, longest: int, languages: Sequence[str] = ()) -> NewJob:
    """The job that tries a rule on so many days; one whose text differs from the one in force under its key
    is compared with that. Raises QueryError, and BadInput for days that are not kept."""
    if not 1 <= days <= longest:
        raise BadInput(f"the archive keeps {longest} days; write a number from 1 to {longest}")
    check_concepts(parse(rule.query), concepts_in_force(tx, languages).by_key, rule.query)
    against, before = compared_with(tx, rule.key, None) or (None, None)
    if before is not None and replace(before, version=0) == replace(rule, version=0):
        against = before = None
    name = rule.key if rule.key != "query" else rule.query
    short = name if len(name) <= 80 else f"{name[:80]}…"
    wish = _WISH.dump_python(Wish(rule, days, before, against), mode="json")
    return NewJob(JobKind.BACKTEST, f"{short}, {days} {'day' if days == 1 else 'days'}", wish)


def read_wish(job: Job) -> Wish:
    """What was asked for."""
    return _WISH.validate_python(job.wish)


def read_result(result: Mapping[str, Any]) -> Backtest | None:
    """What came of a backtest that is done; None as long as it is not."""
    if "trial" not in result:
        return None
    trial = _TRIAL.validate_python(result["trial"])
    return Backtest(trial, result["days"], result["added"], result["removed"])


@dataclass(frozen=True, slots=True)
class _Found:
    """What the steps so far have found: items from the id ``first`` on were seen in the time asked for, those
    from ``end`` on are behind, and ``stop`` comes after the last of them."""

    first: int
    end: int
    stop: int
    matches: int = 0
    days: Mapping[str, int] = field(default_factory=dict)
    newest: Sequence[int] = ()
    added: int = 0
    removed: int = 0
    added_ids: Sequence[int] = ()
    removed_ids: Sequence[int] = ()

    def and_(self, end: int, new: Sequence[Read], old: Sequence[Read]) -> _Found:
        """With what the items down to the id ``end`` have brought."""
        now, before = {each.id for each in new}, {each.id for each in old}
        added = sorted(now - before, reverse=True)
        removed = sorted(before - now, reverse=True)
        counted = Counter(each.news_at.date().isoformat() for each in new)
        return replace(
            self,
            end=end,
            matches=self.matches + len(new),
            days=dict(Counter(self.days) + counted),
            newest=[*self.newest, *sorted(now, reverse=True)][:SAMPLES],
            added=self.added + len(added),
            removed=self.removed + len(removed),
            added_ids=[*self.added_ids, *added][:CHANGES_KEPT],
            removed_ids=[*self.removed_ids, *removed][:CHANGES_KEPT],
        )


def begin(engine: Engine, languages: Sequence[str]) -> Callable[[Job], Take]:
    """How such a job is done. It writes nothing but its result."""

    def begun(job: Job) -> Take:
        wish = read_wish(job)
        now = job.created_at
        since = now - timedelta(days=wish.days)

        def take(result: Mapping[str, Any]) -> Save:
            with reading(engine) as tx:
                found = _Found(**result) if result else _beginning(archive.reach(tx, since))
                whole = found.stop - found.first
                if found.end > found.first:
                    known = concepts_in_force(tx, languages)
                    end = max(found.first, found.end - AT_ONCE)
                    among = range(end, found.end)
                    new = _matching(tx, known, wish.rule, since, now, among)
                    old = _matching(tx, known, wish.before, since, now, among) if wish.before else new
                    found = found.and_(end, new, old)
                    step = Step(found.stop - end, whole, asdict(found), over=False)
                    return lambda _: step
            told = _told(engine, wish, found, now, languages)
            return lambda _: Step(whole, whole, told, over=True)

        return take

    return begun


def _beginning(reach: Ids) -> _Found:
    return _Found(reach.start, reach.stop, reach.stop)


def _matching(
    tx: Connection, known: Concepts, rule: Rule, since: datetime, now: datetime, among: Ids
) -> list[Read]:
    node, index = parse(rule.query), RuleIndex((rule,), known)
    ids = archive.find(tx, sought(tx, rule, node, known), since, after(now), among)
    read = words(tx, ids, node)
    matched = index.matches([each.item for each in read])
    return [each for each, rules in zip(read, matched, strict=True) if rules]


def _told(
    engine: Engine, wish: Wish, found: _Found, now: datetime, languages: Sequence[str]
) -> dict[str, Any]:
    """The whole result: what the steps have counted, and what it would have done lately."""
    lately = try_rule(engine, wish.rule, now=now, languages=languages, days=min(wish.days, _LATELY))
    with reading(engine) as tx:
        since = now - timedelta(days=wish.days)
        samples = lately.samples
        if not samples and found.newest:
            index = RuleIndex((wish.rule,), concepts_in_force(tx, languages))
            samples = explained(tx, archive.read(tx, found.newest), index)
        trial = replace(
            lately,
            since=since,
            items=archive.looked_at(tx, since, after(now))[0],
            matches=found.matches,
            per_day=series(
                {date.fromisoformat(day): n for day, n in found.days.items()},
                now,
                wish.days if found.stop > found.first else 0,
            ),
            samples=samples,
            against=wish.against,
            added=briefly(tx, archive.read(tx, found.added_ids)),
            removed=briefly(tx, archive.read(tx, found.removed_ids)),
        )
    dumped = _TRIAL.dump_python(trial, mode="json")
    return {"trial": dumped, "days": wish.days, "added": found.added, "removed": found.removed}
