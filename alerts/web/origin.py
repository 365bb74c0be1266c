"""Where a request comes from: from which network, and from a page of whose."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request


class StaleForm(HTTPException):
    """The form was not made for this session."""


def network_of(request: Request) -> str:
    """Where a request comes from, for counting."""
    return request.client.host if request.client else "unknown"


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Whether the browser says that another site sent this request.

    Browsers of today say so in Sec-Fetch-Site, where the connection can be trusted. The Origin header of
    our own forms is ``null``, for our pages tell nobody where a request comes from; then the word of the
    form decides alone.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin", "null")
    if origin == "null":
        return False
    try:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    except ValueError:
        return True


def refuse_foreign(request: Request) -> None:
    """A form of ours is sent from a page of ours. Raises StaleForm."""
    if is_foreign(request.headers):
        raise StaleForm(403, "This form was sent from another site.")
