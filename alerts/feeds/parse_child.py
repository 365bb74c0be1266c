"""The parsing process itself: reads documents from stdin, answers on stdout, within hard limits.

Started by ParseProcess as ``python -m alerts.feeds.parse_child``. It ends when stdin closes, and is
killed by the kernel when one document costs too much processor time.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from dataclasses import dataclass
from typing import BinaryIO

from pydantic import TypeAdapter

from alerts.errors import NotAFeed
from alerts.feeds.frames import frame, read_frame
from alerts.feeds.parse import parse
from alerts.model import ParsedFeed

MEMORY_BYTES = 1_000_000_000
CPU_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Request:
    """What comes before a document: where it came from. The document follows in its own frame."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The feed, or why there is none: ``reason`` and ``message`` of the NotAFeed or parse error."""

    feed: ParsedFeed | None
    reason: str = ""
    message: str = ""


REQUEST = TypeAdapter(Request)
ANSWER = TypeAdapter(Answer)


def answer(request: Request, body: bytes) -> Answer:
    """Parse one document; whatever goes wrong is an answer, too."""
    try:
        return Answer(parse(body, request.url, request.content_type))
    except NotAFeed as error:
        return Answer(None, error.reason, str(error))
    except MemoryError:
        return Answer(None, "parse", "The document needs more memory than a feed may")
    except Exception as error:  # noqa: BLE001 - a parser's bug must cost one document, not the process
        return Answer(None, "parse", f"The parser failed on this document ({type(error).__name__})")


def limit_process() -> None:
    """No core files, no written files, bounded memory: a parser needs nothing else."""
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_AS, MEMORY_BYTES),
    ):
        # Not every system knows every limit, or lets it be set below what is in use already.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def limit_document() -> None:
    """Grant the processor time for one more document; beyond it the kernel ends the process (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the requests end. The first frame, empty, says that the process is warm."""
    answers.write(frame(b""))
    answers.flush()
    while (header := read_frame(requests)) is not None and (body := read_frame(requests)) is not None:
        limit_document()
        answers.write(frame(ANSWER.dump_json(answer(REQUEST.validate_json(header), body))))
        answers.flush()


if __name__ == "__main__":
    limit_process()
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not break the frames
    serve(sys.stdin.buffer, channel)
