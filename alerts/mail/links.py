"""Signed links: a token says what it allows, and only we can have made it. Pure.

A token carries no address and needs no row: it works for as long as the secret lives, so a link in a
mail that is months old still ends the subscription (RFC 8058 §3.1: opaque and hard to forge).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from alerts.model import Grant, Scope

TOKEN_LIMIT = 48  # characters; a header line with our URL then stays a single short token
ID_LIMIT = 2**63  # ids are 0 ≤ id < this, the range of a database's bigint

_PURPOSE = b"alerts unsubscribe\0"  # a token for one purpose is noise to another
_KEY = 1  # which secret signed; a rotated secret gets the next number (below 62, see _sign)
_MAC_BYTES = 16
_SCOPES = {Scope.RULE: 1, Scope.DIGEST: 2, Scope.EVERYTHING: 3}
_SCOPE_OF = {number: scope for scope, number in _SCOPES.items()}


class Signer:
    """Makes and reads the tokens of unsubscribe links, signed with HMAC-SHA256 cut to 128 bits."""

    def __init__(self, secret: bytes) -> None:
        """Raises ValueError for an empty secret, with which anybody could sign."""
        if not secret:
            raise ValueError("links need a secret to be signed with")
        self._secret = secret

    def token(self, grant: Grant) -> str:
        """At most TOKEN_LIMIT characters of ``A-Z a-z 0-9 - _``, always the same for a grant.

        Raises ValueError for an id outside 0 ≤ id < ID_LIMIT.
        """
        if not (0 <= grant.subscriber_id < ID_LIMIT and 0 <= grant.target_id < ID_LIMIT):
            raise ValueError(f"an id of {grant} is out of range")
        ids = _number(grant.subscriber_id) + _number(grant.target_id)
        return self._sign(bytes([_SCOPES[grant.scope]]) + ids)

    def read(self, token: str) -> Grant | None:
        """The grant, or None for anything that ``token`` did not make with this secret. Never raises."""
        if len(token) > TOKEN_LIMIT or not token.isascii():
            return None
        try:
            signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            return None
        content = signed[: -_MAC_BYTES - 1]
        # The whole text is compared, not the signature alone: base64 has several spellings of the same bytes.
        if not hmac.compare_digest(self._sign(content).encode(), token.encode()):
            return None
        subscriber_id, rest = _read_number(content[1:])
        target_id, _ = _read_number(rest)
        return Grant(subscriber_id, _SCOPE_OF[content[0]], target_id)

    def _sign(self, content: bytes) -> str:
        key = bytes([_KEY])
        mac = hmac.new(self._secret, _PURPOSE + key + content, hashlib.sha256).digest()[:_MAC_BYTES]
        # Scope first and key last: both are small numbers, so a token begins and ends with a letter or
        # digit and no mail program that makes links out of plain text leaves a final "-" or "_" behind.
        return base64.urlsafe_b64encode(content + mac + key).rstrip(b"=").decode("ascii")


def _number(value: int) -> bytes:
    """Seven bits to a byte, lowest first, the top bit saying that more follow (LEB128)."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _read_number(encoded: bytes) -> tuple[int, bytes]:
    """The number and what follows it; only ever given bytes whose signature was right."""
    value = 0
    for place, byte in enumerate(encoded):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, encoded[place + 1 :]
    raise ValueError("a number without an end")
