"""Somebody at a browser, before the pages of a live service."""

from __future__ import annotations

from chromium import Chromium
from live_world import Live
from situation_world import RIGHT

PHONE, DESK = 390, 1280


class Visitor:
    def __init__(self, browser: Chromium, live: Live, address: str) -> None:
        self.browser, self.live, self.address = browser, live, address

    def come(self, path: str, width: int = DESK) -> Chromium:
        """Opens a page at a screen of this width, and returns the browser."""
        self.browser.look(width=width)
        self.browser.visit(path if path.startswith("http") else self.address + path)
        return self.browser

    def log_in(self, name: str) -> None:
        """From the login that the page asks for."""
        self.browser.type("#name", name)
        self.browser.type("#password", RIGHT)
        self.browser.press("Log in")
