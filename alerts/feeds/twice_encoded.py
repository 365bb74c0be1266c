"""UTF-8 that someone took for windows-1252 and encoded once more: "cafÃ©" for "café"."""

from __future__ import annotations

import re

# windows-1252 as browsers read it: its five holes are C1 controls.
_BYTES = {chr(byte): byte for byte in range(0x80, 0x100)}
_BYTES |= {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(0x80, 0xA0)}
_RUN = re.compile(f"[{re.escape(''.join(_BYTES))}]+")
_SAMPLE_RUNS = 2_000
_MOST_HONEST = 0.1


def undo(text: str) -> str | None:
    """The text that was meant, or None when this one was not encoded twice.

    It was when nine of ten rows of such characters are the bytes of UTF-8: one accented letter that
    stands alone never is.
    """
    if text.isascii():
        return None
    runs = [run[0] for run, _ in zip(_RUN.finditer(text), range(_SAMPLE_RUNS), strict=False)]
    honest = sum(_meant(run) is None for run in runs)
    if len(runs) - honest < 2 or honest > len(runs) * _MOST_HONEST:
        return None
    return _RUN.sub(lambda run: _meant(run[0]) or run[0], text)


def _meant(run: str) -> str | None:
    try:
        return bytes(_BYTES[character] for character in run).decode("utf-8")
    except UnicodeDecodeError:
        return None
