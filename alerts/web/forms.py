"""Forms as they arrive: read no further than a form of ours can be long."""

from __future__ import annotations

import re

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

SHORT_FORM_BYTES = 16_384
"""A form of one-click unsubscribing (RFC 8058) or of a login; anything much longer is not for us."""

LONG_FORM_BYTES = 262_144
"""A rule with all its examples."""

UPLOAD_BYTES = 6_000_000
"""A list of feeds, an archive of items or a list of people; longer ones are for the command line."""

WAITING_BYTES = LONG_FORM_BYTES // 4
"""What goes through the login, in a form where each byte may be written as three."""

MOST_CHOICES = 2_000
"""Boxes that may be ticked in one form."""


async def short_form(request: Request) -> FormData:
    """The fields of an urlencoded or multipart body, empty for any other.

    Raises HTTPException 400 for a broken body and 413 for one above SHORT_FORM_BYTES.
    """
    return await _form(request, SHORT_FORM_BYTES)


async def choices_form(request: Request) -> FormData:
    """The same, up to LONG_FORM_BYTES and with as many boxes as MOST_CHOICES."""
    return await _form(request, LONG_FORM_BYTES, MOST_CHOICES)


async def upload_form(request: Request) -> FormData:
    """The same, with one file or as much text, up to UPLOAD_BYTES."""
    return await _form(request, UPLOAD_BYTES, files=1)


async def pasted_form(request: Request) -> FormData | None:
    """The same, of somebody who has to log in first: None for what says not that it is short, up to
    WAITING_BYTES, which is not read."""
    length = request.headers.get("content-length", "")
    if number(length) is None or int(length) > WAITING_BYTES:
        return None
    return await _form(request, WAITING_BYTES, files=1)


async def _form(request: Request, limit: int, fields: int = 40, files: int = 0) -> FormData:
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(413)
        return message

    return await Request(request.scope, receive).form(max_files=files, max_fields=fields, max_part_size=limit)


def text(form: FormData, name: str) -> str:
    """One field, its lines ended as everywhere else; '' when it is not there."""
    value = form.get(name)
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else ""


def texts(form: FormData, name: str) -> tuple[str, ...]:
    """All fields of that name."""
    return tuple(value for value in form.getlist(name) if isinstance(value, str))


def uploaded(form: FormData, name: str) -> tuple[bytes, str]:
    """What somebody gave as a file, or typed into the text area that is called as the file with ``-text``
    behind it; and the file's name, '' for what was typed. Nothing, when they gave nothing."""
    file = form.get(name)
    if not isinstance(file, UploadFile):
        return text(form, f"{name}-text").encode("utf-8", "replace"), ""
    with file.file:
        given = file.file.read()
    if given:
        return given, (file.filename or "")[:100]
    return text(form, f"{name}-text").encode("utf-8", "replace"), ""


OVERTAKEN = (
    "Nothing is changed: somebody else changed this since the page was made. What they wrote stands among "
    "the versions below; press again if it should be done all the same."
)
"""What a page says whose form began from another version than the one in force."""


def began_from(form: FormData) -> int:
    """The version in force when the page was made that this form is on, 0 for none; -1, which no version is,
    when it does not say."""
    said = number(text(form, "began"))
    return -1 if said is None else said


_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def number(written: str) -> int | None:
    """The number of a row, as an address or a field says it; None for what is none."""
    return int(written) if _NUMBER.fullmatch(written) else None
