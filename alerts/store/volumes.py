"""How much news there has been of what can be followed: stories, and the days and weeks that had some."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, case, cast, func, literal, select

from alerts.store.batches import batched
from alerts.store.following import Scope, matches_wanted
from alerts.store.schema import Item, Match, Rule
from alerts.store.signal_schema import StoryItem

WEEKS = 4

Counted = tuple[int, int, int]
"""Stories, days, weeks."""


def first_seen(tx: Connection) -> datetime | None:
    """When the first item was seen that is kept."""
    return tx.scalar(select(func.min(Item.seen_at)))


def rule_ids(tx: Connection, keys: Collection[str]) -> frozenset[int]:
    """The ids of those of the rules that are in force."""
    query = select(Rule.id).where(Rule.retired_at.is_(None))
    chunks = batched(sorted(keys))
    return frozenset(number for chunk in chunks for number in tx.scalars(query.where(Rule.key.in_(chunk))))


def _figures(now: datetime) -> tuple[ColumnElement[int], ...]:
    day = func.substr(cast(Match.matched_at, Text), 1, 10)
    back = [(Match.matched_at >= now - timedelta(weeks=week + 1), literal(week)) for week in range(WEEKS)]
    return (
        func.count(func.distinct(func.coalesce(StoryItem.story_id, -Match.item_id))),
        func.count(func.distinct(day)),
        func.count(func.distinct(case(*back))),
    )


def _lately(query: Select[*tuple[Any, ...]], now: datetime) -> Select[*tuple[Any, ...]]:
    joined = query.outerjoin(StoryItem, StoryItem.item_id == Match.item_id)
    return joined.where(Match.news, Match.matched_at >= now - timedelta(weeks=WEEKS))


def of_rules(tx: Connection, now: datetime) -> dict[str, Counted]:
    """Key of a rule in force → what it came to in the last ``WEEKS`` weeks; nothing for one without news."""
    query = _lately(select(Rule.key, *_figures(now)).join(Match, Match.rule_id == Rule.id), now)
    in_force = query.where(Rule.retired_at.is_(None)).group_by(Rule.key)
    return {key: (stories, days, weeks) for key, stories, days, weeks in tx.execute(in_force)}


def of_scope(tx: Connection, scope: Scope, now: datetime) -> Counted:
    """The same for all that one subscription follows, or would follow."""
    query = _lately(select(*_figures(now)).select_from(Match), now)
    row = tx.execute(query.where(matches_wanted(len(scope.situations))), scope.named).one()
    return row[0], row[1], row[2]
