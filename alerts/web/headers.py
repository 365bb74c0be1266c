"""What every answer says to the browser: run and load what is ours alone, tell nobody (CSP level 3)."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'none'",
    "img-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
)
PAGE_POLICY = "; ".join((*_POLICY, "style-src 'self'", "script-src 'self'", "connect-src 'self'"))
MAIL_POLICY = "; ".join((*_POLICY, "style-src 'self' 'unsafe-inline'"))
"""For the page that frames a mail, and runs nothing: the frame inherits this policy, and mail is styled
inline."""

NEW_TAB = '<base target="_blank">'
"""Before a mail in its frame: its links open in a tab of their own, for the frame can show nothing but it."""

HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


class WithHeaders:
    """Adds HEADERS to every answer that does not say otherwise itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
