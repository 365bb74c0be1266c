"""Accounts for the pages: made on the command line, used to log in; and what a login may do, for how long.

No answer and no wait tells whether a name exists. A try counts before it is judged, so that many at once
get no more guesses than one after another.

Whoever knows a name can use up its tries, but not keep its owner out: a browser that has logged in before
shows so, and has tries of its own (OWASP, "Slow down online guessing attacks with device cookies").
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import Engine

from alerts.errors import AlertsError, BadInput
from alerts.model import Role
from alerts.store import accounts, audit
from alerts.store.accounts import Account, Browser, Tries
from alerts.store.passwords import Passwords
from alerts.store.unit import reading, writing

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1024

IDLE = timedelta(hours=12)
"""A session that is not used for so long has ended."""

LONGEST_SESSION = timedelta(days=7)
_TOUCH = timedelta(minutes=10)  # how exactly it is known when a session was used last

TRIES_LAST = timedelta(hours=1)
TRIES_HERE = 10
"""Of one name from one network, and of one name from one browser that has logged in with it before."""
TRIES_OF_ADDRESS = 20
TRIES_OF_NAME = 100
"""From all networks together: one of them alone cannot close a name."""

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


def listed(engine: Engine, now: datetime) -> tuple[Account, ...]:
    """Every account, by name, with how many browsers are logged in."""
    with reading(engine) as tx:
        return accounts.listed(tx, made_after=now - LONGEST_SESSION, used_after=now - IDLE)


def browsers(engine: Engine, name: str, token: str, now: datetime) -> tuple[Browser, ...]:
    """Those that are logged in with this account; ``token`` is that of who asks."""
    in_force = {"made_after": now - LONGEST_SESSION, "used_after": now - IDLE}
    with reading(engine) as tx:
        return accounts.sessions_of(tx, name, token_hash(token), **in_force)


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
    known: str = "",
) -> str:
    """The token of a new session: 256 random bits that are kept nowhere here.

    ``address`` is where the request comes from, ``leaving`` the token of a session that this one takes
    the place of, ``known`` what ``known_browser`` gave. Raises WrongLogin or TooManyTries.
    """
    name, password = name.strip().lower()[:LONGEST_PASSWORD], password[:LONGEST_PASSWORD]
    try_id = counted_try(engine, name, address, known, secret=secret, now=now)
    with reading(engine) as tx:
        held = accounts.find(tx, name)
    right = passwords.is_right(held.password_hash if held else None, password)
    renewed = (
        passwords.hashed(password) if held and right and passwords.is_outdated(held.password_hash) else ""
    )
    token = secrets.token_urlsafe(32)
    with writing(engine) as tx:
        if not (held and right and accounts.open_session(tx, held, token_hash(token), address, now)):
            subject = held.name if held else "an unknown name"
            audit.record(tx, at=now, actor=f"web {address}", action="login failed", subject=subject)
        else:
            accounts.forget_try(tx, try_id)
            accounts.close_session(tx, token_hash(leaving))
            accounts.forget_sessions(tx, made_before=now - LONGEST_SESSION)
            if renewed:
                accounts.rehash(tx, held.id, held.password_hash, renewed)
            audit.record(tx, at=now, actor=held.name, action="logged in", subject=held.name, detail=address)
            return token
    raise WrongLogin("there is no account with this name and password")


def counted_try(engine: Engine, name: str, address: str, known: str, *, secret: bytes, now: datetime) -> int:
    """Counts a try at that name, which must be forgotten if it succeeds; its id. Raises TooManyTries."""
    network, own = neighbourhood(address), _own_tries(name, known, secret)
    if own:
        try_id = _counted(engine, own, network, now, lambda tries: tries.of_name < TRIES_HERE)
        if try_id is not None:
            return try_id
    try_id = _counted(engine, _name_hash(name, secret), network, now, _have_room)
    if try_id is None:
        raise TooManyTries("too many tries; wait an hour")
    return try_id


def _have_room(tries: Tries) -> bool:
    here = tries.of_both < TRIES_HERE and tries.of_address < TRIES_OF_ADDRESS
    return here and tries.of_name < TRIES_OF_NAME


def _counted(
    engine: Engine, name_hash: str, network: str, now: datetime, have_room: Callable[[Tries], bool]
) -> int | None:
    """The id of one more try; None when there is no room for it."""
    since = now - TRIES_LAST
    with writing(engine) as tx:
        accounts.forget_tries(tx, before=since)
        if not have_room(accounts.tries(tx, name_hash, network, since)):
            return None
        try_id = accounts.add_try(tx, name_hash, network, now)
    with reading(engine) as tx:  # others that counted at the same time are seen now
        found = accounts.tries(tx, name_hash, network, since)
    others = Tries(found.of_name - 1, found.of_address - 1, found.of_both - 1)
    return try_id if have_room(others) else None


def known_browser(name: str, secret: bytes) -> str:
    """What a browser that has logged in with this name keeps and shows the next time."""
    nonce = secrets.token_hex(16)
    return f"{nonce}.{_proof(account_name(name), nonce, secret)}"


def _own_tries(name: str, known: str, secret: bytes) -> str:
    """Under what a known browser's tries count; '' when it is not known for this name."""
    nonce, _, proof = known.partition(".")
    ours = hmac.compare_digest(_proof(name, nonce, secret).encode(), proof.encode("utf-8", "replace"))
    return _name_hash(f"{name}\0{nonce}", secret) if ours else ""


def _proof(name: str, nonce: str, secret: bytes) -> str:
    about = f"alerts known browser\0{name}\0{nonce}".encode("utf-8", "replace")
    return hmac.new(secret, about, hashlib.sha256).hexdigest()


def access(engine: Engine, token: str, now: datetime) -> Access:
    """What whoever sends this token may see; '' is no token."""
    with reading(engine) as tx:
        visit = token and accounts.visit(
            tx, token_hash(token), made_after=now - LONGEST_SESSION, used_after=now - IDLE
        )
        if not visit:
            return Access(accounts.any_account(tx), None)
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
