"""Accounts for the pages: made on the command line, used to log in; and what a login may do, for how long.

No answer and no wait tells whether a name exists. A try counts before it is judged, so that many at once
get no more guesses than one after another.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import Engine

from alerts.errors import AlertsError, BadInput
from alerts.model import Role
from alerts.store import accounts, audit
from alerts.store.passwords import Passwords
from alerts.store.unit import reading, writing

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1024

IDLE = timedelta(hours=12)
"""A session that is not used for so long has ended."""

LONGEST_SESSION = timedelta(days=7)
_TOUCH = timedelta(minutes=10)  # how exactly it is known when a session was used last

TRIES_LAST = timedelta(hours=1)
TRIES_OF_NAME = 10
TRIES_OF_ADDRESS = 20

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")


class WrongLogin(BadInput):
    """There is no account with this name and password; which of them is wrong is not said."""


class TooManyTries(AlertsError):
    """This name or this address has failed too often within TRIES_LAST. Nothing was compared."""

    transient = True


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at the pages."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Access:
    """``guarded`` is False as long as there is no account. ``visitor`` is who is logged in."""

    guarded: bool
    visitor: Visitor | None


def account_name(typed: str) -> str:
    """The name as it is compared. Raises BadInput when it could be the name of no account."""
    name = typed.strip().lower()
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"{typed!r} cannot be the name of an account: write 2 to 64 letters a to z, digits and . _ - + @"
        )
    return name


def check_password(password: str, name: str) -> None:
    """Raises BadInput when it is too short, too long, or no more than the name."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(
            f"the password is too short: {SHORTEST_PASSWORD} characters or more, a sentence is best"
        )
    if len(password) > LONGEST_PASSWORD:
        raise BadInput(f"the password is too long: {LONGEST_PASSWORD} characters at most")
    if not password.lower().replace(name, "").strip() or len(set(password)) < 4:
        raise BadInput("the password is easily guessed: take a sentence that only you would think of")


# --- what the command line does ------------------------------------------------------------


def add_account(
    engine: Engine, passwords: Passwords, name: str, role: Role, password: str, *, actor: str, now: datetime
) -> None:
    """Raises BadInput when the name or password will not do, or there is such an account."""
    name = account_name(name)
    check_password(password, name)
    hashed = passwords.hashed(password)
    with writing(engine) as tx:
        accounts.add(tx, name, role, hashed, now)
        audit.record(tx, at=now, actor=actor, action="account added", subject=name, detail=role.value)


def set_password(
    engine: Engine,
    passwords: Passwords,
    name: str,
    password: str,
    *,
    secret: bytes,
    actor: str,
    now: datetime,
) -> None:
    """The account gets another password, is logged out everywhere, and may be tried again at once.

    Raises BadInput when the password will not do, NotFound when there is no such account.
    """
    name = account_name(name)
    check_password(password, name)
    hashed = passwords.hashed(password)
    with writing(engine) as tx:
        accounts.set_password(tx, name, hashed)
        accounts.forget_tries_of(tx, _name_hash(name, secret))
        audit.record(tx, at=now, actor=actor, action="password changed", subject=name)


def remove_account(engine: Engine, name: str, *, actor: str, now: datetime) -> bool:
    """The account and its sessions end. Returns whether it was the last one. Raises NotFound."""
    name = account_name(name)
    with writing(engine) as tx:
        accounts.remove(tx, name)
        audit.record(tx, at=now, actor=actor, action="account removed", subject=name)
        return not accounts.any_account(tx)


# --- what the pages do ----------------------------------------------------------------------


def log_in(
    engine: Engine,
    passwords: Passwords,
    name: str,
    password: str,
    address: str,
    *,
    secret: bytes,
    now: datetime,
    leaving: str = "",
) -> str:
    """The token of a new session: 256 random bits that are kept nowhere here.

    ``address`` is where the request comes from, ``leaving`` the token of a session that this one takes
    the place of. Raises WrongLogin or TooManyTries.
    """
    name, password = name.strip().lower()[:LONGEST_PASSWORD], password[:LONGEST_PASSWORD]
    try_id = _counted_try(engine, _name_hash(name, secret), neighbourhood(address), now)
    with reading(engine) as tx:
        held = accounts.find(tx, name)
    right = passwords.is_right(held.password_hash if held else None, password)
    renewed = (
        passwords.hashed(password) if held and right and passwords.is_outdated(held.password_hash) else ""
    )
    token = secrets.token_urlsafe(32)
    with writing(engine) as tx:
        if not (held and right and accounts.open_session(tx, held, token_hash(token), now)):
            subject = held.name if held else "an unknown name"
            audit.record(tx, at=now, actor=f"web {address}", action="login failed", subject=subject)
        else:
            accounts.forget_try(tx, try_id)
            accounts.close_session(tx, token_hash(leaving))
            accounts.forget_sessions(tx, made_before=now - LONGEST_SESSION, used_before=now - IDLE)
            if renewed:
                accounts.rehash(tx, held.id, held.password_hash, renewed)
            audit.record(tx, at=now, actor=held.name, action="logged in", subject=held.name, detail=address)
            return token
    raise WrongLogin("there is no account with this name and password")


def _counted_try(engine: Engine, name_hash: str, address: str, now: datetime) -> int:
    since = now - TRIES_LAST
    with writing(engine) as tx:
        accounts.forget_tries(tx, before=since)
        before = accounts.tries(tx, name_hash, address, since)
        if before.of_name >= TRIES_OF_NAME or before.of_address >= TRIES_OF_ADDRESS:
            raise TooManyTries("too many tries; wait an hour")
        try_id = accounts.add_try(tx, name_hash, address, now)
    with reading(engine) as tx:  # others that counted at the same time are seen now
        found = accounts.tries(tx, name_hash, address, since)
    if found.of_name > TRIES_OF_NAME or found.of_address > TRIES_OF_ADDRESS:
        raise TooManyTries("too many tries; wait an hour")
    return try_id


def access(engine: Engine, token: str, now: datetime) -> Access:
    """What whoever sends this token may see; '' is no token."""
    with reading(engine) as tx:
        if not accounts.any_account(tx):
            return Access(False, None)
        visit = token and accounts.visit(
            tx, token_hash(token), made_after=now - LONGEST_SESSION, used_after=now - IDLE
        )
    if not visit:
        return Access(True, None)
    if now - visit.used_at > _TOUCH:
        with writing(engine) as tx:
            accounts.touch(tx, visit.session_id, now)
    return Access(True, Visitor(visit.name, visit.role))


def log_out(engine: Engine, token: str, *, now: datetime) -> None:
    """The session ends; nothing when it has ended already."""
    with writing(engine) as tx:
        name = accounts.close_session(tx, token_hash(token))
        if name is not None:
            audit.record(tx, at=now, actor=name, action="logged out", subject=name)


def token_hash(token: str) -> str:
    """What a session is recognised by. A token is random enough that no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _name_hash(name: str, secret: bytes) -> str:
    return hmac.new(
        secret, b"alerts login name\0" + name.encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()


def neighbourhood(address: str) -> str:
    """The address that tries count against: of IPv6 the /64, for anybody has as many as they like in it."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
