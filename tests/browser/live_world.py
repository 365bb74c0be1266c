"""A service that works while a browser looks on: feeds are polled, mail is kept, the clock is the test's."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from threading import Thread
from xml.sax.saxutils import escape

from situation_world import with_accounts
from web_world import NOW, SECRET

from alerts.app import App
from alerts.config import Settings
from alerts.model import Outcome, Rule, Sending, Severity
from alerts.services.replay import Clock
from alerts.services.rules import import_rules
from alerts.store import feeds
from alerts.store.migrate import upgrade
from alerts.store.unit import writing


class Newspaper:
    """A site with a feed: its front page names the feed, the feed holds what was ``printed``."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.printed: list[tuple[str, str]] = []

    @property
    def feed(self) -> str:
        return f"{self.address}/feed.xml"

    def page(self, path: str) -> tuple[str, str] | None:
        """Type and text of what stands at a path."""
        if path == "/":
            link = '<link rel="alternate" type="application/rss+xml" title="News" href="/feed.xml">'
            return "text/html", f"<!doctype html><title>Pier Post</title>{link}<p>Pier Post</p>"
        if path == "/feed.xml":
            items = "".join(
                f"<item><guid>{number}</guid><title>{escape(title)}</title>"
                f"<link>https://pier.example/{number}</link><pubDate>{when}</pubDate></item>"
                for number, (title, when) in enumerate(self.printed)
            )
            start = '<?xml version="1.0"?><rss version="2.0"><channel><title>Pier Post</title>'
            return "application/rss+xml", f"{start}<language>en</language>{items}</channel></rss>"
        return None


@contextmanager
def newspaper() -> Iterator[Newspaper]:
    """A newspaper on a free port of this machine."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = paper.page(self.path) or ("text/plain", "")
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        paper = Newspaper(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield paper
        finally:
            server.shutdown()
            thread.join()


class Live:
    """The service. ``mails`` are all that left, oldest first."""

    def __init__(self, home: Path, address: str) -> None:
        self.clock = Clock(NOW)
        settings = Settings(
            home=home,
            secret_key=SECRET,
            service_name="Harbour Watch",
            public_url=address,
            fetch_allow=(ip_network("127.0.0.0/8"),),
        )
        self.app = App(settings, clock=self.clock)
        upgrade(self.app.engine)
        with_accounts(self.app)
        self.mails: list[EmailMessage] = []

    def beat(self, passed: timedelta = timedelta(minutes=1)) -> list[EmailMessage]:
        """Time passes, and all that is due is done, as beat and workers would. The mails that left."""
        self.clock.now += passed
        before = len(self.mails)
        due = self.app.tick()
        self.app.poll(due.feeds)
        self.app.compose(due.subscriptions)
        self.app.deliver(self.app.tick().deliveries, transport=self)
        return self.mails[before:]

    def send(self, _sender: str, _recipient: str, content: bytes) -> Sending:
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return Sending(Outcome.SENT, "dot", 250, "kept")

    def close(self) -> None:
        pass

    def prints(self, paper: Newspaper, title: str) -> None:
        """The newspaper has news, an hour old."""
        paper.printed.append((title, format_datetime(self.clock.now - timedelta(hours=1))))


def add_feed(live: Live, paper: Newspaper) -> None:
    new = feeds.NewFeed(paper.feed, "Pier Post", "Pier Post", "en")
    with writing(live.app.engine) as tx:
        feeds.add(tx, new, interval_seconds=300, now=live.clock.now)


FERRY = Rule("ferry", "Ferry lines", "ferry", Severity.HIGH)


def add_rule(live: Live) -> None:
    import_rules(live.app.engine, [FERRY], author="test", now=live.clock.now)


def link(mail: EmailMessage, path: str) -> str:
    """The first link of a mail's text to a page of ours below that path."""
    part = mail.get_body(("plain",))
    assert part is not None
    found = re.search(rf"http://127\.0\.0\.1:\d+{re.escape(path)}[^\s>]+", part.get_content())
    assert found, part.get_content()
    return found[0]
