"""Signed links: a token says what it allows, and only we can have made it. Pure.

A token carries no address and needs no row: it works for as long as the secret lives, so a link in a
mail that is months old still ends the subscription (RFC 8058 §3.1: opaque and hard to forge). What is signed
for one purpose is noise to every other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from alerts.model import Grant, Scope

TOKEN_LIMIT = 48  # characters; a header line with our URL then stays a single short token
ID_LIMIT = 2**63  # ids are 0 ≤ id < this, the range of a database's bigint

_VERSION = b"\x01"
_SCOPES = {Scope.RULE: 1, Scope.DIGEST: 2, Scope.EVERYTHING: 3, Scope.SITUATION: 4}
_SCOPE_OF = {number: scope for scope, number in _SCOPES.items()}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the holder of a confirm link may do: confirm that request, until then."""

    request_id: int
    until: datetime


class Signer:
    """Makes and reads tokens, signed with HMAC-SHA256.

    A *token* goes into a URL: 128 bits of signature, ``A-Z a-z 0-9 - _``. A *tag* goes into the part before
    the @ of an address of ours, where capitals may be lost and room is short: 80 bits, ``a-z 2-7``.
    Reading never raises; what was not made for that purpose with one of our secrets is None.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """Signs with the first secret and reads what any of them signed.

        Raises ValueError without a secret, or for an empty one, with which anybody could sign.
        """
        if not secrets or not all(secrets):
            raise ValueError("links need a secret to be signed with")
        self._secrets = tuple(secrets)

    # --- unsubscribing --------------------------------------------------------------------

    def token(self, grant: Grant) -> str:
        """For an unsubscribe link: at most TOKEN_LIMIT characters, always the same for a grant.

        Raises ValueError for an id outside 0 ≤ id < ID_LIMIT.
        """
        return self._write(_UNSUBSCRIBE, _of_grant(grant))

    def read(self, token: str) -> Grant | None:
        content = self._read(_UNSUBSCRIBE, token)
        return None if content is None else _grant(content)

    def unsubscribe_tag(self, grant: Grant) -> str:
        """For the address that a mail program writes to when its reader unsubscribes (RFC 2369 §3.2)."""
        return self._write(_UNSUBSCRIBE_BY_MAIL, _of_grant(grant))

    def read_unsubscribe_tag(self, tag: str) -> Grant | None:
        content = self._read(_UNSUBSCRIBE_BY_MAIL, tag.lower())
        return None if content is None else _grant(content)

    # --- confirming and choosing ----------------------------------------------------------

    def confirm_token(self, request_id: int, until: datetime) -> str:
        """For a confirm link; the time is kept to the second."""
        return self._write(_CONFIRM, b"\x01" + _number(request_id) + _number(int(until.timestamp())))

    def read_confirm(self, token: str) -> Confirmation | None:
        """What the link allowed, also when its time is over."""
        content = self._read(_CONFIRM, token)
        if content is None:
            return None
        request_id, rest = _read_number(content[1:])
        seconds, _ = _read_number(rest)
        return Confirmation(request_id, datetime.fromtimestamp(seconds, UTC))

    def preferences_token(self, subscriber_id: int) -> str:
        """For the page where a subscriber changes what comes."""
        return self._write(_PREFERENCES, b"\x01" + _number(subscriber_id))

    def read_preferences(self, token: str) -> int | None:
        """The id of the subscriber."""
        content = self._read(_PREFERENCES, token)
        return None if content is None else _read_number(content[1:])[0]

    def feed_token(self, subscriber_id: int) -> str:
        """For the feed of what a subscriber follows. Programs and services keep its address, so that it must
        not open the page."""
        return self._write(_FEED, b"\x01" + _number(subscriber_id))

    def read_feed(self, token: str) -> int | None:
        """The id of the subscriber."""
        content = self._read(_FEED, token)
        return None if content is None else _read_number(content[1:])[0]

    # --- what comes back ------------------------------------------------------------------

    def return_tag(self, delivery_id: int) -> str:
        """For the envelope sender of one delivery, so that what bounces names it (VERP)."""
        return self._write(_RETURN, _number(delivery_id))

    def read_return_tag(self, tag: str) -> int | None:
        """The id of the delivery."""
        content = self._read(_RETURN, tag.lower())
        return None if content is None else _read_number(content)[0]

    # --- signing --------------------------------------------------------------------------

    def _write(self, purpose: _Purpose, content: bytes) -> str:
        return purpose.spelled(content, self._secrets[0])

    def _read(self, purpose: _Purpose, text: str) -> bytes | None:
        """The content that was signed."""
        content = purpose.content(text)
        if content is None:
            return None
        # The whole text is compared, not the signature alone: base64 has several spellings of the same bytes.
        ours = [
            hmac.compare_digest(purpose.spelled(content, secret).encode(), text.encode())
            for secret in self._secrets
        ]
        return content if any(ours) else None


@dataclass(frozen=True, slots=True)
class _Purpose:
    """What something is signed for, how many bytes of signature it carries, and how its bytes are spelled."""

    words: bytes
    mac_bytes: int
    spell: Callable[[bytes], str]
    unspell: Callable[[str], bytes]

    def spelled(self, content: bytes, secret: bytes) -> str:
        mac = hmac.new(secret, self.words + b"\0" + _VERSION + content, hashlib.sha256).digest()
        # What is in a URL begins and ends with a small number, so that a token begins and ends with a letter
        # or digit and no program that makes links out of plain text leaves a final "-" or "_" behind.
        return self.spell(content + mac[: self.mac_bytes] + _VERSION)

    def content(self, text: str) -> bytes | None:
        """What stands before the signature, whoever made it; None for what is no token at all."""
        if len(text) > TOKEN_LIMIT or not text.isascii():
            return None
        try:
            return self.unspell(text)[: -self.mac_bytes - len(_VERSION)] or None
        except (binascii.Error, ValueError):
            return None


def _url_text(signed: bytes) -> str:
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode("ascii")


def _url_bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _address_text(signed: bytes) -> str:
    return base64.b32encode(signed).rstrip(b"=").decode("ascii").lower()


def _address_bytes(text: str) -> bytes:
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))


_UNSUBSCRIBE = _Purpose(b"alerts unsubscribe", 16, _url_text, _url_bytes)
_CONFIRM = _Purpose(b"alerts confirm", 16, _url_text, _url_bytes)
_PREFERENCES = _Purpose(b"alerts preferences", 16, _url_text, _url_bytes)
_FEED = _Purpose(b"alerts feed", 16, _url_text, _url_bytes)
_UNSUBSCRIBE_BY_MAIL = _Purpose(b"alerts unsubscribe by mail", 10, _address_text, _address_bytes)
_RETURN = _Purpose(b"alerts return", 10, _address_text, _address_bytes)


def _of_grant(grant: Grant) -> bytes:
    return bytes([_SCOPES[grant.scope]]) + _number(grant.subscriber_id) + _number(grant.target_id)


def _grant(content: bytes) -> Grant:
    """Only ever given bytes whose signature was right, as are the readers of numbers."""
    subscriber_id, rest = _read_number(content[1:])
    target_id, _ = _read_number(rest)
    return Grant(subscriber_id, _SCOPE_OF[content[0]], target_id)


def _number(value: int) -> bytes:
    """Seven bits to a byte, lowest first, the top bit saying that more follow (LEB128)."""
    if not 0 <= value < ID_LIMIT:
        raise ValueError(f"{value} is out of range")
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _read_number(encoded: bytes) -> tuple[int, bytes]:
    """The number and what follows it."""
    value = 0
    for place, byte in enumerate(encoded):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, encoded[place + 1 :]
    raise ValueError("a number without an end")
