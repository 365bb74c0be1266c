"""Finding, importing, exporting and checking addresses at the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from alerts.cli import cli
from alerts.errors import BadInput, NotFound
from alerts.feeds.opml import read_opml

LIST = """<opml version="2.0"><body>
<outline text="Wires"><outline text="A & B" xmlUrl="https://a.example/feed" language="en" source="House"/>
<outline text="Inside" xmlUrl="http://10.0.0.1/feed"/>
</outline>
<outline text="No address" type="rss"/>
<outline text="C" xmlUrl="https://c.example/feed" htmlUrl="https://c.example/"/>
</body></opml>"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own; no setting of the surroundings counts."""
    import os

    for name in [name for name in os.environ if name.startswith("ALERTS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ALERTS_HOME", str(tmp_path / "home"))
    return tmp_path


def alerts(*words: object) -> Result:
    return CliRunner().invoke(cli, ["feeds", *map(str, words)])


def written(home: Path, text: str | bytes, name: str = "list") -> Path:
    path = home / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_list_is_imported_as_far_as_it_is_good_and_every_other_line_is_named(home: Path) -> None:
    path = written(home, LIST)
    first = alerts("import", path, "--json")
    assert first.exit_code == 0
    told = json.loads(first.stdout)
    assert (told["added"], told["known"]) == (2, 0)
    assert [each["line"] for each in told["refused"]] == [3, 5]
    assert [each["line"] for each in told["notes"]] == [2]
    assert first.stderr.splitlines() == [
        "line 2: an & is not written as &amp;",
        "line 3: refused: http://10.0.0.1/feed: 10.0.0.1 is not on the public internet",
        "line 5: refused: 'No address' has no address (xmlUrl)",
        "2 feeds added, 0 were known already, 2 lines refused",
    ]
    shown = json.loads(alerts("list", "--json").stdout)
    assert [(each["title"], each["source"], each["site"], each["tags"]) for each in shown] == [
        ("A & B", "House", None, ["Wires"]),
        ("C", "C", "https://c.example/", []),
    ]
    again = json.loads(alerts("import", path, "--json").stdout)
    assert (again["added"], again["known"]) == (0, 2)


def test_what_is_exported_is_what_was_imported(home: Path) -> None:
    alerts("import", written(home, LIST))
    exported = alerts("export")
    found = read_opml(exported.stdout_bytes)
    assert found.problems == ()
    assert [(feed.url, feed.title, feed.tags, feed.source, feed.language) for feed in found.feeds] == [
        ("https://c.example/feed", "C", (), "C", None),
        ("https://a.example/feed", "A & B", ("Wires",), "House", "en"),
    ]


@pytest.mark.parametrize(
    "text", ["<html>", '<opml><outline xmlUrl="/feed"/></opml>', '<opml><outline xmlUrl="http://0/"/></opml>']
)
def test_a_list_of_which_nothing_can_be_used_is_bad_input(home: Path, text: str) -> None:
    result = alerts("import", written(home, text))
    assert isinstance(result.exception, BadInput)
    assert json.loads(alerts("list", "--json").stdout) == []


def test_a_list_that_is_not_there_is_bad_input(home: Path) -> None:
    assert isinstance(alerts("import", home / "none.opml").exception, BadInput)


def test_the_catalogue_is_imported_by_its_name() -> None:
    told = json.loads(alerts("import", "catalog", "--json").stdout)
    assert told["added"] >= 80
    assert (told["known"], told["refused"], told["notes"]) == (0, [], [])


def verdicts(path: Path) -> list[tuple[str, str]]:
    result = alerts("check-address", "--file", path, "--json")
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert all(set(line) == {"input", "verdict", "reason"} and line["reason"] for line in lines)
    return [(line["input"], line["verdict"]) for line in lines]


def test_addresses_are_judged_line_by_line(home: Path) -> None:
    lines = "\ufeffhttps://news.example/feed\r\n\nhttp://127.1/\n10.0.0.1\n93.184.216.34\n::1\nnonsense\n"
    assert verdicts(written(home, lines)) == [
        ("https://news.example/feed", "allow"),
        ("http://127.1/", "block"),
        ("10.0.0.1", "block"),
        ("93.184.216.34", "allow"),
        ("::1", "block"),
        ("nonsense", "block"),
    ]


def scripted(url: str, dns: Any = None, hops: Any = None) -> str:
    value = {"url": url, "dns": dns, "hops": hops}
    return json.dumps({name: each for name, each in value.items() if each is not None})


def test_scripted_answers_and_redirects_are_followed_without_any_call(home: Path) -> None:
    public, inside = {"n.example": ["93.184.216.34"]}, {"n.example": ["93.184.216.34=>127.0.0.1"]}
    lines = [
        scripted("http://n.example/", public),
        scripted("http://n.example/", inside),
        scripted("http://n.example/", {}),
        scripted("http://n.example/", public, [{"status": 301, "location": "/x"}]),
        scripted("http://n.example/", public, [{"status": 302, "location": "http://[::1]/"}]),
        scripted("http://n.example/", public, [{"status": 200, "location": "http://[::1]/"}]),
        scripted("http://n.example/", public, ["http://127.0.0.1/"]),
        '{"ip": "192.0.2.1"}',
        '{"url": "http://n.example/\\ud800"}',
        "{" + '"url": "http://n.example/\\u0000"' + "}",
    ]
    assert [verdict for _, verdict in verdicts(written(home, "\n".join(lines)))] == [
        "allow",
        "block",
        "block",
        "allow",
        "block",
        "allow",
        "block",
        "block",
        "block",
        "block",
    ]


def test_what_the_operator_allows_is_allowed_here_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_FETCH_ALLOW", "10.0.0.0/8")
    assert verdicts(written(home, "http://10.0.0.1:9000/\n")) == [("http://10.0.0.1:9000/", "allow")]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"url": 1}',
        "{}",
        '{"url": "http://a.example/", "dns": []}',
        '{"url": "http://a.example/", "dns": {"a": "b"}}',
        '{"url": "http://a.example/", "hops": {}}',
        '{"url": "http://a.example/", "hops": [{"status": 301}]}',
        '{"url": "http://a.example/", "hops": [1]}',
        "{" * 100_000,
    ],
    ids=range(9),
)
def test_a_line_that_is_no_such_object_is_named(home: Path, line: str) -> None:
    result = alerts("check-address", "--file", written(home, f"\n{line}\n"))
    assert isinstance(result.exception, BadInput)
    assert "line 2" in str(result.exception)


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        feed = b'<rss version="2.0"><channel><title>Wire</title><item><guid>1</guid></item></channel></rss>'
        body = {"/": b'<a href="/news.rss">Feed</a>', "/news.rss": feed}.get(self.path, b"<html>")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a small web site on loopback, which may be called."""
    monkeypatch.setenv("ALERTS_FETCH_ALLOW", "127.0.0.0/8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_feeds_of_a_site_are_found(site: str) -> None:
    assert json.loads(alerts("discover", f"{site}/", "--json").stdout) == [
        {"url": f"{site}/news.rss", "title": "Feed", "format": ""}
    ]
    assert json.loads(alerts("discover", f"{site}/news.rss", "--json").stdout)[0]["format"] == "rss20"


def test_a_site_without_feeds_is_said_to_have_none(site: str) -> None:
    result = alerts("discover", f"{site}/other", "--json")
    assert json.loads(result.stdout) == []
    assert isinstance(result.exception, NotFound)


def test_checking_feeds_says_what_came_and_changes_nothing(site: str) -> None:
    alerts("add", f"{site}/news.rss")
    alerts("add", f"{site}/page")
    before = alerts("list", "--json").stdout
    result = alerts("check", "--all", "--json")
    assert [(each["url"], each["outcome"], each["items"]) for each in json.loads(result.stdout)] == [
        (f"{site}/news.rss", "read", 1),
        (f"{site}/page", "not-a-feed", 0),
    ]
    assert "1 of 2 feeds could be read" in result.stderr
    assert alerts("list", "--json").stdout == before
    assert isinstance(alerts("check").exception, BadInput)
