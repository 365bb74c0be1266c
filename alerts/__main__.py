"""The command ``alerts``, also ``python -m alerts``: the three faces under one name."""

from __future__ import annotations

import errno
import os
import sys
from io import TextIOWrapper
from typing import Annotated, Literal

import structlog
import typer

from alerts.app import configured, log_lines, ready
from alerts.cli import cli
from alerts.errors import AlertsError

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
