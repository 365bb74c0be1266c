"""One retrieval of one feed: ask only for what changed, and say exactly why when there is no answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from alerts.errors import FetchError
from alerts.model import Fetched, Validators
from alerts.net.client import Client

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_TRY_AGAIN = frozenset({408, 421, 423, 425, 429})
_LONGEST_VALIDATOR = 1_000
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})")
_LONGEST_FRESH = 7 * 24 * 3600
_VALIDATOR = re.compile(r"[\x20-\x7e]+")


async def fetch(client: Client, url: str, validators: Validators, *, now: datetime | None = None) -> Fetched:
    """Get a feed if it changed since ``validators`` were given (RFC 9110 §13).

    A 304 is an answer with an empty body and the validators to keep. ``now`` is needed only to read
    a Retry-After date from a server that does not tell its own time.

    Raises FetchError: the client's reasons, and ``http`` for a status of 300 or more. It is transient
    for 5xx and for 4xx that ask for patience; 410 (Gone) and other 4xx are not.
    """
    headers = {"Accept": ACCEPT}
    if validators.etag:
        headers["If-None-Match"] = validators.etag
    if validators.last_modified:
        headers["If-Modified-Since"] = validators.last_modified
    response = await client.get(url, headers)
    wait = retry_after(response.headers, now)
    unchanged = response.status == 304 and len(headers) > 1
    if response.status >= 300 and not unchanged:
        raise FetchError(
            "http",
            f"The server answered with status {response.status}",
            transient=response.status >= 500 or response.status in _TRY_AGAIN,
            status=response.status,
            retry_after_seconds=wait,
        )
    fresh = Validators(_kept(response.headers.get("etag")), _kept(response.headers.get("last-modified")))
    if unchanged:
        fresh = Validators(fresh.etag or validators.etag, fresh.last_modified or validators.last_modified)
    return Fetched(
        url=response.url,
        status=response.status,
        body=response.body,
        content_type=response.headers.get("content-type", "")[:200],
        validators=fresh,
        moved_to=response.moved_to,
        fresh_seconds=fresh_for(response.headers, now),
    )


def retry_after(headers: Mapping[str, str], now: datetime | None) -> int | None:
    """Seconds ≥ 0 that the server asks us to wait (RFC 9110 §10.2.3), or None.

    A date is read relative to the server's own Date header, so that a wrong clock on either side
    does no harm; without one relative to ``now``.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return int(value[:9])
    until = _http_date(value)
    since = _http_date(headers.get("date", "")) or now
    if until is None or since is None:
        return None
    return max(0, round((until - since).total_seconds()))


def fresh_for(headers: Mapping[str, str], now: datetime | None) -> int | None:
    """Seconds for which the server calls its answer fresh, ≥ 0; None when it says nothing usable.

    Cache-Control's max-age wins over Expires (RFC 9111 §5.3); no-cache and no-store mean 0.
    """
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return 0
    if found := _MAX_AGE.search(control):
        return min(int(found[1]), _LONGEST_FRESH)
    expires, sent = _http_date(headers.get("expires", "")), _http_date(headers.get("date", "")) or now
    if expires is None or sent is None:
        return None
    return max(0, min(int((expires - sent).total_seconds()), _LONGEST_FRESH))


def _http_date(value: str) -> datetime | None:
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _kept(value: str | None) -> str | None:
    """A validator we can store and send back unchanged; anything stranger is forgotten."""
    if value and len(value) <= _LONGEST_VALIDATOR and _VALIDATOR.fullmatch(value):
        return value
    return None
