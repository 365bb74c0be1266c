"""A real Chromium without a window, spoken to in its own protocol: Chrome DevTools, over a WebSocket.

No name resolves for it and of addresses it reaches this machine alone, so that a page that asks for something
outside gets nothing; ``requests`` still says what the page asked for.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp
from running_chromium import BrowserError, running_chromium

ANSWER_SECONDS = 60.0
MOST_TABS = 200

KEYS = {
    "Tab": (9, ""),
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    "Space": (32, " "),
    "ArrowUp": (38, ""),
    "ArrowDown": (40, ""),
}
"""Its number, and the letter it writes."""


class Chromium:
    """One browser with one page. Close it, or use it in a ``with``."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._number = 0
        self.requests: list[str] = []
        """Every address that was asked for since the page was opened."""
        self.complaints: list[str] = []
        """What was written to the console as an error since then: scripts that failed, what the policy of
        the page refused, what could not be loaded."""
        self.bytes_received = 0
        """What came over the wire since then: bodies as they were compressed, and headers."""
        try:
            self._runner = self._stack.enter_context(asyncio.Runner())
            address = self._stack.enter_context(running_chromium())
            self._runner.run(self._connect(address))
            self._stack.callback(lambda: self._runner.run(self._http.close()))
            self._session = ""
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Network", "Runtime", "Log"):
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
        self.visit(page.resolve().as_uri())

    def visit(self, address: str) -> None:
        """The same with what stands at an address, fetched anew."""
        self._forget()
        self.call("Network.setCacheDisabled", cacheDisabled=True)
        self.call("Page.navigate", url=address)
        self._runner.run(self._until_loaded())

    def press(self, words: str) -> None:
        """Presses the button or link that says exactly this, as a finger would, and waits for the page it
        leads to. Of several the last."""
        says = f"each => each.innerText.trim() === {json.dumps(words)} && each.checkVisibility()"
        self._press(f"[...document.querySelectorAll('button, a')].filter({says}).pop()", words)

    def press_the(self, selector: str) -> None:
        """The same with the first button or link that fits a selector."""
        self._press(f"document.querySelector({json.dumps(selector)})", selector)

    def _press(self, found: str, called: str) -> None:
        self._forget()
        x, y = self.run(
            f"""(one => {{
              if (!one) throw new Error("there is nothing to press: " + {json.dumps(called)});
              one.scrollIntoView({{block: "center", behavior: "instant"}});
              const box = one.getClientRects()[0];
              return [box.x + box.width / 2, box.y + box.height / 2];
            }})({found})"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self._runner.run(self._until_loaded())

    def key(self, name: str, *, shift: bool = False) -> None:
        """A key goes down and comes up."""
        code, letter = KEYS[name]
        said = {"key": letter if name == "Space" else name, "code": name, "windowsVirtualKeyCode": code}
        said |= {"modifiers": 8} if shift else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **said, **({"text": letter} if letter else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **said)

    def key_onwards(self, name: str) -> None:
        """The same with one that leads to another page: waits for that."""
        self._forget()
        self.key(name)
        self._runner.run(self._until_loaded())

    def write(self, words: str) -> None:
        """Letter by letter into what has the focus."""
        for letter in words:
            self.call("Input.dispatchKeyEvent", type="char", text=letter)

    def tab_to(self, what: str, *, back: bool = False) -> None:
        """Goes on with the tab key until what fits this selector has the focus."""
        for _ in range(MOST_TABS):
            if self.run(f"document.activeElement.matches({json.dumps(what)})"):
                return
            self.key("Tab", shift=back)
        raise BrowserError(f"the tab key does not lead to {what}")

    def type(self, selector: str, words: str) -> None:
        """Writes words into the field, in the place of what stood there, as a keyboard would."""
        self.run(f"(one => {{ one.focus(); one.select && one.select() }})({self._one(selector)})")
        self.call("Input.insertText", text=words)

    def choose(self, selector: str, value: str) -> None:
        """Chooses an option of a list by its value."""
        told = "new Event('change', {bubbles: true})"
        self.run(
            f"(one => {{ one.value = {json.dumps(value)}; if (one.value !== {json.dumps(value)}) "
            f"throw new Error('no such option'); one.dispatchEvent({told}) }})({self._one(selector)})"
        )

    def tick(self, selector: str) -> None:
        """Presses a box, or one of several buttons; it must be chosen then. What hides it is opened."""
        self.run(
            f"""(one => {{
              one.closest("details")?.setAttribute("open", "");
              one.click();
              if (!one.checked) throw new Error("not chosen");
            }})({self._one(selector)})"""
        )

    def attach(self, selector: str, file: Path) -> None:
        """Chooses a file of this machine, as its dialogue would."""
        found = self.call("Runtime.evaluate", expression=self._one(selector))["result"]
        self.call("DOM.setFileInputFiles", files=[str(file)], objectId=found["objectId"])

    def until(self, script: str, seconds: float = 20.0) -> None:
        """Waits until this is true of the page."""
        deadline = time.monotonic() + seconds
        while not self.run(f"!!({script})"):
            if time.monotonic() > deadline:
                raise BrowserError(f"{script} does not become true: {self.words}")
            time.sleep(0.02)

    @property
    def words(self) -> str:
        """What a reader sees of the page's content."""
        return " ".join(str(self.run("document.querySelector('main').innerText")).split())

    @property
    def address(self) -> str:
        return str(self.run("location.href"))

    def forget_everything(self) -> None:
        """A browser that has been nowhere yet: no cookie, no page."""
        self.call("Network.clearBrowserCookies")
        self.visit("about:blank")

    def _one(self, selector: str) -> str:
        missing = json.dumps(f"there is no {selector}")
        return (
            f"(document.querySelector({json.dumps(selector)}) || (() => {{ throw new Error({missing}) }})())"
        )

    def _forget(self) -> None:
        self.requests.clear()
        self.complaints.clear()
        self.bytes_received = 0
        self._loaded = False

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
        said = told.get("params", {})
        match told.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(said["request"]["url"])
            case "Network.loadingFinished":
                self.bytes_received += int(said["encodedDataLength"])
            case "Page.loadEventFired":
                self._loaded = True
            case "Runtime.exceptionThrown":
                self.complaints.append(str(said["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if said["type"] in ("error", "assert"):
                self.complaints.append(str(said["args"]))
            case "Log.entryAdded" if said["entry"]["level"] in ("error", "warning"):
                self.complaints.append(f"{said['entry']['text']} {said['entry'].get('url', '')}")
        return told
