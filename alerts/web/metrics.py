"""``/metrics`` for Prometheus, computed from the database whenever it is asked for.

Only with a token that opens *read*: behind a proxy every request seems to come from this very machine, so
that where one comes from proves nothing. Nothing here is about anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.services.feed_condition import Condition, condition
from alerts.services.tokens import Opens
from alerts.store import feeds, gauges
from alerts.store.gauges import Gauges
from alerts.store.unit import reading
from alerts.web.api import problem
from alerts.web.api.door import let_in, require
from alerts.web.api.problem import Refused

Word = TypeVar("Word", bound=StrEnum)


def metrics(found: Gauges, conditions: Iterable[Condition], now: datetime) -> Iterator[Metric]:
    """Every figure under its name, in Prometheus' base units. Pure."""
    tally = Counter(conditions)
    yield _by(
        "alerts_feeds",
        "Feeds, by how they are doing.",
        "condition",
        {each: tally[each] for each in Condition},
    )
    yield _one(
        "alerts_feeds_due_lag_seconds",
        "For how long the most overdue feed has waited to be polled; 0 when none is due.",
        _seconds_since(found.feed_due_since, now),
    )
    yield _one("alerts_items_last_day", "Items first seen within 24 hours.", found.items)
    yield _one("alerts_matches_last_day", "Matches made within 24 hours.", found.matches)
    yield _by("alerts_deliveries", "Deliveries, by state.", "state", found.deliveries)
    yield _one(
        "alerts_mail_waiting_seconds",
        "For how long the most overdue mail has waited to be sent; 0 when none is due.",
        _seconds_since(found.mail_waiting_since, now),
    )
    yield _one(
        "alerts_sending_stopped",
        "1 while the emergency brake keeps mail from leaving.",
        int(found.sending_stopped_since is not None),
    )
    yield _by("alerts_jobs", "Long work, by state.", "state", found.jobs)
    yield _by("alerts_subscribers", "Subscribers, by state.", "state", found.subscribers)
    yield from _moment("alerts_last_poll_timestamp_seconds", "When a poll ended last.", found.polled_at)
    yield from _moment(
        "alerts_last_digest_timestamp_seconds", "When a digest or alert was composed last.", found.digest_at
    )


def _one(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=value)


def _by(name: str, said: str, label: str, numbers: Mapping[Word, int]) -> Metric:
    family = GaugeMetricFamily(name, said, labels=[label])
    for word, number in numbers.items():
        family.add_metric([word.value], number)
    return family


def _moment(name: str, said: str, at: datetime | None) -> Iterator[Metric]:
    """Nothing before it first happened: a time of 0 would look like an outage since 1970."""
    if at is not None:
        yield _one(name, said, at.timestamp())


def _seconds_since(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


class _AtThisMoment(Collector):
    def __init__(self, app: App) -> None:
        self._app = app

    def collect(self) -> Iterator[Metric]:
        now = self._app.clock()
        with reading(self._app.engine) as tx:
            found, everything = gauges.read(tx, now), feeds.overview(tx)
        return metrics(found, map(condition, everything), now)


def routes(app: App) -> APIRouter:
    router = APIRouter()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_AtThisMoment(app))

    @router.get("/metrics")
    def show(request: Request) -> Response:
        try:
            address = request.client.host if request.client else "unknown"
            require(let_in(app, request.headers, address), Opens.READ)
        except Refused as refused:
            return problem.answer(refused)
        write, kind = choose_encoder(request.headers.get("accept", ""))
        return Response(write(registry), media_type=kind)

    return router
