"""The command ``alerts``, also ``python -m alerts``: the three faces under one name."""

from __future__ import annotations

import errno
import os
import sys

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
def worker() -> None:
    """Run a worker: it polls, composes and delivers what is due.

    Example: alerts worker
    """
    from alerts.tasks import work

    log_lines()
    work(ready())


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
