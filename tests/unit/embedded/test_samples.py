"""The sample server serves fresh, steady, conditional feeds, one of which changes."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.embedded.samples import SampleServer, fill, main, read_feeds
from alerts.errors import BadInput, Unavailable

NOW = datetime(2031, 3, 1, 0, 20, 59, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("placeholder", "date"),
    [
        ("{{ago 35m rfc822}}", "Fri, 28 Feb 2031 23:45:59 GMT"),
        ("{{ago 3h iso}}", "2031-02-28T21:20:59Z"),
        ("{{ago 2d rfc822}}", "Thu, 27 Feb 2031 00:20:59 GMT"),
        ("{{ago 0m iso}}", "2031-03-01T00:20:59Z"),
        ("{{ ago 1d iso }}", "2031-02-28T00:20:59Z"),
    ],
)
def test_a_placeholder_becomes_the_time_that_long_ago(placeholder: str, date: str) -> None:
    assert fill(f"<d>{placeholder}</d>".encode(), NOW) == f"<d>{date}</d>".encode()


@pytest.mark.parametrize(
    "wrong", ["{{}}", "{{ago}}", "{{ago 3w iso}}", "{{ago 3h}}", "{{in 3h iso}}", "{{é}}"]
)
def test_a_placeholder_that_is_no_date_is_refused(wrong: str) -> None:
    with pytest.raises(BadInput, match="is no date"):
        fill(wrong.encode(), NOW)


def test_the_zone_of_now_does_not_change_the_bytes() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    body = b"{{ago 5m iso}} {{ago 5m rfc822}}"
    assert fill(body, elsewhere) == fill(body, NOW)


@given(st.binary().filter(lambda body: b"{{" not in body))
def test_bytes_without_placeholders_stay_as_they_are(body: bytes) -> None:
    assert fill(body, NOW) == body


@given(
    count=st.integers(0, 9999),
    unit=st.sampled_from(["minutes", "hours", "days"]),
    now=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_both_formats_name_the_same_second(count: int, unit: str, now: datetime) -> None:
    expected = (now - timedelta(**{unit: count})).replace(microsecond=0)
    assert datetime.fromisoformat(fill(b"{{ago %d%c iso}}" % (count, ord(unit[0])), now).decode()) == expected
    assert (
        parsedate_to_datetime(fill(b"{{ago %d%c rfc822}}" % (count, ord(unit[0])), now).decode()) == expected
    )


@pytest.fixture
def server() -> Iterator[SampleServer]:
    with SampleServer(read_feeds(), NOW) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(
    server: SampleServer, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)) as connection:
        connection.request(
            method, path, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )
        response = connection.getresponse()
        return response.status, {name.lower(): text for name, text in response.getheaders()}, response.read()


def test_every_listed_feed_is_served_with_its_own_content_type_and_no_placeholder(
    server: SampleServer,
) -> None:
    for feed in read_feeds():
        status, headers, body = ask(server, feed.path)
        assert (status, headers["content-type"]) == (200, feed.content_type)
        assert int(headers["content-length"]) == len(body) > 0
        assert b"{{" not in body


def test_the_changing_feed_gives_its_first_version_once_and_then_its_second(server: SampleServer) -> None:
    first, second, third = (ask(server, "/harbour-wire.xml")[2] for _ in range(3))
    assert (b"hw-4121" in first, b"hw-4121" in second) == (False, True)
    assert second == third


def test_a_steady_feed_answers_not_modified_to_its_own_etag(server: SampleServer) -> None:
    _, headers, _ = ask(server, "/wangchao.xml")
    for tag in (headers["etag"], f"W/{headers['etag']}", f'"other", {headers["etag"]}'):
        status, again, body = ask(server, "/wangchao.xml", If_None_Match=tag)
        assert (status, again["etag"], body) == (304, headers["etag"], b"")
    assert ask(server, "/wangchao.xml", If_None_Match='"other"')[0] == 200


def test_the_change_is_told_to_someone_who_holds_the_first_version(server: SampleServer) -> None:
    _, first, _ = ask(server, "/harbour-wire.xml")
    status, second, _ = ask(server, "/harbour-wire.xml", If_None_Match=first["etag"])
    assert status == 200
    assert ask(server, "/harbour-wire.xml", If_None_Match=second["etag"])[0] == 304


def test_head_tells_what_get_would_and_uses_nothing_up(server: SampleServer) -> None:
    status, head, body = ask(server, "/harbour-wire.xml", "HEAD")
    _, get, _ = ask(server, "/harbour-wire.xml")
    assert (status, body) == (200, b"")
    assert (head["etag"], head["content-length"]) == (get["etag"], get["content-length"])


@pytest.mark.parametrize(
    "path", ["/", "/nothing.xml", "/harbour-wire.2.xml", "/../feeds.toml", "/feeds.toml"]
)
def test_nothing_but_the_listed_paths_is_served(server: SampleServer, path: str) -> None:
    assert ask(server, path)[0] == 404


def test_a_query_does_not_change_the_feed(server: SampleServer) -> None:
    assert ask(server, "/wangchao.xml?from=demo")[0] == 200


def test_a_taken_port_is_unavailable(server: SampleServer) -> None:
    with pytest.raises(Unavailable, match=str(server.server_port)):
        SampleServer((), NOW, server.server_port)


def test_a_number_that_is_no_port_is_bad_input() -> None:
    with pytest.raises(BadInput, match="80000 is no port"):
        SampleServer((), NOW, 80000)


def test_a_folder_without_a_listing_is_one_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--port", "0", "--folder", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "feeds.toml cannot be read" in said.err


@pytest.mark.parametrize(
    ("listing", "reason"),
    [
        ("[[feed]]\npath = '/a'", "'title' is missing"),
        ("", "'feed' is missing"),
        ("[[feed]", "cannot be read"),
    ],
)
def test_a_listing_that_cannot_be_used_says_why(tmp_path: Path, listing: str, reason: str) -> None:
    (tmp_path / "feeds.toml").write_text(listing, encoding="utf-8")
    with pytest.raises(BadInput, match=reason):
        read_feeds(tmp_path)


def test_a_file_with_a_wrong_placeholder_is_named(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "a.xml").write_text("<d>{{ago soon}}</d>", encoding="utf-8")
    rows = {
        "file": "a.xml",
        "path": "/a",
        "content_type": "text/xml",
        "title": "A",
        "source": "A",
        "language": "en",
    }
    listing = "[[feed]]\n" + "\n".join(f'{key} = "{text}"' for key, text in rows.items())
    (tmp_path / "feeds.toml").write_text(listing, encoding="utf-8")
    with pytest.raises(BadInput, match=r"a\.xml.*ago soon"):
        SampleServer(read_feeds(tmp_path), NOW)
