"""What a mail that came back means: ``read_return`` says who, and what follows. Pure.

In the order asked: a complaint, a delivery report, a receipt, a wish to leave, a bounce in words, a reply
by a machine. ``returns_why`` is the rule that decides between HARD and SOFT.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from alerts.mail.returns_dsn import groups_in_words, reported
from alerts.mail.returns_notices import noticed
from alerts.mail.returns_parts import RECIPIENTS_LIMIT, Mail, first, sender, take_apart
from alerts.mail.returns_people import complaint, machine_reply, wish_to_leave
from alerts.mail.returns_text import own_words, told_to_a_person
from alerts.mail.returns_why import gives_reason, plain
from alerts.mail.returns_words import NOT_DELIVERED, REPORTER
from alerts.model import Returned, ReturnKind

_NESTED = 2  # reports that were forwarded, or returned themselves
_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f<>@]{1,128}@[^\s\x00-\x20\x7f<>@]{1,255}")
_TAG = re.compile(r"\+([bu])([a-z2-7]{8,60})@([A-Za-z0-9.-]{1,255})", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^\s\x00<>@]{1,200}@[^\s\x00<>@]{1,255}>")
_REPEATED = re.compile(r"(?im)^[\s>]{0,8}message-id:\s{0,8}(<[^\s\x00<>]{3,400}>)")
_IDS_IN_REPORTS = ("message-id", "original-message-id", "x-original-message-id")
_IDS_READ = 4000  # characters of a field
_ARRIVED_AT = ("delivered-to", "x-original-to", "envelope-to", "to", "cc", "return-path")


@dataclass(frozen=True, slots=True)
class Tag:
    """A token that we put into an address: ``purpose`` b for a delivery, u to unsubscribe. Not verified."""

    purpose: str
    token: str


def read_return(content: bytes) -> tuple[Returned, ...]:
    """One answer for each recipient the mail is about; one NONE when nothing follows from it.

    Never raises, and takes time in proportion to the size, of which the first 256 KiB are read.
    """
    answers = _answers(take_apart(content), _NESTED) or (Returned("", ReturnKind.NONE, ""),)
    return tuple(
        each if _ADDRESS.fullmatch(each.recipient) else replace(each, recipient="") for each in answers
    )


def tags(content: bytes) -> tuple[Tag, ...]:
    """The tokens of our own addresses ``local+b<token>@domain`` to which the mail came, most trusted first.

    Asked are the fields of delivery, then To and Return-Path, then the envelope of the mail it returns, which
    a complaint shows. Tokens are in lower case. Anybody can write them: verify before use.
    """
    mail = take_apart(content)
    values = [value for name in _ARRIVED_AT for value in mail.fields.get(name, ())]
    values += mail.original_fields.get("return-path", ())
    found = [Tag(tag[1].lower(), tag[2].lower()) for value in values for tag in _TAG.finditer(value)]
    return tuple(dict.fromkeys(found))


def message_ids(content: bytes) -> tuple[str, ...]:
    """The Message-IDs, in brackets, of mails that this one returns, reports or answers. Not verified."""
    mail = take_apart(content)
    told = [mail.original_fields, *mail.groups, *([mail.feedback] if mail.feedback else [])]
    values = [value for fields in told for name in _IDS_IN_REPORTS for value in fields.get(name, ())]
    values += [value for name in ("in-reply-to", "references") for value in mail.fields.get(name, ())]
    found = [match for value in values for match in _MESSAGE_ID.findall(value[:_IDS_READ])]
    return tuple(dict.fromkeys([*found, *_REPEATED.findall(mail.text)]))[:RECIPIENTS_LIMIT]


def _answers(mail: Mail, nested: int) -> tuple[Returned, ...]:
    told = own_words(mail.text)
    answers = complaint(mail) or reported(mail.groups or groups_in_words(told), told) or noticed(mail.text)
    inner = take_apart(mail.original) if nested and mail.original else Mail({})
    if not answers and inner.groups:  # we never send reports, so it was forwarded to us inside another mail
        answers = _answers(inner, nested - 1)
    if answers:
        return answers
    if mail.receipt:
        return told_to_a_person(mail) if NOT_DELIVERED.search(plain(told)) else ()
    from_a_server = _from_a_server(mail)
    if not from_a_server and (answers := wish_to_leave(mail)):
        return answers
    if from_a_server and _says_not_delivered(mail, told):
        return told_to_a_person(mail)
    if not from_a_server and (answers := machine_reply(mail)):
        return answers
    if NOT_DELIVERED.search(first(mail.fields, "subject")) and _says_not_delivered(mail, told):
        return told_to_a_person(mail)
    if first(mail.fields, "return-path") == "<>" and NOT_DELIVERED.search(plain(told)):
        return tuple(answer for answer in told_to_a_person(mail) if answer.recipient)
    return ()


def _from_a_server(mail: Mail) -> bool:
    """Whether a mail server reports, not a person or their program."""
    if "x-failed-recipients" in mail.fields:
        return True
    written = first(mail.fields, "from")
    address = sender(mail)
    return bool(REPORTER.search(written) or REPORTER.search(address) or not address)


def _says_not_delivered(mail: Mail, told: str) -> bool:
    words = f"{first(mail.fields, 'subject')}\n{told}"
    return bool(NOT_DELIVERED.search(plain(words))) or gives_reason([words])
