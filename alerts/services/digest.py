"""Saying it: alerts as matches are saved, and digests when their time has come.

A digest is composed in one transaction (C): close the window → build → freeze it, with its delivery
in the outbox. If the process dies the window is still open; if two workers try, one finds it closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from alerts.digests.build import MOST_ENTRIES, Voices, build
from alerts.digests.window import latest_due, next_due
from alerts.errors import Unavailable
from alerts.model import Cadence, Digest, Match, RuleName, SubscriberState, Window
from alerts.services.changes import MessageId
from alerts.store import audit, digests, feeds, following, matches, rules, signals, stories, subscribers
from alerts.store.unit import writing

PUT_OFF = timedelta(hours=1)
"""How long a digest that cannot be made waits for its next try; its window stays open."""


def alert(
    tx: Connection,
    saved: Sequence[matches.SavedMatch],
    story_of: Mapping[int, int],
    message_id: MessageId,
    now: datetime,
) -> tuple[int, ...]:
    """Puts one alert per story and subscription into the outbox, in the transaction that saves the matches.
    Returns the delivery ids.

    What a subscription was told of a story for a rule it is not told again: later items of the story join
    in silence, until one matches another rule. ``story_of`` has the story of each item.
    """
    orders = following.immediate(tx, {match.rule_id for match in saved})
    if not orders:
        return ()
    stories_told = {story_of.get(match.item_id, -match.item_id) for match in saved}
    known = digests.told_before(tx, stories_told)
    tallies = stories.tallies(tx, stories_told)
    new = []
    for order, scope in orders:
        fresh: dict[int, list[matches.SavedMatch]] = defaultdict(list)
        for match in saved:
            story = story_of.get(match.item_id, -match.item_id)
            if (order.id, story, match.rule_id) not in known and scope.wants(match.rule_id, match.places):
                fresh[story].append(match)
        for story, mine in fresh.items():
            told = first_of_each_rule(mine)
            # By the item's id: two feeds may show the same key.
            about = f"alert {order.subscriber_id} {told[0].item_id} {[m.hit.rule.key for m in told]}"
            new.append(
                digests.NewDigest(
                    order.id,
                    order.subscriber_id,
                    order.address,
                    _alert_digest(told, tallies.get(story, stories.Tally()), scope, now),
                    tuple(match.id for match in mine),
                    message_id(about),
                )
            )
    return digests.save(tx, new, now)


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
    mine: Sequence[matches.SavedMatch], tally: stories.Tally, scope: following.Scope, now: datetime
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
    voices = {match.item_id: Voices(tally.outlets, tally.origins) for match in told}
    digest = build(Cadence.IMMEDIATE, Window(now, now), told, rules, None, now, None, voices=voices)
    asked = {each.id for match in mine for each in scope.situations_with(match.rule_id, match.places)}
    return replace(
        digest, situations=tuple(each.situation.name for each in scope.situations if each.id in asked)
    )


@dataclass(frozen=True, slots=True)
class Composed:
    """What composing one subscription's digest came to. ``delivery_id`` None: nothing to tell."""

    subscription_id: int
    outcome: str
    entries: int = 0
    delivery_id: int | None = None


def compose(
    engine: Engine, subscription_ids: Sequence[int], message_id: MessageId, clock: Callable[[], datetime]
) -> tuple[Composed, ...]:
    """Composes those of the digests that are due, each in a transaction of its own.

    One that cannot be made is put off for ``PUT_OFF`` and delays no other.
    """
    done = []
    for subscription_id in subscription_ids:
        try:
            with writing(engine) as tx:
                done.append(_compose(tx, subscription_id, message_id, clock()))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is wrong with this one
            done.append(_put_off(engine, subscription_id, error, clock()))
    return tuple(done)


def _put_off(engine: Engine, subscription_id: int, error: Exception, now: datetime) -> Composed:
    words = f"{type(error).__name__}: {ascii(str(error))[1:-1][:300]}"
    with writing(engine) as tx:
        digests.put_off(tx, subscription_id, now=now, until=now + PUT_OFF)
        subject = f"subscription {subscription_id}"
        audit.record(tx, at=now, actor="digest", action="digest put off", subject=subject, detail=words)
    return Composed(subscription_id, f"put off: {words}")


def _compose(tx: Connection, subscription_id: int, message_id: MessageId, now: datetime) -> Composed:
    order = subscribers.order(tx, subscription_id)
    due_at = order.next_due_at
    if due_at is None or due_at > now or order.state is not SubscriberState.CONFIRMED:
        return Composed(subscription_id, "not due")
    slot = (order.timezone, order.hour, order.weekday, order.monthday)
    # After a stop, the last slot that has passed is served: one late digest over the whole gap.
    until = max(due_at, latest_due(order.cadence, now, *slot))
    window = Window(order.covered_until, until)
    following = next_due(order.cadence, until, *slot)
    if not digests.close_window(tx, subscription_id, due_at=due_at, until=until, next_due_at=following):
        return Composed(subscription_id, "closed by another worker")
    gathered = gather(tx, order, window, now, due_at)
    if not gathered.tells:
        return Composed(subscription_id, "nothing to tell")
    about = f"{order.cadence} {order.subscriber_id} {until.isoformat()}"
    (delivery_id,) = digests.save(
        tx,
        [
            digests.NewDigest(
                order.id,
                order.subscriber_id,
                order.address,
                gathered.digest,
                gathered.match_ids,
                message_id(about),
                gathered.surge_ids,
                gathered.assessment_ids,
            )
        ],
        now,
    )
    return Composed(subscription_id, "composed", gathered.digest.total, delivery_id)


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
