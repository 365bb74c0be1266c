"""Long work as its user sees it, on the real service: it is called off on its page, and goes on where it was
when its worker was killed."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import Popen
from threading import Thread
from typing import Any
from urllib.request import urlopen

import pytest
from chromium import Chromium
from live_world import FERRY
from situation_world import RIGHT, with_accounts
from soak import START_SECONDS, environment_of, pids_of, running_service
from sqlalchemy import func, select

from alerts.app import App
from alerts.config import Settings
from alerts.model import JobState
from alerts.services.jobs import LEASE
from alerts.services.rules import import_rules
from alerts.store import jobs
from alerts.store import schema as table
from alerts.store.jobs import Job
from alerts.store.migrate import upgrade
from alerts.store.unit import reading

pytestmark = pytest.mark.browser

ITEMS, FEEDS = 24_000, 600
"""So many that each kind of work takes many steps."""

UNDER_WAY = "document.querySelector('#job progress')?.value > 0"


class Desk:
    """An editor before the pages of the service, and what is in its database."""

    def __init__(self, browser: Chromium, app: App, address: str, service: Popen[bytes]) -> None:
        self.browser, self.app, self.address, self.service = browser, app, address, service

    def begin(self, path: str, file: Path | None, press: str) -> int:
        """Asks for work on that page; the id of the job, once it is under way."""
        self.browser.visit(self.address + path)
        if file is not None:
            self.browser.attach("input[type=file]", file)
        self.browser.press(press)
        return self.under_way() if "/jobs/" in self.browser.address else 0

    def under_way(self) -> int:
        """Looks at the page of the work until some of it is done; its id."""
        deadline = time.monotonic() + START_SECONDS
        while not self.browser.run(UNDER_WAY):
            assert time.monotonic() < deadline, self.browser.words
            self.browser.visit(self.browser.address)
        return int(self.browser.address.rpartition("/")[2])

    def call_off(self) -> int:
        """On the page that shows it."""
        self.browser.press("Cancel")
        assert "cancelled by anna" in self.browser.words
        assert "What is done by then stays" not in self.browser.words
        return self.job(int(self.browser.address.rpartition("/")[2])).done

    def kill_workers(self) -> None:
        found = pids_of(self.service.pid)
        for pid in (*found["worker"], *found["pool"]):
            os.kill(pid, signal.SIGKILL)

    def job(self, job_id: int) -> Job:
        with reading(self.app.engine) as tx:
            return jobs.find(tx, job_id)

    def items(self, begins: str) -> int:
        with reading(self.app.engine) as tx:
            return tx.scalar(select(func.count()).where(table.Item.key.startswith(begins))) or 0


@pytest.fixture
def desk(tmp_path: Path, chromium: Chromium) -> Iterator[Desk]:
    environment = environment_of(tmp_path)
    app = App(Settings(home=tmp_path))
    upgrade(app.engine)
    with_accounts(app)
    import_rules(app.engine, [FERRY], author="test", now=app.clock())
    address = f"http://127.0.0.1:{environment['ALERTS_HTTP_PORT']}"
    chromium.forget_everything()
    chromium.look(width=1280)
    with running_service(environment, tmp_path) as service:
        wait_for(address)
        chromium.visit(f"{address}/login")
        chromium.type("#name", "anna")
        chromium.type("#password", RIGHT)
        chromium.press("Log in")
        yield Desk(chromium, app, address, service)
    app.engine.dispose()


def wait_for(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            urlopen(f"{address}/readyz", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the service does not start")


def items_file(path: Path, key: str) -> Path:
    lines = [json.dumps({"id": f"{key}{n}", "title": f"Ferry {n} suspended, {key}"}) for n in range(ITEMS)]
    path.write_text("\n".join(lines), "utf-8")
    return path


@contextmanager
def slow_feeds(path: Path) -> Iterator[Path]:
    """A list of feeds whose server takes its time."""

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(0.5)
            self.send_error(503)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        lines = "".join(f'<outline type="rss" text="F{n}" xmlUrl="{address}/{n}.xml"/>' for n in range(FEEDS))
        path.write_text(f'<opml version="2.0"><body>{lines}</body></opml>', "utf-8")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield path
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.timeout(400)
def test_work_is_called_off_on_its_page_and_outlives_its_worker(desk: Desk, tmp_path: Path) -> None:
    whole = desk.begin("/jobs/items", items_file(tmp_path / "whole.jsonl", "whole"), "Bring them in")
    desk.kill_workers()
    killed_at = desk.job(whole).done
    assert 0 < killed_at < ITEMS

    part = desk.begin("/jobs/items", items_file(tmp_path / "part.jsonl", "part"), "Bring them in")
    part_done = desk.call_off()

    with slow_feeds(tmp_path / "list.opml") as opml:
        desk.begin("/feeds/opml", opml, "Look at it")
        desk.browser.press(f"Add these {FEEDS} feeds")
        feeds = desk.under_way()
        feeds_done = desk.call_off()

    desk.browser.visit(f"{desk.address}/jobs/{whole}")
    assert f"{killed_at:,} of {ITEMS:,}" in desk.browser.words, "what was done by then is not forgotten"
    desk.browser.until("!document.querySelector('[hx-get]#job')", LEASE.total_seconds() + 120)
    ended = desk.job(whole)
    assert (ended.state, ended.done) == (JobState.DONE, ITEMS)
    assert ended.result["counts"]["new"] == desk.items("whole") == ITEMS, "nothing twice"

    desk.browser.visit(f"{desk.address}/jobs")
    desk.browser.type("#backtest-query", "ferry OR suspended")
    desk.browser.press("Try it on the archive")
    backtest = desk.under_way()
    backtest_done = desk.call_off()
    assert "It matches" not in desk.browser.words, "what it comes to is its last step"

    for job, done in ((part, part_done), (feeds, feeds_done), (backtest, backtest_done)):
        called_off = desk.job(job)
        assert (called_off.state, called_off.done) == (JobState.CANCELLED, done)
    assert 0 < feeds_done < FEEDS
    assert 0 < part_done == desk.items("part") < ITEMS
