"""Who may see a page, and whose forms are obeyed.

As long as no account exists the pages that only show are open, as on a machine of one's own; from the
first account on they ask for a login. Whatever writes asks for one always, but for what readers do
themselves: there a signed link takes its place. A form is obeyed when it was made for this very session
(or, before a login, for this very browser) and comes from a page of ours.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.app import App
from alerts.model import Role
from alerts.services.accounts import LONGEST_SESSION, Access, access
from alerts.web.forms import choices_form, pasted_form, text, upload_form
from alerts.web.origin import refuse_foreign

KNOWN_FOR = timedelta(days=180)
"""How long after a login a browser has tries of its own."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_OURS = re.compile(r"/(?:[A-Za-z0-9][A-Za-z0-9/._~-]*)?(?:\?[A-Za-z0-9=&%+._~-]*)?")


@dataclass(frozen=True, slots=True)
class Staff:
    """Who is logged in, and the word that makes the forms of this session ours."""

    name: str
    role: Role
    word: str

    @property
    def writes(self) -> bool:
        return self.role.writes

    @property
    def manages(self) -> bool:
        return self.role.manages


class LoginNeeded(Exception):
    """This page asks for a login. ``form`` is what was sent to it, to be kept until then."""

    def __init__(self, form: FormData | None = None) -> None:
        super().__init__()
        self.form = form


class NoAccounts(Exception):
    """This page asks for a login, and nobody has an account yet."""


class NotAllowed(HTTPException):
    """Logged in, but the role does not go so far."""


class Guard:
    """The cookie of one service, and what it says about who is asking."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.open = app.settings.public_pages != "off"
        """Whether the pages of situations are for everybody."""
        self._secure = app.settings.pages.startswith("https:")
        # With the prefix no other host can set it and it never leaves without TLS (RFC 6265bis §4.1.3).
        self.cookie = "__Host-alerts" if self._secure else "alerts"
        self._known = f"{self.cookie}-known"

    def token(self, request: Request) -> str:
        """The token a browser sends; '' when it sends none that could be ours."""
        token = request.cookies.get(self.cookie, "")
        return token if _TOKEN.fullmatch(token) else ""

    def word(self, token: str) -> str:
        """What a form must carry that is made for the holder of this token; another each time, for answers
        are compressed and what stays the same in them can be guessed from their lengths (BREACH, 2013)."""
        return self._signed(secrets.token_hex(8), token)

    def _signed(self, salt: str, token: str) -> str:
        about = f"alerts form\0{salt}\0{token}".encode("utf-8", "replace")
        return f"{salt}.{hmac.new(self._app.secret, about, hashlib.sha256).hexdigest()}"

    def is_ours(self, request: Request, form: FormData) -> bool:
        """Whether the form was made for the browser that sends it."""
        token = self.token(request)
        said = text(form, "word")
        ours = self._signed(said.partition(".")[0], token)
        return bool(token) and hmac.compare_digest(ours.encode(), said.encode("utf-8", "replace"))

    def give(self, response: Response, token: str) -> None:
        """Hands the browser its token."""
        response.set_cookie(
            self.cookie,
            token,
            max_age=int(LONGEST_SESSION.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def known(self, request: Request) -> str:
        """By what a browser shows that it has logged in before; '' when it never has."""
        return request.cookies.get(self._known, "")[:200]

    def remember(self, response: Response, proof: str) -> None:
        """Lets the browser show that from now on."""
        response.set_cookie(
            self._known,
            proof,
            max_age=int(KNOWN_FOR.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def take(self, response: Response) -> None:
        """Takes the token from the browser."""
        response.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="lax")

    def access(self, request: Request) -> tuple[Access, Staff | None]:
        token = self.token(request)
        found = access(self._app.engine, token, self._app.clock())
        if found.visitor is None:
            return found, None
        return found, Staff(found.visitor.name, found.visitor.role, self.word(token))


def fresh_token() -> str:
    """A token that no browser has yet."""
    return secrets.token_urlsafe(32)


def own_path(wanted: str) -> str:
    """The path within our pages that is wanted after a login; ``/`` for what could lead elsewhere."""
    return wanted if len(wanted) <= 500 and "//" not in wanted and _OURS.fullmatch(wanted) else "/"


# What a page asks for, as an annotation of its route's parameters.


def _guard(request: Request) -> Guard:
    guard: Guard = request.app.state.guard
    return guard


def _looking(request: Request) -> Staff | None:
    found, staff = _guard(request).access(request)
    if found.guarded and staff is None:
        raise LoginNeeded
    return staff


def _minding(staff: Annotated[Staff | None, Depends(_looking)]) -> Staff | None:
    return _managing(staff) if staff is not None else None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who reads a page that may be for everybody. ``outside``: there are accounts, and they have none."""

    staff: Staff | None
    outside: bool


def _anybody(request: Request) -> Caller:
    guard = _guard(request)
    found, staff = guard.access(request)
    outside = found.guarded and staff is None
    if outside and not guard.open:
        raise LoginNeeded
    return Caller(staff, outside)


def _known(request: Request) -> Staff:
    found, staff = _guard(request).access(request)
    if not found.guarded:
        raise NoAccounts
    if staff is None:
        raise LoginNeeded
    return staff


def _writing(staff: Annotated[Staff, Depends(_known)]) -> Staff:
    if not staff.writes:
        raise NotAllowed(403, "A viewer may look, not write.")
    return staff


def _managing(staff: Annotated[Staff, Depends(_known)]) -> Staff:
    if not staff.manages:
        raise NotAllowed(403, "Only an admin sees and changes what is about people.")
    return staff


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that somebody sent who is logged in. ``stale``: it was made for another session of theirs, so
    nothing may be changed by it until they have seen it again."""

    staff: Staff
    form: FormData
    stale: bool


def _sent(request: Request, form: Annotated[FormData, Depends(choices_form)]) -> Posted:
    refuse_foreign(request)
    found, staff = _guard(request).access(request)
    if not found.guarded:
        raise NoAccounts
    if staff is None:
        raise LoginNeeded(form)
    return Posted(staff, form, not _guard(request).is_ours(request, form))


def _posted(posted: Annotated[Posted, Depends(_sent)]) -> Posted:
    _writing(posted.staff)
    return posted


def _outside_or_writing(request: Request) -> Staff | None:
    found, staff = _guard(request).access(request)
    if not found.guarded:
        raise NoAccounts
    return _writing(staff) if staff is not None else None


async def _uploaded(request: Request, staff: Annotated[Staff | None, Depends(_outside_or_writing)]) -> Posted:
    """Nobody else's file is read; what somebody pasted whose session is over waits for their login."""
    refuse_foreign(request)
    if staff is None:
        raise LoginNeeded(await pasted_form(request))
    form = await upload_form(request)
    return Posted(staff, form, not _guard(request).is_ours(request, form))


def _admins_posted(posted: Annotated[Posted, Depends(_posted)]) -> Posted:
    _managing(posted.staff)
    return posted


def _outside_or_managing(staff: Annotated[Staff | None, Depends(_outside_or_writing)]) -> Staff | None:
    return _managing(staff) if staff is not None else None


Looking = Annotated[Staff | None, Depends(_looking)]
"""Anybody while there are no accounts, else whoever is logged in."""

Anybody = Annotated[Caller, Depends(_anybody)]
"""Everybody, when the public pages are on; else the same as for ``Looking``."""

Minding = Annotated[Staff | None, Depends(_minding)]
"""Anybody while there are no accounts, else an admin: for what was written to readers."""

Known = Annotated[Staff, Depends(_known)]
"""Whoever is logged in."""

Writing = Annotated[Staff, Depends(_writing)]
"""An editor or an admin."""

Managing = Annotated[Staff, Depends(_managing)]
"""An admin."""

KnownForm = Annotated[Posted, Depends(_sent)]
"""A form of whoever is logged in, about nothing but what is theirs."""

EditorsForm = Annotated[Posted, Depends(_posted)]
"""A form of an editor or an admin."""

EditorsUpload = Annotated[Posted, Depends(_uploaded)]
"""A form of an editor or an admin that may bring a file."""

ADMINS_ONLY = Depends(_outside_or_managing)
"""For the route of an admin's form that may bring a file, so that nobody else's is read."""

AdminsForm = Annotated[Posted, Depends(_admins_posted)]
"""A form of an admin."""
