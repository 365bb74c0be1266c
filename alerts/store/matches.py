"""Matches: item × rule, once, with the version that made it and its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select

from alerts import model
from alerts.model import DeliveryState, Hit, RuleName
from alerts.store import items
from alerts.store.batches import batched
from alerts.store.face_schema import OwnRule
from alerts.store.mail_schema import Delivery, Told
from alerts.store.schema import Feed, Item, Match, Rule, RuleVersion, Source
from alerts.store.signal_schema import MatchPlace, StoryItem


@dataclass(frozen=True, slots=True)
class NewMatch:
    """One hit on a saved item, before it has a row. ``news`` says whether it may be mailed; ``places`` are
    the countries that the item names, ``about`` those that it is about."""

    item_id: int
    item: model.Item
    hit: Hit
    news: bool
    places: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedMatch:
    """A match that has just got its row."""

    id: int
    rule_id: int
    item_id: int
    item: model.Item
    hit: Hit
    news: bool
    places: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


def save(tx: Connection, new: Sequence[NewMatch], now: datetime) -> tuple[SavedMatch, ...]:
    """Saves matches; those whose item and rule already met are left as they were and not returned."""
    if not new:
        return ()
    versions = {match.hit.rule.version for match in new}
    rule_of = {
        row.id: row.rule_id
        for row in tx.execute(select(RuleVersion.id, RuleVersion.rule_id).where(RuleVersion.id.in_(versions)))
    }
    item_ids = {match.item_id for match in new}
    known = {
        (row.item_id, row.rule_id)
        for chunk in batched(sorted(item_ids))
        for row in tx.execute(select(Match.item_id, Match.rule_id).where(Match.item_id.in_(chunk)))
    }
    fresh = {
        (match.item_id, rule_of[match.hit.rule.version]): match
        for match in new
        if (match.item_id, rule_of[match.hit.rule.version]) not in known
    }
    if not fresh:
        return ()
    rows = [
        {
            "item_id": item_id,
            "rule_id": rule_id,
            "rule_version_id": match.hit.rule.version,
            "matched_at": now,
            "news": match.news,
            "evidence": match.hit.evidence,
        }
        for (item_id, rule_id), match in fresh.items()
    ]
    made = tx.execute(insert(Match).returning(Match.id, Match.item_id, Match.rule_id), rows)
    saved = tuple(
        SavedMatch(
            row.id,
            row.rule_id,
            match.item_id,
            match.item,
            match.hit,
            match.news,
            match.places,
            match.about,
        )
        for row in made
        for match in (fresh[row.item_id, row.rule_id],)
    )
    places = [{"match_id": match.id, "place": place} for match in saved for place in match.places]
    if places:
        tx.execute(insert(MatchPlace), places)
    return saved


_COLUMNS = (
    Match.id.label("match_id"),
    Match.evidence,
    Rule.key.label("rule_key"),
    RuleVersion.name.label("rule_name"),
    RuleVersion.severity,
)


def load(tx: Connection, ids: Sequence[int]) -> tuple[model.Match, ...]:
    """Matches with the words of their items, as composition reads them, in the order of their ids.

    A window may hold more than one statement can name.
    """
    ordered = sorted(ids)
    return tuple(match for chunk in batched(ordered) for match in _load(tx, chunk))


_THESE = (
    select(*_COLUMNS, *items.COLUMNS)
    .join(RuleVersion, RuleVersion.id == Match.rule_version_id)
    .join(Rule, Rule.id == Match.rule_id)
    .join(Item, Item.id == Match.item_id)
    .join(Feed, Feed.id == Item.feed_id)
    .join(Source, Source.id == Feed.source_id)
    .where(Match.id.in_(bindparam("these", expanding=True)))
    .order_by(Match.id)
)


def _load(tx: Connection, ids: Sequence[int]) -> tuple[model.Match, ...]:
    return tuple(
        model.Match(
            id=row.match_id,
            item_id=row.id,
            rule=RuleName(row.rule_key, row.rule_name, row.severity),
            item=items.as_item(row),
            evidence=row.evidence,
            seen_at=row.seen_at,
        )
        for row in tx.execute(_THESE, {"these": ids})
    )


def latest(tx: Connection, limit: int = 50) -> tuple[model.Match, ...]:
    """The newest matches, newest first."""
    ids = tuple(tx.scalars(select(Match.id).order_by(Match.id.desc()).limit(limit)))
    return tuple(reversed(load(tx, ids)))


@dataclass(frozen=True, slots=True)
class MatchOf:
    """A match by its ids, and when it was made; without a story for an item from before there were any."""

    match_id: int
    item_id: int
    rule_id: int
    matched_at: datetime
    story_id: int | None


def of_story(tx: Connection, story_id: int, limit: int) -> tuple[MatchOf, ...]:
    """The newest matches of a story with rules of everybody's, newest first."""
    query = (
        select(Match.id, Match.item_id, Match.rule_id, Match.matched_at, StoryItem.story_id)
        .join(StoryItem, StoryItem.item_id == Match.item_id)
        .outerjoin(OwnRule, OwnRule.rule_id == Match.rule_id)
        .where(StoryItem.story_id == story_id, OwnRule.rule_id.is_(None))
        .order_by(Match.id.desc())
        .limit(limit)
    )
    return tuple(MatchOf(*row) for row in tx.execute(query))


def of_item(tx: Connection, item_id: int, *, own: bool) -> tuple[int, ...]:
    """The ids of the matches of an item; those with rules that readers wrote for themselves only if asked."""
    query = select(Match.id).where(Match.item_id == item_id).order_by(Match.id)
    if not own:
        query = query.where(Match.rule_id.not_in(select(OwnRule.rule_id)))
    return tuple(tx.scalars(query))


@dataclass(frozen=True, slots=True)
class Found:
    """A match as "why?" looks it up, with the countries that its item is about."""

    id: int
    item_id: int
    rule_id: int
    matched_at: datetime
    news: bool
    places: tuple[str, ...]


def of(tx: Connection, item_id: int, rule_key: str) -> Found | None:
    """The match of one item with one rule."""
    query = select(Match.id, Match.item_id, Match.rule_id, Match.matched_at, Match.news).join(
        Rule, Rule.id == Match.rule_id
    )
    row = tx.execute(query.where(Match.item_id == item_id, Rule.key == rule_key)).first()
    if row is None:
        return None
    places = select(MatchPlace.place).where(MatchPlace.match_id == row.id).order_by(MatchPlace.place)
    return Found(*row, tuple(tx.scalars(places)))


def places_of(tx: Connection, item_id: int) -> tuple[str, ...]:
    """The keys of the countries that an item is about, as far as it matched."""
    query = select(MatchPlace.place).distinct().join(Match, Match.id == MatchPlace.match_id)
    return tuple(tx.scalars(query.where(Match.item_id == item_id).order_by(MatchPlace.place)))


def mails_of(tx: Connection, match_ids: Sequence[int]) -> dict[int, dict[DeliveryState, int]]:
    """Match id → how many of the mails that tell it stand in each state."""
    query = (
        select(Told.match_id, Delivery.state, func.count())
        .join(Delivery, Delivery.digest_id == Told.digest_id)
        .where(Told.match_id.in_(match_ids))
        .group_by(Told.match_id, Delivery.state)
    )
    found: dict[int, dict[DeliveryState, int]] = {}
    for match_id, state, number in tx.execute(query):
        found.setdefault(match_id, {})[state] = number
    return found


@dataclass(frozen=True, slots=True)
class Telling:
    """The delivery in which a match was told to a subscription."""

    delivery_id: int
    message_id: str
    state: DeliveryState
    reason: str | None
    created_at: datetime
    sent_at: datetime | None


_TELLING = (
    Delivery.id,
    Delivery.message_id,
    Delivery.state,
    Delivery.reason,
    Delivery.created_at,
    Delivery.sent_at,
)


def told(tx: Connection, match_id: int, subscription_ids: Sequence[int]) -> dict[int, Telling]:
    """Subscription id → the delivery that tells it the match, for those of these that were told."""
    query = (
        select(Told.subscription_id, *_TELLING)
        .join(Delivery, Delivery.digest_id == Told.digest_id)
        .where(Told.match_id == match_id)
    )
    return {
        row[0]: Telling(*row[1:])
        for chunk in batched(subscription_ids)
        for row in tx.execute(query.where(Told.subscription_id.in_(chunk)))
    }
