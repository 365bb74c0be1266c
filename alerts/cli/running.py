"""``alerts up``: every program of the service in one terminal."""

from __future__ import annotations

import os
import shlex
import sys
from typing import Annotated

import typer

from alerts.app import configured, ready
from alerts.cli.output import say
from alerts.cli.programs import alone, embedded, programs, running
from alerts.embedded.supervisor import Supervisor


def up(
    port: Annotated[int | None, typer.Option(help="Port of the web pages.")] = None,
) -> None:
    """Run everything: web, worker and beat, and whatever broker and inbox are not configured.

    Example: alerts up
    """
    if port is not None:
        os.environ["ALERTS_HTTP_PORT"] = str(port)
    with alone(configured().settings):
        parts = embedded(configured().settings)
        os.environ |= parts.environment
        app = ready()
        app.engine.dispose()
        supervisor = Supervisor(programs(app.settings, parts), sys.stdout)
        with running(supervisor):
            say(f"ready: {app.settings.pages}/  (Ctrl-C stops everything)")
            known = parts.environment | {"ALERTS_HTTP_PORT": str(app.settings.http_port)}
            say(f"commands in another terminal: export {_shown(known)}")
            supervisor.wait()


def _shown(environment: dict[str, str]) -> str:
    return " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
