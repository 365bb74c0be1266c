"""What readers say about what they were sent: that it was not relevant to them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from alerts.store.batches import batched
from alerts.store.face_schema import Judgement
from alerts.store.mail_schema import Told
from alerts.store.schema import Match
from alerts.store.unit import insert_missing


def told(tx: Connection, digest_id: int, item_id: int) -> tuple[int, ...]:
    """The matches of that item that the digest told."""
    query = select(Match.id).join(Told, Told.match_id == Match.id)
    return tuple(tx.scalars(query.where(Told.digest_id == digest_id, Match.item_id == item_id)))


def judge(tx: Connection, subscriber_id: int, match_ids: Collection[int], at: datetime) -> None:
    """These were not relevant to that reader."""
    row = {"subscriber_id": subscriber_id, "at": at}
    insert_missing(tx, Judgement, [row | {"match_id": each} for each in match_ids])


def take_back(tx: Connection, subscriber_id: int, match_ids: Collection[int]) -> None:
    """These were relevant after all."""
    mine = (Judgement.subscriber_id == subscriber_id, Judgement.match_id.in_(match_ids))
    tx.execute(delete(Judgement).where(*mine))


def judged_items(tx: Connection, subscriber_id: int, digest_id: int) -> frozenset[int]:
    """The items of a digest of which the reader said so."""
    query = (
        select(Match.item_id)
        .join(Told, Told.match_id == Match.id)
        .join(Judgement, Judgement.match_id == Match.id)
        .where(Told.digest_id == digest_id, Judgement.subscriber_id == subscriber_id)
    )
    return frozenset(tx.scalars(query))


def counts_by_rule(tx: Connection, rule_ids: Collection[int]) -> dict[int, int]:
    """Rule → how many readers said so of a match of it; nothing for a rule of which nobody did."""
    readers = func.count(func.distinct(Judgement.subscriber_id))
    query = select(Match.rule_id, readers).join(Match, Match.id == Judgement.match_id).group_by(Match.rule_id)
    return {
        rule_id: number
        for chunk in batched(sorted(rule_ids))
        for rule_id, number in tx.execute(query.where(Match.rule_id.in_(chunk)))
    }
