"""How a password is kept: as a hash of argon2id (RFC 9106), never as itself.

The parameters are those of argon2-cffi: 64 MiB, 3 passes, 4 lanes. OWASP's password storage cheat sheet
asks for no less than 19 MiB with 2 passes or 46 MiB with 1.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from alerts.errors import Unavailable

_AT_ONCE = 2  # each takes 64 MiB and a core; more at once would only hold up the pages
_PATIENCE_SECONDS = 10


class Passwords:
    """Makes and compares hashes. Safe for threads; only so many work at once."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._room = BoundedSemaphore(_AT_ONCE)

    def hashed(self, password: str) -> str:
        """The hash to keep, with its parameters and a salt of its own. Raises Unavailable when too busy."""
        with _Turn(self._room):
            return self._hasher.hash(_composed(password))

    def is_right(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one of the hash.

        Without a hash, because there is no such account, it takes as long and is False.
        """
        with _Turn(self._room):
            nobodys = self._nobodys  # made at the first comparison, whoever it is for
            try:
                return self._hasher.verify(kept or nobodys, _composed(password)) and kept is not None
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(32))


class _Turn:
    """Waits for room, but not for ever: those who wait hold up the threads that serve all other pages."""

    def __init__(self, room: BoundedSemaphore) -> None:
        self._room = room

    def __enter__(self) -> None:
        if not self._room.acquire(timeout=_PATIENCE_SECONDS):
            raise Unavailable("too many people are logging in at once; try again in a minute")

    def __exit__(self, *_: object) -> None:
        self._room.release()


def _composed(password: str) -> str:
    """One spelling of what different keyboards send for the same signs (RFC 8265 §4.2 uses NFC)."""
    return unicodedata.normalize("NFC", password)
