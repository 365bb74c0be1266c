from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from alerts.errors import NotAFeed
from alerts.feeds.parse import LARGEST_BODY, parse
from alerts.model import ParsedFeed

FOLDER = Path(__file__).parents[2] / "feeds"
CASES = sorted(path.stem for path in FOLDER.glob("*.json"))
URL = "https://news.example/feeds/"
PARSED = TypeAdapter(ParsedFeed)


def rss(item: str, head: str = "") -> bytes:
    return f"<rss version='2.0'><channel>{head}<item>{item}</item></channel></rss>".encode()


def test_every_feed_has_its_expectation() -> None:
    feeds = {path.name for path in FOLDER.iterdir() if path.suffix not in (".json", ".md")}
    assert feeds == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_feed_is_read_as_expected(name: str) -> None:
    expected: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    content_type = expected.pop("content_type", "")
    body = (FOLDER / name).read_bytes()
    if "error" in expected:
        with pytest.raises(NotAFeed) as caught:
            parse(body, URL + name, content_type)
        assert str(caught.value) == expected["error"]
    else:
        expected["items"] = [{"url": "", "title": ""} | item for item in expected["items"]]
        assert parse(body, URL + name, content_type) == PARSED.validate_python(expected)


def test_bytes_that_are_a_path_or_an_address_are_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(rss("<title>Secret</title>"))
    for body in (str(secret), secret.as_uri(), "http://127.0.0.1:9/feed.xml"):
        with pytest.raises(NotAFeed):
            parse(body.encode(), URL)


def test_a_file_named_in_an_external_entity_is_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("local secret")
    title = rss("<title>&outside;</title><link>http://news.example/1</link>").decode()
    for declaration in (
        f"<!DOCTYPE rss [<!ENTITY outside SYSTEM '{secret.as_uri()}'>]>",
        f"<!DOCTYPE rss SYSTEM '{secret.as_uri()}'>",
    ):
        try:
            found = repr(parse((declaration + title).encode(), URL))
        except NotAFeed as error:
            found = str(error)
        assert "local secret" not in found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_that_multiply_are_refused_in_any_encoding(encoding: str) -> None:
    bomb = "<!DOCTYPE rss [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><rss version='2.0'><channel/></rss>"
    with pytest.raises(NotAFeed, match="entities"):
        parse(bomb.encode(encoding), URL)


def test_fields_are_bounded() -> None:
    long = "x" * 300_000
    item = parse(
        rss(
            f"<title>{long}</title><guid>{long}</guid><link>http://a.example/{long}</link><description>{long}"
            f"</description><category>{long}</category>" + "<category>c</category>" * 99
        ),
        URL,
    ).items[0]
    assert (len(item.title), len(item.url), len(item.summary), len(item.text)) == (1_000, 0, 0, 100_000)
    assert len(item.key) <= 500
    assert max(map(len, item.categories)) == 200


def test_more_items_than_a_feed_can_sensibly_have_are_cut_and_the_cut_is_said() -> None:
    items = "</item><item>".join(f"<title>{n}</title>" for n in range(5_002))
    feed = parse(rss(items), URL)
    assert len(feed.items) == 5_000
    assert "2 entries left out after the first 5,000" in feed.problems


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"\x00" * 10, "empty"),
        (b"<?xml version='1.0'?><opml/>", "no feed format"),
        (b"<html><body>Sign in", "web page"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"just words", "neither XML nor JSON"),
        (b"{", "cannot be read"),
        (b'{"a":' * 100_000, "cannot be read"),
        (b'{"version": "https://jsonfeed.org/version/9"}', "not a JSON Feed"),
        (b"<" * (LARGEST_BODY + 1), "larger"),
    ],
)
def test_what_is_no_feed_is_said_in_words(body: bytes, message: str) -> None:
    with pytest.raises(NotAFeed, match=message):
        parse(body, URL)


def test_a_feed_without_entries_is_a_feed_with_a_problem() -> None:
    feed = parse(b"<rss version='2.0'><channel><title>Quiet</title></channel></rss>", URL)
    assert (feed.title, feed.items, feed.problems) == ("Quiet", (), ("The feed has no entries",))


def test_the_charset_of_the_answer_counts_and_a_wrong_one_does_not_crash() -> None:
    body = "<rss version='2.0'><channel><item><title>Öl</title></item></channel></rss>"
    assert parse(body.encode("latin-1"), URL, "text/xml; charset=iso-8859-1").items[0].title == "Öl"
    wrong = parse(body.encode(), URL, "application/rss+xml; charset=utf-16")
    assert (wrong.items[0].title, wrong.problems[0][:12]) == ("Öl", "The encoding")
    assert parse(body.encode(), URL, 'text/xml; charset="no such"\r\n x').items[0].title == "Öl"


@pytest.mark.parametrize(
    "date", ["Thu, 01 Jan 0001 00:00:00 GMT", "2999-01-01T00:00:00Z", "31 Feb", "-1", "9" * 400]
)
def test_a_date_outside_of_reason_counts_as_none(date: str) -> None:
    assert parse(rss(f"<title>t</title><pubDate>{date}</pubDate>"), URL).items[0].published_at is None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_behind_the_start_of_a_feed_are_read_or_refused(tail: bytes) -> None:
    for start in (
        b"<rss version='2.0'><channel><item><title>",
        b'{"version":"https://jsonfeed.org/version/1.1","items":[',
    ):
        try:
            feed = parse(start + tail, URL)
        except NotAFeed:
            continue
        assert PARSED.validate_json(PARSED.dump_json(feed)) == feed
