"""Does the DNS vouch for who we say we are? What SPF, DKIM and DMARC records say, judged. Pure.

Mailbox providers refuse or hide bulk mail without all three. The relay signs and is named in SPF: whether it
does is seen in a mail that arrived; what is judged here is whether the records can be right.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

_SHORTEST_RSA = 162  # bytes of a SubjectPublicKeyInfo with 1,024 bits (RFC 8301 §3.2)
_ADVISED_RSA = 294  # with 2,048
_QUERIES = 8  # of the tree walk of RFC 9989


@dataclass(frozen=True, slots=True)
class Judged:
    """``ok`` is False when mail will be refused for it. ``words`` say what was found, or what to do."""

    ok: bool
    words: str


def judge_spf(domain: str, records: Sequence[str]) -> Judged:
    """``records`` are the TXT records of the envelope sender's domain (RFC 7208)."""
    found = [each for each in records if re.match(r"v=spf1( |$)", each, re.I)]
    if not found:
        return Judged(False, f"{domain} has no SPF record: publish one that names your relay")
    if len(found) > 1:
        return Judged(False, f"{domain} has {len(found)} SPF records; with more than one none counts")
    terms = found[0].lower().split()
    if "+all" in terms or "all" in terms:
        return Judged(False, f"the SPF record of {domain} lets everybody send in its name: end it with -all")
    return Judged(True, f"{domain}: {found[0]}")


def judge_dkim(name: str, records: Sequence[str]) -> Judged:
    """``records`` are those at ``selector._domainkey.domain`` (RFC 6376 §3.6.1)."""
    keys = [tags for tags in map(_tags, records) if "p" in tags]
    if not keys:
        return Judged(False, f"{name} has no DKIM key: publish the one your relay signs with")
    if len(keys) > 1:
        return Judged(False, f"{name} has {len(keys)} DKIM keys and may have one")
    tags = keys[0]
    kind = tags.get("k", "rsa")
    try:
        key = base64.b64decode(re.sub(r"\s", "", tags["p"]), validate=True)
    except binascii.Error:
        return Judged(False, f"the DKIM key at {name} is not base64: was it cut when it was pasted?")
    if not key:
        return Judged(False, f"the DKIM key at {name} was revoked: its p= is empty")
    if kind == "rsa" and len(key) < _SHORTEST_RSA:
        return Judged(False, f"the DKIM key at {name} is shorter than 1024 bits: receivers ignore it")
    weak = " of less than 2048 bits: make a longer one" if kind == "rsa" and len(key) < _ADVISED_RSA else ""
    return Judged(True, f"{name} has an {kind} key{weak}")


def dmarc_names(domain: str) -> tuple[str, ...]:
    """Where a DMARC record for the domain may be, the nearest first (the tree walk of RFC 9989)."""
    labels = domain.split(".")
    starts = range(max(len(labels) - 1, 1))
    return tuple(f"_dmarc.{'.'.join(labels[start:])}" for start in starts)[:_QUERIES]


def judge_dmarc(domain: str, name: str, records: Sequence[str], return_domain: str) -> Judged | None:
    """``records`` are those at ``name``, one of ``dmarc_names``; None when none of them is about DMARC, so
    that the next name is to be asked."""
    found = [each for each in records if re.match(r"v=DMARC1\s*(;|$)", each)]
    if not found:
        return None
    if len(found) > 1:
        return Judged(False, f"{name} has {len(found)} DMARC records; with more than one none counts")
    policy = _tags(found[0]).get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        return Judged(False, f"the DMARC record at {name} says no policy: p=none, p=quarantine or p=reject")
    words = f"{name}: p={policy}"
    if not aligned(domain, return_domain):
        words += f"; SPF speaks for {return_domain}, so only a DKIM signature of {domain} can pass"
    return Judged(True, words)


def aligned(domain: str, other: str) -> bool:
    """Whether one is the other or lies below it: near enough for DMARC's relaxed alignment."""
    return domain == other or domain.endswith(f".{other}") or other.endswith(f".{domain}")


def _tags(record: str) -> dict[str, str]:
    """``a=b; c=d`` taken apart (RFC 6376 §3.2)."""
    pairs = (each.partition("=") for each in record.split(";"))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}
