"""Undo one Content-Encoding, never producing more than a limit.

A library that decompresses for us expands a whole chunk at once: two kilobytes can become two
gigabytes. Here the output is bounded before it exists, and an encoding inside an encoding is refused.
"""

from __future__ import annotations

import zlib

import brotli

from alerts.errors import FetchError

ACCEPTED = "gzip, deflate, br"
_BROTLI_STEP = 65_536
_GZIP_START = b"\x1f\x8b"
_MOST_MEMBERS = 1_000


class Decoder:
    """Feed it the raw pieces of a body; it returns the decoded pieces and counts them.

    ``encoding`` is the Content-Encoding header (RFC 9110 §8.4). Raises FetchError: ``encoding`` for
    an unknown, repeated or broken encoding, ``too-large`` beyond ``limit`` bytes, raw or decoded.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip", "deflate", "br"):
            raise FetchError("encoding", f"The answer is encoded as {name[:100]!r}; we read only {ACCEPTED}")
        self._plain = name in ("", "identity")
        self._gzip = name in ("gzip", "x-gzip")
        self._brotli = brotli.Decompressor() if name == "br" else None
        self._limit = limit
        self._raw = 0
        self._decoded = 0
        self._members = 0
        self._waiting = b""
        self._stream: zlib._Decompress | None = None
        self._ended = False

    def feed(self, piece: bytes) -> bytes:
        """Decode one raw piece; the decoded bytes may be empty."""
        self._raw += len(piece)
        if self._raw > self._limit:
            raise self._too_large()
        if self._plain:
            return piece
        try:
            if self._brotli is not None:
                return self._unbrotli(self._brotli, piece)
            return self._inflate(self._waiting + piece)
        except (zlib.error, brotli.error) as error:
            raise FetchError("encoding", f"The compressed answer is damaged: {error}") from None

    def finish(self) -> None:
        """Say that the body is over; raises FetchError when the compressed data is cut short."""
        if not self._plain and self._raw and not self._ended:
            raise FetchError("encoding", "The compressed answer ends too early")

    def _unbrotli(self, stream: brotli.Decompressor, data: bytes) -> bytes:
        """RFC 7932. The decoder keeps to its output limit only roughly, so it gets small ones: it goes
        on where it stopped when it is asked again without new data."""
        pieces = []
        while data or not stream.can_accept_more_data():
            pieces.append(stream.process(data, output_buffer_limit=_BROTLI_STEP))
            data = b""
            self._count(pieces[-1])
        self._ended = stream.is_finished()
        return b"".join(pieces)

    def _count(self, decoded: bytes) -> None:
        self._decoded += len(decoded)
        if self._decoded > self._limit:
            raise self._too_large()

    def _inflate(self, data: bytes) -> bytes:
        pieces = []
        self._waiting = b""
        while data and not (self._ended and not self._another_member(data)):
            if self._stream is None:
                if len(data) < 2:
                    self._waiting = data
                    break
                self._stream = self._start(data)
                self._ended = False
            # A max_length of 0 would mean "no limit"; one byte too many is how excess shows itself.
            decoded = self._stream.decompress(data, self._limit - self._decoded + 1)
            self._count(decoded)
            pieces.append(decoded)
            if not self._stream.eof:
                break
            data = self._stream.unused_data
            self._stream = None
            self._ended = True
        return b"".join(pieces)

    def _another_member(self, data: bytes) -> bool:
        """RFC 1952 §2.2: gzip files may be strung together; anything else behind the end is padding."""
        return self._gzip and data.startswith(_GZIP_START[: len(data)])

    def _start(self, data: bytes) -> zlib._Decompress:
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise FetchError("encoding", f"The compressed answer has more than {_MOST_MEMBERS} parts")
        if self._gzip:
            return zlib.decompressobj(16 + zlib.MAX_WBITS)
        # "deflate" means the zlib format (RFC 9110 §8.4.1.2), but some servers send the bare stream.
        wrapped = data[0] & 0x0F == 8 and (data[0] * 256 + data[1]) % 31 == 0
        return zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)

    def _too_large(self) -> FetchError:
        return FetchError("too-large", f"The answer is larger than {self._limit:,} bytes")
