"""Saying it: alerts as matches are saved, and digests when their time has come.

A digest is composed in one transaction (C): close the window → build → freeze it, with its delivery
in the outbox. If the process dies the window is still open; if two workers try, one finds it closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from alerts.digests.build import MOST_ENTRIES, build
from alerts.digests.window import latest_due, next_due
from alerts.errors import Unavailable
from alerts.model import Cadence, Digest, Match, RuleName, SubscriberState, Window
from alerts.store import audit, digests, feeds, matches, subscribers
from alerts.store.unit import writing

PUT_OFF = timedelta(hours=1)
"""How long a digest that cannot be made waits for its next try; its window stays open."""

MessageId = Callable[[str], str]
"""From what a message is about to its Message-ID: the same for the same, on every try."""


def alert(
    tx: Connection, saved: Sequence[matches.SavedMatch], message_id: MessageId, now: datetime
) -> tuple[int, ...]:
    """Puts one alert per item and subscription into the outbox, in the transaction that saves the
    matches. Returns the delivery ids."""
    by_item: dict[int, list[matches.SavedMatch]] = defaultdict(list)
    for match in saved:
        by_item[match.item_id].append(match)
    new = []
    for order, wanted in subscribers.immediate_orders(tx, {match.rule_id for match in saved}):
        for group in by_item.values():
            mine = [match for match in group if match.rule_id in wanted]
            if mine:
                digest = _alert_digest(mine, now)
                # By the item's id: two feeds may show the same key.
                about = f"alert {order.subscriber_id} {mine[0].item_id} {[m.hit.rule.key for m in mine]}"
                new.append(
                    digests.NewDigest(
                        order.id,
                        order.subscriber_id,
                        order.address,
                        digest,
                        tuple(match.id for match in mine),
                        message_id(about),
                    )
                )
    return digests.save(tx, new, now)


def _alert_digest(mine: Sequence[matches.SavedMatch], now: datetime) -> Digest:
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
    return build(Cadence.IMMEDIATE, Window(now, now), told, rules, None, now, None)


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
    digest, match_ids = gather(tx, order, window, now, due_at)
    if not match_ids:
        return Composed(subscription_id, "nothing to tell")
    about = f"{order.cadence} {order.subscriber_id} {until.isoformat()}"
    (delivery_id,) = digests.save(
        tx,
        [
            digests.NewDigest(
                order.id, order.subscriber_id, order.address, digest, match_ids, message_id(about)
            )
        ],
        now,
    )
    return Composed(subscription_id, "composed", digest.total, delivery_id)


def gather(
    tx: Connection, order: subscribers.Order, window: Window, now: datetime, due_at: datetime | None
) -> tuple[Digest, tuple[int, ...]]:
    """The digest of a window as it would be told now, and the matches it tells; changes nothing.

    Only the items that fit into a digest are read with their words; the others are counted.
    """
    untold = digests.untold(tx, order.id, order.started_at, window)
    item_ids = list(dict.fromkeys(each.item_id for each in untold))
    shown = set(item_ids[:MOST_ENTRIES])
    told = matches.load(tx, [each.match_id for each in untold if each.item_id in shown])
    digest = build(
        order.cadence,
        window,
        told,
        tuple(rule.name for rule in subscribers.rules_of(tx, order.id)),
        feeds.coverage(tx, window.since),
        now,
        due_at,
        total=len(item_ids),
    )
    return digest, tuple(each.match_id for each in untold)
