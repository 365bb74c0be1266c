"""A real service under fire: captured feeds over HTTP, kill -9 at random, and a checker of its own.

Starts ``alerts up`` in a scratch folder against feeds that this program serves, kills its processes at
random, empties its broker, and afterwards compares the Maildir with what an oracle expects: every item
that was served, parsed and matched by the plain evaluator. Counts what is lost, unexpected, doubled, late.

    python tests/journey/soak.py CAPTURES --minutes 10 --seed 1

CAPTURES holds <feed>/<YYYYMMDDTHHMMSSZ>.xml; their time is pressed into the minutes of the run.
"""

from __future__ import annotations

import argparse
import email.policy
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

from sqlalchemy import Engine

from alerts.app import App
from alerts.config import Settings
from alerts.environment import read_settings
from alerts.feeds.parse import parse
from alerts.language.detect import detect
from alerts.model import Cadence, Item, Rule, Wish
from alerts.rules.evaluate import analyse, applies, evaluate
from alerts.rules.files import read_rules
from alerts.rules.query import parse as parse_query
from alerts.rules.shipped import concepts_with
from alerts.services.rules import import_rules
from alerts.store import feeds, ledger
from alerts.store.migrate import upgrade
from alerts.store.unit import reading, writing

ROOT = Path(__file__).resolve().parents[2]
READERS = (("duty@example.org", "en"), ("desk@example.org", "ar"))
TARGETS = ("worker", "pool", "beat", "broker", "inbox")
LATE_SECONDS = 90
START_SECONDS = 120
_DATE = re.compile(rb"<pubDate>([^<]+)</pubDate>")


@dataclass(frozen=True)
class Plan:
    """What to do to the service, and for how long."""

    captures: Path
    seconds: float
    kill_every: tuple[float, float]
    seed: int
    rules: tuple[str, ...] = ("ballistic-launch", "sanctions", "ceasefire-talks")


@dataclass
class Outcome:
    """What the checker found. ``late`` is the longest time from serving an item to its mail, in seconds."""

    expected: int = 0
    mails: int = 0
    lost: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    copies: int = 0
    most_copies: int = 0
    late: float = 0.0
    kills: Counter[str] = field(default_factory=Counter)
    balanced: bool = False

    @property
    def fine(self) -> bool:
        few = self.copies <= sum(self.kills.values()) and self.most_copies <= 3
        return not self.lost and not self.unexpected and few and self.late <= LATE_SECONDS and self.balanced


class Publisher(ThreadingHTTPServer):
    """Serves at ``/<feed>.xml`` the capture whose turn it is, and remembers what it served, and when.

    The captures begin when somebody first asks for one.
    """

    daemon_threads = True

    def __init__(self, captures: Path, seconds: float) -> None:
        self.started_at: datetime | None = None
        self.files = {
            folder.name: [(_time(path), path) for path in sorted(folder.glob("*.xml"))]
            for folder in sorted(captures.iterdir())
            if folder.is_dir()
        }
        self.first_at = min(files[0][0] for files in self.files.values())
        last_at = max(files[-1][0] for files in self.files.values())
        self.pace = (last_at - self.first_at).total_seconds() / (seconds * 0.9) or 1.0
        self.served: dict[tuple[str, str], tuple[float, bytes]] = {}
        self.asked: Counter[str] = Counter()
        self._request = threading.Condition()
        super().__init__(("127.0.0.1", 0), _Page)

    def turn(self, name: str, now: float) -> Path | None:
        """The capture that a feed shows at that time of the run; None before its first."""
        assert self.started_at is not None
        passed = (now - self.started_at.timestamp()) * self.pace
        at = self.first_at + timedelta(seconds=passed)
        return next((path for taken_at, path in reversed(self.files[name]) if taken_at <= at), None)

    def page(self, name: str) -> bytes | None:
        now = time.time()
        with self._request:
            self.started_at = self.started_at or datetime.fromtimestamp(now, UTC)
        path = self.turn(name, now)
        if path is None:
            return None
        body = _DATE.sub(self._shifted, path.read_bytes())
        self.served.setdefault((name, path.name), (now, body))
        return body

    def answered(self, name: str) -> None:
        with self._request:
            self.asked[name] += 1
            self._request.notify_all()

    def wait_until_asked(self, times: int, seconds: float) -> bool:
        """Waits until each feed was asked so often from now on; False when the seconds were too few."""
        with self._request:
            before = self.asked.copy()
            return self._request.wait_for(
                lambda: all(self.asked[name] >= before[name] + times for name in self.files), seconds
            )

    def _shifted(self, found: re.Match[bytes]) -> bytes:
        assert self.started_at is not None
        try:
            at = parsedate_to_datetime(found[1].decode())
        except ValueError:
            return found[0]
        distance = at - self.first_at
        if distance > timedelta(0):
            distance /= self.pace
        return b"<pubDate>" + format_datetime(self.started_at + distance).encode() + b"</pubDate>"


class _Page(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        name = self.path.strip("/").removesuffix(".xml")
        body = self.server.page(name) if name in self.server.files else None
        self.send_response(200 if body is not None else 503)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")
        self.server.answered(name)

    def log_message(self, *_: object) -> None:
        pass


def _time(path: Path) -> datetime:
    return datetime.strptime(path.stem, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def run(plan: Plan, scratch: Path) -> Outcome:
    """The whole soak: ``plan.seconds`` from the service's first request on, and up to two minutes more."""
    publisher = Publisher(plan.captures, plan.seconds)
    threading.Thread(target=publisher.serve_forever, daemon=True).start()
    port = publisher.server_address[1]
    environment = environment_of(scratch)
    outcome = Outcome()
    app = App(Settings(home=scratch, fetch_allow="127.0.0.0/8", poll_min_seconds=2, poll_max_seconds=4))
    _prepare(app, [f"http://127.0.0.1:{port}/{name}.xml" for name in publisher.files], plan.rules)
    with running_service(environment, scratch) as service:
        if not publisher.wait_until_asked(1, START_SECONDS):
            raise RuntimeError(f"the service asked for nothing; see {scratch / 'log.txt'}")
        _under_fire(service, scratch, plan, outcome)
        _quiet(app.engine, publisher)
    with reading(app.engine) as tx:
        outcome.balanced = ledger.read(tx).balanced
    app.engine.dispose()
    publisher.shutdown()
    publisher.server_close()
    _check(publisher, scratch, plan, outcome)
    return outcome


def environment_of(scratch: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALERTS_")}
    return kept | {
        "ALERTS_HOME": str(scratch),
        "ALERTS_HTTP_PORT": str(_free_port()),
        "ALERTS_FETCH_ALLOW": "127.0.0.0/8",
        "ALERTS_POLL_MIN_SECONDS": "2",
        "ALERTS_POLL_MAX_SECONDS": "4",
        "ALERTS_TICK_SECONDS": "1",
        "ALERTS_ALERTS_PER_HOUR": "10000",  # held alerts would come long after the soak
        "ALERTS_WORKER_PROCESSES": "2",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _prepare(app: App, urls: list[str], rules: tuple[str, ...]) -> None:
    upgrade(app.engine)
    now, languages = app.clock(), app.settings.languages
    import_rules(app.engine, _rules(rules), author="soak", now=now, languages=languages)
    wish = partial(Wish, timezone="UTC", cadence=Cadence.IMMEDIATE, rules=rules, confirmed=True)
    app.subscribe([wish(address, language) for address, language in READERS], actor="soak")
    with writing(app.engine) as tx:
        for url in urls:
            new = feeds.NewFeed(url, url, url)
            feeds.add(tx, new, interval_seconds=app.settings.poll_min_seconds, now=now)


def _rules(keys: tuple[str, ...]) -> tuple[Rule, ...]:
    return tuple(rule for rule in read_rules(ROOT / "alerts/catalog/rules") if rule.key in keys)


@contextmanager
def running_service(environment: dict[str, str], scratch: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (scratch / "log.txt").open("wb") as log:
        command = [sys.executable, "-m", "alerts", "up"]
        service = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield service
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(60)


def _under_fire(service: subprocess.Popen[bytes], scratch: Path, plan: Plan, outcome: Outcome) -> None:
    random = Random(plan.seed)
    until = time.monotonic() + plan.seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, random.uniform(*plan.kill_every)))
        if service.poll() is not None:
            raise RuntimeError(f"the service itself ended; see {scratch / 'log.txt'}")
        if time.monotonic() >= until:
            break
        target = random.choice((*TARGETS, "flush"))
        if target == "flush":
            outcome.kills["flush"] += _flush(service.pid)
        elif pids := pids_of(service.pid)[target]:
            os.kill(random.choice(pids), signal.SIGKILL)
            outcome.kills[target] += 1


def _flush(service: int) -> int:
    """FLUSHALL, spoken by hand to whatever port the broker has now."""
    for pid in pids_of(service)["broker"]:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        for word in (*words, *b" ".join(words).split()):
            port = word.rpartition(b":")[2]
            if not port.isdigit():
                continue
            try:
                with socket.create_connection(("127.0.0.1", int(port)), 1) as broker:
                    broker.sendall(b"*1\r\n$8\r\nFLUSHALL\r\n")
                    return int(broker.recv(5) == b"+OK\r\n")
            except OSError:
                continue
    return 0


def pids_of(service: int) -> dict[str, list[int]]:
    """The service's processes by what they are; the worker's pool apart from the worker."""
    parents: dict[int, int] = {}
    words: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text().rpartition(")")[2].split()
                words[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                parents[int(entry.name)] = int(status[1])
            except (OSError, ValueError):
                continue
    found: dict[str, list[int]] = {target: [] for target in TARGETS}
    marks = {
        "alerts beat": "beat",
        "valkey-server": "broker",
        "redis-server": "broker",
        "embedded.catcher": "inbox",
    }
    for pid, command in words.items():
        if parents.get(pid) == service:
            for mark, target in marks.items():
                if mark in command:
                    found[target].append(pid)
            if "alerts worker" in command:
                found["worker"].append(pid)
                found["pool"] += [child for child, parent in parents.items() if parent == pid]
    return found


def _quiet(engine: Engine, publisher: Publisher) -> None:
    """Until every feed was asked again after the last change and nothing waits in the outbox."""
    until = time.monotonic() + LATE_SECONDS + 30
    publisher.wait_until_asked(2, LATE_SECONDS + 30)
    while time.monotonic() < until:
        with reading(engine) as tx:
            states = ledger.read(tx).deliveries
        if not any(states[name] for name in ("queued", "sending", "deferred", "ambiguous")):
            return
        time.sleep(0.2)


def _check(publisher: Publisher, home: Path, plan: Plan, outcome: Outcome) -> None:
    """The oracle: what was served, read again by the plain evaluator, against what lies in the Maildir."""
    wanted = _wanted(publisher, plan.rules)
    served_at = {url: each.served_at for url, each in wanted.items()}
    due = [url for url, each in wanted.items() if each.stayed]
    outcome.expected = len(READERS) * len(due)
    received: Counter[tuple[str, str]] = Counter()
    maildir = home / "mailbox"
    for path in [*maildir.glob("new/*"), *maildir.glob("cur/*")]:
        mail = BytesParser(policy=email.policy.default).parsebytes(path.read_bytes())
        body = mail.get_body(("plain",))
        words = body.get_content() if body else ""
        urls = [url for url in served_at if url in words]
        recipient = str(mail["To"])
        if not urls:
            outcome.unexpected.append(f"{recipient}: {mail['Subject']}")
            continue
        url = max(urls, key=len)
        received[recipient, url] += 1
        if received[recipient, url] == 1:
            outcome.late = max(outcome.late, path.stat().st_mtime - served_at[url])
    outcome.mails = sum(received.values())
    outcome.copies = sum(number - 1 for number in received.values())
    outcome.most_copies = max(received.values(), default=0)
    story_of = _stories(home)
    told = {(recipient, story_of.get(url)) for recipient, url in received}
    outcome.lost = [
        f"{recipient}: {url}"
        for url in due
        for recipient, _ in READERS
        if not received[recipient, url] and (recipient, story_of.get(url, -1)) not in told
    ]


def _stories(home: Path) -> dict[str, int]:
    """Address → story, as the service grouped them: an alert about one item tells its whole story."""
    with closing(sqlite3.connect(home / "alerts.db")) as kept:
        query = "SELECT i.url, s.story_id FROM items i JOIN story_items s ON s.item_id = i.id"
        return dict(kept.execute(query).fetchall())


@dataclass(frozen=True)
class _Wanted:
    """An item that matches: when it was first served, and whether its feed still showed it when the
    time for a late mail was over. What leaves its feed before that can be lost by anybody: a worker
    that is killed with the page in its hands finds nothing when it asks again."""

    served_at: float
    stayed: bool


def _wanted(publisher: Publisher, keys: tuple[str, ...]) -> dict[str, _Wanted]:
    """Address of each item that may be mailed → what is expected of it."""
    rules = _rules(keys)
    languages = read_settings().languages
    found: dict[str, _Wanted] = {}
    known: dict[tuple[str, str], bool] = {}
    polled: set[str] = set()
    for (name, _), (at, body) in sorted(publisher.served.items(), key=lambda each: each[1][0]):
        for item in parse(body, f"http://127.0.0.1/{name}.xml").items:
            news = name in polled or _young(item, at)
            if known.setdefault((name, item.key), news):
                words = f"{item.title}\n{item.summary or item.text}"
                complete = replace(item, language=detect(words, item.language, languages).language)
                if any(_matches(rule, complete) for rule in rules):
                    found.setdefault(item.url, _Wanted(at, _stayed(publisher, name, item.key, at)))
        polled.add(name)
    return found


def _stayed(publisher: Publisher, name: str, key: str, at: float) -> bool:
    path = publisher.turn(name, at + LATE_SECONDS)
    return path is not None and key in _keys(path)


@cache
def _keys(path: Path) -> frozenset[str]:
    return frozenset(item.key for item in parse(path.read_bytes(), "http://127.0.0.1/").items)


def _young(item: Item, at: float) -> bool:
    day_before = datetime.fromtimestamp(at, UTC) - timedelta(hours=24)
    return item.published_at is not None and item.published_at > day_before


def _matches(rule: Rule, item: Item) -> bool:
    concepts = concepts_with((), read_settings().languages)
    return applies(rule, item) and evaluate(parse_query(rule.query), analyse(item), concepts) is not None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("captures", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scratch", type=Path, default=Path("var/soak"))
    chosen = parser.parse_args()
    chosen.scratch.mkdir(parents=True)
    plan = Plan(chosen.captures, chosen.minutes * 60, (4, 12), chosen.seed)
    outcome = run(plan, chosen.scratch.absolute())
    print(outcome)
    sys.exit(not outcome.fine)


if __name__ == "__main__":
    main()
