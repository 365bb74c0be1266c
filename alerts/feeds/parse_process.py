"""Parsing outside of our own process: a document that hangs or eats memory costs itself, nobody else.

A warm child does the work and is replaced when it was killed. It is a plain subprocess: Celery's
worker processes may not have ``multiprocessing`` children.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
import time
from typing import IO, Self

from alerts.errors import FetchError, NotAFeed, Unavailable
from alerts.feeds.frames import frame, unframe
from alerts.feeds.parse import LARGEST_BODY
from alerts.feeds.parse_child import ANSWER, REQUEST, Request
from alerts.model import ParsedFeed

_CHILD = "alerts.feeds.parse_child"
_PIECE = 1 << 20


class ParseProcess:
    """``parse`` in a resource-limited child process: same arguments, same answer.

    For one caller at a time: use one per thread. The child starts with the first document and is
    replaced after ``documents`` of them. ``deadline_seconds`` of wall-clock time are for each
    document, ``start_seconds`` for a new child to be ready. Close it when done, or use it in ``with``.
    """

    def __init__(
        self, *, deadline_seconds: float = 10, start_seconds: float = 60, documents: int = 1_000
    ) -> None:
        self._deadline_seconds = deadline_seconds
        self._start_seconds = start_seconds
        self._documents = documents
        self._parsed = 0
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        return self._child.pid if self._child else None

    def parse(self, body: bytes, url: str, content_type: str = "") -> ParsedFeed:
        """Read a feed as ``alerts.feeds.parse.parse`` does.

        Raises NotAFeed, FetchError with reason ``parse`` when the child had to be killed or died, and
        Unavailable when no child can be started, which is no document's fault.
        """
        child = self._ready()
        self._parsed += 1
        # One byte too many is enough for the child to refuse the document as too large.
        request = frame(REQUEST.dump_json(Request(url, content_type))) + frame(body[: LARGEST_BODY + 1])
        said = ANSWER.validate_json(self._exchange(child, request, self._deadline_seconds))
        if self._parsed >= self._documents:
            self.close()
        if said.feed is not None:
            return said.feed
        if said.reason == "parse":
            raise FetchError("parse", said.message)
        raise NotAFeed(said.message, reason=said.reason)

    def close(self) -> None:
        """End the child, whatever it is doing; the next ``parse`` would start another."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self.close()
        self._parsed = 0
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for us; the child ends with its stdin
        )
        try:
            self._exchange(self._child, b"", self._start_seconds)
        except FetchError as error:
            raise Unavailable("The process that reads feeds does not start") from error
        return self._child

    def _exchange(self, child: subprocess.Popen[bytes], request: bytes, seconds: float) -> bytes:
        """Write all of ``request`` and read one frame before the time is over; else end the child."""
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the child was started without pipes")
        try:
            return _talk(child.stdin, child.stdout, request, time.monotonic() + seconds)
        except TimeoutError:
            self.close()
            raise FetchError("parse", f"Reading the document took longer than {seconds:g} seconds") from None
        except (OSError, ValueError):
            self.close()
            raise FetchError("parse", "The document needs more time or memory than a feed may") from None
        except BaseException:
            self.close()  # interrupted half-way: the next answer would belong to this document
            raise


def _talk(to: IO[bytes], of: IO[bytes], request: bytes, until: float) -> bytes:
    waiting = memoryview(request)
    received = bytearray()
    os.set_blocking(to.fileno(), False)
    os.set_blocking(of.fileno(), False)
    with selectors.DefaultSelector() as ready:
        ready.register(of, selectors.EVENT_READ)
        if waiting:
            ready.register(to, selectors.EVENT_WRITE)
        while True:
            left = until - time.monotonic()
            events = ready.select(left) if left > 0 else []
            if not events:
                raise TimeoutError
            for key, _ in events:
                if key.fileobj is to:
                    waiting = waiting[os.write(to.fileno(), waiting[:_PIECE]) :]
                    if not waiting:
                        ready.unregister(to)
                    continue
                piece = os.read(of.fileno(), _PIECE)
                if not piece:
                    raise BrokenPipeError
                received += piece
                content = unframe(received)
                if content is not None:
                    return content


def _environment() -> dict[str, str]:
    """What Python needs to find the same code, and nothing that is secret."""
    return {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)), "PYTHONUTF8": "1"}
