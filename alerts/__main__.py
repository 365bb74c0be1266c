"""The command ``alerts``, also ``python -m alerts``: the three faces under one name."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import MutableMapping
from io import TextIOWrapper
from typing import Annotated, Any, Literal

try:
    import structlog
    import typer

    from alerts.app import configured, ready
    from alerts.cli import cli
    from alerts.errors import AlertsError
except KeyboardInterrupt:  # Ctrl-C in the second that this takes; from then on typer answers it
    sys.exit(130)

# The other two faces are imported when they are asked for: no command pays for what it does not use.


@cli.command()
def web() -> None:
    """Run the web pages.

    Example: alerts web
    """
    from alerts.web.site import serve

    log_lines()
    serve(ready())


@cli.command()
def worker(
    only: Annotated[
        Literal["", "news", "mail"], typer.Option(help="Only what comes in (news) or what goes out (mail).")
    ] = "",
) -> None:
    """Run a worker: it polls, composes and delivers what is due. Run one for each of news and mail, so
    that a mail server that stalls holds up nothing else.

    Example: alerts worker --only news
    """
    from alerts.tasks import MAIL, NEWS, work

    log_lines()
    work(ready(), (only,) if only else (NEWS, MAIL))


@cli.command()
def beat() -> None:
    """Run the beat, which asks every few seconds what is due. It keeps no state and may run twice.

    Example: alerts beat
    """
    from alerts.tasks import tick_for_ever

    log_lines()
    tick_for_ever(configured())


def log_lines() -> None:
    """For programs that run on: one line an event, with ids and no address in whole, also where a server's
    words name one."""
    from alerts.web.discreet import discreet

    def discreetly(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {key: discreet(told) if isinstance(told, str) else told for key, told in line.items()}

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True),
            discreetly,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
    )


def main() -> None:
    """Runs one command and turns our errors into one sentence and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # half a character must not end a listing
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for data
    os.umask(0o077)  # what we write holds people's addresses
    try:
        cli()
    except AlertsError as error:
        print(f"alerts: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        print(f"alerts: the disk cannot be written: {error.strerror}", file=sys.stderr)
        sys.exit(4)


if __name__ == "__main__":
    main()
