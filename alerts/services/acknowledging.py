"""Seeing to a story: somebody has it in hand, wants no further alert of it, or gives it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from alerts.errors import BadInput, NotFound
from alerts.model import StoryState
from alerts.store import acknowledgements, audit, stories
from alerts.store.unit import writing

LONGEST_REASON = 500
"""Characters of why a story is seen to or muted."""

_ACTIONS = {
    StoryState.OPEN: "story reopened",
    StoryState.ACKNOWLEDGED: "story acknowledged",
    StoryState.MUTED: "story muted",
}


def see_to(
    engine: Engine, story_id: int, state: StoryState, *, by: str, reason: str = "", now: datetime
) -> None:
    """Records what somebody makes of a story. Muting holds for every rule, whatever its severity, and only
    for this story: a new one alerts as ever. Nothing is mailed by it.

    Raises NotFound, and BadInput for muting without a reason: readers are kept from something.
    """
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if state is StoryState.MUTED and not reason:
        raise BadInput("say why: readers get no further alert of this story")
    with writing(engine) as tx:
        if not stories.exists(tx, story_id):
            raise NotFound(f"there is no story {story_id}")
        acknowledgements.put(tx, story_id, state, by=by, reason=reason, now=now)
        audit.record(tx, at=now, actor=by, action=_ACTIONS[state], subject=f"story {story_id}", detail=reason)
