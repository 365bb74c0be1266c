"""Reports that a sending provider mails as JSON, as Amazon SES does by its notification service. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from alerts.mail.returns_dsn import reported
from alerts.mail.returns_parts import Fields
from alerts.model import Returned, ReturnKind

_FIELDS = {
    "emailAddress": "final-recipient",
    "action": "action",
    "status": "status",
    "diagnosticCode": "diagnostic-code",
}


def noticed(text: str) -> tuple[Returned, ...]:
    """The answers of a notice at the beginning of the text; empty when there is none."""
    notice = _notice(text.lstrip())
    bounce, complaint = _inner(notice, "bounce"), _inner(notice, "complaint")
    groups = [_group(each, bounce) for each in _each(bounce, "bouncedRecipients")]
    people = [str(each.get("emailAddress", "")) for each in _each(complaint, "complainedRecipients")]
    return reported(groups, "") or tuple(Returned(person, ReturnKind.COMPLAINT, "") for person in people)


def _notice(text: str) -> Mapping[str, Any]:
    if not text.startswith("{"):
        return {}
    try:
        # Mail breaks lines inside strings, which strict JSON would not forgive.
        notice, _ = json.JSONDecoder(strict=False).raw_decode(text)
        if isinstance(notice.get("Message"), str):
            notice, _ = json.JSONDecoder(strict=False).raw_decode(notice["Message"])
    except (ValueError, RecursionError):
        return {}
    return notice if isinstance(notice, dict) else {}


def _inner(notice: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = notice.get(name)
    return inner if isinstance(inner, dict) else {}


def _each(report: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    people = report.get(name)
    return [each for each in people if isinstance(each, dict)] if isinstance(people, list) else []


def _group(person: Mapping[str, Any], bounce: Mapping[str, Any]) -> Fields:
    group = {field: (value,) for name, field in _FIELDS.items() if isinstance(value := person.get(name), str)}
    return group if bounce.get("bounceType") != "Transient" else group | {"action": ("delayed",)}
