"""Mail addresses: which ones we write to, and when two of them are the same mailbox. Pure.

We speak plain SMTP without SMTPUTF8 (RFC 6531), so the part before the @ is ASCII; the domain may be
written in any script and travels in its ASCII form (IDNA 2008, with the mapping of UTS 46).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from functools import lru_cache

import idna

from alerts.errors import BadInput

ADDRESS_LIMIT = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
LOCAL_LIMIT = 64  # RFC 5321 §4.5.3.1.1

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def check_address(address: str) -> str:
    """The address as it goes on the wire: local part as written, domain in lower-case ASCII.

    Spaces around it are forgiven. Quoted local parts and address literals, legal but never a reader's
    own address, are refused, as is a leading ``-`` (a mail program would read it as an option).
    Raises BadInput.
    """
    local, domain = _split(address)
    if not _LOCAL.fullmatch(local) or local.startswith("-") or "=?" in local:
        raise BadInput(f"{_shown(address)} is no mail address we can write to: check the part before the @")
    return f"{local}@{domain}"


@lru_cache(maxsize=1024)
def check_domain(domain: str) -> str:
    """The domain in lower-case ASCII (IDNA). One label alone must be ``localhost``. Raises BadInput."""
    try:
        name = idna.encode(domain[:256], uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        name = ""
    labels = name.split(".")
    # An all-digit last label is an IPv4 address or nonsense (RFC 3696 §2).
    named = all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    if not named or (len(labels) == 1 and name != "localhost"):
        raise BadInput(f"{_shown(domain)} is not a mail domain: write it like example.org")
    return name


def normalise_address(address: str) -> str:
    """The key under which a mailbox is looked up: NFC, case folded, domain in ASCII (IDNA).

    Accepts a local part in any script, since bounces and imported lists may name one. Never write to
    the result: servers may tell letter cases apart. Raises BadInput for what is no address at all.
    """
    local, domain = _split(address)
    return f"{unicodedata.normalize('NFC', local.casefold())}@{domain}"


def suppression_hash(address: str, secret: bytes) -> str:
    """What we keep of an address we must never write to again: 64 hex digits, useless without the secret.

    Equal for every spelling that ``normalise_address`` makes equal. Raises BadInput as it does.
    """
    return keyed_hash("suppression", normalise_address(address), secret)


def keyed_hash(purpose: str, text: str, secret: bytes) -> str:
    """64 hex digits that say nothing without the secret, nor for another purpose."""
    words = f"alerts {purpose}\0{text}".encode("utf-8", "replace")
    return hmac.new(secret, words, hashlib.sha256).hexdigest()


def mailbox(address: str) -> str:
    """The mailbox that an address most likely leads to: without dots and ``+tag`` before the @, as large
    providers read it. Only for counting; what it names may be somebody else. Raises BadInput."""
    local, _, domain = normalise_address(address).rpartition("@")
    return f"{local.partition('+')[0].replace('.', '') or local}@{domain}"


def _split(address: str) -> tuple[str, str]:
    text = unicodedata.normalize("NFC", address).strip(" ")
    local, at, domain = text.rpartition("@")
    if not at or not local or "@" in local or not all(c.isprintable() and not c.isspace() for c in text):
        raise BadInput(f"{_shown(address)} is not a mail address: write one like reader@example.org")
    name = check_domain(domain)
    if len(local) > LOCAL_LIMIT or len(local) + 1 + len(name) > ADDRESS_LIMIT:
        raise BadInput(f"{_shown(address)} is too long for a mail address")
    return local, name


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 80 else text[:79] + "…")
