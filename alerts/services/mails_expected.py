"""How many mails a week a rule leads to, told from what it matched in some time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from alerts.model import Cadence, SubscriberState
from alerts.services.stories import stories_of
from alerts.store import following, rules
from alerts.store.archive import Read

_MOST_A_WEEK = {Cadence.DAILY: 7.0, Cadence.WEEKLY: 1.0, Cadence.MONTHLY: 12 * 7 / 365}


@dataclass(frozen=True, slots=True)
class Mails:
    """Mails a week that the rule alone would lead to: in all, for the people who have asked for it, and
    for one person by cadence."""

    total: float
    subscribers: int
    per_subscriber: Mapping[str, float]


def mails_expected(tx: Connection, key: str, found: Sequence[Read], time: timedelta) -> Mails:
    """An alert for each story; a digest for each day, week or month that has a match. ``time`` is how long
    it took until all that was found had come."""
    weeks = time / timedelta(weeks=1)
    story_of = stories_of(tx, [each.id for each in found])
    told = {story_of.get(each.id, -each.id) for each in found}
    weekly = {Cadence.IMMEDIATE: round(len(told) / weeks, 2)}
    for cadence in (Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY):
        digests = len({_period(each.news_at.date(), cadence) for each in found})
        weekly[cadence] = round(min(digests / weeks, _MOST_A_WEEK[cadence] if found else 0), 2)
    orders = [
        order
        for number in (rules.ids(tx, [key]).values() if rules.kept.find(tx, key) else ())
        for order in following.orders_for(tx, number, ())
        if order.state is SubscriberState.CONFIRMED and order.ended_at is None
    ]
    return Mails(
        total=round(sum(weekly[order.cadence] for order in orders), 2),
        subscribers=len({order.subscriber_id for order in orders}),
        per_subscriber={cadence.value: weekly[cadence] for cadence in Cadence},
    )


def _period(day: date, cadence: Cadence) -> object:
    """What a digest of this cadence that tells of the day covers."""
    match cadence:
        case Cadence.WEEKLY:
            return day.isocalendar()[:2]
        case Cadence.MONTHLY:
            return day.year, day.month
        case _:
            return day
