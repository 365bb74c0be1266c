from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import FetchError, NotAFeed, Unavailable
from alerts.feeds import parse_child
from alerts.feeds.frames import LARGEST_FRAME, frame, read_frame, unframe
from alerts.feeds.parse import parse
from alerts.feeds.parse_process import ParseProcess

FEED = b"<rss version='2.0'><channel><item><title>A &amp; B</title><guid>1</guid></item></channel></rss>"
URL = "https://news.example/feed"


@pytest.fixture
def process() -> Iterator[ParseProcess]:
    with ParseProcess() as process:
        yield process


@given(st.lists(st.binary(max_size=50), max_size=5), st.binary(max_size=3))
def test_frames_come_back_whole_and_in_order(contents: list[bytes], rest: bytes) -> None:
    stream = b"".join(map(frame, contents)) + rest
    readable = io.BytesIO(stream)
    assert [read_frame(readable) for _ in contents] == contents
    assert read_frame(readable) is None
    if contents:
        assert unframe(stream) == contents[0]
        assert unframe(frame(contents[0])[:-1]) is None


def test_a_frame_too_large_is_neither_made_nor_awaited() -> None:
    with pytest.raises(ValueError, match="announced"):
        unframe((LARGEST_FRAME + 1).to_bytes(4, "big"))


def test_the_process_reads_as_the_function_does(process: ParseProcess) -> None:
    folder = Path(__file__).parents[2] / "feeds"
    for name in ("rss20.xml", "atom.xml", "jsonfeed.feed", "windows-1251.xml", "publications.xml"):
        body = (folder / name).read_bytes()
        assert process.parse(body, URL) == parse(body, URL)


def test_no_feed_is_the_same_error_and_the_process_lives_on(process: ParseProcess) -> None:
    process.parse(FEED, URL)
    pid = process.pid
    with pytest.raises(NotAFeed, match="web page"):
        process.parse(b"<html>", URL)
    with pytest.raises(NotAFeed) as caught:
        process.parse(b"<" * 10_000_001, URL)
    assert caught.value.reason == "too-large"
    assert process.pid == pid


def test_a_document_that_hangs_is_given_up_and_the_next_gets_a_fresh_process(process: ParseProcess) -> None:
    process.parse(FEED, URL)
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # nothing tells a stopped process from one that never ends
    process._deadline_seconds = 0.05
    with pytest.raises(FetchError) as caught:
        process.parse(FEED, URL)
    assert (caught.value.reason, caught.value.transient) == ("parse", True)
    process._deadline_seconds = 30
    assert process.parse(FEED, URL).items[0].title == "A & B"
    assert process.pid != pid


def test_a_process_that_died_between_documents_is_replaced(process: ParseProcess) -> None:
    process.parse(FEED, URL)
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert len(process.parse(FEED, URL).items) == 1


def test_a_process_is_replaced_after_its_share_of_documents() -> None:
    with ParseProcess(documents=2) as process:
        process.parse(FEED, URL)
        assert process.pid is not None
        process.parse(FEED, URL)
        assert process.pid is None
        assert len(process.parse(FEED, URL).items) == 1


def test_a_process_that_does_not_start_is_not_blamed_on_the_document(
    process: ParseProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Unavailable):
        process.parse(FEED, URL)
    assert process.pid is None


def test_relative_places_of_our_code_are_found_from_anywhere(
    process: ParseProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(__file__).parents[3]
    monkeypatch.chdir(root)
    monkeypatch.setattr(sys, "path", ["", *(place for place in sys.path if place != str(root))])
    assert len(process.parse(FEED, URL).items) == 1


def test_the_process_sees_no_secret_and_ends_with_its_input(
    process: ParseProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTS_SECRET_KEY", "not for parsers")
    process.parse(FEED, URL)
    child = process._child
    assert child is not None
    assert child.stdin is not None
    assert b"not for parsers" not in Path(f"/proc/{child.pid}/environ").read_bytes()
    child.stdin.close()
    assert child.wait(timeout=30) == 0


def test_whatever_goes_wrong_in_the_parser_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(parse_child, "parse", broken)
    got = parse_child.answer(parse_child.Request(URL, ""), FEED)
    assert (got.feed, got.reason) == (None, "parse")
