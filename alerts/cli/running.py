"""``alerts up`` and the programs it is made of: ``web``, ``worker``, ``beat``; and ``alerts demo``."""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated

import structlog
import typer
import uvicorn

from alerts.cli.output import say
from alerts.cli.programs import embedded, programs, running
from alerts.cli.wiring import configured, ready
from alerts.embedded.supervisor import Supervisor
from alerts.tasks import celery_of
from alerts.web.site import make_web


def up(
    port: Annotated[int | None, typer.Option(help="Port of the web pages.")] = None,
) -> None:
    """Run everything: web, worker and beat, and whatever broker and inbox are not configured.

    Example: alerts up
    """
    if port is not None:
        os.environ["ALERTS_HTTP_PORT"] = str(port)
    parts = embedded(configured().settings)
    os.environ |= parts.environment
    app = ready()
    supervisor = Supervisor(programs(app.settings, parts), sys.stdout)
    app.engine.dispose()
    with running(supervisor):
        say(f"ready: {app.settings.pages}/  (Ctrl-C stops everything)")
        supervisor.wait()


def web() -> None:
    """Run the web pages.

    Example: alerts web
    """
    app = ready()
    _log_lines()
    settings = app.settings
    uvicorn.run(
        make_web(app),
        host=settings.http_host,
        port=settings.http_port,
        log_level="warning",
        server_header=False,
    )


def worker() -> None:
    """Run a worker: it polls, composes and delivers what is due.

    Example: alerts worker
    """
    app = ready()
    _log_lines()
    celery = celery_of(app)
    app.engine.dispose()
    number = str(app.settings.worker_processes)
    celery.worker_main(
        ["worker", "--loglevel=WARNING", "--concurrency", number, "--without-gossip", "--without-mingle"]
    )


def beat() -> None:
    """Run the beat, which asks every few seconds what is due. It keeps no state and may run twice.

    Example: alerts beat
    """
    app = configured()
    _log_lines()
    celery_of(app).start(["beat", "--loglevel=WARNING", "--scheduler", "celery.beat:Scheduler"])


def _log_lines() -> None:
    """One line an event: time, what happened, and to what; ids, never addresses."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
    )
