from __future__ import annotations

import contextlib
import gzip
import tracemalloc
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.errors import FetchError
from alerts.net.decoding import Decoder


def bare_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(body) + stream.flush()


def two_members(body: bytes) -> bytes:
    return gzip.compress(body[: len(body) // 2]) + gzip.compress(body[len(body) // 2 :])


ENCODERS = {
    "": ("", bytes),
    "identity": ("identity", bytes),
    "gzip": ("gzip", gzip.compress),
    "x-gzip in capitals": ("X-GZIP", gzip.compress),
    "gzip of two members": ("gzip", two_members),
    "gzip with padding": ("gzip", lambda body: gzip.compress(body) + b"\x00" * 9),
    "deflate": ("deflate", zlib.compress),
    "deflate without wrapper": ("deflate", bare_deflate),
    "brotli": ("br", brotli.compress),
}


def decode(encoding: str, limit: int, raw: bytes, size: int) -> bytes:
    decoder = Decoder(encoding, limit)
    decoded = b"".join(decoder.feed(raw[start : start + size]) for start in range(0, len(raw), size))
    decoder.finish()
    return decoded


@given(st.sampled_from(sorted(ENCODERS)), st.binary(max_size=3_000), st.integers(1, 400))
def test_a_body_comes_back_however_it_was_cut(name: str, body: bytes, size: int) -> None:
    encoding, encode = ENCODERS[name]
    assert decode(encoding, 10_000, encode(body), size) == body


@given(
    st.sampled_from(["gzip", "deflate", "deflate without wrapper", "gzip of two members", "brotli"]),
    st.integers(200, 5_000),
    st.integers(0, 199),
    st.integers(1, 100),
)
def test_never_more_than_the_limit_is_produced(name: str, length: int, limit: int, size: int) -> None:
    encoding, encode = ENCODERS[name]
    raw = encode(b"a" * length)
    decoder = Decoder(encoding, limit)
    produced = 0
    with pytest.raises(FetchError) as caught:
        for start in range(0, len(raw), size):
            produced += len(decoder.feed(raw[start : start + size]))
    assert caught.value.reason == "too-large"
    assert produced <= limit


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br"]))
def test_any_bytes_decode_or_are_refused(raw: bytes, encoding: str) -> None:
    try:
        decode(encoding, 1_000, raw, 7)
    except FetchError as error:
        assert error.reason in ("encoding", "too-large")


def test_a_limit_is_reached_exactly_without_being_exceeded() -> None:
    assert decode("gzip", 100, gzip.compress(b"a" * 100), 10) == b"a" * 100


@pytest.mark.parametrize("encoding", ["br, br", "gzip, gzip", "deflate, gzip", "zstd", "gzip;q=1"])
def test_other_encodings_and_encodings_of_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(FetchError) as caught:
        Decoder(encoding, 100)
    assert caught.value.reason == "encoding"


@pytest.mark.parametrize("cut", [1, 5, 15])
@pytest.mark.parametrize("name", ["gzip", "brotli"])
def test_a_compressed_body_that_is_cut_short_is_an_error(name: str, cut: int) -> None:
    encoding, encode = ENCODERS[name]
    with pytest.raises(FetchError) as caught:
        decode(encoding, 1_000, encode(b"news of the day from everywhere")[:cut], 100)
    assert caught.value.reason == "encoding"


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", gzip.compress(gzip.compress(b"a" * 30_000_000))),
        ("gzip", gzip.compress(b"a" * 30_000_000)),
        ("deflate", zlib.compress(b"a" * 30_000_000)),
        ("br", brotli.compress(b"a" * 30_000_000)),
    ],
)
def test_a_bomb_costs_no_more_memory_than_the_limit(encoding: str, bomb: bytes) -> None:
    tracemalloc.start()
    try:
        with contextlib.suppress(FetchError):  # what is in a gzip of a gzip is small, and no feed
            decode(encoding, 5_000_000, bomb, 65_536)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16_000_000


def test_a_string_of_countless_empty_members_is_refused() -> None:
    with pytest.raises(FetchError) as caught:
        decode("gzip", 1_000_000, gzip.compress(b"") * 1_001, 65_536)
    assert caught.value.reason == "encoding"
