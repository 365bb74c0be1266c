"""Is every part usable? Each check is named and tried; one that fails does not hide the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from alerts.errors import AlertsError


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to, in a sentence."""

    check: str
    ok: bool
    message: str


def examine(checks: Mapping[str, Callable[[], str]]) -> tuple[Finding, ...]:
    """Runs each check. A check returns what it found and raises an AlertsError when it fails."""
    findings = []
    for name, check in checks.items():
        try:
            findings.append(Finding(name, True, check()))
        except AlertsError as error:
            findings.append(Finding(name, False, str(error)))
    return tuple(findings)
