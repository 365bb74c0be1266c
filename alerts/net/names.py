"""What the DNS says in words: TXT records, asked within a few seconds. The owner of dnspython."""

from __future__ import annotations

import time
from collections.abc import Sequence

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

from alerts.errors import Unavailable


class Names:
    """Asks the system's name servers, or those at ``servers`` (address, port). All questions of one instance
    share ``seconds``, so that a machine without DNS says so once and soon."""

    def __init__(self, servers: Sequence[tuple[str, int]] = (), *, seconds: float = 3.0) -> None:
        self._servers = tuple(servers)
        self._seconds = seconds
        self._ends_at: float | None = None

    def texts(self, name: str) -> tuple[str, ...]:
        """The TXT records at a name, each as one line; () when there are none.

        Raises Unavailable when that could not be found out.
        """
        if self._ends_at is None:
            self._ends_at = time.monotonic() + self._seconds
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise Unavailable("no name server answered in time")
        try:
            answer = self._resolver().resolve(f"{name}.", "TXT", lifetime=left)
        except (NXDOMAIN, NoAnswer):
            return ()
        except (DNSException, OSError) as error:
            self._ends_at = 0.0  # the next question would fare no better
            raise Unavailable(f"the DNS cannot be asked: {str(error) or type(error).__name__}") from error
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)

    def _resolver(self) -> Resolver:
        resolver = Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers = [address for address, _ in self._servers]
            resolver.nameserver_ports = dict(self._servers)
        return resolver
