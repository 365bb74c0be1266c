"""Saying that something changed: surges and assessments as alerts, in the transaction that notices them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from alerts.model import Cadence, Digest, Level, RuleName, Window
from alerts.services.holding import Gate, Telling
from alerts.store import digests, following, rules
from alerts.store.following import Scope
from alerts.store.signals import SavedAssessment, SavedSurge
from alerts.store.subscribers import Order


def tell(
    tx: Connection,
    surges: Sequence[SavedSurge],
    assessments: Sequence[SavedAssessment],
    telling: Telling,
    now: datetime,
) -> tuple[int, ...]:
    """One alert for each subscriber who follows any of it, about all of it. The delivery ids.

    What the reader does not want now is held (``services.holding``).
    """
    if not surges and not assessments:
        return ()
    names = rules.names(tx, {each.rule_id for each in surges})
    orders = following.immediate(tx)
    gate = Gate(tx, [order for order, _ in orders], telling, now)
    new = []
    for order, scope in orders:
        grave = tuple(each for each in surges if _follows(order, scope, each))
        turned = tuple(each for each in assessments if each.situation_id in scope.situation_ids)
        critical = any(each.surge.level is Level.URGENT for each in grave) or any(
            each.assessment.risk_alert for each in turned
        )
        if (grave or turned) and gate.passes(order, critical=critical):
            ids = [each.id for each in grave], [each.id for each in turned]
            new.append(
                digests.NewDigest(
                    order.id,
                    order.subscriber_id,
                    order.address,
                    _digest(grave, turned, names, _situations(scope, grave, turned), now),
                    (),
                    telling.message_id(f"change {order.subscriber_id} {ids}"),
                    surge_ids=tuple(ids[0]),
                    assessment_ids=tuple(ids[1]),
                )
            )
    return digests.save(tx, new, now)


def _follows(order: Order, scope: Scope, saved: SavedSurge) -> bool:
    place = (saved.surge.place,) if saved.surge.place else ()
    grave = order.surge_level is not None and saved.surge.level.rank >= order.surge_level.rank
    return grave and scope.wants(saved.rule_id, place)


def _situations(
    scope: Scope, surges: Sequence[SavedSurge], assessments: Sequence[SavedAssessment]
) -> tuple[str, ...]:
    """The names of the situations for which a reader is told of these."""
    turned = {each.situation_id for each in assessments}
    surging = {
        found.id for each in surges for found in scope.situations_with(each.rule_id, (each.surge.place,))
    }
    return tuple(each.situation.name for each in scope.situations if each.id in turned | surging)


def _digest(
    surges: Sequence[SavedSurge],
    assessments: Sequence[SavedAssessment],
    names: dict[int, RuleName],
    situations: tuple[str, ...],
    now: datetime,
) -> Digest:
    return Digest(
        cadence=Cadence.IMMEDIATE,
        window=Window(now, now),
        entries=(),
        total=0,
        rules=tuple({each.rule_id: names[each.rule_id] for each in surges}.values()),
        coverage=None,
        surges=tuple(each.surge for each in surges),
        assessments=tuple(each.assessment for each in assessments),
        situations=situations,
    )
