"""The newest news of what a reader follows, told or not yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from alerts.store.following import Scope, matches_wanted
from alerts.store.schema import Match


def newest(
    tx: Connection, scopes: Sequence[Scope], since: datetime, limit: int
) -> dict[int, tuple[datetime, tuple[int, ...]]]:
    """Item → when it matched last and its matches, for the items that matched last: at most so many, newest
    first. Of each, the matches that one of the scopes wants."""
    wanted: dict[int, dict[int, datetime]] = {}
    for scope in scopes:
        lately = (matches_wanted(len(scope.situations)), Match.news, Match.matched_at >= since)
        last = func.max(Match.matched_at).label("last")
        items = select(Match.item_id, last).where(*lately).group_by(Match.item_id)
        top = items.order_by(last.desc(), Match.item_id.desc()).limit(limit).subquery()
        query = select(Match.item_id, Match.id, Match.matched_at).join(top, top.c.item_id == Match.item_id)
        for item_id, match_id, at in tx.execute(query.where(*lately), scope.named):
            wanted.setdefault(item_id, {})[match_id] = at
    newest_first = sorted(wanted, key=lambda item_id: (max(wanted[item_id].values()), item_id), reverse=True)
    return {
        item_id: (max(wanted[item_id].values()), tuple(sorted(wanted[item_id])))
        for item_id in newest_first[:limit]
    }
