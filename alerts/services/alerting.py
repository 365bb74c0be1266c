"""Saying it at once: one alert for each story and subscription, in the transaction that saves the matches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from alerts.digests.build import Voices, build
from alerts.model import Cadence, Digest, Match, RuleName, Severity, Window
from alerts.rules.labels import labelled
from alerts.services.holding import Gate, Telling
from alerts.services.weighing import Shared, labels_in_force, voices
from alerts.store import acknowledgements, digests, following, matches


def alert(
    tx: Connection,
    saved: Sequence[matches.SavedMatch],
    story_of: Mapping[int, int],
    telling: Telling,
    now: datetime,
) -> tuple[int, ...]:
    """Puts one alert per story and subscription into the outbox, in the transaction that saves the matches.
    Returns the delivery ids.

    What a subscription was told of a story for a rule it is not told again: later items of the story join
    in silence, until one matches another rule; that alert answers the first one of the story. ``story_of``
    has the story of each item. What the reader does not want now is held (``services.holding``); a story that
    somebody muted is told by no alert, held or not.
    """
    orders = following.immediate(tx, {match.rule_id for match in saved})
    if not orders:
        return ()
    silenced = acknowledgements.silenced(tx, {match.id for match in saved})
    saved = [match for match in saved if match.id not in silenced]
    stories_told = {story_of.get(match.item_id, -match.item_id) for match in saved}
    known = digests.told_before(tx, stories_told)
    told_by = voices(tx, {match.item_id for match in saved}, now, Shared())
    label_words = labels_in_force(tx)
    roots = digests.roots(tx, stories_told)
    gate = Gate(tx, [order for order, _ in orders], telling, now)
    new = []
    for order, scope in orders:
        fresh: dict[int, list[matches.SavedMatch]] = defaultdict(list)
        for match in saved:
            story = story_of.get(match.item_id, -match.item_id)
            if (order.id, story, match.rule_id) not in known and scope.wants(match.rule_id, match.places):
                fresh[story].append(match)
        for story, mine in fresh.items():
            critical = any(match.hit.rule.severity is Severity.CRITICAL for match in mine)
            if not gate.passes(order, critical=critical):
                continue
            told = first_of_each_rule(mine)
            digest = labelled(_alert_digest(told, told_by, scope, now), label_words)
            root = roots.get((order.id, story))
            # By the item's id: two feeds may show the same key.
            about = f"alert {order.subscriber_id} {told[0].item_id} {[m.hit.rule.key for m in told]}"
            new.append(
                digests.NewDigest(
                    order.id,
                    order.subscriber_id,
                    order.address,
                    _after(root, digest),
                    tuple(match.id for match in mine),
                    telling.message_id(about),
                    story_id=story if story > 0 else None,
                )
            )
    return digests.save(tx, new, now)


def _after(root: digests.Root | None, digest: Digest) -> Digest:
    """The digest as an answer to the alert that told its story first, if one did."""
    return digest if root is None else replace(digest, root=root.message_id, first_told_at=root.told_at)


def first_of_each_rule(mine: Sequence[matches.SavedMatch]) -> list[matches.SavedMatch]:
    """Of the matches of one story, all those of the items that first matched a rule. Pure."""
    telling: dict[int, set[int]] = {}
    met: set[int] = set()
    for match in mine:
        if match.rule_id not in met or match.item_id in telling:
            telling.setdefault(match.item_id, set()).add(match.rule_id)
            met.add(match.rule_id)
    return [match for match in mine if match.item_id in telling]


def _alert_digest(
    mine: Sequence[matches.SavedMatch],
    voices: Mapping[int, Voices],
    scope: following.Scope,
    now: datetime,
) -> Digest:
    told = [
        Match(
            id=match.id,
            item_id=match.item_id,
            rule=RuleName(match.hit.rule.key, match.hit.rule.name, match.hit.rule.severity),
            item=match.item,
            evidence=match.hit.evidence,
            seen_at=now,
        )
        for match in mine
    ]
    rules = tuple(match.rule for match in told)
    digest = build(Cadence.IMMEDIATE, Window(now, now), told, rules, None, now, None, voices=voices)
    asked = {each.id for match in mine for each in scope.situations_with(match.rule_id, match.places)}
    return replace(
        digest, situations=tuple(each.situation.name for each in scope.situations if each.id in asked)
    )
