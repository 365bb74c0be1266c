"""Forms as they arrive: read no further than a form of ours can be long."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

SHORT_FORM_BYTES = 16_384
"""A form of one-click unsubscribing (RFC 8058) or of a login; anything much longer is not for us."""

LONG_FORM_BYTES = 262_144
"""A rule with all its examples."""

MOST_CHOICES = 2_000
"""Boxes that may be ticked in one form."""


async def short_form(request: Request) -> FormData:
    """The fields of an urlencoded or multipart body, empty for any other.

    Raises HTTPException 400 for a broken body and 413 for one above SHORT_FORM_BYTES.
    """
    return await _form(request, SHORT_FORM_BYTES)


async def long_form(request: Request) -> FormData:
    """The same, up to LONG_FORM_BYTES."""
    return await _form(request, LONG_FORM_BYTES)


async def choices_form(request: Request) -> FormData:
    """The same, with a box for every situation and rule there is."""
    return await _form(request, LONG_FORM_BYTES, MOST_CHOICES)


async def _form(request: Request, limit: int, fields: int = 40) -> FormData:
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(413)
        return message

    return await Request(request.scope, receive).form(max_files=0, max_fields=fields)


def text(form: FormData, name: str) -> str:
    """One field, its lines ended as everywhere else; '' when it is not there."""
    value = form.get(name)
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else ""


def texts(form: FormData, name: str) -> tuple[str, ...]:
    """All fields of that name."""
    return tuple(value for value in form.getlist(name) if isinstance(value, str))
