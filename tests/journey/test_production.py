"""The commands of docker-compose.yml outside containers, against a real database, broker and mail server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml
from commands import ROOT, alerts
from servers import Catcher, Postgres, running

from alerts.embedded.inbox import inbox
from alerts.embedded.supervisor import free_port

SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

DOCUMENT = """<rss version="2.0"><channel><title>Harbour Post</title>
<item><title>Council imposes new sanctions on two banks</title><link>https://post.example/1</link>
<guid>https://post.example/1</guid></item></channel></rss>"""


class _Feed(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.end_headers()
        self.wfile.write(DOCUMENT.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _publisher() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Feed) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/feed.xml"
        server.shutdown()


def _command(service: str) -> list[str]:
    """A service's command with the program of this environment instead of the image's."""
    name, *words = SERVICES[service]["command"]
    assert name == "alerts"
    return [sys.executable, "-m", "alerts", *words]


def _page(url: str) -> bytes | None:
    try:
        with urlopen(url, timeout=5) as answer:
            return bytes(answer.read())
    except (URLError, OSError):
        return None


@pytest.mark.timeout(200)
def test_the_services_of_the_compose_file_carry_an_item_from_feed_to_mail(
    postgres: Postgres, broker_url: str, smtp_catcher: Catcher, tmp_path: Path
) -> None:
    port = free_port()
    with postgres.database() as database, _publisher() as feed, ExitStack() as started:
        settings = {
            "ALERTS_HOME": str(tmp_path),
            "ALERTS_DATABASE_URL": database,
            "ALERTS_BROKER_URL": broker_url,
            "ALERTS_SMTP_URL": smtp_catcher.url,
            "ALERTS_SECRET_KEY": "a secret of forty characters, for a test",
            "ALERTS_FROM": "Alerts <alerts@watch.example>",
            "ALERTS_HTTP_PORT": str(port),
            "ALERTS_FETCH_ALLOW": "127.0.0.0/8",
            "ALERTS_TICK_SECONDS": "1",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ALERTS_")}
        environment = kept | settings
        options = {name.removeprefix("ALERTS_").lower(): value for name, value in settings.items()}
        del options["home"]

        early = alerts("feeds", "list", home=tmp_path, **options)
        assert early.code == 4
        assert "alerts db upgrade" in early.err

        subprocess.run(_command("migrate"), env=environment, cwd=ROOT, check=True, timeout=60)
        rules = ROOT / "alerts/catalog/rules/measures.toml"
        assert alerts("rules", "import", rules, home=tmp_path, **options).code == 0
        wish = ("--rule", "sanctions", "--cadence", "immediate", "--language", "ar", "--confirmed")
        assert alerts("subscribers", "add", "desk@example.org", *wish, home=tmp_path, **options).code == 0
        assert alerts("feeds", "add", feed, "--mail-existing", home=tmp_path, **options).code == 0

        def up() -> bool:
            return _page(f"http://127.0.0.1:{port}/readyz") is not None

        for name in ("worker", "mailer", "beat", "web"):  # all come up while the last is waited for
            ready = up if name == "web" else lambda: True
            log = tmp_path / f"{name}.log"
            how = {"env": environment, "cwd": ROOT}
            started.enter_context(running(_command(name), log, ready, stop=15, **how))

        until = time.monotonic() + 60
        mine = ()
        while not mine and time.monotonic() < until:
            mine = tuple(
                mail for mail in inbox(smtp_catcher.maildir) if "desk@example.org" in mail.recipients
            )
            time.sleep(0.2)
        assert [mail.recipient for mail in mine] == ["desk@example.org"], (
            tmp_path / "worker.log"
        ).read_text()
        assert "تنبيه" in mine[0].subject

        status = _page(f"http://127.0.0.1:{port}/")
        assert status is not None
        assert b"Council imposes new" in re.sub(rb"</?mark>", b"", status)
        assert b"desk@example.org" not in status
        checked = alerts("doctor", "--json", home=tmp_path, **options)
        assert checked.code == 0, checked.out
        assert all(finding["ok"] for finding in checked.json)
        assert alerts("ledger", "--json", home=tmp_path, **options).json["balanced"]
