"""How a command is typed in another terminal so that it reaches this very service. Pure but for the path."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from alerts.config import Settings

_WHERE_PAGES_ARE = ("http_host", "http_port", "public_url")


def typed(settings: Settings, *commands: str) -> str:
    """The commands, such as ``users add NAME --role admin``, as a shell takes them in any folder.

    Where the database is configured, whoever types them has the service's settings around them anyway, and
    these may hold passwords. Where it is in HOME, nothing but what is said here leads to it, and to the
    address that is served.
    """
    around = (
        {} if settings.database_url else {"ALERTS_HOME": str(settings.home.absolute()), **_address(settings)}
    )
    words = [*(f"{name}={shlex.quote(value)}" for name, value in around.items()), *program()]
    return " && ".join(f"{' '.join(words)} {command}" for command in commands)


def program() -> tuple[str, ...]:
    """The ``alerts`` beside the Python that runs us; as a module of it where there is none."""
    script = Path(sys.executable).with_name("alerts")
    return (shlex.quote(str(script)),) if script.exists() else (shlex.quote(sys.executable), "-m", "alerts")


def _address(settings: Settings) -> dict[str, str]:
    """The settings that make the pages' address another than it is by itself."""
    fields = Settings.model_fields
    found = {name: getattr(settings, name) for name in _WHERE_PAGES_ARE}
    return {
        f"ALERTS_{name.upper()}": str(value) for name, value in found.items() if value != fields[name].default
    }
