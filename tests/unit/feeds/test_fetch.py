from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from alerts.errors import FetchError
from alerts.feeds.fetch import fetch, retry_after
from alerts.model import Fetched, Validators
from alerts.net.address import Allow
from alerts.net.client import Client, Response

URL = "https://news.example/feed"
NONE = Validators()
NOW = datetime(2031, 3, 4, 12, 0, tzinfo=UTC)


class ScriptedClient(Client):
    """Answers as told, and remembers what it was asked."""

    def __init__(self, status: int, headers: Mapping[str, str], moved_to: str | None = None) -> None:
        super().__init__(Allow(), "test")
        self.answer = Response(
            moved_to or URL, status, headers, b"<rss/>" if status == 200 else b"", moved_to
        )
        self.asked: Mapping[str, str] = {}

    async def get(self, url: str, headers: Mapping[str, str], *, max_bytes: int = 10_000_000) -> Response:
        assert (url, max_bytes) == (URL, 10_000_000)
        self.asked = headers
        return self.answer


def run(client: ScriptedClient, validators: Validators = NONE) -> Fetched:
    return asyncio.run(fetch(client, URL, validators, now=NOW))


def test_the_first_time_nothing_is_conditional_and_the_validators_are_kept() -> None:
    client = ScriptedClient(200, {"etag": 'W/"a"', "last-modified": "yesterday", "content-type": "text/xml"})
    got = run(client)
    assert set(client.asked) == {"Accept"}
    assert (got.status, got.body, got.content_type) == (200, b"<rss/>", "text/xml")
    assert got.validators == Validators('W/"a"', "yesterday")


def test_validators_are_sent_as_they_came_and_an_unchanged_feed_keeps_them() -> None:
    client = ScriptedClient(304, {"etag": '"b"'})
    got = run(client, Validators('"a"', "Tue, 04 Mar 2031 10:00:00 GMT"))
    assert client.asked["If-None-Match"] == '"a"'
    assert client.asked["If-Modified-Since"] == "Tue, 04 Mar 2031 10:00:00 GMT"
    assert (got.status, got.body) == (304, b"")
    assert got.validators == Validators('"b"', "Tue, 04 Mar 2031 10:00:00 GMT")


def test_unchanged_is_no_answer_to_a_question_never_asked() -> None:
    with pytest.raises(FetchError) as caught:
        run(ScriptedClient(304, {}))
    assert caught.value.status == 304


@pytest.mark.parametrize("etag", ["", "a\x00b", "é", "\udce9", "x" * 1_001])
def test_a_validator_that_cannot_be_sent_back_is_forgotten(etag: str) -> None:
    assert run(ScriptedClient(200, {"etag": etag})).validators.etag is None


@pytest.mark.parametrize(
    ("status", "transient"),
    [(404, False), (410, False), (403, False), (429, True), (408, True), (500, True), (503, True)],
)
def test_a_refusal_says_whether_to_try_again(status: int, transient: bool) -> None:
    with pytest.raises(FetchError) as caught:
        run(ScriptedClient(status, {"retry-after": "120"}))
    error = caught.value
    assert (error.reason, error.status, error.transient) == ("http", status, transient)
    assert error.retry_after_seconds == 120


def test_a_permanent_move_is_passed_on() -> None:
    assert run(ScriptedClient(200, {}, "https://news.example/new")).moved_to == "https://news.example/new"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0),
        ({"retry-after": " 3600 "}, 3600),
        ({"retry-after": "9" * 50}, 999_999_999),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Tue, 04 Mar 2031 12:05:00 GMT"}, 300),
        ({"retry-after": "Tue, 04 Mar 2031 11:00:00 GMT"}, 0),
        ({"retry-after": "Tue, 04 Mar 2031 12:05:00 GMT", "date": "Tue, 04 Mar 2031 12:04:00 GMT"}, 60),
        ({"retry-after": "Tue, 99 Mar 2031 12:05:00 GMT"}, None),
    ],
)
def test_the_wait_a_server_asks_for_is_read_in_seconds_and_as_a_date(
    headers: dict[str, str], seconds: int | None
) -> None:
    assert retry_after(headers, NOW) == seconds
