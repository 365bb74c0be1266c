"""Which addresses of others may be printed, and how. Pure."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

ADDRESS_LIMIT = 2000


@lru_cache(maxsize=4096)
def address(url: str) -> str | None:
    """The address as ASCII when it is http or https and safe to print, else None."""
    if len(url) > ADDRESS_LIMIT:
        return None
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # also UnicodeError: no such host name
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or parts.username is not None:
        return None
    if ":" in host:
        host = f"[{host}]"
    elif quote(host, safe="") != host:
        return None
    path, query, anchor = (
        quote(part, safe="/:;,@!$'()*+=~&?%", errors="replace")
        for part in (parts.path, parts.query, parts.fragment)
    )
    return urlunsplit((parts.scheme.lower(), host + port, path, query, anchor))
