"""Delivery reports for programs (RFC 3464, RFC 6533): one answer for each recipient they name. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alerts.mail.returns_parts import ADDRESS, RECIPIENTS_LIMIT, Fields, first, read_groups
from alerts.mail.returns_why import codes, why
from alerts.mail.verdict import readable
from alerts.model import Returned, ReturnKind

# The address we had written to stands first; a forwarding server may know the mailbox by another name.
_NAMES = ("original-recipient", "final-recipient", "x-actual-recipient")
_FAILED = ("fail", "error", "bounce", "undeliver", "reject")
_ARRIVED = ("deliver", "relay", "expand")
_IN_WORDS = re.compile(r"(?im)^[ \t]*(?:final|original)-recipient[ \t]*:")


def groups_in_words(text: str) -> tuple[Fields, ...]:
    """A delivery report that stands among the words, without a part of its own."""
    if not _IN_WORDS.search(text):
        return ()
    stripped = "\n".join(line.strip() if _IN_WORDS.match(line) else line for line in text.split("\n"))
    return read_groups(stripped)


def reported(groups: Sequence[Fields], told: str) -> tuple[Returned, ...]:
    """One answer for each recipient of the groups, the gravest where one is named twice; empty without any.

    ``told`` is what the mail says to a person, asked where the report itself gives no reason.
    """
    answers: dict[str, Returned] = {}
    about = [group for group in groups if any(name in group for name in _NAMES)]
    if not about:
        about = [group for group in groups if "action" in group or "status" in group][:1]
    for group in about[:RECIPIENTS_LIMIT]:
        answer = _answer(group, told)
        known = answers.get(answer.recipient.lower())
        if known is None or _GRAVITY.index(answer.kind) > _GRAVITY.index(known.kind):
            answers[answer.recipient.lower()] = answer
    return tuple(answers.values())


_GRAVITY = (ReturnKind.NONE, ReturnKind.SOFT, ReturnKind.HARD)


def _answer(group: Fields, told: str) -> Returned:
    recipient = next(filter(None, (_address(first(group, name)) for name in _NAMES)), "")
    stated = next(iter(codes(first(group, "status"))), "")
    said = "\n".join(group.get("diagnostic-code", ()))
    action = first(group, "action").lower()
    if action.startswith(_ARRIVED) or (stated.startswith("2.") and not action.startswith(_FAILED)):
        return Returned(recipient, ReturnKind.NONE, stated)
    kind, status = why(stated, said, told)
    if action.startswith("delay"):
        kind = ReturnKind.SOFT
    return Returned(recipient, kind, status, readable(said))


def _address(value: str) -> str:
    found = ADDRESS.findall(value)
    return found[-1] if found else ""
