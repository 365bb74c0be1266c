"""Answers that are the same for everybody: browsers and caches may keep them for five minutes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

KEPT_SECONDS = 300


def kept(request: Request, answer: Response, *, indexed: bool) -> Response:
    """The answer with a tag of its content; 304 and nothing else for who has it already (RFC 9110 §13.1.2).

    It stays apart from what those who are logged in see at the same address. ``indexed``: search engines
    may list it.
    """
    # Weak: the bytes that are sent depend on how they are compressed.
    tag = f'W/"{hashlib.sha256(bytes(answer.body)).hexdigest()[:32]}"'
    headers: Mapping[str, str] = {
        "Cache-Control": f"public, max-age={KEPT_SECONDS}",
        "ETag": tag,
        "Vary": "Accept-Language, Cookie",
        "X-Robots-Tag": "all" if indexed else "noindex",
    }
    known = {each.strip() for each in request.headers.get("if-none-match", "")[:2000].split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer
