"""How long the server takes for each page: with 200,000 items, 10,000 rules and 20,000 subscribers.

    ./run bench pages [--postgres URL] [--share S] [--times N] [--only PART] [--home DIR]

Fills an empty database (``bench.pages_world``), then asks the web application for each page as an admin, and
sends forms as somebody types, without a socket between; prints the median and the 95th of 100 in
milliseconds, the 95th of this process's own time (it says more on a machine that others use), how many
statements the page sent, and the slowest of them where the page is slower than it may be.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import event
from starlette.types import ASGIApp

from alerts.app import App
from alerts.config import Settings
from alerts.model import Grant, Role, Scope
from alerts.services.accounts import add_account, log_in
from alerts.store.migrate import pending, upgrade
from alerts.web.guard import Guard
from alerts.web.site import make_web
from alerts.web.warming import warm
from bench.pages_asked import PAGES, PREVIEWS, Form
from bench.pages_readers import fill_readers
from bench.pages_situations import fill_situations
from bench.pages_world import NOW, News, Size

MOST_MS = 300
"""What a page may take, for 95 of 100 requests."""

TIMES = 40
_NAME, _PASSWORD = f"bench-{token_hex(4)}", token_urlsafe(24)


@dataclass
class Asked:
    """One page: what each request took, and the slowest statements."""

    route: str
    status: set[int] = field(default_factory=set)
    milliseconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    statements: int = 0
    slowest: dict[str, float] = field(default_factory=dict)

    @property
    def p95(self) -> float:
        return percentile(self.milliseconds, 0.95)

    def line(self) -> str:
        per = self.statements / len(self.milliseconds)
        states = ",".join(map(str, sorted(self.status)))
        times = f"{percentile(self.milliseconds, 0.5):9.0f}{self.p95:9.0f}"
        processor = f"{percentile(self.processor, 0.95):9.0f}"
        return (
            f"{self.route:32}{states:>8}{times}{processor}{per:8.0f}{'  over' if self.p95 > MOST_MS else ''}"
        )


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Statements:
    """Listens to what the database is asked."""

    def __init__(self, engine: Any) -> None:
        self.asked: Asked | None = None
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def _before(self, connection: Any, *_: Any) -> None:
        connection.info["began"] = time.perf_counter()

    def _after(self, connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if self.asked is None:
            return
        took = (time.perf_counter() - connection.info["began"]) * 1000
        said = " ".join(statement.split())
        self.asked.statements += 1
        self.asked.slowest[said] = max(took, self.asked.slowest.get(said, 0))


async def ask(web: ASGIApp, path: str, cookie: str, form: Form | None = None) -> int:
    """One request, a POST when it has a form, until the last byte of its answer. The status."""
    path, _, query = path.partition("?")
    headers = {"host": "localhost", "accept-encoding": "gzip", **({"cookie": cookie} if cookie else {})}
    if form is not None:
        headers |= {"content-type": "application/x-www-form-urlencoded", "hx-request": "true"}
    body = urlencode(form or {}).encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET" if form is None else "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    with suppress(Exception):  # it is handed on to the server when the answer has been sent: 500
        await web(scope, receive, send)
    return status


async def measured(app: App, times: int, only: str) -> Iterator[Asked]:
    """Every page, once before anything is counted and then so many times."""
    add_account(app.engine, app.passwords, _NAME, Role.ADMIN, _PASSWORD, actor="bench", now=NOW)
    token = log_in(app.engine, app.passwords, _NAME, _PASSWORD, "127.0.0.1", secret=app.secret, now=NOW)
    cookie = f"{Guard(app).cookie}={token}"
    links = {
        "preferences": f"/p/{app.signer.preferences_token(777)}",
        "leave": f"/u/{app.signer.token(Grant(777, Scope.EVERYTHING, 0))}",
    }
    web, heard, found = make_web(app), Statements(app.engine), []
    unasked = sorted(set(routes(web)) - PAGES.keys())
    print(f"not asked for: {' '.join(unasked)}")
    warm(app)
    wanted: dict[str, list[tuple[str, Form | None]]] = {
        **{route: [(each.format(**links), None) for each in paths] for route, paths in PAGES.items()},
        **{typed: list(forms) for typed, forms in PREVIEWS.items()},
    }
    word = Guard(app).word(token)
    for route, requests in wanted.items():
        if only not in route:
            continue
        for path, form in requests:
            await ask(web, path, cookie, form and {**form, "word": word})
        heard.asked = asked = Asked(route)
        for number in range(times):
            path, form = requests[number % len(requests)]
            began, worked = time.perf_counter(), time.process_time()
            asked.status.add(await ask(web, path, cookie, form and {**form, "word": word}))
            asked.milliseconds.append((time.perf_counter() - began) * 1000)
            asked.processor.append((time.process_time() - worked) * 1000)
        heard.asked = None
        found.append(asked)
        print(asked.line(), flush=True)
    return iter(found)


def routes(web: Any) -> Iterator[str]:
    """The paths of all routes that answer GET."""
    for route in web.routes:
        below = getattr(route, "original_router", None)
        if below is not None:
            yield from routes(below)
        elif "GET" in (getattr(route, "methods", None) or ()):
            yield route.path


def main(arguments: Sequence[str]) -> int:
    reader = argparse.ArgumentParser("bench pages", description=__doc__)
    reader.add_argument("--postgres", default="", help="an empty postgresql://… database; default: SQLite")
    reader.add_argument("--share", type=float, default=1.0, help="of the rows: 0.01 for a try")
    reader.add_argument("--times", type=int, default=TIMES, help="requests of each page")
    reader.add_argument("--only", default="", help="routes with this in them")
    reader.add_argument("--home", type=Path, help="keep the database in this folder, and use what is there")
    chosen = reader.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="alerts-bench-") as folder:
        home = chosen.home or Path(folder)
        settings = Settings(
            home=home, database_url=chosen.postgres, secret_key="k" * 40, maildir=home / "mail"
        )
        app = App(settings, clock=lambda: NOW)
        if pending(app.engine):
            fill(app, Size() if chosen.share == 1 else Size().part(chosen.share))
        head = ("status", "p50 ms", "p95 ms", "CPU p95", "SQL")
        print(f"{app.engine.dialect.name:32}" + "{:>8}{:>9}{:>9}{:>9}{:>8}".format(*head))
        asked = list(asyncio.run(measured(app, chosen.times, chosen.only)))
        tell_slow(asked)
        app.engine.dispose()
    return int(any(each.p95 > MOST_MS for each in asked))


def fill(app: App, size: Size) -> None:
    began = time.perf_counter()
    upgrade(app.engine)
    news = News(app.engine, size)
    fill_situations(news)
    fill_readers(news)
    print(f"filled in {time.perf_counter() - began:.0f} s: {size}", file=sys.stderr)


def tell_slow(asked: Sequence[Asked]) -> None:
    """The three slowest statements of each page that takes too long."""
    for each in asked:
        if each.p95 > MOST_MS:
            print(f"\n{each.route}")
            for said, took in sorted(each.slowest.items(), key=lambda found: -found[1])[:3]:
                print(f"  {took:7.0f} ms  {said[:300]}")
