"""Every page of ours in a real browser: accessible, narrow enough for a phone, light, and by itself."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from chromium import Chromium
from full_world import MAIL, FullWorld
from page_table import ALSO, NO_PAGES, PAGES, Page, addresses
from served import Served, served
from situation_world import RIGHT
from web_world import NOW

from alerts.services.accounts import log_in
from alerts.web.guard import Guard
from alerts.web.site import make_web

pytestmark = pytest.mark.browser

LOOKS = [(width, dark) for width in (320, 1280) for dark in (False, True)]
"""CSS pixels: the narrowest that WCAG asks for (1.4.10), and a desk; in light and in dark."""

MOST_BYTES = 100_000
"""What a page and all that it loads may weigh on the wire."""

LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh-Hans", "ko")

AXE = """axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations.flatMap(
  rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 300)} ${node.failureSummary}`)))"""


class Visited:
    """A browser before our pages, and who is logged in there."""

    def __init__(self, browser: Chromium, site: Served, world: FullWorld) -> None:
        self.browser, self.app, self._site = browser, site.app, site
        self._known = SimpleNamespace(
            feed=world.feed,
            item=world.item,
            job=world.job,
            mail=MAIL,
            preferences=world.preferences,
            past=world.past,
            confirm=world.confirm,
            leave=world.leave,
        )
        self._sessions: dict[str, str] = {}

    def show(self, page: Page, language: str = "") -> None:
        """Opens the page as the one who it is for; it must answer as it should."""
        self._enter(page.who)
        path = page.address.format(w=self._known)
        if language:
            path += f"{'&' if '?' in path else '?'}lang={language}"
        self.browser.visit(self._site.address + path)
        got = self.browser.run("performance.getEntriesByType('navigation')[0].responseStatus")
        assert (got, self.browser.address) == (page.status, self._site.address + path)

    def _enter(self, name: str) -> None:
        self.browser.call("Network.clearBrowserCookies")
        if not name:
            return
        app = self.app
        if name not in self._sessions:
            self._sessions[name] = log_in(
                app.engine, app.passwords, name, RIGHT, "127.0.0.1", secret=app.secret, now=NOW
            )
        cookie = {"name": Guard(app).cookie, "value": self._sessions[name]}
        self.browser.call("Network.setCookie", url=self._site.address, **cookie)

    def problems(self, page: Page) -> list[str]:
        """What is wrong with the page that is shown, whatever its size and colours."""
        browser = self.browser
        told = [f"console: {each}" for each in browser.complaints if page.status == 200]
        # The signs that a browser draws into fields for days and hours are data of its own.
        told += [
            f"asks for {each}"
            for each in browser.requests
            if not each.startswith((self._site.address, "data:"))
        ]
        if browser.bytes_received > MOST_BYTES:
            told.append(f"weighs {browser.bytes_received:,} bytes")
        return told

    def seen(self, width: int, *, dark: bool = False) -> list[str]:
        """What axe, which was run in it, finds wrong at this size, in these colours; and whether it fits."""
        browser = self.browser
        browser.look(width=width, dark=dark)
        told = [f"{width}{' dark' if dark else ''}: {each}" for each in browser.run(AXE)]
        wide = browser.run("document.documentElement.scrollWidth")
        return [*told, f"{width}: is {wide} wide"] if wide > width else told


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory, chromium: Chromium) -> Iterator[Visited]:
    worlds: list[FullWorld] = []

    def make(address: str) -> FullWorld:
        worlds.append(FullWorld(tmp_path_factory.mktemp("world"), address))
        return worlds[0]

    with served(lambda address: make(address).app) as site:
        yield Visited(chromium, site, worlds[0])


def test_every_route_that_can_be_looked_at_stands_in_the_table(visited: Visited) -> None:
    there = set(addresses(make_web(visited.app)))
    assert there == PAGES.keys() | NO_PAGES.keys()


@pytest.mark.parametrize("page", [*PAGES.values(), *ALSO], ids=lambda page: f"{page.address} {page.who}")
def test_a_page_is_accessible_fits_is_light_and_loads_nothing_but_ours(
    visited: Visited, axe: str, page: Page
) -> None:
    visited.show(page)
    problems = visited.problems(page)
    visited.browser.run(axe)
    for width, dark in LOOKS:
        problems += visited.seen(width, dark=dark)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "page", [each for each in (*PAGES.values(), *ALSO) if each.spoken], ids=lambda page: page.address
)
def test_a_page_for_everybody_is_so_in_every_language(
    visited: Visited, axe: str, page: Page, language: str
) -> None:
    visited.show(page, language)
    assert visited.browser.run("document.documentElement.lang") == language
    visited.browser.run(axe)
    problems = visited.problems(page) + visited.seen(320)
    assert not problems, "\n".join(problems)
