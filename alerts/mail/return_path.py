"""Addresses of our own that carry a tag: where a failure is reported, and where one may write to leave. Pure.

``bounces@example.org`` becomes ``bounces+b<tag>@example.org`` in the envelope of each delivery (VERP), so
that what comes back names the delivery whatever its words are, and ``bounces+u<tag>@…`` in List-Unsubscribe.
"""

from __future__ import annotations

from dataclasses import dataclass

from alerts.errors import BadInput
from alerts.mail.address import LOCAL_LIMIT, check_address

TAG_LIMIT = 40
"""Characters of a tag; what the part before the @ may have besides."""


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """The mailbox where what comes back is read; use ``return_path`` to make one."""

    local: str
    domain: str

    def failures(self, tag: str) -> str:
        """The envelope sender of one delivery; ``tag`` is of ``Signer.return_tag``."""
        return f"{self.local}+b{tag}@{self.domain}"

    def leaving(self, tag: str) -> str:
        """Where a reader writes to unsubscribe; ``tag`` is of ``Signer.unsubscribe_tag``."""
        return f"{self.local}+u{tag}@{self.domain}"


def return_path(address: str) -> ReturnPath:
    """Raises BadInput for what is no address, or too long for a tag to fit in (RFC 5321: 64 before the @)."""
    local, _, domain = check_address(address).rpartition("@")
    if len(local) > LOCAL_LIMIT - TAG_LIMIT - len("+b"):
        raise BadInput(f"{address} is too long to return mail to: at most 22 characters before the @")
    return ReturnPath(local.lower(), domain)
