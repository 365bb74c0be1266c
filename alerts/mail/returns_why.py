"""Why a mail was not delivered: codes and words of servers become HARD or SOFT. Pure.

HARD silences a reader, so it needs proof: the server says that there is no such mailbox or domain, for good,
and nothing it says speaks against that. Everything unclear is SOFT, which counts for little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from alerts.mail.returns_reasons import (
    CLOSED,
    FOR_NOW,
    FULL,
    REFUSED,
    UNKNOWN_HOST,
    UNKNOWN_USER,
    UNSURE,
    matched,
)
from alerts.model import ReturnKind

# RFC 3463 and its registry. 5.1.2 is a domain that does not exist, 5.2.1 a mailbox that was closed.
HARD_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})

WORDS_LIMIT = 8000  # characters of a report that are searched for reasons: no honest one is longer

_CODE = re.compile(r"(?<![\w.-])([245])\.(\d{1,3})\.(\d{1,3})(?![\w-]|\.\d)")
_REPLY = re.compile(r"(?<![\w.:/-])([45])\d\d(?=[ :;,>\"')-]|$)")
_ADDRESS_OR_LINK = re.compile(
    r"https?://[!-~]+|<?[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,80}@[A-Za-z0-9._-]{1,255}>?"
)
_GONE = (UNKNOWN_USER, UNKNOWN_HOST, CLOSED)
_AGAINST = (FULL, REFUSED, FOR_NOW)


def codes(text: str) -> tuple[str, ...]:
    """The enhanced status codes in a text, in order, each once. Addresses of hosts are not among them."""
    return tuple(dict.fromkeys(f"{a}.{int(b)}.{int(c)}" for a, b, c in _CODE.findall(text[:WORDS_LIMIT])))


def why(stated: str, said: str, told: str = "") -> tuple[ReturnKind, str]:
    """HARD or SOFT, and the code behind it.

    ``stated`` is the code of a delivery report, ``said`` the answer of the server that refused, ``told`` the
    rest of the report, which is only asked when the others give no reason: it may try to explain everything.
    """
    named = tuple(dict.fromkeys([*filter(None, (stated,)), *codes(said)]))
    telling = [code for code in named if not _vague(code)]
    refusals = set(_REPLY.findall(said))
    words = plain(said)
    if not telling and not _reason(words):
        words = plain(told)
        named += codes(told)
        telling = [code for code in codes(told) if not _vague(code)]
        refusals = refusals or set(_REPLY.findall(told))
    against = [code for code in telling if code not in HARD_CODES]
    if against:
        return ReturnKind.SOFT, against[0]
    shown = (*telling, *named, "")[0]
    gone = bool(telling) or (matched(_GONE, words) and not UNSURE.search(words))
    if gone and refusals != {"4"} and not matched(_AGAINST, words):
        return ReturnKind.HARD, shown
    return ReturnKind.SOFT, shown


def plain(text: str) -> str:
    """The first words on one line, without the addresses and links in which a word means nothing."""
    return " ".join(_ADDRESS_OR_LINK.sub(" ", text[:WORDS_LIMIT]).split())


def gives_reason(lines: Iterable[str]) -> bool:
    """Whether these lines hold a code that tells why, or known words of refusal."""
    text = "\n".join(lines)
    return not all(map(_vague, codes(text))) or _reason(plain(text))


def is_answer(line: str) -> bool:
    """Whether a line holds a server's own answer: a reply code (RFC 5321) or an enhanced one."""
    return bool(_CODE.search(line) or _REPLY.search(line))


def _reason(words: str) -> bool:
    return matched((*_GONE, *_AGAINST), words)


def _vague(code: str) -> bool:
    """5.x.0 says "other"; 5.5.x is about the conversation that a refusal had broken; 2.x is no refusal."""
    kind, subject, detail = code.split(".")
    return kind == "2" or (kind == "5" and (subject == "5" or (detail == "0" and subject in "0123")))
