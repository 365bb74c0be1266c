"""The settings as the environment says them: a wrong value is one sentence that names its variable."""

from __future__ import annotations

import os
from difflib import get_close_matches

from pydantic import ValidationError

from alerts.config import Settings
from alerts.errors import SettingsError


def variables() -> dict[str, str]:
    """The name of each setting's variable → the field it fills."""
    return {field.alias or f"ALERTS_{name.upper()}": name for name, field in Settings.model_fields.items()}


_MAY_HOLD_A_PASSWORD = {
    "ALERTS_DATABASE_URL",
    "ALERTS_BROKER_URL",
    "ALERTS_SMTP_URL",
    "ALERTS_SECRET_KEY",
    "ALERTS_OLD_SECRET_KEYS",
}


def read_settings() -> Settings:
    """Reads the environment. Raises SettingsError: one sentence that names the variable.

    A variable that begins with ALERTS_ and is no setting is refused too: a misspelt mail server would
    otherwise keep every alert in the local inbox without a word.
    """
    known = variables()
    for name in os.environ:
        if name.startswith("ALERTS_") and name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]}?" if close else "; docs/settings.md lists them all"
            raise SettingsError(f"{name} is no setting{hint}")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        place = str(first["loc"][0]) if first["loc"] else ""
        name = place if place.startswith("ALERTS_") else f"ALERTS_{place.upper()}"
        shown = "" if name in _MAY_HOLD_A_PASSWORD else f"={first['input']!r}"
        raise SettingsError(f"{name}{shown} is not usable: {_reason(name, first['msg'])}") from error


def _reason(name: str, words: str) -> str:
    """Our own validators say what would be right; for the library's it is said here."""
    if words.startswith("Value error, "):
        return words.removeprefix("Value error, ")
    if name in ("ALERTS_FETCH_ALLOW", "ALERTS_PROXIES"):
        return "write networks with commas between, such as 127.0.0.0/8"
    if "valid integer" in words or "valid number" in words:
        return "write a number"
    return words[:1].lower() + words[1:]
