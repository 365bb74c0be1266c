"""What tests with real tools share. ./run browser installs the tools; a test without its tool says so."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Chromium
from specimens import SPECIMENS

# The worlds of the pages are those of the tests that need no browser.
sys.path += [str(Path(__file__).parents[1] / name) for name in ("faces", "journey")]

from live_world import Live, Newspaper, newspaper
from served import served
from visitor import Visitor

from alerts.app import App

PACKAGES = Path(sys.prefix) / "browser" / "node_modules"
"""Where ./run browser puts what tests/browser/package.json names."""


def installed(path: Path | str | None) -> Path:
    """The path of a tool that is there."""
    if path is None or not Path(path).exists():
        pytest.fail(f"not installed: {path or 'a program of Debian'}; start the tests with ./run browser")
    return Path(path)


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core."""
    return installed(PACKAGES / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="session")
def html_validate() -> tuple[str, ...]:
    """The command of html-validate with our rules; it wants files."""
    program = installed(PACKAGES / "html-validate" / "bin" / "html-validate.mjs")
    rules = Path(__file__).with_name("html-validate.json")
    return (str(installed(shutil.which("node"))), str(program), "--config", str(rules))


@pytest.fixture(scope="session")
def spamassassin() -> str:
    return str(installed(shutil.which("spamassassin")))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    with Chromium() as browser:
        yield browser


@pytest.fixture
def visitor(tmp_path: Path, chromium: Chromium) -> Iterator[Visitor]:
    lives: list[Live] = []

    def make(address: str) -> App:
        lives.append(Live(tmp_path, address))
        return lives[0].app

    chromium.forget_everything()
    with served(make) as site:
        yield Visitor(chromium, lives[0], site.address)
    lives[0].app.parser.close()


@pytest.fixture
def paper() -> Iterator[Newspaper]:
    with newspaper() as one:
        yield one


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the HTML of every specimen."""
    folder = tmp_path_factory.mktemp("pages")
    for specimen in SPECIMENS:
        (folder / f"{specimen}.html").write_text(specimen.message.html, "utf-8")
    return folder
