"""What people made of stories: seen to, muted, open again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, or_, select, update

from alerts.model import StoryState
from alerts.store.batches import batched
from alerts.store.face_schema import Acknowledgement
from alerts.store.schema import Match
from alerts.store.signal_schema import StoryItem
from alerts.store.unit import insert_missing

SILENCED = or_(Acknowledgement.state == StoryState.MUTED, Match.matched_at < Acknowledgement.unmuted_at)
"""Whether no alert tells a match: its story is muted, or was when it matched or was held back."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What somebody made of a story. ``unmuted_at`` is when it was muted last until, None if it never was or
    is."""

    state: StoryState
    by: str
    reason: str
    at: datetime
    unmuted_at: datetime | None


_STAND = (
    Acknowledgement.state,
    Acknowledgement.by,
    Acknowledgement.reason,
    Acknowledgement.at,
    Acknowledgement.unmuted_at,
)


def put(tx: Connection, story_id: int, state: StoryState, *, by: str, reason: str, now: datetime) -> None:
    """What somebody makes of a story from now on, whatever it was before. The story has to exist."""
    made = {"state": state, "by": by, "reason": reason, "at": now}
    insert_missing(tx, Acknowledgement, [{"story_id": story_id, **made}])
    if state is not StoryState.MUTED:
        was_muted = Acknowledgement.state == StoryState.MUTED
        made["unmuted_at"] = case((was_muted, now), else_=Acknowledgement.unmuted_at)
    tx.execute(update(Acknowledgement).where(Acknowledgement.story_id == story_id).values(made))


def of_stories(tx: Connection, story_ids: Collection[int]) -> dict[int, Stand]:
    """Story id → what was made of it, for those of which anything was."""
    query = select(Acknowledgement.story_id, *_STAND)
    return {
        row[0]: Stand(*row[1:])
        for chunk in batched(sorted(story_ids))
        for row in tx.execute(query.where(Acknowledgement.story_id.in_(chunk)))
    }


def silenced(tx: Connection, match_ids: Collection[int]) -> dict[int, Stand]:
    """Those of the matches that no alert tells because of what was made of their stories, with that."""
    query = (
        select(Match.id, *_STAND)
        .join(StoryItem, StoryItem.item_id == Match.item_id)
        .join(Acknowledgement, Acknowledgement.story_id == StoryItem.story_id)
        .where(SILENCED)
    )
    return {
        row[0]: Stand(*row[1:])
        for chunk in batched(sorted(match_ids))
        for row in tx.execute(query.where(Match.id.in_(chunk)))
    }
