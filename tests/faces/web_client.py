"""Asking a web application without a server or a socket: one ASGI request, one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    web: ASGIApp, path: str, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    path, _, query = path.partition("?")
    given = {"host": "localhost", "content-length": str(len(body)), **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }
    sent: list[Any] = []
    coming = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return coming.pop() if coming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(web(scope, receive, send))
    start, *rest = sent
    fields = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], fields, b"".join(part.get("body", b"") for part in rest))


def post(web: ASGIApp, path: str, fields: Mapping[str, str]) -> Answer:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return ask(web, path, "POST", urlencode(fields).encode(), kind)


def post_multipart(web: ASGIApp, path: str, fields: Mapping[str, str]) -> Answer:
    parts = [f'--cut\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    kind = {"content-type": "multipart/form-data; boundary=cut"}
    return ask(web, path, "POST", "".join([*parts, "--cut--\r\n"]).encode(), kind)
