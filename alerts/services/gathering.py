"""What a window holds for one subscription, frozen as the digest that tells it. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from alerts.digests.build import MOST_ENTRIES, Voices, build
from alerts.model import Digest, Window
from alerts.store import digests, feeds, following, matches, rules, signals, stories, subscribers


@dataclass(frozen=True, slots=True)
class Gathered:
    """The digest of a window and the ids of all it tells."""

    digest: Digest
    match_ids: tuple[int, ...]
    surge_ids: tuple[int, ...]
    assessment_ids: tuple[int, ...]

    @property
    def tells(self) -> bool:
        return bool(self.match_ids or self.surge_ids or self.assessment_ids)


def gather(
    tx: Connection, order: subscribers.Order, window: Window, now: datetime, due_at: datetime | None
) -> Gathered:
    """The digest of a window as it would be told now; changes nothing.

    Only the items that fit into a digest are read with their words; the others are counted.
    """
    scope = following.scope_of(tx, order.id)
    untold = digests.untold(tx, order.id, scope, order.started_at, window)
    item_ids = list(dict.fromkeys(each.item_id for each in untold))
    shown = set(item_ids[:MOST_ENTRIES])
    told = matches.load(tx, [each.match_id for each in untold if each.item_id in shown])
    since = max(order.started_at, window.since - digests.SLACK)
    surges = signals.untold_surges(tx, order.id, scope, order.surge_level, since, window.until)
    turned = signals.untold_assessments(tx, order.id, scope.situation_ids, since, window.until)
    names = rules.names(tx, scope.rule_ids | {each.rule_id for each in surges})
    digest = build(
        order.cadence,
        window,
        told,
        sorted(names.values(), key=lambda rule: rule.key),
        feeds.coverage(tx, window.since),
        now,
        due_at,
        total=len(item_ids),
        voices=_voices(tx, item_ids[:MOST_ENTRIES]),
    )
    digest = replace(
        digest,
        surges=tuple(each.surge for each in surges),
        assessments=tuple(each.assessment for each in turned),
        situations=tuple(each.situation.name for each in scope.situations),
    )
    return Gathered(
        digest,
        tuple(each.match_id for each in untold),
        tuple(each.id for each in surges),
        tuple(each.id for each in turned),
    )


def _voices(tx: Connection, item_ids: Sequence[int]) -> dict[int, Voices]:
    story_of = {kept.item_id: kept.story_id for kept in stories.of_items(tx, item_ids)}
    tallies = stories.tallies(tx, set(story_of.values()))
    return {
        item_id: Voices(tallies[story].outlets, tallies[story].origins) for item_id, story in story_of.items()
    }
