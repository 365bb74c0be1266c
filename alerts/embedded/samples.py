"""The publishers of the demo: a small web server on loopback that serves the sample feeds.

The files hold placeholders instead of dates (see :func:`fill`). They are filled in once, relative to
the start of the server: the news is fresh, and the bytes stay the same from poll to poll.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import socketserver
import sys
import threading
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from alerts.errors import AlertsError, BadInput, Unavailable

SAMPLE = Path(__file__).resolve().parent.parent / "catalog" / "sample"

_PLACEHOLDER = re.compile(rb"\{\{(.*?)\}\}", re.DOTALL)
_AGO = re.compile(r"ago (\d{1,4})([mhd]) (rfc822|iso)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class SampleFeed:
    """One feed of the sample: what a subscriber list would say of it, and the files behind it.

    ``versions`` are served in order, one for each GET, the last one for ever after.
    """

    path: str
    title: str
    source: str
    language: str
    content_type: str
    versions: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """The bytes of one version and the strong validator that names them (RFC 9110 §8.8.3)."""

    body: bytes
    etag: str


def fill(body: bytes, now: datetime) -> bytes:
    """Replace each ``{{ago 35m rfc822}}`` by the time that long before ``now``.

    Units are m, h and d; the formats are rfc822 (RFC 5322 §3.3, in GMT) and iso (RFC 3339, in UTC).
    Works on bytes, whatever the encoding of the file, as long as ASCII reads as itself in it.
    Raises BadInput for a placeholder it does not understand.
    """

    def date(found: re.Match[bytes]) -> bytes:
        words = found[1].decode("ascii", "replace").strip()
        ago = _AGO.fullmatch(words)
        if ago is None:
            raise BadInput(f"{{{{{words}}}}} is no date; write for example {{{{ago 35m rfc822}}}}")
        time = (now - int(ago[1]) * _UNITS[ago[2]]).astimezone(UTC).replace(microsecond=0)
        if ago[3] == "iso":
            return time.isoformat().replace("+00:00", "Z").encode("ascii")
        return format_datetime(time, usegmt=True).encode("ascii")

    return _PLACEHOLDER.sub(date, body)


def read_feeds(folder: Path = SAMPLE) -> tuple[SampleFeed, ...]:
    """The feeds that ``folder``/feeds.toml lists. Raises BadInput when it cannot be read."""
    listing = folder / "feeds.toml"
    try:
        rows = tomllib.loads(listing.read_text(encoding="utf-8"))["feed"]
        return tuple(
            SampleFeed(
                path=row["path"],
                title=row["title"],
                source=row["source"],
                language=row["language"],
                content_type=row["content_type"],
                versions=tuple(folder / "feeds" / row[key] for key in ("file", "later_file") if key in row),
            )
            for row in rows
        )
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{listing} cannot be read: {error}") from error
    except KeyError as error:
        raise BadInput(f"{listing}: {error} is missing") from error


class SampleServer(ThreadingHTTPServer):
    """Serves ``feeds`` on 127.0.0.1 with dates relative to ``now``; port 0 takes a free one.

    Raises BadInput for a file that cannot be read or filled and for a port that is none, Unavailable for
    a port that is taken.
    """

    def __init__(self, feeds: Sequence[SampleFeed], now: datetime, port: int = 0) -> None:
        self._feeds = {feed.path: feed for feed in feeds}
        self._editions = {feed.path: tuple(_edition(file, now) for file in feed.versions) for feed in feeds}
        self._served = dict.fromkeys(self._feeds, 0)
        self._lock = threading.Lock()
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OverflowError as error:
            raise BadInput(f"{port} is no port; ports are 0 to 65535") from error
        except OSError as error:
            raise Unavailable(f"the sample feeds cannot use port {port}: {error}") from error

    @property
    def url(self) -> str:
        """The address in front of each feed's path, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_port}"

    def edition(self, path: str, *, advance: bool) -> tuple[SampleFeed, Edition] | None:
        """What the next GET of ``path`` receives; ``advance`` when this is that GET. None: no such feed."""
        feed = self._feeds.get(path)
        if feed is None:
            return None
        editions = self._editions[path]
        with self._lock:
            served = self._served[path]
            self._served[path] = served + advance
        return feed, editions[min(served, len(editions) - 1)]

    def server_bind(self) -> None:
        # HTTPServer asks the resolver for the machine's name here, which can hang without a network.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]


class _Handler(BaseHTTPRequestHandler):
    server: SampleServer

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        found = self.server.edition(urlsplit(self.path).path, advance=with_body)
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND, "No such feed")
            return
        feed, edition = found
        if _matches(self.headers.get("If-None-Match"), edition.etag):
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.send_header("ETag", edition.etag)
            self.end_headers()
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", feed.content_type)
        self.send_header("Content-Length", str(len(edition.body)))
        self.send_header("ETag", edition.etag)
        self.end_headers()
        if with_body:
            self.wfile.write(edition.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the polls of these feeds are logged by the one who polls."""


def _edition(file: Path, now: datetime) -> Edition:
    try:
        body = fill(file.read_bytes(), now)
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error}") from error
    except BadInput as error:
        raise BadInput(f"{file}: {error}") from error
    return Edition(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _matches(if_none_match: str | None, etag: str) -> bool:
    """Weak comparison, as RFC 9110 §13.1.2 asks for If-None-Match."""
    tags = (tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(","))
    return any(tag in (etag, "*") for tag in tags)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m alerts.embedded.samples", description=main.__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--folder", type=Path, default=SAMPLE, help="holds feeds.toml and feeds/")
    options = parser.parse_args(arguments)
    try:
        with SampleServer(read_feeds(options.folder), datetime.now(UTC), options.port) as server:
            print(f"sample feeds: {server.url}", flush=True)
            server.serve_forever()
    except KeyboardInterrupt:
        pass
    except AlertsError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
