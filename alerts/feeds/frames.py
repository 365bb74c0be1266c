"""Length-prefixed frames: how the parsing process and its parent talk over pipes."""

from __future__ import annotations

import struct
from typing import BinaryIO

LARGEST_FRAME = 256_000_000
_LENGTH = struct.Struct(">I")


def frame(content: bytes) -> bytes:
    """``content`` behind its length, four bytes big-endian; raises ValueError above 256 MB."""
    if len(content) > LARGEST_FRAME:
        raise ValueError(f"a frame holds at most {LARGEST_FRAME:,} bytes, not {len(content):,}")
    return _LENGTH.pack(len(content)) + content


def unframe(buffer: bytes | bytearray) -> bytes | None:
    """The first frame's content when ``buffer`` holds all of it, else None.

    Raises ValueError when a frame above 256 MB is announced.
    """
    if len(buffer) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack_from(buffer)
    if length > LARGEST_FRAME:
        raise ValueError(f"a frame of {length:,} bytes is announced")
    end = _LENGTH.size + length
    return bytes(buffer[_LENGTH.size : end]) if len(buffer) >= end else None


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame of a blocking stream; None at its end, also in the middle of a frame."""
    start = stream.read(_LENGTH.size)
    if len(start) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(start)
    content = stream.read(length)
    return content if len(content) == length else None
