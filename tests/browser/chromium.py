"""A real Chromium without a window, spoken to in its own protocol: Chrome DevTools, over a WebSocket.

No name resolves for it, so that a page that asks for something outside gets nothing; ``requests`` still says
what the page asked for.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

START_SECONDS = 30.0
ANSWER_SECONDS = 60.0


class BrowserError(Exception):
    """Chromium does not start, does not answer, or a script in the page failed."""


class Chromium:
    """One browser with one page. Close it, or use it in a ``with``."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._number = 0
        self.requests: list[str] = []
        """Every address that was asked for since the page was opened."""
        try:
            self._runner = self._stack.enter_context(asyncio.Runner())
            address = self._stack.enter_context(_running_chromium())
            self._runner.run(self._connect(address))
            self._stack.callback(lambda: self._runner.run(self._http.close()))
            self._session = ""
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Network", "Runtime"):
                self.call(f"{domain}.enable")
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._stack.close()

    # --- what a test does -----------------------------------------------------------------------

    def open(self, page: Path) -> None:
        """Shows a file and waits until it is loaded."""
        self.requests.clear()
        self._loaded = False
        self.call("Page.navigate", url=page.resolve().as_uri())
        self._runner.run(self._until_loaded())

    def look(self, *, width: int, dark: bool = False, height: int = 900) -> None:
        """The size of the window in CSS pixels, and the colours its user prefers."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def run(self, script: str) -> Any:
        """What an expression in the page comes to, once its promise is kept; it must fit into JSON."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise BrowserError(str(answer["exceptionDetails"].get("exception", answer)))
        return answer["result"].get("value")

    def pictures(self) -> Iterator[bytes]:
        """The whole page as PNG files, one for each windowful; the last one ends where the page does."""
        bottom, height = self.run("[document.documentElement.scrollHeight, innerHeight]")
        for top in range(0, bottom, height):
            self.run(f"scrollTo(0, {top})")
            yield base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    # --- the protocol ---------------------------------------------------------------------------

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol and its answer."""
        return self._runner.run(self._call(method, parameters))

    async def _connect(self, address: str) -> None:
        self._http = aiohttp.ClientSession()
        self._socket = await self._http.ws_connect(address, max_msg_size=0)

    async def _call(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        await self._socket.send_json({**command, "sessionId": self._session} if self._session else command)
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                told = await self._next()
                if told.get("id") == self._number:
                    break
        if "error" in told:
            raise BrowserError(f"{method}: {told['error']}")
        answer: dict[str, Any] = told["result"]
        return answer

    async def _until_loaded(self) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            while not self._loaded:
                await self._next()

    async def _next(self) -> dict[str, Any]:
        told: dict[str, Any] = await self._socket.receive_json()
        if told.get("method") == "Network.requestWillBeSent":
            self.requests.append(told["params"]["request"]["url"])
        if told.get("method") == "Page.loadEventFired":
            self._loaded = True
        return told


@contextlib.contextmanager
def _running_chromium() -> Iterator[str]:
    """The address at which a new Chromium is spoken to."""
    program = shutil.which("chromium")
    if program is None:
        raise BrowserError("Chromium is not installed; ./run browser installs it")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            program,
            "--headless=new",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-default-apps",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            # Its sandbox needs a user of its own.
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            "about:blank",
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
            try:
                yield _address(Path(profile, "DevToolsActivePort"), browser)
            finally:
                browser.terminate()


def _address(told: Path, browser: subprocess.Popen[bytes]) -> str:
    """Chromium writes its port, then the path, into a file of its profile."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and browser.poll() is None:
        lines = told.read_text("ascii").split("\n") if told.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise BrowserError(f"Chromium did not start within {START_SECONDS:.0f} s")
