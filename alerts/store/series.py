"""Series: how many stories matched a rule in a place on a day, what is usual there, and in how much news."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, text

from alerts.model import Lead
from alerts.store.batches import batched
from alerts.store.schema import Feed, Item, Match, RuleVersion, Source
from alerts.store.signal_schema import Exposure, Series, Sighting, StoryItem
from alerts.store.unit import insert_missing

_LOCK = 0x646179  # any number will do, as long as it stays the same

Name: TypeAlias = tuple[int, str]
"""A series: the id of a rule, and the key of a country or '' for everywhere."""


def midnight(day: date) -> datetime:
    """When a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)


# --- what is counted ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """News of a story matched a rule in a place."""

    rule_id: int
    place: str
    story_id: int
    match_id: int


def sight(tx: Connection, seen: Sequence[Seen], day: date) -> None:
    """Counts each story once per rule and place, on the day it first matched there."""
    rows = {
        (each.rule_id, each.place, each.story_id): {
            "rule_id": each.rule_id,
            "place": each.place,
            "story_id": each.story_id,
            "match_id": each.match_id,
            "day": day,
        }
        for each in seen
    }
    insert_missing(tx, Sighting, list(rows.values()))


def counts(tx: Connection, since: date) -> dict[Name, dict[date, int]]:
    """Stories of each day from then on, by series; only days with any."""
    query = (
        select(Sighting.rule_id, Sighting.place, Sighting.day, func.count())
        .where(Sighting.day >= since)
        .group_by(Sighting.rule_id, Sighting.place, Sighting.day)
    )
    found: dict[Name, dict[date, int]] = defaultdict(dict)
    for rule_id, place, day, count in tx.execute(query):
        found[rule_id, place][day] = count
    return found


def origins(tx: Connection, name: Name, since: date, until: date) -> int:
    """How many independent publishers told the stories of those days (both included)."""
    query = (
        select(func.count(func.distinct(StoryItem.origin)))
        .join(Sighting, Sighting.story_id == StoryItem.story_id)
        .where(*_of(name, since, until))
    )
    return tx.scalar(query) or 0


def _of(name: Name, since: date, until: date) -> tuple[ColumnElement[bool], ...]:
    rule_id, place = name
    return Sighting.rule_id == rule_id, Sighting.place == place, Sighting.day >= since, Sighting.day <= until


def leads(tx: Connection, name: Name, since: date, until: date, limit: int) -> tuple[Lead, ...]:
    """The stories of those days that most publishers tell, each by the item that made it count."""
    outlets = (
        select(func.count(func.distinct(StoryItem.family)))
        .where(StoryItem.story_id == Sighting.story_id)
        .scalar_subquery()
    )
    query = (
        select(Item.url, Item.title, Source.name, Item.language)
        .join(Match, Match.item_id == Item.id)
        .join(Sighting, Sighting.match_id == Match.id)
        .join(Feed, Feed.id == Item.feed_id)
        .join(Source, Source.id == Feed.source_id)
        .where(*_of(name, since, until))
        .order_by(outlets.desc(), Sighting.story_id.desc())
        .limit(limit)
    )
    return tuple(Lead(*row) for row in tx.execute(query))


def first_seen(tx: Connection, name: Name, since: date, until: date) -> datetime | None:
    """When the first of those stories met the rule there; the story itself may be older."""
    query = select(func.min(Match.matched_at)).join(Sighting, Sighting.match_id == Match.id)
    found: datetime | None = tx.scalar(query.where(*_of(name, since, until)))
    return found


# --- what was collected -------------------------------------------------------------------


def exposures(
    tx: Connection, since: date, rule_ids: Collection[int] | None = None
) -> dict[int, dict[date, float]]:
    """Rule id → day → exposure, of the days that are closed; only of these rules, when rules are named."""
    found: dict[int, dict[date, float]] = defaultdict(dict)
    query = select(Exposure.rule_id, Exposure.day, Exposure.exposure).where(Exposure.day >= since)
    if rule_ids is not None:
        query = query.where(Exposure.rule_id.in_(rule_ids))
    for rule_id, day, exposure in tx.execute(query):
        found[rule_id][day] = exposure
    return found


# --- what is usual ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """A series as it was left: days up to ``closed_day`` are in its ``state`` (plain JSON)."""

    name: Name
    version_id: int
    begun_day: date
    closed_day: date
    state: Any


def standing(tx: Connection) -> dict[Name, Standing]:
    query = select(
        Series.rule_id, Series.place, Series.version_id, Series.begun_day, Series.closed_day, Series.state
    )
    return {
        (row.rule_id, row.place): Standing(
            (row.rule_id, row.place), row.version_id, row.begun_day, row.closed_day, row.state
        )
        for row in tx.execute(query)
    }


def hold(tx: Connection) -> date | None:
    """Keeps others from closing days until the transaction ends; returns the last day that is closed.
    SQLite's writers wait for each other anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    return last_closed(tx)


def last_closed(tx: Connection) -> date | None:
    found: date | None = tx.scalar(select(func.max(Exposure.day)))
    return found


def watched_since(tx: Connection) -> date | None:
    """The first day of which anything was counted."""
    found: date | None = tx.scalar(select(func.min(Sighting.day)))
    return found


def close(tx: Connection, exposures: Mapping[int, Mapping[date, float]]) -> None:
    """Remembers what was collected for each rule (by id) on days that are over."""
    rows = [
        {"rule_id": rule_id, "day": day, "exposure": exposure}
        for rule_id, by_day in exposures.items()
        for day, exposure in by_day.items()
    ]
    if rows:
        tx.execute(insert(Exposure), rows)


def save(tx: Connection, changed: Sequence[Standing]) -> None:
    """Leaves series as they are now."""
    names = [each.name for each in changed]
    for rule_id in {rule for rule, _ in names}:
        places = [place for rule, place in names if rule == rule_id]
        tx.execute(delete(Series).where(Series.rule_id == rule_id, Series.place.in_(places)))
    if changed:
        tx.execute(
            insert(Series),
            [
                {
                    "rule_id": each.name[0],
                    "place": each.name[1],
                    "version_id": each.version_id,
                    "begun_day": each.begun_day,
                    "closed_day": each.closed_day,
                    "state": each.state,
                }
                for each in changed
            ],
        )


@dataclass(frozen=True, slots=True)
class Text:
    """What decides about a rule's matches: a new name or severity changes no counts. ``written`` is when."""

    query: str
    languages: tuple[str, ...]
    sources: tuple[str, ...]
    written: date = field(compare=False)


def texts(tx: Connection, version_ids: Collection[int]) -> dict[int, Text]:
    """By id of the version."""
    query = select(
        RuleVersion.id,
        RuleVersion.query,
        RuleVersion.languages,
        RuleVersion.sources,
        RuleVersion.created_at,
    )
    return {
        row.id: Text(row.query, row.languages, row.sources, row.created_at.date())
        for chunk in batched(sorted(version_ids))
        for row in tx.execute(query.where(RuleVersion.id.in_(chunk)))
    }


def forget_from(tx: Connection, day: date) -> None:
    """What a clock that was ahead has closed, and every state: they are learned again from the counts."""
    tx.execute(delete(Exposure).where(Exposure.day >= day))
    tx.execute(delete(Series))


def forget_other_texts(tx: Connection, begun: Mapping[int, date]) -> None:
    """The exposures of days before a rule had its present text are in another unit."""
    oldest = {
        row[0]: row[1]
        for row in tx.execute(select(Exposure.rule_id, func.min(Exposure.day)).group_by(Exposure.rule_id))
    }
    for rule_id, day in begun.items():
        if oldest.get(rule_id, day) < day:
            tx.execute(delete(Exposure).where(Exposure.rule_id == rule_id, Exposure.day < day))


def forget_before(tx: Connection, day: date) -> None:
    """What is older than any page or call looks at. The newest exposures stay: they say what is closed."""
    tx.execute(delete(Exposure).where(Exposure.day < day, Exposure.day < (last_closed(tx) or day)))
    tx.execute(delete(Sighting).where(Sighting.day < day))
