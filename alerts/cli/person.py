"""Who is at this terminal."""

from __future__ import annotations

from getpass import getuser


def actor() -> str:
    """The name for the audit."""
    try:
        return f"cli {getuser()}"
    except (KeyError, OSError):
        return "cli"
