"""Bounces without a report for programs: who failed, and why, read from the words to a person. Pure.

Servers of many makes agree on little, but on a few shapes of saying who it was: a line that begins with the
address, a field or label before it, or a sentence that says both "not delivered" and the address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerts.mail.returns_parts import RECIPIENTS_LIMIT, Mail, addresses, first, sender
from alerts.mail.returns_why import gives_reason, is_answer, plain, why
from alerts.mail.returns_words import NOT_DELIVERED, ORIGINAL_FOLLOWS
from alerts.mail.verdict import readable
from alerts.model import Returned

_LINES = 2000  # of a report that are read
_WIDTH = 2000  # characters of a line

_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-])[A-Za-z0-9!#$%&*+/=?^_`{|}~.'-]{1,64}"
    r"@[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,10}"
)
_BEFORE = re.compile(r"""[\s>*|=\[("'<•·–-]{0,20}(?:SMTP:|mailto:|rfc822;\s*)?<?""", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:recipients?|rcpt to|address(?:es)?|user(?:id)?|undeliverable(?: to)?|error-for|mailbox|smtp"
    r"|受信者|宛先|attempts|destinat\w{2,5}|empfänger|收件人|수신자|получатель|delivered to|the following)"
    r"(?: \w{1,12}){0,2}\s{0,3}[:=：]?[\s\"'<(\[（]{0,4}(?:mailto:)?$",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(  # somebody else's address: who sent it, who helps, what it was made from
    r"(?:(?:sender|contact|assist|question|help|inquir|problems?,|please (?:send|call|e?mail|visit)|abuse"
    r"|send (?:mail|e-?mail|it) to|message-?id|reply-to)\b[^@]{0,60}"
    r"|\b(?:from|id|de|von|от)\b[^@]{0,12})$",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"(?:SMTP|rfc822)[=:]", re.IGNORECASE)
_BARE_NAME = re.compile(
    r"[\s>*<]{0,20}([A-Za-z0-9][A-Za-z0-9._-]{1,63})>?\s{0,10}(?:\([^)]{1,200}\))?:?\s{0,10}"
)
_OFFICIAL = re.compile(
    r"(?:postmaster|mailer-daemon|hostmaster|abuse|noc|support|help(?:desk)?|no-?reply)@", re.I
)
_HEAD_OF_MAIL = re.compile(r"(?:Received|Return-Path|DKIM-Signature|Message-ID)\s{0,3}:", re.IGNORECASE)
_ANY_FIELD = re.compile(r"[A-Za-z][A-Za-z-]{1,40}:\s?\S|[ \t]+\S")


@dataclass(frozen=True, slots=True)
class _Sighting:
    """An address on a line. ``weight`` says what blames it: 3 its place, 2 its sentence, 1 nothing."""

    address: str
    line: int
    weight: int


def told_to_a_person(mail: Mail) -> tuple[Returned, ...]:
    """What a bounce in words says: at least one answer, with an empty recipient when nobody is named."""
    lines = own_words(mail.text).split("\n")[:_LINES]
    seen = _sightings(lines)
    named = addresses(mail.fields.get("x-failed-recipients", ())) or _chosen(seen, _strangers(mail))
    named = named or _bare_names(lines, mail) or addresses(mail.original_fields.get("to", ())) or [""]
    told = "\n".join([first(mail.fields, "subject"), *lines])
    answers = []
    for address in named[:RECIPIENTS_LIMIT]:
        about = _about(address, lines, seen, named) if len(named) > 1 else lines
        said = "\n".join(_answers(about))
        kind, status = why("", said, "" if about is not lines else told)
        answers.append(Returned(address, kind, status, readable(said)))
    return tuple(answers)


def own_words(text: str) -> str:
    """The report without the mail it repeats below; all of it when there is nothing before that."""
    lines = text.split("\n")
    something_said = False
    for place, line in enumerate(lines[:_LINES]):
        begins = (len(line) < 160 and ORIGINAL_FOLLOWS.match(line)) or _begins_a_mail(lines, place)
        if begins and something_said:
            return "\n".join(lines[:place])
        something_said = something_said or bool(
            _ADDRESS.search(line[:500]) or NOT_DELIVERED.search(line[:500])
        )
    return text


def _begins_a_mail(lines: Sequence[str], place: int) -> bool:
    if not _HEAD_OF_MAIL.match(lines[place]):
        return False
    following = lines[place + 1 : place + 4]
    return len(following) > 1 and all(_ANY_FIELD.match(line) for line in following)


def _sightings(lines: Sequence[str]) -> list[_Sighting]:
    seen = []
    for number, line in enumerate(lines):
        found = list(_ADDRESS.finditer(line[:_WIDTH]))
        around = plain(" ".join(lines[max(0, number - 2) : number + 2])) if found else ""
        blamed = 2 if found and (NOT_DELIVERED.search(around) or gives_reason([line])) else 1
        for match in found:
            before = line[: match.start()]
            if not _ELSEWHERE.search(before[-120:]):
                leads = _BEFORE.fullmatch(before) or _LABEL.search(before[-60:])
                address = _PREFIX.sub("", match[0].strip(".'"))
                seen.append(_Sighting(address, number, 3 if leads else blamed))
    return seen


def _chosen(seen: Sequence[_Sighting], strangers: frozenset[str]) -> list[str]:
    """Those who failed: the most blamed, without strangers and officials unless only they are left."""

    def of(sightings: Iterable[_Sighting], least: int = 2) -> list[str]:
        heavy = [each for each in sightings if each.weight >= least]
        most = max((each.weight for each in heavy), default=0)
        return list({each.address.lower(): each.address for each in heavy if each.weight == most}.values())

    ours = [each for each in seen if each.address.lower() not in strangers]
    people = [each for each in ours if not _OFFICIAL.match(each.address)]
    return of(people) or of(ours) or of(seen, 3)


def _bare_names(lines: Sequence[str], mail: Mail) -> list[str]:
    """Recipients without a domain, below the words that announce them: mailboxes of the reporting server."""
    _, _, domain = sender(mail).rpartition("@")
    if not domain:
        return []
    names = []
    for place, line in enumerate(lines):
        if "following" in line.lower():
            paragraph = [below for below in lines[place + 1 : place + 20] if below.strip()]
            names += [match[1] for below in paragraph if (match := _BARE_NAME.fullmatch(below))]
    return list(dict.fromkeys(f"{name}@{domain}" for name in names))


def _strangers(mail: Mail) -> frozenset[str]:
    """Addresses in a report that are not the recipient's: who reports, and where the report came to."""
    values = [
        value
        for name in ("from", "to", "cc", "reply-to", "return-path", "delivered-to")
        for value in mail.fields.get(name, ())
    ]
    values += [
        value for name in ("from", "return-path", "sender") for value in mail.original_fields.get(name, ())
    ]
    return frozenset(address.lower() for address in addresses(values))


def _about(
    address: str, lines: Sequence[str], seen: Sequence[_Sighting], named: Sequence[str]
) -> Sequence[str]:
    """The lines about one of several recipients: its own when they give the reason, else those that follow,
    up to the next one named; all lines when neither says why."""
    known = {each.lower() for each in named}
    marks = sorted({(each.line, each.address.lower()) for each in seen if each.address.lower() in known})
    own = [lines[line] for line, who in marks if who == address.lower()]
    if gives_reason(own):
        return own
    about: list[str] = []
    for place, (line, who) in enumerate(marks):
        if who == address.lower():
            following = next((at for at, other in marks[place + 1 :] if other != who), len(lines))
            about += lines[line : max(following, line + 1)]
    return about if gives_reason(about) else lines


def _answers(lines: Sequence[str]) -> list[str]:
    """The paragraphs in which servers answer; all lines when no server is quoted."""
    kept: list[str] = []
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            paragraph.append(line)
            continue
        if any(map(is_answer, paragraph)):
            kept += [*paragraph, ""]
        paragraph = []
    return kept or list(lines)
