"""What people and their programs send: complaints (RFC 5965), replies by machines, wishes to leave. Pure."""

from __future__ import annotations

import re

from alerts.mail.returns_parts import RECIPIENTS_LIMIT, Mail, addresses, first, sender
from alerts.mail.returns_words import AWAY, UNSUBSCRIBE
from alerts.model import Returned, ReturnKind

# A reader's own word that a mail is unwanted. Other reports are about authentication, or that it was no spam.
_COMPLAINTS = ("abuse", "fraud", "phishing", "virus", "other", "miscategorized", "opt-out", "opt-out-list")
_COMPLAINT_SUBJECT = re.compile(
    r"(?:complaint about message|abuse report|feedback report|spam complaint)", re.I
)
_TAGGED_TO_LEAVE = re.compile(r"\+u[a-z2-7]{8,}@", re.IGNORECASE)
_ARRIVES_AT = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")


def complaint(mail: Mail) -> tuple[Returned, ...]:
    """Who pressed "this is spam", as far as the report tells; empty when the mail is no such report.

    A report of another kind (failed authentication, "not spam") is answered with NONE.
    """
    report = mail.feedback
    if report is None:
        # Some providers send the mail back with no report but a subject and a field of their own.
        if not (mail.original and _COMPLAINT_SUBJECT.search(first(mail.fields, "subject"))):
            return ()
        return _to_all(_original_recipients(mail), ReturnKind.COMPLAINT)
    named = [*report.get("original-rcpt-to", ()), *report.get("removal-recipient", ())]
    people = addresses(named) or _original_recipients(mail)
    about = first(report, "feedback-type").lower().strip()
    return _to_all(people, ReturnKind.COMPLAINT if about in _COMPLAINTS or not about else ReturnKind.NONE)


def wish_to_leave(mail: Mail) -> tuple[Returned, ...]:
    """An unsubscribe mail (RFC 2369): it begins by saying so, or says so to the address made for it."""
    subject, words = first(mail.fields, "subject"), mail.text.strip()[:2000]
    asked = UNSUBSCRIBE.search(subject) or UNSUBSCRIBE.search(words)
    tagged = any(
        _TAGGED_TO_LEAVE.search(value) for name in _ARRIVES_AT for value in mail.fields.get(name, ())
    )
    if asked or (tagged and "unsubscribe" in f"{subject} {words}".lower()):
        return (Returned(sender(mail), ReturnKind.UNSUBSCRIBE, ""),)
    return ()


def machine_reply(mail: Mail) -> tuple[Returned, ...]:
    """A vacation notice or its like (RFC 3834), from the person who is away."""
    submitted = first(mail.fields, "auto-submitted").lower().partition("(")[0].partition(";")[0].strip()
    marks = (
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-auto-reply",
        "x-autoresponse",
        "x-autoreply-from",
    )
    marked = any(first(mail.fields, name).lower() not in ("", "no", "false") for name in marks)
    precedence = {first(mail.fields, name).lower().strip() for name in ("precedence", "x-precedence")}
    if (
        submitted not in ("", "no")
        or marked
        or precedence & {"auto_reply", "auto-reply", "autoreply"}
        or AWAY.search(first(mail.fields, "subject"))
    ):
        return (Returned(sender(mail), ReturnKind.AUTO_REPLY, ""),)
    return ()


def _original_recipients(mail: Mail) -> list[str]:
    """Those our mail had been sent to, as its fields say when it comes back."""
    named = [first(mail.original_fields, name) for name in ("x-hmxmroriginalrecipient", "delivered-to", "to")]
    return next(filter(None, (addresses([value]) for value in named)), [])


def _to_all(people: list[str], kind: ReturnKind) -> tuple[Returned, ...]:
    return tuple(Returned(person, kind, "") for person in people[:RECIPIENTS_LIMIT] or [""])
