"""A Chromium in a process of its own, as long as a block lasts."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 30.0


class BrowserError(Exception):
    """Chromium does not start, does not answer, or a script in the page failed."""


@contextlib.contextmanager
def running_chromium() -> Iterator[str]:
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
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
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
