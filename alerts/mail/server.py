"""Which mail server, and how far we trust the way to it: a URL becomes a Server. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from alerts.errors import BadInput

STARTTLS = ("required", "offered", "never")


@dataclass(frozen=True, slots=True)
class Server:
    """``tls`` means encrypted from the first byte. ``starttls`` is required (and the certificate checked),
    offered (taken where there is one, unchecked) or never. ``user`` is empty when nobody logs in."""

    host: str
    port: int
    tls: bool
    starttls: str
    user: str
    password: str = field(repr=False)


def read_server(url: str) -> Server:
    """``smtp://[user:password@]host[:port][?starttls=…]``, port 25, or ``smtps://…``, port 465.

    User and password are percent-encoded where needed. Without ``starttls`` it is required when there is
    a password to protect, else offered. Raises BadInput, never repeating the URL: it may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        options = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    except ValueError:
        raise BadInput("the mail server's address cannot be read: check port and options") from None
    host = parts.hostname or ""
    if parts.scheme not in ("smtp", "smtps") or not re.fullmatch(r"[A-Za-z0-9.:_-]+", host) or port == 0:
        raise BadInput("the mail server's address must look like smtp://mail.example.org:587 or smtps://…")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii() or bool(user) != bool(password):
        raise BadInput("the mail server's address needs user and password, both in ASCII, or neither")
    modes = options.pop("starttls", ["required" if user else "offered"])
    if options or parts.path not in ("", "/") or len(modes) != 1 or modes[0] not in STARTTLS:
        raise BadInput(f"after the mail server's address comes nothing or ?starttls={'|'.join(STARTTLS)}")
    tls = parts.scheme == "smtps"
    return Server(host, port or (465 if tls else 25), tls, modes[0], user, password)
