"""Asking a web application without a server or a socket: one ASGI request, one answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import unquote, urlencode

from starlette.types import ASGIApp


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


_OUR_SCRIPT = re.compile(r'<script src="/static/[a-z]+(?:\.min)?\.js" defer></script>')
_ACTIVE = re.compile(
    r"<script|<style|<img|<object|<embed|<iframe|http-equiv|autofocus|\ssrc=|\sstyle=|\son\w+=|\shx-on",
    re.IGNORECASE,
)


def active_parts(page: str) -> list[str]:
    """What in a page could run or load, apart from the scripts that are our own files."""
    return _ACTIVE.findall(_OUR_SCRIPT.sub("", page))


def ask(
    web: ASGIApp,
    path: str,
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    address: str = "127.0.0.1",
) -> Answer:
    path, _, query = path.partition("?")
    given = {"host": "localhost", "content-length": str(len(body)), **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "client": (address, 50000),
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
    fields: dict[str, str] = {}
    for name, value in start["headers"]:  # what is said twice, in lines
        said = fields.get(name.decode().lower())
        fields[name.decode().lower()] = f"{said}\n{value.decode()}" if said else value.decode()
    return Answer(start["status"], fields, b"".join(part.get("body", b"") for part in rest))


def post(web: ASGIApp, path: str, fields: Mapping[str, str]) -> Answer:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return ask(web, path, "POST", urlencode(fields).encode(), kind)


def post_multipart(web: ASGIApp, path: str, fields: Mapping[str, str]) -> Answer:
    parts = [f'--cut\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    kind = {"content-type": "multipart/form-data; boundary=cut"}
    return ask(web, path, "POST", "".join([*parts, "--cut--\r\n"]).encode(), kind)


@dataclass
class Browser:
    """Somebody at a browser: keeps cookies, follows no redirect, and says where its forms come from."""

    web: ASGIApp
    address: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, method: str = "GET") -> Answer:
        return self._keep(ask(self.web, path, method, b"", self._headers(), self.address))

    def post(self, path: str, fields: Mapping[str, str | tuple[str, ...]], **headers: str) -> Answer:
        """Sends these fields and no other. ``headers`` stand in for what the browser would say."""
        return self.send(path, urlencode(fields, doseq=True).encode(), **headers)

    def send(self, path: str, body: bytes, **headers: str) -> Answer:
        """The same with a body as it is."""
        kind = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**self._headers(), **kind, **told}
        return self._keep(ask(self.web, path, "POST", body, sent, self.address))

    def fill(
        self, page: Answer, path: str, fields: Mapping[str, str | tuple[str, ...]] | None = None
    ) -> Answer:
        """Sends the form that leads to ``path`` on this page, with these fields filled in."""
        form = re.search(rf'<form[^>]*action="{re.escape(path)}"[^>]*>(.*?)</form>', page.text, re.DOTALL)
        assert form, f"there is no form to {path}"
        return self.post(path.partition("#")[0], {**values(form[1]), **(fields or {})})

    def _headers(self) -> dict[str, str]:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"cookie": sent} if sent else {}

    def _keep(self, answer: Answer) -> Answer:
        for given in answer.headers.get("set-cookie", "").splitlines():
            name, _, value = given.partition(";")[0].partition("=")
            if "max-age=0" in given.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer


def values(form: str) -> dict[str, str]:
    """What the fields of a form hold, by name: inputs, ticked boxes, text areas and the chosen option of each
    list."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        held = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if held.get("type") not in ("checkbox", "radio") or tag.endswith(" checked>"):
            found[held["name"]] = unescape(held.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found
