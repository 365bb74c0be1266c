"""The kept items page by page, the last found first, narrowed by what they have in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, false, func, select

from alerts.store import archive
from alerts.store.batches import batched
from alerts.store.face_schema import OwnRule
from alerts.store.schema import Feed, Item, Match, Rule, RuleVersion, Source


@dataclass(frozen=True, slots=True)
class Facets:
    """What items are to have in common; '' is anything. ``language`` as it is kept, ``source`` by its name,
    ``rule`` by its key; ``since`` is when they were news at the earliest."""

    kind: str = ""
    region: str = ""
    language: str = ""
    source: str = ""
    rule: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shelved:
    """An item by what it can be counted by."""

    id: int
    feed_id: int
    language: str
    kind: str
    region: str


_SHELVED = (
    Item.id,
    Item.feed_id,
    Item.language,
    func.coalesce(Item.kind, "").label("kind"),
    func.coalesce(Item.region, "").label("region"),
)


def narrowed(tx: Connection, facets: Facets) -> list[ColumnElement[bool]]:
    """What has to be true of an item. Rules of readers' own match nothing here."""
    wanted: list[ColumnElement[bool]] = [Item.emptied_at.is_(None)]
    if facets.kind:
        wanted.append(Item.kind == facets.kind)
    if facets.region:
        wanted.append(Item.region == facets.region)
    if facets.language:
        wanted.append(Item.language == facets.language)
    if facets.source:
        of_source = select(Feed.id).join(Source, Source.id == Feed.source_id)
        feed_ids = tx.scalars(of_source.where(Source.name == facets.source)).all()
        wanted.append(Item.feed_id.in_(feed_ids) if feed_ids else false())
    if facets.rule:
        everybodys = Rule.id.not_in(select(OwnRule.rule_id))
        rule_id = tx.scalar(select(Rule.id).where(Rule.key == facets.rule, everybodys))
        wanted.append(Item.id.in_(select(Match.item_id).where(Match.rule_id == rule_id)))
    if facets.since is not None:
        among = archive.reach(tx, facets.since)
        wanted += [Item.id >= among.start, archive.news_at >= facets.since] if among else [false()]
    return wanted


def newest(
    tx: Connection, wanted: Sequence[ColumnElement[bool]], before: int | None, limit: int
) -> tuple[Shelved, ...]:
    """The last found of the items of which all this is true; of those before one of them, if its id is
    given."""
    query = select(*_SHELVED).where(*wanted).order_by(Item.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Item.id < before)
    return tuple(Shelved(*row) for row in tx.execute(query))


def among(tx: Connection, wanted: Sequence[ColumnElement[bool]], ids: Sequence[int]) -> tuple[Shelved, ...]:
    """Those of some hundred items of which all this is true, the last found first."""
    query = select(*_SHELVED).where(*wanted, Item.id.in_(ids)).order_by(Item.id.desc())
    return tuple(Shelved(*row) for row in tx.execute(query))


def end(tx: Connection) -> int:
    """The id after the last one."""
    return (tx.scalar(select(func.max(Item.id))) or 0) + 1


def source_names(tx: Connection, feed_ids: Collection[int]) -> dict[int, str]:
    """Feed id → the name of its source."""
    query = select(Feed.id, Source.name).join(Source, Source.id == Feed.source_id)
    return {
        row[0]: row[1]
        for chunk in batched(sorted(feed_ids))
        for row in tx.execute(query.where(Feed.id.in_(chunk)))
    }


def rules_of(tx: Connection, item_ids: Sequence[int]) -> dict[tuple[str, str], int]:
    """Key and name of each rule of everybody's that matched some of the items → how many of them."""
    counted: dict[int, int] = {}
    query = select(Match.rule_id, func.count()).group_by(Match.rule_id)
    for chunk in batched(item_ids):
        for rule_id, number in tx.execute(query.where(Match.item_id.in_(chunk))):
            counted[rule_id] = counted.get(rule_id, 0) + number
    text = (RuleVersion.rule_id == Rule.id) & (RuleVersion.number == Rule.number)
    names = select(Rule.id, Rule.key, RuleVersion.name).join(RuleVersion, text)
    names = names.where(Rule.id.not_in(select(OwnRule.rule_id)))
    return {
        (row.key, row.name): counted[row.id]
        for chunk in batched(sorted(counted))
        for row in tx.execute(names.where(Rule.id.in_(chunk)))
    }


def matches_of(tx: Connection, item_ids: Sequence[int]) -> tuple[int, ...]:
    """The ids of the matches of some items with rules of everybody's."""
    query = select(Match.id).where(Match.rule_id.not_in(select(OwnRule.rule_id)))
    return tuple(
        match_id
        for chunk in batched(item_ids)
        for match_id in tx.scalars(query.where(Match.item_id.in_(chunk)))
    )
