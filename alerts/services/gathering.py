"""What a window holds for one subscription, frozen as the digest that tells it. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from alerts.digests.build import build
from alerts.model import Cadence, Digest, Window
from alerts.rules.labels import labelled
from alerts.services.weighing import Shared, compare, weigh
from alerts.store import (
    acknowledgements,
    digests,
    following,
    matches,
    rules,
    signals,
    subscribers,
    tellers,
)


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
    tx: Connection,
    order: subscribers.Order,
    window: Window,
    now: datetime,
    due_at: datetime | None,
    shared: Shared,
) -> Gathered:
    """The digest of a window as it would be told now; changes nothing but what is ``shared`` with others.

    Only what tells the stories that fit into a digest is read with its words; the rest is counted.
    """
    since, until = _reach(order, window)
    scope = following.scope_of(tx, order.id, since)  # what a rule found before it was retired is told
    untold = digests.untold(tx, order.id, scope, since, until)
    if order.cadence is Cadence.IMMEDIATE:
        untold = _for_alerts(tx, order.id, untold)
    surges = signals.untold_surges(tx, order.id, scope, order.surge_level, since, until)
    turned = signals.untold_assessments(tx, order.id, scope.situation_ids, since, until)
    surging = {each.rule_id for each in surges}
    names = rules.names(tx, scope.all_rule_ids | {each.rule_id for each in untold} | surging)
    asked = scope.rule_ids | surging
    weighed = weigh(tx, untold, names, window.since, shared)
    digest = build(
        order.cadence,
        window,
        matches.load(tx, weighed.match_ids),
        sorted((names[rule_id] for rule_id in asked & names.keys()), key=lambda rule: rule.key),
        shared.coverage_since(tx, window.since),
        now,
        due_at,
        total=weighed.total,
        items=len({each.item_id for each in untold}),
        voices=weighed.voices,
        counts=() if order.cadence is Cadence.IMMEDIATE else compare(tx, scope, window, weighed, names),
    )
    digest = replace(
        labelled(digest, shared.labels_in_force(tx)),
        surges=tuple(each.surge for each in surges),
        assessments=tuple(each.assessment for each in turned),
        situations=tuple(each.situation.name for each in scope.situations),
        held_since=window.since if order.cadence is Cadence.IMMEDIATE else None,
    )
    return Gathered(
        digest,
        tuple(each.match_id for each in untold),
        tuple(each.id for each in surges),
        tuple(each.id for each in turned),
    )


def _reach(order: subscribers.Order, window: Window) -> tuple[datetime, datetime]:
    """From when and until when news is looked for. A match whose transaction was still open when the last
    window closed is told in the next one. Alerts that were held begin with the first of them and have no end:
    no other window comes that could tell what another machine's clock puts a moment later."""
    if order.cadence is Cadence.IMMEDIATE:
        return max(order.started_at, window.since), window.until + digests.SLACK
    return max(order.started_at, window.since - digests.SLACK), window.until


def _for_alerts(
    tx: Connection, subscription_id: int, untold: Sequence[digests.Untold]
) -> tuple[digests.Untold, ...]:
    """Without what joined in silence a story that an alert had told for the same rule, and without what is
    of a story that somebody muted."""
    story_of = tellers.stories_of(tx, {each.item_id for each in untold})
    known = digests.told_before(tx, set(story_of.values()))
    silenced = acknowledgements.silenced(tx, {each.match_id for each in untold})
    return tuple(
        each
        for each in untold
        if each.match_id not in silenced
        and (subscription_id, story_of.get(each.item_id, 0), each.rule_id) not in known
    )
