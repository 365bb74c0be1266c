"""What the last hours brought: matches, mails, and what people did. Read newest first and only so far, so
that it takes no longer when there is more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select

from alerts.model import Cadence, DeliveryState
from alerts.store import audit
from alerts.store.audit import Event
from alerts.store.face_schema import OwnRule
from alerts.store.mail_schema import Delivery, DigestRow, Subscription
from alerts.store.matches import MatchOf
from alerts.store.own_rules import MAY_BE_TOLD
from alerts.store.schema import AuditEvent, Match
from alerts.store.signal_schema import StoryItem


def matched(tx: Connection, since: datetime, limit: int) -> tuple[tuple[MatchOf, ...], bool]:
    """The news that matched rules of everybody's since then, newest first; and whether that is all of it: of
    all matches the newest ``limit`` are looked at. What readers look for on their own is theirs alone."""
    everybodys = and_(Match.news, OwnRule.rule_id.is_(None))
    query = (
        select(
            Match.id,
            Match.item_id,
            Match.rule_id,
            Match.matched_at,
            StoryItem.story_id,
            everybodys.label("told"),
        )
        .outerjoin(OwnRule, OwnRule.rule_id == Match.rule_id)
        .outerjoin(StoryItem, StoryItem.item_id == Match.item_id)
        .order_by(Match.id.desc())
        .limit(limit)
    )
    rows = tx.execute(query).all()
    found = tuple(MatchOf(*row[:5]) for row in rows if row.told and row.matched_at >= since)
    return found, len(rows) < limit or rows[-1].matched_at < since


def deliveries(tx: Connection, since: datetime, limit: int) -> tuple[dict[DeliveryState, int], bool]:
    """How many of the mails that were made since then stand in each state; and whether that is all of them:
    the newest ``limit`` are counted."""
    newest = select(Delivery.state, Delivery.created_at).order_by(Delivery.id.desc()).limit(limit).subquery()
    counted = select(newest.c.state, func.count()).where(newest.c.created_at >= since)
    found = {row[0]: row[1] for row in tx.execute(counted.group_by(newest.c.state))}
    return found, sum(found.values()) < limit


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mail that did not go as it should; ``cadence`` is None for a letter about the service itself,
    ``own`` is as the outbox has it."""

    id: int
    address: str
    state: DeliveryState
    reason: str
    subject: str
    attempts: int
    created_at: datetime
    send_after: datetime | None
    cadence: Cadence | None
    own: bool


def troubles(
    tx: Connection, states: Collection[DeliveryState], since: datetime, limit: int
) -> tuple[Trouble, ...]:
    """The newest mails in one of these states that were made since then, in the order of the states."""
    query: Any = (
        select(
            Delivery.id,
            Delivery.address,
            Delivery.state,
            func.coalesce(Delivery.reason, ""),
            func.coalesce(Delivery.subject, ""),
            Delivery.attempts,
            Delivery.created_at,
            Delivery.send_after,
            Subscription.cadence,
            MAY_BE_TOLD,
        )
        .outerjoin(DigestRow, DigestRow.id == Delivery.digest_id)
        .outerjoin(Subscription, Subscription.id == DigestRow.subscription_id)
        .where(Delivery.created_at >= since)
        .order_by(Delivery.id.desc())
    )
    found: list[Trouble] = []
    for state in states:
        if len(found) < limit:
            rows = tx.execute(query.where(Delivery.state == state).limit(limit - len(found)))
            found += (Trouble(*row) for row in rows)
    return tuple(found)


def done_by_others(
    tx: Connection, actor: str, since: datetime, but: Collection[str], limit: int
) -> tuple[Event, ...]:
    """The newest audit events of others since then, without certain actions, newest first."""
    query = (
        select(*audit.COLUMNS)
        .where(AuditEvent.at > since, AuditEvent.actor != actor, AuditEvent.action.not_in(but))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(limit)
    )
    return tuple(Event(*row) for row in tx.execute(query))
