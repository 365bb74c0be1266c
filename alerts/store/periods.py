"""One time against another: how many stories matched a rule in it, and how well we looked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, func, select

from alerts.model import FeedState, Window
from alerts.store.batches import batched
from alerts.store.following import Scope
from alerts.store.schema import Feed, Match, RuleVersion
from alerts.store.signal_schema import Exposure, StoryItem


def stories(tx: Connection, scope: Scope, window: Window) -> dict[int, int]:
    """Rule id → stories of which news matched it in the window; an item of no story counts as one."""
    story = func.coalesce(StoryItem.story_id, -Match.item_id)
    query = (
        select(Match.rule_id, func.count(func.distinct(story)))
        .outerjoin(StoryItem, StoryItem.item_id == Match.item_id)
        .where(
            # Twice the same, so that a database sees which index it can use.
            Match.rule_id.in_(scope.all_rule_ids),
            scope.matches,
            Match.news,
            Match.matched_at >= window.since,
            Match.matched_at < window.until,
        )
        .group_by(Match.rule_id)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


@dataclass(frozen=True, slots=True)
class Looked:
    """How well we looked for what a rule wants at some time: whether there was the rule, how many of today's
    feeds were read already, and of how many days we know that nothing came at all."""

    feeds: int
    of_feeds: int
    written: bool
    days: int
    dark_days: int


def looked(tx: Connection, rule_ids: Collection[int], window: Window) -> dict[int, Looked]:
    """Rule id → how well we looked during the window."""
    feeds = select(
        func.count(), func.coalesce(func.sum(case((Feed.first_polled_at <= window.since, 1), else_=0)), 0)
    ).where(Feed.state == FeedState.ACTIVE, Feed.first_polled_at.is_not(None))
    of_feeds, then = tx.execute(feeds).one()
    written = select(RuleVersion.rule_id).where(
        RuleVersion.number == 1, RuleVersion.created_at <= window.since
    )
    within = and_(Exposure.day >= window.since.date(), Exposure.day < window.until.date())
    dark = select(Exposure.rule_id, func.count(), func.sum(case((Exposure.exposure <= 0, 1), else_=0))).where(
        within
    )
    old: set[int] = set()
    days: dict[int, tuple[int, int]] = {}
    for chunk in batched(sorted(rule_ids)):
        old.update(tx.scalars(written.where(RuleVersion.rule_id.in_(chunk))))
        for rule_id, known, unlit in tx.execute(
            dark.where(Exposure.rule_id.in_(chunk)).group_by(Exposure.rule_id)
        ):
            days[rule_id] = (known, unlit)
    return {
        rule_id: Looked(then, of_feeds, rule_id in old, *days.get(rule_id, (0, 0))) for rule_id in rule_ids
    }
