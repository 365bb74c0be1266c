"""One time against another: how many stories matched a rule in it, and how well we looked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, Select, bindparam, case, func, select

from alerts.model import FeedState, Window
from alerts.store.batches import batched
from alerts.store.following import Scope, matches_wanted
from alerts.store.schema import Feed, Match, RuleVersion
from alerts.store.signal_schema import Exposure, StoryItem


@lru_cache(maxsize=64)
def _stories(situations: int) -> Select[int, int]:
    """The statement for a scope with so many situations; making it takes longer than executing it."""
    story = func.coalesce(StoryItem.story_id, -Match.item_id)
    return (
        select(Match.rule_id, func.count(func.distinct(story)))
        .outerjoin(StoryItem, StoryItem.item_id == Match.item_id)
        .where(
            # Twice the same, so that a database sees which index it can use.
            Match.rule_id.in_(bindparam("all_rules", expanding=True)),
            matches_wanted(situations),
            Match.news,
            Match.matched_at >= bindparam("since"),
            Match.matched_at < bindparam("until"),
        )
        .group_by(Match.rule_id)
    )


def stories(tx: Connection, scope: Scope, window: Window) -> dict[int, int]:
    """Rule id → stories of which news matched it in the window; an item of no story counts as one."""
    given = {"all_rules": sorted(scope.all_rule_ids), "since": window.since, "until": window.until}
    return {row[0]: row[1] for row in tx.execute(_stories(len(scope.situations)), given | scope.named)}


@dataclass(frozen=True, slots=True)
class Looked:
    """How well we looked for what a rule wants at some time: whether there was the rule, how many of today's
    feeds were read already, and of how many days we know that nothing came at all."""

    feeds: int
    of_feeds: int
    written: bool
    days: int
    dark_days: int


_FEEDS = select(
    func.count(), func.coalesce(func.sum(case((Feed.first_polled_at <= bindparam("since"), 1), else_=0)), 0)
).where(Feed.state == FeedState.ACTIVE, Feed.first_polled_at.is_not(None))
_WRITTEN = select(RuleVersion.rule_id).where(
    RuleVersion.number == 1,
    RuleVersion.created_at <= bindparam("since"),
    RuleVersion.rule_id.in_(bindparam("rules", expanding=True)),
)
_DARK = (
    select(Exposure.rule_id, func.count(), func.sum(case((Exposure.exposure <= 0, 1), else_=0)))
    .where(
        Exposure.day >= bindparam("since"),
        Exposure.day < bindparam("until"),
        Exposure.rule_id.in_(bindparam("rules", expanding=True)),
    )
    .group_by(Exposure.rule_id)
)


def looked(tx: Connection, rule_ids: Collection[int], window: Window) -> dict[int, Looked]:
    """Rule id → how well we looked during the window."""
    of_feeds, then = tx.execute(_FEEDS, {"since": window.since}).one()
    days_within = {"since": window.since.date(), "until": window.until.date()}
    old: set[int] = set()
    days: dict[int, tuple[int, int]] = {}
    for chunk in batched(sorted(rule_ids)):
        old.update(tx.scalars(_WRITTEN, {"since": window.since, "rules": chunk}))
        for rule_id, known, unlit in tx.execute(_DARK, days_within | {"rules": chunk}):
            days[rule_id] = (known, unlit)
    return {
        rule_id: Looked(then, of_feeds, rule_id in old, *days.get(rule_id, (0, 0))) for rule_id in rule_ids
    }
