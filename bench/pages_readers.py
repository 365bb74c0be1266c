"""The readers of the service that ``bench.pages_world`` fills, what was sent to them, and what staff did."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, func, select, text

from alerts.model import Cadence, DeliveryState, Digest, RuleName, Severity, SubscriberState, Window
from alerts.store import mail_schema as mail
from alerts.store import schema as table
from alerts.store import signal_schema as signal
from bench.pages_world import NOW, News

_A_DAY = timedelta(days=1)

_COUNTED = (
    *(table.Source, table.Feed, table.Fetch, table.Item, table.Rule, table.RuleVersion, table.Match),
    *(table.AuditEvent, signal.Story, signal.SurgeRow, signal.TrendCallRow),
    *(mail.Subscriber, mail.Subscription, mail.DigestRow, mail.Delivery, mail.Attempt),
)


def fill_readers(news: News) -> None:
    """Adds them; then the database knows how much there is of what, as it does after a night."""
    _subscribers(news)
    _deliveries(news)
    _audit(news)
    with news.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if news.engine.dialect.name == "postgresql":
            _count_ids(connection)
        connection.execute(text("ANALYZE"))


def _count_ids(connection: Connection) -> None:
    """Makes what is written next have the next id."""
    for kind in _COUNTED:
        last = connection.scalar(select(func.max(kind.id)))
        sequence = func.pg_get_serial_sequence(kind.__tablename__, "id")
        connection.execute(select(func.setval(sequence, last or 1)))


def _subscribers(news: News) -> None:
    ids, chance = range(1, news.size.subscribers + 1), news.chance
    began = NOW - timedelta(days=80)
    languages = ("en", "ar", "fr", "es", "ru", "zh-Hans", "ko")
    news.put(
        mail.Subscriber,
        (
            {
                "id": each,
                "address": f"reader{each}@house-{each % 500}.example",
                "address_key": f"reader{each}@house-{each % 500}.example",
                "language": languages[each % 7],
                "timezone": "UTC",
                "state": SubscriberState.CONFIRMED,
                "created_at": began + timedelta(minutes=each),
                "confirmed_at": began + timedelta(minutes=each + 5),
            }
            for each in ids
        ),
    )
    cadences = (Cadence.IMMEDIATE, Cadence.WEEKLY)
    news.put(
        mail.Subscription,
        (
            {
                "id": 2 * each - 1 + number,
                "subscriber_id": each,
                "cadence": cadence,
                "hour": 8,
                "weekday": 0,
                "monthday": 1,
                "started_at": began,
                "covered_until": NOW - _A_DAY,
                "next_due_at": NOW + _A_DAY if number else None,
                "tell_nothing": False,
            }
            for each in ids
            for number, cadence in enumerate(cadences)
        ),
    )
    news.put(
        mail.SubscriptionRule,
        (
            {"subscription_id": order, "rule_id": rule_id, "added_at": began}
            for order in range(1, 2 * news.size.subscribers + 1)
            for rule_id in chance.sample(news.rule_ids, 4)
        ),
    )
    situations = [each.id for each in news.followed]
    news.put(
        signal.SubscriptionSituation,
        (
            {"subscription_id": order, "situation_id": each, "added_at": began}
            for order in range(1, 2 * news.size.subscribers + 1, 2)
            for each in chance.sample(situations, 2)
        ),
    )


def _deliveries(news: News) -> None:
    """Alerts, each about one match."""
    size, rule = news.size, RuleName("rule-0001", "Rule 1", Severity.HIGH)
    digest = Digest(Cadence.IMMEDIATE, Window(NOW, NOW), (), 1, (rule,), None, items=1)
    ids = range(1, size.deliveries + 1)
    odd = {97: DeliveryState.FAILED, 98: DeliveryState.SUPPRESSED, 99: DeliveryState.AMBIGUOUS}

    def state(number: int) -> DeliveryState:
        return odd.get(number % 100, DeliveryState.SENT)

    def order(number: int) -> int:
        return 2 * (number % size.subscribers) + 1

    rows = ({"id": n, "subscription_id": order(n), "made_at": news.moment(n, len(ids))} for n in ids)
    news.put(mail.DigestRow, ({**row, "content": digest} for row in rows))
    told = ((n, n * len(news.met) // (len(ids) + 1) + 1) for n in ids)
    news.put(
        mail.Told, ({"subscription_id": order(n), "match_id": match, "digest_id": n} for n, match in told)
    )
    news.put(
        mail.Delivery,
        (
            {
                "id": n,
                "digest_id": n,
                "subscriber_id": (person := n % size.subscribers + 1),
                "address": f"reader{person}@house-{person % 500}.example",
                "domain": f"house-{person % 500}.example",
                "message_id": f"<{n}@bench.example>",
                "state": state(n),
                "reason": None if state(n) is DeliveryState.SENT else "550 no such user",
                "attempts": 1,
                "unsure": 0,
                "subject": f"Rule {n % 10_000}: {news.titles[n % len(news.titles)]}",
                "created_at": (at := news.moment(n, len(ids))),
                "sent_at": at if state(n) is DeliveryState.SENT else None,
            }
            for n in ids
        ),
    )
    news.put(
        mail.Attempt,
        (
            {
                "delivery_id": n,
                "number": 1,
                "started_at": (at := news.moment(n, len(ids))),
                "finished_at": at,
                "outcome": "sent" if state(n) is DeliveryState.SENT else "permanent",
                "phase": "dot",
                "code": 250 if state(n) is DeliveryState.SENT else 550,
                "reply": "kept",
            }
            for n in ids
        ),
    )


def _audit(news: News) -> None:
    events = 50_000 * news.size.items // 200_000
    news.put(
        table.AuditEvent,
        (
            {
                "at": news.moment(number, events),
                "actor": f"editor{number % 20}",
                "action": ("rule written", "logged in", "feed paused")[number % 3],
                "subject": f"rule-{number % news.size.rules:04d}",
                "detail": "",
            }
            for number in range(events)
        ),
    )
