"""Celery's face of the service: a task is a name, options and one call.

The database is the truth and the broker an alarm clock: a message carries ids only, may be lost, late
or doubled, and expires soon, because the next tick names whatever is still due.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import structlog
from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init

from alerts.app import App
from alerts.errors import SettingsError
from alerts.language.forms import load
from alerts.settling import settle

FEEDS_A_TASK = 100
DIGESTS_A_TASK = 50
DELIVERIES_A_TASK = 50

EXPIRES_SECONDS = 60

WATCH_SECONDS = 300
"""How often today's counts are tested for surges, and the mailbox is read to which mail is returned."""

NOTICE_SECONDS = 3600
"""How often it is looked whether the operators should be told of something."""

NEWS = "news"
MAIL = "mail"
"""The two queues: what comes in, and what goes out."""

log = structlog.get_logger("alerts")


def celery_of(app: App) -> Celery:
    """The Celery application of the configured broker. Raises SettingsError when there is none."""
    if not app.settings.broker_url:
        raise SettingsError(
            "ALERTS_BROKER_URL is not set; write redis://host:port/0, or start: alerts up, which has a broker"
        )
    celery = Celery("alerts", broker=app.settings.broker_url)
    celery.conf.update(_settings(app.settings.tick_seconds))
    _register(celery, app)
    worker_process_init.connect(lambda **_: app.after_fork(), weak=False)
    return celery


def work(app: App, queues: Sequence[str] = (NEWS, MAIL)) -> None:
    """Runs a worker on these queues until it is stopped.

    A mail server that stalls holds every process that sends; in a worker of its own it holds up no
    tick, no poll and no digest.
    """
    celery = celery_of(app)
    if NEWS in queues:
        load(app.settings.languages)
    app.engine.dispose()
    celery.worker_main(
        [
            *("--quiet", "worker", "--loglevel=WARNING", "--queues", ",".join(queues)),
            f"--concurrency={app.settings.worker_processes}",
            f"--hostname={'-'.join(queues)}@%h",
            *("--without-gossip", "--without-mingle"),
        ]
    )


def tick_for_ever(app: App) -> None:
    """Runs the beat until it is stopped. Its schedule lives in memory: there is no file to lose."""
    celery_of(app).start(["--quiet", "beat", "--loglevel=WARNING", "--scheduler=celery.beat:Scheduler"])


def _settings(tick_seconds: float) -> dict[str, Any]:
    """Chosen for measured failures: a killed worker's tasks come back within seconds, a half-open
    connection is noticed, a poison task has no result to poison anything with."""
    return {
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,  # the next tick finds the work; a poison task must not loop
        "task_ignore_result": True,
        "task_default_queue": NEWS,
        "task_routes": {"alerts.deliver": {"queue": MAIL}},
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_time_limit": 240,
        "task_soft_time_limit": 200,
        "visibility_timeout": 600,
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": 2000,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "visibility_timeout": 600,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 15,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "max_retries": 3,
        },
        "timezone": "UTC",
        "beat_schedule": {
            "tick": {
                "task": "alerts.tick",
                "schedule": tick_seconds,
                "options": {"expires": max(tick_seconds, 1) * 2},
            },
            "watch": {
                "task": "alerts.watch",
                "schedule": WATCH_SECONDS,
                "options": {"expires": WATCH_SECONDS},
            },
            "collect": {
                "task": "alerts.collect",
                "schedule": WATCH_SECONDS,
                "options": {"expires": WATCH_SECONDS},
            },
            "notices": {
                "task": "alerts.notices",
                "schedule": NOTICE_SECONDS,
                "options": {"expires": NOTICE_SECONDS},
            },
            "housekeep": {
                "task": "alerts.housekeep",
                "schedule": crontab(hour="3", minute="17"),
                "options": {"expires": 3600},
            },
        },
    }


def _register(celery: Celery, app: App) -> None:
    settled = False

    def call(name: str, ids: Sequence[int], at_once: int) -> None:
        for batch in _batches(ids, at_once):
            celery.send_task(f"alerts.{name}", [batch], expires=EXPIRES_SECONDS)

    @celery.task(name="alerts.tick")  # type: ignore[untyped-decorator]
    def tick() -> None:
        due = app.tick()
        call("deliver", due.deliveries, DELIVERIES_A_TASK)
        call("poll", due.feeds, FEEDS_A_TASK)
        call("compose", due.subscriptions, DIGESTS_A_TASK)
        call("work_on", due.jobs, 1)

    @celery.task(name="alerts.poll")  # type: ignore[untyped-decorator]
    def poll(feed_ids: list[int]) -> None:
        nonlocal settled
        for report in app.poll(feed_ids):
            log.info("polled", feed=report.feed_id, outcome=report.outcome, note=report.note)
            call("deliver", report.deliveries, DELIVERIES_A_TASK)
        if not settled:
            settle()
            settled = True

    @celery.task(name="alerts.watch")  # type: ignore[untyped-decorator]
    def watch() -> None:
        done = app.watch()
        log.info("watched", closed=len(done.closed), surges=done.surges, drafts=done.drafts)
        call("deliver", done.deliveries, DELIVERIES_A_TASK)

    @celery.task(name="alerts.compose")  # type: ignore[untyped-decorator]
    def compose(subscription_ids: list[int]) -> None:
        done = app.compose(subscription_ids)
        for each in done:
            log.info("digest", subscription=each.subscription_id, outcome=each.outcome, entries=each.entries)
        call("deliver", [each.delivery_id for each in done if each.delivery_id], DELIVERIES_A_TASK)

    @celery.task(name="alerts.deliver")  # type: ignore[untyped-decorator]
    def deliver(delivery_ids: list[int]) -> None:
        for delivery_id, settled in app.deliver(delivery_ids):
            log.info("delivery", delivery=delivery_id, state=settled.state.value, reason=settled.reason)

    @celery.task(name="alerts.work_on")  # type: ignore[untyped-decorator]
    def work_on(job_ids: list[int]) -> None:
        for job_id in job_ids:
            state = app.work_on(job_id)
            if state is not None:
                log.info("long work", job=job_id, state=state.value)

    @celery.task(name="alerts.collect")  # type: ignore[untyped-decorator]
    def collect() -> None:
        done = app.collect()
        if done:
            log.info("mail came back", mails=len(done), suppressed=sum(each.suppressed for each in done))

    @celery.task(name="alerts.notices")  # type: ignore[untyped-decorator]
    def notices() -> None:
        call("deliver", app.notices(), DELIVERIES_A_TASK)

    @celery.task(name="alerts.housekeep")  # type: ignore[untyped-decorator]
    def housekeep() -> None:
        kept = app.housekeep()
        log.info("housekeeping", items_emptied=kept.items_emptied, fetches_deleted=kept.fetches_deleted)


def _batches(ids: Sequence[int], at_once: int) -> Iterator[list[int]]:
    for start in range(0, len(ids), at_once):
        yield list(ids[start : start + at_once])
