"""What a mail server's answer means for the mail, and what a silence means. Pure.

The phases of one attempt, in order: connect, hello, login, mail, rcpt, data, body, dot. Until the final
dot the server cannot have taken the mail; from then on only its answer can tell (RFC 1047).
"""

from __future__ import annotations

import re

from alerts.model import Outcome

REPLY_LIMIT = 500  # characters of a server's words that we keep

_BEFORE_THE_MAIL = ("connect", "hello", "login")
_BEFORE_THE_RECIPIENT = (*_BEFORE_THE_MAIL, "mail")
_ENHANCED = re.compile(r"\s*5\.(\d{1,3})\.(\d{1,3})\b")
# Words of servers that refuse us, or the mail, with the bare code of a missing mailbox. Believing the code
# would silence a reader, or with a misconfigured relay all readers, for a fault that is not theirs.
_ABOUT_US = re.compile(r"relay|spam|block|blacklist|polic|reputation|authenti|\b(spf|dkim|dmarc)\b", re.I)


def verdict(phase: str, code: int, reply: str) -> Outcome:
    """The outcome of an answer that does not lead on to the next phase.

    Everything before a mail is begun, and 421 before its recipient is named, is the server's trouble:
    UNREACHABLE. So is a refused password: to fail mail for it would lose whatever is due while the setting
    is wrong. After the recipient, 421 is as any 4xx: it may be about them alone.
    5xx is SUPPRESS when it says that the recipient has no mailbox, else FAILED.
    """
    if phase in _BEFORE_THE_MAIL or (code == 421 and phase in _BEFORE_THE_RECIPIENT):
        return Outcome.UNREACHABLE
    if 400 <= code <= 499:
        return Outcome.RETRY
    if 500 <= code <= 599:
        return Outcome.SUPPRESS if _no_such_mailbox(phase, code, reply) else Outcome.FAILED
    return silence(phase)


def silence(phase: str) -> Outcome:
    """The outcome when the connection broke, time ran out, or the answer was no SMTP reply."""
    if phase in _BEFORE_THE_RECIPIENT:
        return Outcome.UNREACHABLE
    return Outcome.AMBIGUOUS if phase == "dot" else Outcome.RETRY


def about_us(phase: str, reply: str) -> bool:
    """Whether a refusal is about who we are and how we send: our sender's address, policy, reputation or
    authentication (RFC 3463 5.7.x). The next mail would fare no better."""
    enhanced = _ENHANCED.match(reply)
    security = enhanced is not None and int(enhanced[1]) == 7
    return phase == "mail" or security or bool(_ABOUT_US.search(reply))


def readable(reply: bytes | str) -> str:
    """A reply as one line of at most REPLY_LIMIT printable characters, whatever the server sent."""
    text = reply if isinstance(reply, str) else reply.decode("utf-8", "replace")
    line = " ".join(text[: 4 * REPLY_LIMIT].split())
    return "".join(char if char.isprintable() else "\ufffd" for char in line)[:REPLY_LIMIT]


def _no_such_mailbox(phase: str, code: int, reply: str) -> bool:
    enhanced = _ENHANCED.match(reply)  # RFC 3463
    if enhanced:
        subject, detail = int(enhanced[1]), int(enhanced[2])
        # 5.1.7–5.1.9 are about the sender's address or its relay; 5.2.1 is a mailbox that was closed.
        mailbox = (subject == 1 and detail not in (7, 8, 9)) or (subject, detail) == (2, 1)
        return mailbox and phase in ("rcpt", "dot")
    return phase == "rcpt" and code in (550, 551, 553) and not _ABOUT_US.search(reply)
