"""Our pages on a free port of this machine, for a browser: the real server, the clock of the tests."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

import uvicorn

from alerts.app import App
from alerts.web.site import make_web


@dataclass(frozen=True, slots=True)
class Served:
    """An app and the address of its pages, without a slash at the end."""

    app: App
    address: str


@contextmanager
def served(make: Callable[[str], App]) -> Iterator[Served]:
    """Serves the app that is made for an address as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = make(address)
        server = uvicorn.Server(uvicorn.Config(make_web(app), log_level="warning", server_header=False))
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield Served(app, address)
        finally:
            server.should_exit = True
            thread.join()
            app.engine.dispose()
